from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core import version_texts
from pyo3ops.core.errors import ConfigError

if TYPE_CHECKING:
    from pyo3ops.core.version_texts import Found


def text_at(text: str, found: Found | None) -> str | None:
    if found is None:
        return None
    assert text[found.start : found.end] in ("", found.version)
    return found.version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('"""A."""\n__version__ = "1.2.3"\n', "1.2.3"),
        ("__version__: Final[str] = '1.2.3'\n", "1.2.3"),
        ('__version__ = version("a")\n', None),
        ('    __version__ = "1.2.3"\n', None),
        ('__version__ = "1.2.3', None),
    ],
)
def test_assigned(text: str, version: str | None) -> None:
    assert text_at(text, version_texts.assigned(text)) == version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('// "__version__", "0"\nm.add("__version__", "1.2.3")', "1.2.3"),
        ('m.add("__version__", env!("CARGO_PKG_VERSION"))', "9.0.0"),
        ('m.add("__version__", spelt())', None),
    ],
)
def test_in_rust(text: str, version: str | None) -> None:
    assert text_at(text, version_texts.in_rust(text, "9.0.0")) == version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("cff-version: 1.2.0\nversion: 1.2.3\n", "1.2.3"),
        ('version: "v1.2.3rc1"\n', "1.2.3rc1"),
        ("preferred-citation:\n  version: 1.2.3\n", None),
    ],
)
def test_in_citation(text: str, version: str | None) -> None:
    assert text_at(text, version_texts.in_citation(text)) == version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("[metadata]\nname = a\nversion = 1.2.3\n[options]\nversion = 2\n", "1.2.3"),
        ("[metadata]\nversion = attr: a.__version__\n", None),
        ("[options]\nversion = 2.0\n", None),
        ("", None),
    ],
)
def test_in_setup_cfg(text: str, version: str | None) -> None:
    assert text_at(text, version_texts.in_setup_cfg(text)) == version


def test_the_other_files() -> None:
    setup = 'setup(name="a", python_requires=">=3", version="1.2.3")'
    assert text_at(setup, version_texts.in_setup_py(setup)) == "1.2.3"
    assert text_at(" v1.2.3\n", version_texts.whole(" v1.2.3\n")) == "1.2.3"
    assert version_texts.whole("1.2.3 of a") is None


def test_by_hatch() -> None:
    text = 'version: str = "v1.2.3"\nother = "2.0"\n'
    assert text_at(text, version_texts.by_hatch(text, None)) == "1.2.3"
    assert text_at(text, version_texts.by_hatch(text, 'other = "(?P<version>[^"]+)"')) == "2.0"


@pytest.mark.parametrize("pattern", ["(", "version = (.*)"])
def test_patterns_of_hatch_that_are_none(pattern: str) -> None:
    with pytest.raises(ConfigError, match="no pattern with a group"):
        version_texts.by_hatch("version = 1", pattern)


def test_by_pattern() -> None:
    text = "a==1.2.3, a==1.2.3; b==1.2.3."
    assert [text_at(text, each) for each in version_texts.by_pattern(text, "a=={version}")] == ["1.2.3", "1.2.3"]
    assert [text_at(text, each) for each in version_texts.by_pattern(text, "b=={version}.")] == ["1.2.3"]
    assert list(version_texts.by_pattern(text, "(a=={version}")) == []


@pytest.mark.parametrize("pattern", ["a==1.2.3", "{version} {version}"])
def test_patterns_without_one_version(pattern: str) -> None:
    with pytest.raises(ConfigError, match="has to have"):
        list(version_texts.by_pattern("a", pattern))
