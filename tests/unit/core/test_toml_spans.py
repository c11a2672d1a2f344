from __future__ import annotations

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.toml_spans import reach, span_of

PACKAGE = ("package", "version")


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ('[package]\nversion = "1.2.3"\n', '[package]\nversion = "'),
        ("[package]\nversion='1.2.3'\n", "[package]\nversion='"),
        ('package.version = "1.2.3"\n', 'package.version = "'),
        (
            'package = { rust-version = "1.2.3", version = "1.2.3" }\n',
            'package = { rust-version = "1.2.3", version = "',
        ),
        (
            '# version = "1.2.3"\n[package]\r\n"version" = "1.2.3" # "1.2.3"\n',
            '# version = "1.2.3"\n[package]\r\n"version" = "',
        ),
        ('[a]\nversion = "1.2.3"\n[package]\nversion = "1.2.3"\n', '[a]\nversion = "1.2.3"\n[package]\nversion = "'),
    ],
)
def test_span_of(text: str, before: str) -> None:
    assert span_of(text, PACKAGE) == (len(before), len(before) + len("1.2.3"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[package]\nversion.workspace = true\n",
        "[package]\nversion = 1\n",
        'package = "1.2.3"\n',
        '[package]\nversion = "1\\u002e2"\n',
    ],
)
def test_no_span(text: str) -> None:
    assert span_of(text, PACKAGE) is None


def test_what_is_no_toml() -> None:
    with pytest.raises(ConfigError):
        span_of("[package", PACKAGE)


def test_reach() -> None:
    assert reach({"a": {"b": 1}}, ("a", "b")) == 1
    assert reach({"a": [1]}, ("a", "b", "c")) is None
    assert reach(None, ("a",)) is None
