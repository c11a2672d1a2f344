"""What gdb's scripts wrote, as it was recorded of seven Pythons, and what becomes of it and of gdb's endings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.stacks.model import Gil, Language, Module, Process, Variable
from pyo3ops.stacks.sources import fit, gdb, written
from pyo3ops.stacks.sources.protocol import Look, Refused, Target

DATA = Path(__file__).parents[3] / "data/stacks/gdb"
LIVE = Target(pid=1)
VERSIONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.13t"]


def answer(python: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DATA / f"answer-{python}.json").read_text(encoding="utf-8"))
    return read


def line(text: str, occurrence: int = 0) -> int:
    """Where a line of the program is that has some text."""
    lines = (DATA / "nested.py").read_text(encoding="utf-8").splitlines()
    return [number for number, each in enumerate(lines, 1) if text in each][occurrence]


@pytest.mark.parametrize("python", VERSIONS)
def test_both_sides_of_each_thread_are_there(python: str) -> None:
    (raw,) = written.raws(answer(python))
    assert raw.source == "gdb"
    assert (raw.process.python or "").startswith(python.rstrip("t") + ".")
    assert raw.process.free_threaded is python.endswith("t")
    assert raw.gaps == ()
    main, beside = raw.threads
    assert [(call.function, call.line) for call in main.python or () if not call.shim] == [
        ("wait", line("sys.stdin.read()")), ("compare", line("wait(int(")), ("main", line("LIBC.qsort")),
        ("<module>", line("main()", 1)),
    ]  # fmt: skip
    names = [frame.function for frame in main.native]
    sort = next(index for index, name in enumerate(names) if "qsort" in (name or ""))
    assert names.index("_PyEval_EvalFrameDefault") < sort
    assert beside.thread.name == "beside"
    assert {main.gil, beside.gil} == {Gil.FREE}
    assert (beside.waits_at or 0) > 0


@pytest.mark.parametrize("python", VERSIONS)
def test_each_loop_on_the_native_side_is_an_entry_of_the_other(python: str) -> None:
    (raw,) = written.raws(answer(python))
    for thread in raw.threads:
        loops = [frame for frame in thread.native if frame.function == "_PyEval_EvalFrameDefault"]
        assert len(loops) == sum(call.entry for call in thread.python or ())
        assert thread.cut is None


def test_variables_come_with_their_calls() -> None:
    (raw,) = written.raws(answer("3.12"))
    call = next(each for each in raw.threads[0].python or () if each.function == "wait")
    assert call.variables == (
        Variable("number", "1", "int", argument=True),
        Variable("text", "'q'", "str", argument=True),
        Variable("key", "None", "NoneType", argument=True),
    )


def test_what_is_left_out_is_unknown() -> None:
    variable = {"name": "a", "value": "1"}
    look = {
        "process": {},
        "threads": [{"tid": 7, "native": [0], "python": None, "gil": "none", "variables": [[0, [variable]]]}],
        "frames": [{"address": 5}],
        "modules": [{"path": "/lib/a.so"}],
        "gaps": ["one", "one"],
    }  # fmt: skip
    raw = written.raw(look, "gdb")
    assert raw.process == Process()
    assert raw.modules == (Module("/lib/a.so"),)
    assert raw.gaps == ("one",)
    (frame,) = raw.threads[0].native
    assert (frame.function, frame.language, frame.variables) == (None, Language.UNKNOWN, (Variable("a", "1"),))
    assert (raw.threads[0].python, raw.threads[0].python_cut) == (None, None)


def test_why_a_chain_of_python_ended_comes_with_its_thread() -> None:
    row = {"tid": 7, "native": [], "python": [], "gil": "none", "python_cut": "unreadable"}
    look = {"process": {}, "threads": [row], "frames": [], "modules": [], "gaps": []}
    assert written.raw(look, "gdb").threads[0].python_cut == "unreadable"


def result(err: str = "", code: int = 1, ended: Ended = Ended.EXITED) -> Result:
    return Result(("gdb",), code, "", err, 1.0, ended)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("ptrace: Operation not permitted.", "denied"),
        ("ptrace: No such process.", "gone"),
        ("internal-error: something", "broken"),
    ],
)
def test_gdbs_words_are_kept_and_sorted(tmp_path: Path, said: str, reason: str) -> None:
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"looks": [], "error": said}))
    refused = gdb._answered(result("warning: of its own"), file)
    assert refused == Refused(reason, f"{said}\nwarning: of its own")


def test_a_gdb_that_writes_nothing_is_broken_or_too_slow(tmp_path: Path) -> None:
    broken = gdb._answered(result("it fell over"), tmp_path / "none")
    assert broken == Refused("broken", "gdb ended with 1: it fell over\nit fell over")
    late = gdb._answered(result(ended=Ended.TIMEOUT), tmp_path / "none")
    assert isinstance(late, Refused)
    assert late.reason == "timeout"


def test_what_was_written_before_gdb_ended_counts_with_a_gap(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(answer("3.8")))
    looks = gdb._answered(result(ended=Ended.SIGNALLED, code=-9), file)
    assert isinstance(looks, tuple)
    assert looks[-1].gaps == ("gdb ended early: gdb was killed by signal 9",)


def process(folder: Path, status: str, maps: str = "x") -> Path:
    folder.mkdir(parents=True)
    (folder / "status").write_text(status)
    (folder / "maps").write_text(maps)
    return folder


def test_what_cannot_be_looked_at_is_refused_before_gdb_is_started(tmp_path: Path) -> None:
    process(tmp_path / "9", "Name:\tstrace\n")
    cases = {
        "1": ("State:\tZ\n", "x", Refused("gone", "process 1 has ended, and waits for its parent to hear of it")),
        "2": ("State:\tS\nTracerPid:\t9\n", "x", Refused("denied", "process 9 (strace) traces it already")),
        "3": ("Name:\tkthreadd\nState:\tS\n", "", Refused("unable", "process 3 (kthreadd) is a thread of the kernel")),
        "4": ("State:\tS (sleeping)\nTracerPid:\t0\n", "x", None),
    }  # fmt: skip
    for name, (status, maps, expected) in cases.items():
        assert fit._unfit_process(process(tmp_path / name, status, maps)) == expected
    assert fit._unfit_process(tmp_path / "5") == Refused("gone", "there is no process 5")


def test_without_gdb_it_says_so(tmp_path: Path) -> None:
    assert gdb.look(Target(pid=1), Look({"PATH": str(tmp_path)})) == Refused("missing", "gdb is not on PATH")


def test_a_core_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "gdb").write_text("#!/bin/sh\n")
    (tmp_path / "gdb").chmod(0o755)
    how = Look({"PATH": str(tmp_path)})
    assert gdb.look(Target(core=tmp_path / "core"), how) == Refused(
        "gone", f"{tmp_path / 'core'}: No such file or directory"
    )
    assert gdb.look(Target(), how) == Refused("unable", "neither a process nor a core was named")


def test_nothing_is_asked_of_the_network_unless_wanted(tmp_path: Path) -> None:
    env = {"DEBUGINFOD_URLS": "https://example.org", "PYTHONHOME": "/nowhere"}
    offline, online = Look(env), Look(env, online=True, symbol_folders=(tmp_path,))
    assert gdb._env(offline) == {"LC_ALL": "C.UTF-8"}
    assert gdb._env(online) == {"LC_ALL": "C.UTF-8", "DEBUGINFOD_URLS": "https://example.org"}
    assert "set debuginfod enabled off" in gdb._settings(LIVE, offline, None)
    assert f"set debug-file-directory {tmp_path}:/usr/lib/debug" in gdb._settings(LIVE, online, None)


def test_what_gdb_finds_out_is_kept_where_there_is_a_place_for_it(tmp_path: Path) -> None:
    kept = list(gdb._settings(LIVE, Look({}), tmp_path))
    assert kept[:2] == [f"set index-cache directory {tmp_path}/gdb-index", "set index-cache enabled on"]
    assert not any("index-cache" in each for each in gdb._settings(LIVE, Look({}), None))


@pytest.mark.parametrize(
    ("target", "how"), [(Target(core=Path("core")), Look({})), (Target(pid=1), Look({}, symbol_folders=(Path("x"),)))]
)
def test_nothing_is_kept_of_files_that_somebody_brought(tmp_path: Path, target: Target, how: Look) -> None:
    assert not any("index-cache" in each for each in gdb._settings(target, how, tmp_path))
