"""A thread waits for a lock whose owner is not there any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.verdicts import words
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Verdict, Wait
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.scene import Scene

_CURE = Cure(
    "start other processes before threads, or without fork; do not forget guards",
    'multiprocessing.set_start_method("spawn")',
    "https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods",
)

_WHY = "a fork copies locks as they are, and of the threads the one that forks alone; or a guard was forgotten"


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for each thread that waits for a native lock which no thread of the process can have."""
    for each in scene.threads:
        if not (each.steady and each.blocked and each.wait is For.LOCK) or each.timed:
            continue
        lock = scene.wanted(each)
        alone = all(owner is each for owner in scene.owners(each))
        if alone and lock is not None and scene.has(each, lock) is False:
            what = words.lock(each.word, lock)
            yield Verdict(
                Kind.ABANDONED_LOCK,
                Certainty.PROBABLE,
                f"{scene.called(each)} waits for {what}, and no thread is there that could have it",
                f"{each.place} waits for {what}; {_WHY}",
                (each.stack.thread,),
                (Wait(each.stack.thread, what),),
                words.of(each, lock),
                _CURE,
                words.evidence(scene, each),
            )
