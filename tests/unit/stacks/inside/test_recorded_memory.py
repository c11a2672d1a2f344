"""Interpreters that are seldom at hand, read as they were recorded by ci/recorders/memory.py."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.stacks import layouts
from pyo3ops.stacks.inside import joined, local_values, thread_names
from pyo3ops.stacks.inside.files import Found
from pyo3ops.stacks.inside.memory import Memory, Unreadable

DATA = Path(__file__).parents[3] / "data/stacks/memory"
PIECE = 64


@dataclass(frozen=True)
class Recorded:
    """A process as it was, and what it said of itself."""

    python: joined.Python
    said: dict[str, Any]

    def joined(self) -> list[dict[str, Any]]:
        """The rows of its two threads."""
        rows = [{"tid": 1, "ident": self.said[each], "native": [], "waits_at": None} for each in ("main", "thread")]
        self.python.join(rows, lambda *_: None)
        return rows


def recorded(name: str) -> Recorded:
    content = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    data = zlib.decompress(base64.b64decode(content["pieces"]["data"]))
    pieces = {at: data[index * PIECE : (index + 1) * PIECE] for index, at in enumerate(content["pieces"]["at"])}

    def read(address: int, size: int) -> bytes:
        try:
            whole = b"".join(pieces[at] for at in range(address // PIECE, (address + size - 1) // PIECE + 1))
        except KeyError:
            raise Unreadable(f"{address:#x} was not recorded") from None
        return whole[address % PIECE : address % PIECE + size]

    found = Found(content["version"], None, content["said"]["runtime"])
    return Recorded(joined.fitting(Memory(read), found, layouts.as_request(), dict), content["said"])


FREE = pytest.mark.parametrize("version", ["3.13t"])


@FREE
def test_the_calls_of_a_thread_are_those_that_python_sees(version: str) -> None:
    process = recorded(f"held-{version}")
    found = [[each["function"].rpartition(".")[2], each["line"]] for each in process.joined()[1]["python"]]
    assert [each for each in found if each[0]] == process.said["stack"]
    assert process.python.gaps == []


@FREE
def test_who_is_attached_is_told_without_a_lock(version: str) -> None:
    assert [row["gil"] for row in recorded(f"held-{version}").joined()] == ["free", "free"]
    attached = recorded(f"held-{version}-attached")
    assert [row["gil"] for row in attached.joined()] == ["held", "free"]
    assert attached.python.told()["free_threaded"] is True
    assert attached.python.gaps == []


@FREE
def test_a_build_without_the_lock_that_uses_it_is_one_with_a_lock(version: str) -> None:
    process = recorded(f"held-{version}-lock")
    assert [row["gil"] for row in process.joined()] == ["held", "free"]
    assert process.python.told()["free_threaded"] is False
    assert process.python.gaps == [joined.LOCK_ON]


@FREE
def test_threads_have_the_names_that_threading_gave(version: str) -> None:
    process = recorded(f"held-{version}")
    assert process.python.interpreter is not None
    names = thread_names.names(process.python.interpreter)
    assert names == {process.said["thread"]: "größe", process.said["main"]: "MainThread"}


@FREE
def test_locals_and_values_are_read(version: str) -> None:
    process = recorded(f"held-{version}")
    interpreter = process.python.interpreter
    assert interpreter is not None
    state = next(each for each in interpreter.states() if each.ident == process.said["thread"])
    calls, _ = interpreter.calls(state)
    named = dict(zip([call.function.rpartition(".")[2] for call in calls], local_values.of_calls(interpreter, calls)))
    assert named["generator"] == [
        {"name": "number", "value": "3", "type": "int", "argument": True},
        {"name": "half", "value": "1.5", "type": "float", "argument": False},
    ]
    shown = [interpreter.objects.shown(each) for each in process.said["values"]]
    assert shown[:9] == ["None", "True", "False", "0", "1", "-1", "2147483648", str(-(2**100)), str(10**40)]
    assert "{1: {2: 3}}" in shown
    assert "'häß'" in shown
    texts = [thread_names.attribute(interpreter.objects, each, "name") for each in process.said["own"]]
    assert [interpreter.objects.text(each) for each in texts if each] == ["first", "other"]
