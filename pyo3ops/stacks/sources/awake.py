"""Which threads the kernel had running, or ready to run, right before a source looked at them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.stacks.inside.looking import running
from pyo3ops.stacks.sources.protocol import Refused

if TYPE_CHECKING:
    from pyo3ops.stacks.raw import Raw

#: Where Linux lists processes.
PROC = Path("/proc")


def looked(pid: int | None, look: Callable[[], Raw | Refused]) -> Raw | Refused:
    """What a source sees, and which threads were awake; nothing is said of a core, or where there is no /proc.

    A thread that waits at a lock and is ready to run was woken: it will go on, and is stuck no more.
    """
    if pid is None or not (PROC / str(pid) / "task").is_dir():
        return look()
    awake = running(pid)
    raw = look()
    return raw if isinstance(raw, Refused) else told(raw, awake)


def told(raw: Raw, awake: set[int]) -> Raw:
    """A look with what is known of its threads; who was seen awake by the source itself stays so."""
    threads = tuple(
        each if each.asleep is False or each.thread.tid is None else replace(each, asleep=each.thread.tid not in awake)
        for each in raw.threads
    )
    return replace(raw, threads=threads)
