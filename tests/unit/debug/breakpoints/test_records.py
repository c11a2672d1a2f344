from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.debug.breakpoints import records, where
from pyo3ops.debug.breakpoints.command import Command
from pyo3ops.debug.breakpoints.session import Place, Plan
from pyo3ops.stacks.model import Variable

EXITED = Result(("gdb",), 0, "", "", 1.0, Ended.EXITED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("records", "stops"):
        (tmp_path / name).touch()
    (tmp_path / "counts").write_bytes(struct.pack("=2Q", 3, 0))
    return tmp_path


def plan(folder: Path) -> Plan:
    places = tuple(Place(where.parse(text)) for text in ("a.py:3", "src/lib.rs:1"))
    return Plan(Command(Path("python"), (), "3.8.0", ()), places, {}, folder)


def put(file: Path, *rows: Any) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


STARTED = {"event": "started", "python": "3.8.0", "pid": 1, "file": "/x/pyo3ops_breakpoints.py"}
CALL = {"function": "f", "file": "a.py", "line": 3, "variables": [["n", "1", "int", True]]}
HIT = {"event": "hit", "ids": [0], "tid": 7, "ident": 1, "thread": "MainThread", "calls": [CALL]}
STOP = {
    "event": "stop", "kind": "native", "ids": [1], "tid": 7, "raw": {"threads": []}, "problem": None, "seconds": 0.01,
}  # fmt: skip
ENDED = {"event": "ended", "how": "", "code": 3, "signal": None, "hits": [[1, 4]], "complaints": [], "stops": 1}


def test_a_run_under_gdb(folder: Path) -> None:
    put(folder / "records", STARTED, {"event": "resolved", "id": 0, "file": "/a.py", "line": 3}, HIT)
    hit = {**STOP, "kind": "python", "ids": [0], "hit": HIT}
    put(folder / "stops", STOP, hit, {"event": "places", "places": [[1, [["lib.rs", 2]]]]}, ENDED)
    seen = records.read(folder, plan(folder), EXITED, 1.0)
    assert [(each.kind, each.places, each.thread) for each in seen.stops] == [
        ("native", (1,), None),
        ("python", (0,), "MainThread"),
    ]
    assert seen.stops[1].calls[0].variables == (Variable("n", "1", "int", argument=True),)
    assert [(each.hits, each.found) for each in seen.outcomes] == [(3, (("/a.py", 3),)), (4, (("lib.rs", 2),))]
    assert (seen.code, seen.signal, seen.how, seen.problem) == (3, None, "", "")


def test_a_run_without_gdb(folder: Path) -> None:
    put(folder / "records", STARTED, HIT, {"event": "ended", "replaced": True})
    seen = records.read(folder, plan(folder), Result(("sh",), 5, "", "", 1.0, Ended.EXITED), 1.0)
    assert [(each.kind, each.tid, each.raw) for each in seen.stops] == [("python", 7, None)]
    assert (seen.code, seen.replaced, seen.bootstrap) == (5, True, STARTED["file"])
    killed = records.read(folder, plan(folder), Result(("sh",), -9, "", "", 1.0, Ended.SIGNALLED), 1.0)
    assert (killed.code, killed.signal) == (None, 9)
    assert records.read(folder, plan(folder), EXITED, 601.0).how == "timeout"


def test_what_became_of_python_places(folder: Path) -> None:
    put(
        folder / "records",
        {"event": "resolved", "id": 0, "file": "/a.py", "line": None, "names": ["f", "g"]},
        {"event": "condition", "id": 0, "said": "NameError: n"},
        {"event": "resolved", "id": 1, "file": "/a.py", "line": None},
    )
    one, other = records.read(folder, plan(folder), EXITED, 1.0).outcomes
    assert (one.names, one.beyond, one.complaint) == (("f", "g"), False, "NameError: n")
    assert (other.names, other.beyond) == (None, True)


def test_a_debugger_that_broke_off_is_told(folder: Path) -> None:
    put(folder / "stops", STOP)
    broken = Result(("gdb",), -11, "", "", 1.0, Ended.SIGNALLED)
    seen = records.read(folder, plan(folder), broken, 1.0)
    assert (len(seen.stops), seen.problem) == (1, "gdb was killed by signal 11")


def test_lines_that_are_damaged_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "records"
    file.write_bytes(b'{"event": "a"}\n{"event": \n[1]\n\xff\n' + b"[" * 100_000 + b'\n{"event": "b"}\n{"eve')
    assert [each["event"] for each in records.lines(file)] == ["a", "b"]


def test_lines_without_code(folder: Path) -> None:
    put(folder / "records", STARTED, {"event": "resolved", "id": 0, "file": "/a.py", "line": 5})
    for coded, expected in (
        ({"exact": True, "near": []}, (None, False, ())),
        ({"exact": False, "near": []}, (2, False, ())),
    ):
        put(folder / "stops", {"event": "places", "places": [[1, [["lib.rs", 2]]]], "coded": [[1, coded]]}, ENDED)
        python, rust = records.read(folder, plan(folder), EXITED, 1.0).outcomes
        assert (rust.moved, rust.beyond, rust.near) == expected
        assert python.moved == 5
    coded = {"exact": False, "near": [7, 8]}
    put(folder / "stops", {"event": "places", "places": [[1, []]], "coded": [[1, coded]]}, ENDED)
    rust = records.read(folder, plan(folder), EXITED, 1.0).outcomes[1]
    assert (rust.moved, rust.beyond, rust.near) == (None, True, (7, 8))


def test_what_else_was_there(folder: Path) -> None:
    put(
        folder / "records",
        STARTED,
        *2 * [{"event": "elsewhere", "id": 0}],
        {"event": "ended", "replaced": False, "children": True},
    )
    put(folder / "stops", {**ENDED, "unwatched": "no symbols", "loaded": ["/x.so"]})
    seen = records.read(folder, plan(folder), EXITED, 1.0)
    assert (seen.children, seen.unwatched, seen.loaded, seen.debugged) == (True, "no symbols", ("/x.so",), True)
    assert [each.elsewhere for each in seen.outcomes] == [2, 0]
