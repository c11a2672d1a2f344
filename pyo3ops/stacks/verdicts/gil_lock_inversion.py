"""One thread keeps the interpreter and waits for a lock; whoever has that waits for the interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.stacks.verdicts import cures, words
from pyo3ops.stacks.verdicts.circles import Circles
from pyo3ops.stacks.verdicts.model import Certainty, Kind, Verdict, Wait
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.guards import Taken
    from pyo3ops.stacks.verdicts.scene import Scene
    from pyo3ops.stacks.verdicts.standing import Standing


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for each thread that has the interpreter and waits for a lock whose owner may want it."""
    for keeper in scene.attached:
        if keeper.steady and keeper.wait in {For.LOCK, For.ONCE}:
            yield from _of(scene, keeper)


def _of(scene: Scene, keeper: Standing) -> Iterator[Verdict]:
    lock = scene.wanted(keeper) if keeper.wait is For.LOCK else None
    wanting = [each for each in scene.waiting_to_attach if each is not keeper and _may_have(scene, each, lock)]
    others = [each for each in scene.owners(keeper) if each is not keeper]
    if not wanting or any(not each.blocked or not each.steady for each in others):
        # Nobody who wants the interpreter could have the lock, or somebody works who could, and will give it back.
        return
    if lock and scene.has(keeper, lock):
        return
    if lock and _elsewhere(scene, others, wanting, lock):
        yield from _through_others(scene, keeper, wanting, lock)
        return
    proven = _proven(scene, keeper, wanting, lock)
    definite = scene.complete and len(proven) == 1 and keeper in scene.stuck
    if lock is not None and not lock.static:
        # Others may have another lock of that name.
        definite = definite and all(each in proven or scene.has(each, lock) is False for each in others)
    yield _verdict(scene, keeper, proven or wanting, lock, definite=definite)


def _may_have(scene: Scene, each: Standing, lock: Taken | None) -> bool:
    """False for one that gave back whatever it locked, and waits for the interpreter to go on."""
    return each.native and not (lock is not None and scene.gave_back(each) and scene.has(each, lock) is False)


def _through_others(scene: Scene, keeper: Standing, wanting: Sequence[Standing], lock: Taken) -> Iterator[Verdict]:
    """The lock's owner waits for another lock, and so on, until one of them waits for the interpreter."""
    circle = Circles(scene, wanting).of(keeper)
    if not circle:
        return
    waits = [words.lock(each.word, scene.wanted(each) if each.wait is For.LOCK else None) for each in circle]
    threads = tuple(each.stack.thread for each in circle)
    yield Verdict(
        Kind.GIL_LOCK_INVERSION,
        Certainty.PROBABLE,
        f"{scene.called(keeper)} has the interpreter and waits for {waits[0]}; that way {scene.called(circle[-1])} is "
        "waited for, which wants the interpreter",
        "; ".join(f"{each.place} waits for {what}" for each, what in zip(circle, waits)),
        threads,
        tuple(Wait(one, what, other) for one, what, other in zip(threads, waits, (*threads[1:], threads[0]))),
        words.of(keeper, lock),
        cures.of_lock(keeper, lock, scene.pyo3),
        words.evidence(scene, *circle, lock=lock),
    )


def _elsewhere(scene: Scene, others: Sequence[Standing], wanting: Sequence[Standing], lock: Taken) -> bool:
    """True where the source shows the lock with a thread that does not want the interpreter, and none that does."""
    if any(scene.has(each, lock) is not False for each in wanting):
        return False
    return any(scene.has(each, lock) for each in others if each not in wanting)


def _proven(scene: Scene, keeper: Standing, wanting: Sequence[Standing], lock: Taken | None) -> Sequence[Standing]:
    """Those that are shown to have it: by the call that makes the value, or by the line that took the lock."""
    if keeper.wait is For.ONCE:
        return [each for each in wanting if each.making_once and not keeper.making_once]
    if lock is None or scene.has(keeper, lock) is not False:
        return []
    return [each for each in wanting if scene.has(each, lock)]


def _verdict(
    scene: Scene, keeper: Standing, owners: Sequence[Standing], lock: Taken | None, *, definite: bool
) -> Verdict:
    owner = owners[0]
    one, other = scene.called(keeper), scene.called(owner)
    what = words.lock(keeper.word, lock)
    sure = "has taken it" if definite else "may have taken it"
    has = "is attached" if scene.free_threaded else "has the interpreter"
    wants = words.wanted(scene, owner)
    if keeper.wait is For.ONCE:
        sure = "makes its value" if definite else "may make its value"
    detail = f"{keeper.place} {words.stays(scene)} and waits for {what}; {owner.place} {sure} and waits for {wants}"
    return Verdict(
        Kind.GIL_LOCK_INVERSION,
        Certainty.DEFINITE if definite else Certainty.PROBABLE,
        f"{one} {has} and waits for {what}, {other} has that and waits for {wants}",
        detail,
        (keeper.stack.thread, owner.stack.thread),
        (
            Wait(keeper.stack.thread, what, owner.stack.thread),
            Wait(owner.stack.thread, owner.word, keeper.stack.thread),
        ),
        words.of(keeper, lock),
        cures.of_lock(keeper, lock, scene.pyo3),
        words.evidence(scene, keeper, owner, lock=lock, definite=definite),
    )
