"""Verdicts: who waits for whom, and what ended a process, said out loud. One file each; the table below has them all.

`judge` is pure. A thread counts as stuck only where two looks, some 200 ms apart, see it at the same place; with one
look, a core or a pasted text, nothing that has to do with time is more than probable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Iterator, Sequence

from pyo3ops.stacks.verdicts import (
    abandoned_lock,
    attached_blocking,
    borrow,
    gil_lock_inversion,
    guards,
    lock_cycle,
    panics,
    self_deadlock,
    stack_overflow,
)
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Lock, Verdict, Wait
from pyo3ops.stacks.verdicts.scene import Scene, scene_of

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.verdicts.guards import Read

__all__ = ["VERDICTS", "Certainty", "Cure", "Kind", "Lock", "Scene", "Verdict", "Wait", "judge", "scene_of"]

#: In the order in which they may explain a thread: the first one that does is told.
VERDICTS: tuple[Callable[[Scene], Iterator[Verdict]], ...] = (
    borrow.judged,
    panics.judged,
    stack_overflow.judged,
    gil_lock_inversion.judged,
    lock_cycle.judged,
    abandoned_lock.judged,
    self_deadlock.judged,
    attached_blocking.judged,
)


def judge(looks: Sequence[Dump], read: Read = guards.nothing) -> tuple[Verdict, ...]:
    """What is wrong, the definite first; empty where nothing is.

    `read` gives the lines of a source file, by which locks get names and owners.
    """
    if not looks:
        return ()
    scene = scene_of(looks, read)
    found: list[Verdict] = []
    for judged in VERDICTS:
        for verdict in judged(scene):
            if not any(_told(verdict, other) for other in found):
                found.append(verdict)
    return tuple(sorted(found, key=lambda verdict: not verdict.definite))


def _told(verdict: Verdict, other: Verdict) -> bool:
    """True where another verdict tells already why the first thread of this one waits."""
    return bool(verdict.threads) and verdict.threads[0] in other.threads
