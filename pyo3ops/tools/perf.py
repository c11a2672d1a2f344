"""Linux perf: whether it may record here, the commands that record and tell samples, what they leave behind."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Samples a second; no divisor of what timers run at, so that nothing is always or never hit.
FREQUENCY = 199
#: Bytes of stack copied with each sample, out of which DWARF unwinds: a deep Python stack takes most of it.
STACK_BYTES = 16384
#: Seconds that a trial recording may take.
TIMEOUT = 10.0


def refusal(env: Mapping[str, str]) -> str | None:
    """Why perf cannot record here, in its own words or the shell's; None where it can."""
    with tempfile.TemporaryDirectory() as folder:
        argv = record_argv(["true"], Path(folder, "trial.data"))
        result = run(argv, timeout=TIMEOUT, env=env, cwd=folder)
    if result.ok:
        return None
    if result.ended is Ended.MISSING:
        return "perf is not installed"
    lines = (line.strip(" :") for line in (result.err or result.out).splitlines())
    said = [line for line in lines if line not in {"", "Error"}]
    return next((line for line in said if "setting is" in line), said[0] if said else result.reason)


def record_argv(command: Sequence[str], data: Path, *, jit: bool = False) -> list[str]:
    """Record a command, nothing into ~/.debug; `jit` takes the clock of CPython's jitdump, for `perf inject`."""
    clock = ["-k", "mono"] if jit else []
    graph = ["--call-graph", f"dwarf,{STACK_BYTES}"]
    return ["perf", "record", "-N", *clock, "-F", str(FREQUENCY), *graph, "-o", str(data), "--", *command]


def inject_argv(data: Path, merged: Path) -> list[str]:
    """Put what the jitdump says of Python's trampolines into a recording."""
    return ["perf", "inject", "--jit", "-i", str(data), "-o", str(merged)]


def script_argv(data: Path) -> list[str]:
    """Print every sample; without inlined frames, whose leaf perf names wrongly for Rust (see stacks/symbols.py)."""
    return ["perf", "script", "--no-inline", "-i", str(data), "-F", "comm,pid,tid,ip,sym,dso"]


def clean_up(pids: Iterable[int]) -> None:
    """Remove the maps and jitdumps of these processes: CPython and perf put them into /tmp, wherever TMPDIR points."""
    for pid in pids:
        for pattern in (f"perf-{pid}.map", f"jit-{pid}.dump", f"jitted-{pid}-*.so"):
            for file in Path("/tmp").glob(pattern):  # noqa: S108 - Python/perf_trampoline.c, perf_jit_trampoline.c
                with contextlib.suppress(OSError):
                    file.unlink()
