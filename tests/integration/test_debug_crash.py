"""`debug crash` on what real programs print when they crash, on this Python, with backtraces and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Mapping, Sequence

import pytest

from pyo3ops.debug.crash import crashes, owned
from pyo3ops.stacks import dump_json
from pyo3ops.stacks.model import Language
from pyo3ops.tasks.debug import core as core_task
from pyo3ops.tasks.debug import crash as task

from .conftest import need

if TYPE_CHECKING:
    from pyo3ops.core.model import Report
    from pyo3ops.stacks.model import Frame

EXAMPLE = Path(__file__).parents[2] / "examples" / "debugging_example"
STACKS: Mapping[str, Sequence[str]] = {
    row["name"]: row["stack"] for row in json.loads((EXAMPLE / "programs.json").read_text())
}


def printed(name: str, built: Path, backtrace: str = "0", *options: str) -> str:
    """Both streams of a program, in the order in which it wrote them."""
    env = {**os.environ, "PYTHONPATH": str(built), "RUST_BACKTRACE": backtrace, "PYTHONDONTWRITEBYTECODE": "1"}
    program = EXAMPLE / "programs" / f"{name}.py"
    done = subprocess.run(
        [sys.executable, *options, str(program)],
        env=env,
        cwd=built,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def told(text: str) -> Report:
    return task.run(None, task.Request({}, text=text))


@pytest.mark.parametrize("backtrace", ["1", "full"])
def test_a_panics_backtrace_and_its_tracebacks_are_one_stack(faults: Path, backtrace: str) -> None:
    (crash,) = crashes.of(printed("panic", faults, backtrace)).crashes
    names = [owned.bare_name(frame.function) for frame in owned.own(crash.story.frames)]
    assert [name for name in reversed(names) if name in STACKS["panic"]] == list(STACKS["panic"])
    assert crash.cause.id == "panic.index"
    assert [panic.traceback > panic.line for panic in crash.story.panics] == [True]
    assert len(crash.story.resumed) == 2


def test_a_crash_has_one_name_with_a_backtrace_and_without(faults: Path) -> None:
    found = [crashes.of(printed("panic", faults, each)).crashes for each in ("0", "1", "full")]
    assert len({crash.signature.id for each in found for crash in each}) == 1
    (other,) = crashes.of(printed("double_panic", faults, "1", "-X", "faulthandler")).crashes
    assert other.signature.id != found[0][0].signature.id
    assert other.cause.id == "panic.in-drop"
    assert len(other.story.panics) > 1


@pytest.mark.parametrize(
    ("name", "cause"), [("segfault", "signal.segfault"), ("abort", "signal.abort"), ("panic_in_thread", "panic.index")]
)
def test_what_ends_a_program_is_told(faults: Path, name: str, cause: str) -> None:
    report = told(printed(name, faults, "0", "-X", "faulthandler"))
    assert report.findings[0].id == f"crash.{cause}"
    assert report.exit_code == 1
    if name != "panic_in_thread":
        calls = [call.function for call in report.traces[0].calls if call.own]
        assert calls == [each for each in reversed(STACKS[name]) if each in ("leaf", "middle", "main", "<module>")]


def test_frames_have_the_names_that_a_core_of_the_same_crash_gives_them(faults: Path, tmp_path: Path) -> None:
    need("gdb")
    core = tmp_path / "core"
    env = {**os.environ, "PYTHONPATH": str(faults), "PYTHONDONTWRITEBYTECODE": "1"}
    program = ("--args", sys.executable, str(EXAMPLE / "programs" / "segfault.py"))
    said = asked_gdb(("run", f"generate-core-file {core}", "kill"), program, env, tmp_path)
    if not core.exists():
        assert "ptrace" in said
        pytest.skip("gdb may not trace here")
    # Where a process stops, gdb leaves out what is inlined there.
    (crash,) = crashes.of(asked_gdb(("bt",), (sys.executable, str(core)), env, tmp_path)).crashes
    dump = tmp_path / "dump.json"
    core_task.run(None, core_task.Request(env, core, Path(sys.executable).resolve(), variables=False, dump=dump))
    stacks = dump_json.from_text(dump.read_text(encoding="utf-8")).stacks
    whole = next((stack.frames for stack in stacks if stack.thread.current), stacks[0].frames)
    printed, looked = named(crash.story.frames), named(whole)
    assert printed == looked
    assert ("debugging_example::crash::null_write", 15) in printed


def asked_gdb(words: Sequence[str], what: Sequence[str], env: Mapping[str, str], folder: Path) -> str:
    options = [option for word in ("set debuginfod enabled off", *words) for option in ("-ex", word)]
    argv = ["gdb", "-nx", "-batch", *options, *what]
    done = subprocess.run(
        argv,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def named(frames: Sequence[Frame]) -> list[tuple[str, int | None]]:
    """Rust's functions with their lines: what of a crash gdb's own `bt` can know."""
    return [(frame.function, frame.line) for frame in frames if frame.language is Language.RUST]
