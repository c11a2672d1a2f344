"""One program run under a profiler that sees Python and Rust: which profiler, and its samples."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.run import Ended, run, spawn
from pyo3ops.stacks.readers import perf_script, speedscope
from pyo3ops.tools import perf, py_spy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.core.run import Result
    from pyo3ops.stacks.model import Sample

#: Seconds that a profiled program may take, and reading what was recorded.
TIMEOUT = 900.0

#: The first interpreters with trampolines, which give Python functions names in native stacks (`-X perf`), and with a
#: jitdump, through which those stacks unwind to their root (`-X perf_jit`):
#: https://docs.python.org/3/howto/perf_profiling.html
TRAMPOLINES = 12
JITDUMP = 13


#: Starts the script, and leaves a file where it went well.
RUNNER = Path(__file__).parents[1] / "data" / "profiled" / "__main__.py"


class Profiler(Enum):
    """What records, and how much it sees."""

    PERF_JIT = "perf with a jitdump"
    PERF = "perf with trampolines"
    PY_SPY = "py-spy"

    @property
    def options(self) -> tuple[str, ...]:
        """What the interpreter is told."""
        return {Profiler.PERF_JIT: ("-X", "perf_jit"), Profiler.PERF: ("-X", "perf")}.get(self, ())

    @property
    def note(self) -> str:
        """What its stacks lack."""
        return {
            Profiler.PERF_JIT: "",
            Profiler.PERF: "stacks begin at the innermost Python function: nothing unwinds through 3.12's trampolines",
            Profiler.PY_SPY: "Rust between two Python functions is not seen: py-spy has the innermost native frames",
        }[self]


@dataclass(frozen=True)
class Recorded:
    """What became of one recording: its file, or `error` in words; `tail` is what the program and the profiler said."""

    profiler: Profiler
    data: Path
    seconds: float = 0.0
    error: str | None = None
    tail: tuple[str, ...] = ()
    #: The process that ran the script, where it got that far.
    pid: int | None = None


def wanted(version: PythonVersion) -> Profiler:
    """The profiler that sees most of an interpreter."""
    if version.minor >= JITDUMP:
        return Profiler.PERF_JIT
    return Profiler.PERF if version.minor >= TRAMPOLINES else Profiler.PY_SPY


def record(profiler: Profiler, command: Sequence[str], folder: Path, *, cwd: Path, env: Mapping[str, str]) -> Recorded:
    """Run a script (interpreter, script, arguments) under a profiler; the recording goes into `folder`.

    A script that fails is an error: what it did until then is no benchmark.
    """
    started, succeeded = folder / "started", folder / "succeeded"
    recorded: Recorded | None = None
    try:
        recorded = _recorded(profiler, command, (started, succeeded), cwd=cwd, env=env)
        return recorded
    finally:
        pid = _pid(started)
        for mark in (started, succeeded):
            with contextlib.suppress(OSError):
                mark.unlink()
        # What `perf script` is to read stays until `samples` has read it.
        if pid is not None and (recorded is None or recorded.error is not None):
            perf.clean_up([pid])


def _recorded(
    profiler: Profiler, command: Sequence[str], marks: tuple[Path, Path], *, cwd: Path, env: Mapping[str, str]
) -> Recorded:
    started, succeeded = marks
    folder = started.parent
    interpreter, *script = command
    told = [interpreter, *profiler.options, "-I", str(RUNNER), str(started), str(succeeded), *script]
    data = folder / ("py-spy.speedscope.json" if profiler is Profiler.PY_SPY else "perf.data")
    if profiler is Profiler.PY_SPY:
        argv = py_spy.record_argv(told, data)
    else:
        argv = perf.record_argv(told, data, jit=profiler is Profiler.PERF_JIT)
    result = run(argv, timeout=TIMEOUT, env=env, cwd=cwd)
    result = replace(result, out=_without_chatter(result.out), err=_without_chatter(result.err))
    said = tuple((result.out + result.err).splitlines()[-25:])
    if not result.ok or not data.is_file() or not succeeded.is_file():
        return Recorded(profiler, data, result.seconds, _reason(result), said)
    recorded = Recorded(profiler, data, result.seconds, tail=said, pid=_pid(started))
    return _injected(recorded, env) if profiler is Profiler.PERF_JIT else recorded


def samples(recorded: Recorded, env: Mapping[str, str]) -> Iterator[Sample]:
    """The samples of a recording, one at a time.

    Raises `ValueError` where it cannot be read, `OSError` where its file is gone.
    """
    if recorded.profiler is Profiler.PY_SPY:
        yield from speedscope.read(recorded.data)
        return
    pids = {recorded.pid} if recorded.pid is not None else set()
    try:
        with spawn(perf.script_argv(recorded.data), timeout=TIMEOUT, env=env, cwd=recorded.data.parent) as running:
            for sample in perf_script.read(running):
                if sample.pid is not None:
                    pids.add(sample.pid)
                yield sample
        if not running.result.ok:
            raise ValueError(running.result.reason)
    finally:
        perf.clean_up(pids)


def _injected(recorded: Recorded, env: Mapping[str, str]) -> Recorded:
    merged = recorded.data.with_name("perf.jit.data")
    result = run(perf.inject_argv(recorded.data, merged), timeout=TIMEOUT, env=env, cwd=merged.parent)
    if not result.ok:
        return replace(recorded, error=f"perf inject: {result.reason}")
    recorded.data.unlink()
    return replace(recorded, data=merged)


def _pid(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _without_chatter(text: str) -> str:
    """What a program said, without what perf says of its own work: `[ perf record: Woken up 3 times ... ]`."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("[ perf record: "))


def _reason(result: Result) -> str:
    if result.ended is Ended.TIMEOUT:
        return f"not done within {TIMEOUT / 60:.0f} minutes"
    return "the script failed under the profiler" if result.ok else result.reason
