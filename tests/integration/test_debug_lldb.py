"""lldb as a source: the same true stack as gdb's, live and in a core, and a process that always goes on."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

import pytest

from pyo3ops.core.run import python_env
from pyo3ops.stacks.inside import guard
from pyo3ops.stacks.merge import merged
from pyo3ops.stacks.model import Confidence, Gil, Language
from pyo3ops.stacks.sources import gdb, lldb
from pyo3ops.stacks.sources.protocol import Look, Refused, Target
from pyo3ops.tools.lldb import found

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.stacks.model import Dump, Frame
    from pyo3ops.stacks.raw import NativeFrame, Raw

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes of this system are not read here")

PROGRAMS = ROOT / "examples/debugging_example/programs"
STACKS = {each["name"]: each["stack"] for each in json.loads(PROGRAMS.with_suffix(".json").read_text("utf-8"))}
#: Seconds that a program may take to come to rest, and a killed debugger to let go.
PATIENCE = 30.0
#: futex(2) and clock_nanosleep(2).
RESTING = {"x86_64": {"202", "230"}, "aarch64": {"98", "115"}}.get(platform.machine(), set())


@pytest.fixture(autouse=True)
def _here(env: dict[str, str]) -> None:
    if found(env).path is None:
        pytest.skip("lldb is not here")
    if not RESTING:
        pytest.skip("the processes of this system are not read here")


@contextlib.contextmanager
def running(name: str, folder: Path, env: Mapping[str, str]) -> Iterator[int]:
    """A program of the example whose threads have come to rest."""
    settings = {"PYTHONPATH": str(folder), "MALLOC_ARENA_MAX": "1"}
    argv = [sys.executable, str(PROGRAMS / f"{name}.py")]
    with subprocess.Popen(argv, env={**python_env(env), **settings}, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"waiting\n"
            _until(lambda: _rests(process.pid))
            yield process.pid
        finally:
            process.kill()


def _until(true: object) -> None:
    until = time.monotonic() + PATIENCE
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.01)


def _rests(pid: int) -> bool:
    """Whether every thread waits for a lock, or sleeps for long."""
    calls = [(task / "syscall").read_text("ascii").split() for task in Path(f"/proc/{pid}/task").iterdir()]
    return all(call[0] in RESTING for call in calls) and (len(calls) > 1 or calls[0][0] in RESTING)


def looked(target: Target, env: Mapping[str, str], *, looks: int = 1, variables: bool = False) -> tuple[Raw, ...]:
    raws = lldb.look(target, Look(env=env, looks=looks, variables=variables, pause=0.05))
    assert not isinstance(raws, Refused), raws
    return raws


def ours(dump: Dump) -> list[list[str]]:
    """The user's functions of each stack, root first."""
    return [[_last(frame) for frame in reversed(stack.frames) if _is_ours(frame)] for stack in dump.stacks]


def _is_ours(frame: Frame) -> bool:
    if frame.language is Language.PYTHON:
        return "/programs/" in (frame.file or "")
    foreign = not frame.file or "/registry/src/" in frame.file or "/rustc/" in frame.file
    return "debugging_example" in (frame.module or "") and not foreign and "__pyfunction_" not in frame.function


def _last(frame: Frame) -> str:
    return frame.function.rpartition("::")[2].rpartition(".")[2]


def test_a_nested_stack_is_whole_and_in_order(faults: Path, env: dict[str, str]) -> None:
    with running("nested_sleep", faults, env) as pid:
        (raw,) = looked(Target(pid=pid), env)
    dump = merged(raw)
    assert [name for name in ours(dump)[0] if "closure" not in name] == STACKS["nested_sleep"]
    assert (dump.confidence, dump.stacks[0].gil, dump.stacks[0].seams) == (Confidence.FULL, Gil.FREE, ())
    assert dump.process.python == platform.python_version()
    right = [frame for frame in dump.stacks[0].frames if _last(frame) == "through_rust"]
    text = (ROOT / "examples/debugging_example/src/lib.rs").read_text("utf-8").splitlines()
    assert ["call0" in text[(frame.line or 0) - 1] for frame in right] == [True, True]


