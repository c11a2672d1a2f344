from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core import jsonc
from pyo3ops.debug.vscode.edited import edited

ENTRY = {"name": "pyo3ops: a", "args": ["x", "é"]}
OTHER = {"name": "pyo3ops: b"}
USERS = """\
// Mine.
{
    "version": "0.2.0",
    "configurations": [
        { "name": "mine", "program": "${file}" }, // and this comment
        /* here too, "configurations": [] */
    ],
    "compounds": [],
}
"""


def edit(text: str, *, replace: bool = False) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    found = edited(text, "configurations", "name", (ENTRY, OTHER), replace=replace, version="0.2.0")
    return found.text, found.added, found.replaced, found.kept


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_new_file(text: str) -> None:
    written, added, _, _ = edit(text)
    assert json.loads(written) == {"version": "0.2.0", "configurations": [ENTRY, OTHER]}
    assert added == ("pyo3ops: a", "pyo3ops: b")


def test_what_a_user_wrote_stays_with_every_comment() -> None:
    written, added, _, _ = edit(USERS)
    assert added == ("pyo3ops: a", "pyo3ops: b")
    assert [each["name"] for each in jsonc.loads(written)["configurations"]] == ["mine", "pyo3ops: a", "pyo3ops: b"]
    # Taking away what was added leaves every line as it was, but for the comma after the last entry.
    ours = json.dumps(ENTRY, indent=4, ensure_ascii=False).replace("\n", "\n        ")
    other = json.dumps(OTHER, indent=4).replace("\n", "\n        ")
    assert written.replace(f",\n        {ours}", "").replace(f",\n        {other}", "") == USERS
    assert "// Mine." in written
    assert "// and this comment" in written
    assert '/* here too, "configurations": [] */' in written


@pytest.mark.parametrize(
    "text",
    [
        USERS,
        '{"configurations":[]}',
        '{"configurations":[{"name":"mine"}]}',
        '{"configurations": [ /* none */ ], }',
        "{}",
        '{ "version": "0.2.0" }',
        '\ufeff{\n\t"configurations": [\n\t\t{"name": "mine"},\n\t],\n}\n',
        '{"x": {"configurations": [1]}, "configurations": [3, "x", {"name": "mine"}]}',
    ],
)
def test_a_second_time_nothing_changes(text: str) -> None:
    written, added, _, _ = edit(text)
    assert len(added) == 2
    before, after = jsonc.loads(text), jsonc.loads(written)
    assert after["configurations"] == [*before.get("configurations", []), ENTRY, OTHER]
    assert {**after, "configurations": 0} == {**before, "configurations": 0}
    assert edit(written) == (written, (), (), ())


def test_an_entry_that_somebody_changed_is_left_alone_unless_told_otherwise() -> None:
    text = '{"configurations": [\n  {"name": "pyo3ops: a", "mine": 1}, // mine\n  {"name": "z"}\n]}'
    written, added, replaced, kept = edit(text)
    assert (added, replaced, kept) == (("pyo3ops: b",), (), ("pyo3ops: a",))
    assert '{"name": "pyo3ops: a", "mine": 1}, // mine' in written
    written, added, replaced, kept = edit(text, replace=True)
    assert (added, replaced, kept) == (("pyo3ops: b",), ("pyo3ops: a",), ())
    assert jsonc.loads(written)["configurations"] == [ENTRY, {"name": "z"}, OTHER]
    assert "// mine" in written


@pytest.mark.parametrize(
    "text", ["[]", "{", "3", '{"configurations": {}}', '{"configurations": [}', "hello", '{"a" 1}']
)
def test_what_is_no_such_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        edit(text)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=4), _VALUES, max_size=4), st.lists(_VALUES, max_size=4), st.sampled_from([None, 2])
)
def test_every_other_value_is_as_it_was(rest: dict[str, object], there: list[object], indent: int | None) -> None:
    text = json.dumps({**rest, "configurations": there}, indent=indent)
    written, _, _, _ = edit(text)
    assert jsonc.loads(written) == {**rest, "configurations": [*there, ENTRY, OTHER]}
