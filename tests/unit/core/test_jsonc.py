from __future__ import annotations

import json

import pytest

from pyo3ops.core import jsonc


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('\ufeff{"a": 1, // one\n /* two, */ "b": [1, 2, /* last */ ], }', {"a": 1, "b": [1, 2]}),
        (
            '["// no comment", "/* nor */ this", "a,]", "\\"// quoted"]',
            ["// no comment", "/* nor */ this", "a,]", '"// quoted'],
        ),
        ('{"url": "https://x",\n// the end\n}', {"url": "https://x"}),
    ],
    ids=["json", "all", "strings", "comment-after-comma"],
)
def test_loads(text: str, value: object) -> None:
    assert jsonc.loads(text) == value


@pytest.mark.parametrize(
    ("text", "line"),
    [('{\n/* two\nthree */ "a": }', 3), ('{ "configurations": [', 1), ("{ // all", 1), ("[1,,]", 1)],
)
def test_what_is_no_json_names_the_line(text: str, line: int) -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        jsonc.loads(text)
    assert caught.value.lineno == line


def test_many_slashes_take_no_time() -> None:
    with pytest.raises(json.JSONDecodeError):
        jsonc.loads("[1," + "//" * 5000 + "\n x")
