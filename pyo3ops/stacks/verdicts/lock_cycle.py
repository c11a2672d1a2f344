"""Threads that each have what the next one waits for: locks of Rust, of Python, of a module, of logging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.stacks.verdicts import cures, imports, words
from pyo3ops.stacks.verdicts.circles import Circles
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Verdict, Wait
from pyo3ops.stacks.verdicts.standing import IMPORT, LOGGING
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.guards import Taken
    from pyo3ops.stacks.verdicts.scene import Scene
    from pyo3ops.stacks.verdicts.standing import Standing

#: Circles that are told; a program that has more has them of one kind.
_MOST = 10
_KINDS = {
    IMPORT: (
        Kind.IMPORT_LOCK,
        Cure(
            "wait for no thread while a module is imported; import before locks are taken",
            "def main(): ...  # and not when imported",
        ),
    ),
    LOGGING: (
        Kind.LOGGING_LOCK,
        Cure("log when the lock is given back; let a handler take no lock of others", "drop(guard); log(...)"),
    ),
}


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for each cycle; probable where a lock is in it that does not tell its owner to a debugger."""
    circles = Circles(scene)
    seen: set[Standing] = set()
    told = 0
    for each in circles.members:
        cycle = circles.of(each) if each not in seen else None
        if cycle:
            seen.update(cycle)
            told += 1
            yield _verdict(scene, cycle)
        if told == _MOST:
            return


def _verdict(scene: Scene, cycle: tuple[Standing, ...]) -> Verdict:
    found = {each.word for each in cycle}
    pairs = list(zip(cycle, (*cycle[1:], cycle[0])))
    locks = {each: scene.wanted(each) if each.wait is For.LOCK else None for each in cycle}
    order = cures.of_order(tuple(lock.name for lock in locks.values() if lock is not None and lock.name))
    kind, cure = next((_KINDS[word] for word in _KINDS if word in found), (Kind.LOCK_CYCLE, order))
    called = {one: _called(scene, one, other, locks[one]) for one, other in pairs}
    first = next((each for each in cycle if each.wait is For.LOCK), cycle[0])
    named = next((each for each in cycle if each.word in _KINDS), first)
    return Verdict(
        kind,
        Certainty.DEFINITE if _proven(scene, pairs) else Certainty.PROBABLE,
        f"{', '.join(scene.called(each) for each in cycle)} wait for each other in a circle",
        "; ".join(f"{each.place} waits for {called[each]}" for each in cycle),
        tuple(each.stack.thread for each in cycle),
        tuple(Wait(one.stack.thread, called[one], other.stack.thread) for one, other in pairs),
        words.of(named, locks[named]),
        cure,
        words.evidence(scene, *cycle),
    )


def _called(scene: Scene, waiting: Standing, owner: Standing, lock: Taken | None) -> str:
    """The lock in a sentence, a module's with the name of that, where it is known."""
    module = imports.waited_for(waiting, owner, scene.read) if waiting.word == IMPORT else None
    return f"the {IMPORT} of {module}" if module else words.lock(waiting.word, lock)


def _proven(scene: Scene, pairs: Sequence[tuple[Standing, Standing]]) -> bool:
    """True where frames show all owners: of a value the one that makes it, of a module the one that imports it."""
    return scene.complete and all(_by_frames(scene, *pair) for pair in pairs)


def _by_frames(scene: Scene, waiting: Standing, owner: Standing) -> bool:
    if waiting.wait is For.ONCE:
        return owner.making_once and scene.owners(waiting) == (owner,)
    if waiting.word != IMPORT or not imports.waits_for_a_module(waiting.frames):
        return False
    others = (each for each in scene.threads if each is not waiting and each is not owner)
    alone = not any(each.unknown or imports.is_importing(each.frames) for each in others)
    return alone and not owner.unknown and imports.waited_for(waiting, owner, scene.read) is not None
