"""How many builds run side by side, and how many compilers each of them starts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Bytes for one compiler at work. rustc 1.95 took 412 MiB at most for two examples of pyo3ops (the crate pyo3, with
#: optimisation; 283 MiB for an example with link-time optimisation), and linkers and large crates take more.
PER_COMPILER = 2**30
_NO_LIMIT = 2**60


@dataclass(frozen=True)
class Share:
    """`workers` builds at once, each of which starts up to `jobs` compilers, and why not more."""

    workers: int
    jobs: int
    reason: str


def share(lanes: int, cores: int, memory: int | None, asked: int | None = None) -> Share:
    """Divide the machine among builds that do not share a folder; `memory` is in bytes, None where it is unknown.

    `asked` is how many builds are wanted at once: more than memory carries are not started.
    """
    fitting = cores if memory is None else max(1, memory // PER_COMPILER)
    compilers = max(1, min(cores, fitting))
    workers = max(1, min(lanes, asked or compilers, fitting))
    reason = f"{cores} cores"
    if memory is not None:
        reason += f", {memory / 2**30:.1f} GiB free at {PER_COMPILER / 2**30:.0f} GiB a compiler"
    return Share(workers, max(1, compilers // workers), reason)


def cores(env: Mapping[str, str]) -> int:
    """The processors that this process may use; CARGO_BUILD_JOBS, where it is set, says how many of them."""
    affinity = getattr(os, "sched_getaffinity", None)
    there = len(affinity(0)) if affinity else os.cpu_count() or 1
    told = env.get("CARGO_BUILD_JOBS", "")
    return min(there, int(told)) if re.fullmatch(r"[1-9]\d{0,3}", told) else there


def free_memory(proc: Path = Path("/proc/meminfo"), groups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that new programs can have, on this machine and in this container; None where the system does not tell."""
    available = parse_available(_read(proc))
    limits = (
        (groups / "memory.max", groups / "memory.current"),
        (groups / "memory/memory.limit_in_bytes", groups / "memory/memory.usage_in_bytes"),
    )
    left = [int(limit) - int(used) for limit, used in (map(_read, pair) for pair in limits) if _counts(limit, used)]
    known = [each for each in (available, *left) if each is not None]
    return max(0, min(known)) if known else None


def parse_available(text: str) -> int | None:
    """MemAvailable of /proc/meminfo, in bytes."""
    match = re.search(r"^MemAvailable:\s*(\d+) kB$", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def _counts(limit: str, used: str) -> bool:
    return limit.isdigit() and used.isdigit() and int(limit) < _NO_LIMIT


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
