"""A thread waits for a lock whose owner is not there any more, or for a pool whose threads are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.verdicts import words
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Verdict, Wait
from pyo3ops.stacks.verdicts.waiting import REENTRANT, For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.scene import Scene
    from pyo3ops.stacks.verdicts.standing import Standing

_SPAWN = 'multiprocessing.set_start_method("spawn")'
_METHODS = "https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods"
_CURE = Cure("start other processes before threads, or without fork; do not forget guards", _SPAWN, _METHODS)
_CURE_OF_POOL = Cure(
    "start other processes without fork, or make the pool in the process that uses it", _SPAWN, _METHODS
)

_WHY = "a fork copies locks as they are, and of the threads the one that forks alone; or a guard was forgotten"
_WHY_OF_POOL = "a fork copies a pool as it is, and none of its threads"


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for each thread that waits for a native lock which no thread can have, or for a pool without any."""
    for each in scene.threads:
        if not (each.steady and each.blocked) or each.timed:
            continue
        if each.wait is For.LOCK:
            yield from _of_lock(scene, each)
        elif each.wait is For.POOL:
            yield from _of_pool(scene, each)


def _of_lock(scene: Scene, each: Standing) -> Iterator[Verdict]:
    lock = scene.wanted(each)
    alone = all(owner is each for owner in scene.owners(each))
    if alone and lock is not None and scene.has(each, lock) is False:
        what = words.lock(each.word, lock)
        # Its owner never waits for such a lock; and any other thread could have kept a guard where no frame shows it.
        definite = scene.complete and each.word in REENTRANT and len(scene.threads) == 1 and not each.unknown
        yield Verdict(
            Kind.ABANDONED_LOCK,
            Certainty.DEFINITE if definite else Certainty.PROBABLE,
            f"{scene.called(each)} waits for {what}, and no thread is there that could have it",
            f"{each.place} waits for {what}; {_WHY}",
            (each.stack.thread,),
            (Wait(each.stack.thread, what),),
            words.of(each, lock),
            _CURE,
            words.evidence(scene, each),
        )


def _of_pool(scene: Scene, each: Standing) -> Iterator[Verdict]:
    others = [other for other in scene.threads if other is not each and not _outside(other)]
    if any(other.of_pool or other.idle or other.unknown for other in others):
        return
    # Any thread of the process may have been made one of a pool's; where there is no other, nobody is left.
    definite = scene.complete and not others
    yield Verdict(
        Kind.ABANDONED_LOCK,
        Certainty.DEFINITE if definite else Certainty.PROBABLE,
        f"{scene.called(each)} waits for {each.word}, and the process has none of them",
        f"{each.place} waits for {each.word}, and the process has none of them; {_WHY_OF_POOL}",
        (each.stack.thread,),
        (Wait(each.stack.thread, each.word),),
        words.of(each),
        _CURE_OF_POOL,
        words.evidence(scene, each),
    )


def _outside(other: Standing) -> bool:
    """True for one that waits for a pool from outside: what a pool's own threads wait in is another function."""
    return other.steady and other.row is not None and other.row.wait is For.POOL
