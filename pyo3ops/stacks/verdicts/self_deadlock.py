"""A thread waits for a lock that it has itself, or for a value that it is in the middle of making."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.model import Confidence
from pyo3ops.stacks.verdicts import cures, words
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Verdict, Wait
from pyo3ops.stacks.verdicts.waiting import REENTRANT, For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.guards import Taken
    from pyo3ops.stacks.verdicts.scene import Scene
    from pyo3ops.stacks.verdicts.standing import Standing

_ONCE = Cure("make the value without asking for it: what initialises it may not come back to it")


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for each thread that waits for itself."""
    for each in scene.threads:
        if not (each.steady and each.blocked and each.native):
            continue
        if each.wait is For.ONCE and each.making_once:
            yield from _of_once(scene, each)
        elif each.wait is For.LOCK and each.word not in REENTRANT:
            yield from _of_lock(scene, each)


def _of_once(scene: Scene, each: Standing) -> Iterator[Verdict]:
    alone = [other for other in scene.owners(each) if other is not each] == []
    whole = all(other.stack.confidence is not Confidence.PARTIAL for other in scene.threads)
    yield _verdict(scene, each, None, _ONCE, definite=alone and whole and scene.complete)


def _of_lock(scene: Scene, each: Standing) -> Iterator[Verdict]:
    lock = scene.wanted(each)
    others = [other for other in scene.owners(each) if other is not each]
    if lock is None or scene.held(each) is None:
        if not others:
            yield _verdict(scene, each, None, cures.of_self(each, None, None), definite=False)
        return
    if not scene.may_have(each, lock) or any(scene.has(other, lock) for other in others):
        return
    taken = [one for one in scene.may_have(each, lock) if one.name == lock.name]
    # A static is one lock; any other name may stand for several, and then nobody else may have it.
    same = (not others and not each.of_tasks) or (lock.static and not any(_may_give_back(other) for other in others))
    certain = any(one.is_sure(lock) and _is_near(lock, one) for one in taken)
    definite = scene.complete and not each.timed and same and certain
    cure = cures.of_self(each, lock, next(iter(taken), None))
    yield _verdict(scene, each, lock, cure, definite=definite)


def _may_give_back(other: Standing) -> bool:
    """True for a thread that moves: what the source says of it is true of one moment."""
    return not (other.steady and other.blocked)


def _is_near(lock: Taken, taken: Taken) -> bool:
    """True where the function that waits took it: two functions may have a static of one name each."""
    return abs(lock.line - taken.line) < _ONE_FUNCTION


#: Lines that one function is long, about: what is farther apart is not taken for the same static without more evidence.
_ONE_FUNCTION = 100


def _verdict(scene: Scene, each: Standing, lock: Taken | None, cure: Cure, *, definite: bool) -> Verdict:
    what = words.lock(each.word, lock)
    doing = "makes" if each.wait is For.ONCE else "has"
    maybe = "" if definite else " as far as can be seen"
    return Verdict(
        Kind.SELF_DEADLOCK,
        Certainty.DEFINITE if definite else Certainty.PROBABLE,
        f"{scene.called(each)} waits for {what}, which it {doing} itself{maybe}",
        f"{each.place} waits for {what}{_since(scene, each, lock)}; nobody else can end that",
        (each.stack.thread,),
        (Wait(each.stack.thread, what, each.stack.thread),),
        words.of(each, lock),
        cure,
        words.evidence(scene, each, lock=lock),
    )


def _since(scene: Scene, each: Standing, lock: Taken | None) -> str:
    if lock is None:
        return ""
    taken = next(iter(sorted(scene.may_have(each, lock), key=lambda one: not one.certain)), None)
    return f", which it took in line {taken.line}" if taken else ""