def test_two_threads_and_who_has_the_interpreter(faults: Path, env: dict[str, str], tmp_path: Path) -> None:
    need("gdb", "gcore")
    with running("gil_and_mutex", faults, env) as pid:
        first, second = looked(Target(pid=pid), env, looks=2)
        others = gdb.look(Target(pid=pid), Look(env=env))
        subprocess.run(["gcore", "-o", str(tmp_path / "core"), str(pid)], env=env, check=True, capture_output=True)
    assert not isinstance(others, Refused), others
    (core,) = looked(Target(core=tmp_path / f"core.{pid}", executable=Path(sys.executable)), env)
    for raw in (first, second, core):
        _same(merged(raw), merged(others[0]))
    assert {module.path: module.build_id for module in core.modules}.items() <= {
        module.path: module.build_id for module in others[0].modules
    }.items()
    assert (core.signal is not None, len(core.registers) > 10) == (True, True)
    assert (first.stopped or 0) > 0


def _same(dump: Dump, other: Dump) -> None:
    assert dump.confidence is Confidence.FULL
    assert [stack.gil for stack in dump.stacks] == [Gil.HELD, Gil.WAITED_FOR] == [stack.gil for stack in other.stacks]
    assert [stack.thread.name for stack in dump.stacks] == [stack.thread.name for stack in other.stacks]
    assert [stack.waits_at for stack in dump.stacks] == [stack.waits_at for stack in other.stacks]
    assert [_places(stack.frames) for stack in dump.stacks] == [_places(stack.frames) for stack in other.stacks]


def _places(frames: tuple[Frame, ...]) -> list[tuple[object, ...]]:
    """Python's and Rust's calls; of C's, each debugger has its own opinion which are calls at a function's end."""
    wanted = (Language.PYTHON, Language.RUST)
    return [(each.function, each.file, each.line, each.inlined) for each in frames if each.language in wanted]


