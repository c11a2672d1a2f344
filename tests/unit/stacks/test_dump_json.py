from __future__ import annotations

import dataclasses
import json
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.stacks import dump_json, model
from pyo3ops.stacks.model import Dump, Frame, Gil, Language, Layer, Process, Raised, Seam, Stack, Thread, Variable

FRAME = Frame("naive::lock", Language.RUST, "src/lib.rs", 45, layer=Layer.CRATE, variables=(Variable("n", "3", "u64"),))
RAISED = Raised("ValueError", "no", (FRAME,), Thread(7), ("a note",), "cause", Raised("panic", "x"), (Raised("A", ""),))
DUMP = Dump(
    stacks=(Stack(Thread(1, "main", 2, current=True), (FRAME,), Gil.HELD, seams=(Seam(1, "cut"),)),),
    process=Process(12, argv=("python", "a b.py")),
    exception=RAISED,
)


def test_there_and_back() -> None:
    assert dump_json.from_text(dump_json.to_text(DUMP)) == DUMP


def test_what_has_its_default_is_left_out() -> None:
    assert dump_json.to_json(Dump(stacks=(Stack(Thread(tid=1), (Frame("f"),)),))) == {
        "format": "pyo3ops-dump/1",
        "stacks": [{"thread": {"tid": 1}, "frames": [{"function": "f"}]}],
    }


def _of(written: str) -> st.SearchStrategy[Any]:
    """Values of the type that an annotation of the model names."""
    plain: dict[str, st.SearchStrategy[Any]] = {
        "str": st.text(max_size=5),
        "int": st.integers(),
        "bool": st.booleans(),
    }
    if written == "Frames" or written.startswith(("Tuple[", "tuple[")):
        inner = "Frame" if written == "Frames" else written[6:-6]
        return st.lists(_of(inner), max_size=2).map(tuple)
    if written.endswith(" | None"):
        return st.none() | _of(written[:-7])
    if written in plain:
        return plain[written]
    kind = getattr(model, written)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    # Raised holds itself.
    skipped = {"origin", "group"} if kind is Raised else set()
    fields = {each.name: _of(str(each.type)) for each in dataclasses.fields(kind) if each.name not in skipped}
    return st.builds(kind, **fields)


@given(_of("Dump"))
def test_every_dump_comes_back_as_it_was(dump: Dump) -> None:
    assert dump_json.from_text(dump_json.to_text(dump)) == dump


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "its format is 'None'"),
        ({"format": "pyo3ops-dump/9"}, "its format is 'pyo3ops-dump/9'"),
        ({"stacks": 3}, "dump.stacks is no list"),
        ({"stacks": [3]}, r"dump.stacks\[0\] is no object"),
        ({"stacks": [{}]}, r"dump.stacks\[0\] lacks its thread"),
        ({"stacks": [{"thread": {"tid": "1"}, "frames": []}]}, r"dump.stacks\[0\].thread.tid is no int"),
        ({"stacks": [{"thread": {"tid": True}, "frames": []}]}, r"thread.tid is no int"),
        ({"stacks": [{"thread": {}, "frames": [], "gil": "mine"}]}, "gil is 'mine', which this version"),
        ({"stacks": [{"thread": {}, "frames": [], "gil": ["held"]}]}, "gil is "),
        ({"colour": 1}, "does not know: colour"),
        ({"process": None}, "dump.process is no object"),
    ],
)
def test_what_is_wrong_is_named(data: dict[str, Any], said: str) -> None:
    whole = data if "format" in data or not data else {"format": dump_json.FORMAT, **data}
    with pytest.raises(ValueError, match=said):
        dump_json.from_json(whole)


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "[" * 100_000, '{"format":' * 100_000])
def test_no_document_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dump_json.from_text(text)


def test_exceptions_nested_without_end_are_refused() -> None:
    raised: dict[str, Any] = {"type": "E", "message": ""}
    for _ in range(200):
        raised = {"type": "E", "message": "", "origin": raised}
    with pytest.raises(ValueError, match="nested too deep"):
        dump_json.from_text(json.dumps({"format": dump_json.FORMAT, "exception": raised}))
