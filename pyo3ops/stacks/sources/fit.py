"""Whether a target can be looked at at all, and what the scripts in a debugger are asked, whichever it is."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Sequence

from pyo3ops.stacks import layouts
from pyo3ops.stacks.sources.protocol import Refused

if TYPE_CHECKING:
    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.protocol import Look, Target

#: Where Linux lists processes.
PROC = Path("/proc")


def unfit(target: Target) -> Refused | None:
    """Why a target cannot be looked at at all; the debugger itself is asked about all else."""
    if target.pid is not None:
        return _unfit_process(PROC / str(target.pid)) if PROC.is_dir() else _unlisted(target.pid)
    if target.core is None:
        return Refused("unable", "neither a process nor a core was named")
    try:
        if not stat.S_ISREG(target.core.stat().st_mode):
            return Refused("unable", f"{target.core}: it is no regular file")
        with target.core.open("rb"):
            return None
    except OSError as error:
        return Refused("gone" if isinstance(error, FileNotFoundError) else "denied", f"{target.core}: {error.strerror}")


def _unlisted(pid: int) -> Refused | None:
    """Where there is no /proc, a signal that is none is all that can be asked with."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return Refused("gone", f"there is no process {pid}")
    except OSError as error:
        return Refused("denied", f"process {pid}: {error.strerror}")
    return None


def _unfit_process(folder: Path) -> Refused | None:
    try:
        return _unfit_by_status(folder, _status(folder), (folder / "maps").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return Refused("gone", f"there is no process {folder.name}")
    except OSError as error:
        return Refused("denied", f"{error.filename or folder}: {error.strerror}")


def _unfit_by_status(folder: Path, status: dict[str, str], maps: bytes) -> Refused | None:
    if status.get("State", "").startswith("Z"):
        return Refused("gone", f"process {folder.name} has ended, and waits for its parent to hear of it")
    tracer = status.get("TracerPid", "0")
    if tracer != "0":
        return Refused("denied", f"process {tracer} ({_name(folder.parent / tracer)}) traces it already")
    return None if maps else Refused("unable", f"process {folder.name} ({_name(folder)}) is a thread of the kernel")


def _status(folder: Path) -> dict[str, str]:
    """/proc/PID/status (proc(5))."""
    lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _name(folder: Path) -> str:
    try:
        return _status(folder).get("Name", "?")
    except OSError:
        return "?"


def request(target: Target, how: Look, answer: Path, settings: Iterable[str]) -> dict[str, Any]:
    """What the scripts are asked; of a core they get a link beside the answer, whose path has no need of quotes."""
    if target.core is not None:
        answer.with_name("core").symlink_to(target.core.resolve())
    return {
        "answer": str(answer),
        "parent": os.getpid(),
        "pid": target.pid,
        "core": None if target.core is None else str(answer.with_name("core")),
        "executable": None if target.executable is None else str(target.executable.resolve()),
        "folders": [str(folder) for folder in how.symbol_folders],
        "looks": how.looks,
        "pause": how.pause,
        "variables": how.variables,
        "settings": list(settings),
        "rows": layouts.as_request(),
    }


def one_by_one(how: Look, once: Callable[[Look], Raw | Refused]) -> tuple[Raw, ...] | Refused:
    """As many looks as were asked for, of a source that gives one at a time; the time is for all of them together."""
    found: list[Raw] = []
    until = time.monotonic() + how.timeout + how.pause * (how.looks - 1)
    while len(found) < max(1, how.looks):
        if found:
            time.sleep(how.pause)
        raw = once(replace(how, timeout=until - time.monotonic()))
        if isinstance(raw, Refused):
            return until_refused(found, raw)
        found.append(raw)
    return tuple(found)


def until_refused(found: Sequence[Raw], refused: Refused) -> tuple[Raw, ...] | Refused:
    """The looks before the one that was refused, of which the last says so; what was refused where there are none."""
    if not found:
        return refused
    gap = f"there were more looks to come: {refused.said or refused.reason}"
    return (*found[:-1], replace(found[-1], gaps=(*found[-1].gaps, gap)))