def test_python_s_variables(env: dict[str, str]) -> None:
    code = "def f(number, text='ü'):\n    print('waiting', flush=True)\n    input()\nf(7)"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=python_env(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (raw,) = looked(Target(pid=process.pid), env, variables=True)
        process.kill()
    calls = [frame for frame in raw.threads[0].python or () if frame.function == "f"]
    assert [(each.name, each.value, each.argument) for each in calls[0].variables] == [
        ("number", "7", True),
        ("text", "'ü'", True),
    ]
    assert raw.gaps == ()


RUST = """\
#[inline(never)]
fn resting(number: u64, ratio: f64, text: &str) -> u64 {
    let listed = [number, 2, 3];
    let owned = String::from("drei \\u{fc}");
    println!("waiting");
    std::thread::sleep(std::time::Duration::from_secs(3600));
    listed[0] + owned.len() as u64 + text.len() as u64 + ratio as u64
}

fn main() {
    let long = "x".repeat(500);
    println!("{}", resting(7, 0.5, &long));
}
"""


def _of(frame: NativeFrame) -> bool:
    return (frame.function or "").startswith("rest::")


def test_rust_s_variables_only_when_asked_for(env: dict[str, str], tmp_path: Path) -> None:
    need("rustc")
    (tmp_path / "rest.rs").write_text(RUST, encoding="utf-8")
    subprocess.run(["rustc", "-g", "-o", "rest", "rest.rs"], cwd=tmp_path, env=env, check=True)
    with subprocess.Popen([tmp_path / "rest"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        _until(lambda: _rests(process.pid))
        (without,) = looked(Target(pid=process.pid), env)
        (raw,) = looked(Target(pid=process.pid), env, variables=True)
        process.kill()
    frames = {(frame.function or "").split("::")[1]: frame for frame in raw.threads[0].native if _of(frame)}
    found = {each.name: (each.value, each.type, each.argument) for each in frames["resting"].variables}
    assert found["number"][::2] == ("7", True)
    assert found["ratio"] == ("0.5", "f64", True)
    assert found["owned"] == ('"drei ü"', "alloc::string::String", False)
    assert found["listed"][0] == "{[0]: 7, [1]: 2, [2]: 3}"
    # A value is cut short.
    assert found["text"][0] == '"' + "x" * 120 + '..."'
    assert not any(frame.variables for frame in without.threads[0].native)


def test_who_is_awake_is_told(env: dict[str, str]) -> None:
    states = {}
    for code, asleep in (("input()", True), ("while True: pass", False)):
        argv = [sys.executable, "-c", f"print('waiting', flush=True)\n{code}"]
        with subprocess.Popen(argv, env=python_env(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            _until(lambda asleep=asleep, pid=process.pid: (guard.state(pid)[0] == "S") is asleep)
            (raw,) = looked(Target(pid=process.pid), env)
            process.kill()
        states[code] = raw.threads[0].asleep
    assert states == {"input()": True, "while True: pass": False}


def test_a_stopped_process_stays_stopped_and_one_that_runs_goes_on(faults: Path, env: dict[str, str]) -> None:
    with running("nested_sleep", faults, env) as pid:
        os.kill(pid, signal.SIGSTOP)
        _until(lambda: guard.state(pid) == ("T", 0))
        looked(Target(pid=pid), env)
        _until(lambda: guard.state(pid) == ("T", 0))
        os.kill(pid, signal.SIGCONT)
        looked(Target(pid=pid), env)
        assert guard.state(pid) == ("S", 0)


def test_a_killed_lldb_leaves_it_running(faults: Path, env: dict[str, str]) -> None:
    with running("nested_sleep", faults, env) as pid:
        killer = threading.Thread(target=_kill_who_looks, args=(pid,))
        killer.start()
        said = lldb.look(Target(pid=pid), Look(env=env, looks=100, pause=0.0))
        killer.join()
        _until(lambda: guard.state(pid) == ("S", 0))
    # What was seen before is kept.
    assert isinstance(said, Refused) or "killed by signal 9" in said[-1].gaps[-1]


def _kill_who_looks(pid: int) -> None:
    """Kill the lldb whose server traces a process."""
    tracer = [0]

    def traced() -> bool:
        tracer[0] = guard.state(pid)[1]
        return tracer[0] != 0

    _until(traced)
    status = Path(f"/proc/{tracer[0]}/status").read_text("utf-8")
    parent = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
    os.kill(parent, signal.SIGKILL)


def test_too_slow(faults: Path, env: dict[str, str]) -> None:
    with running("nested_sleep", faults, env) as pid:
        said = lldb.look(Target(pid=pid), Look(env=env, timeout=0.01, pause=0.0))
        _until(lambda: guard.state(pid) == ("S", 0))
    assert isinstance(said, Refused)
    assert said.reason == "timeout"


def test_what_is_no_process_and_no_core(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(b"not one")
    said = lldb.look(Target(core=tmp_path / "core"), Look(env=env))
    assert said == Refused("broken", f"{tmp_path / 'core'} is no core that can be read")
    assert lldb.look(Target(core=tmp_path / "none"), Look(env=env)) == Refused(
        "gone", f"{tmp_path / 'none'}: No such file or directory"
    )


def test_the_user_s_own_settings_are_not_read(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".lldbinit").write_text(f"script open({str(tmp_path / 'read')!r}, 'w')\n", encoding="utf-8")
    code = "print('waiting', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=python_env(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        looked(Target(pid=process.pid), {**env, "HOME": str(tmp_path)})
        process.kill()
    assert not (tmp_path / "read").exists()
