"""Circles of threads that each have what the one before waits for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.model import Language
from pyo3ops.stacks.verdicts import python_locks
from pyo3ops.stacks.verdicts.standing import IMPORT, LOGGING
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.scene import Scene
    from pyo3ops.stacks.verdicts.standing import Standing

#: What a thread can be in a circle by: a lock that somebody has, a thread that comes to no end.
WAITS = frozenset({For.LOCK, For.ONCE, For.PYTHON_LOCK, For.JOIN})
#: Frames tell who has these: the thread that imports, the one that is in a handler.
_TOLD_BY_FRAMES = frozenset({IMPORT, LOGGING})


class Circles:
    """The waits of a scene by which threads can be in a circle; whoever has what is looked up once."""

    def __init__(self, scene: Scene, more: Sequence[Standing] = ()) -> None:
        self._scene = scene
        waiting = [
            each for each in scene.threads if each.steady and each.blocked and each.wait in WAITS and not each.timed
        ]
        #: Those that wait for good, the ones for a lock first: a joined thread may have no part in it.
        self.members = (*sorted(waiting, key=lambda one: one.wait is For.JOIN), *more)
        self._known = frozenset(self.members)
        self._owners: dict[Standing, tuple[Standing, ...]] = {}

    def of(self, start: Standing) -> tuple[Standing, ...] | None:
        """The shortest way from a thread by who has what is waited for, back to itself; None without one."""
        ways: deque[tuple[Standing, ...]] = deque([(start,)])
        reached = {start}
        while ways:
            way = ways.popleft()
            for owner in self._owners_of(way[-1]):
                if owner is start and len(way) > 1:
                    return way
                if owner not in reached:
                    reached.add(owner)
                    ways.append((*way, owner))
        return None

    def _owners_of(self, waiting: Standing) -> tuple[Standing, ...]:
        if waiting not in self._owners:
            self._owners[waiting] = tuple(self._found(waiting))
        return self._owners[waiting]

    def _found(self, waiting: Standing) -> Sequence[Standing]:
        """Those that the source shows to have it; without a word from there those that could, if all of them wait."""
        possible = [each for each in self._scene.owners(waiting) if each is not waiting]
        shown = [each for each in possible if _shows(self._scene, waiting, each)]
        if shown:
            return [each for each in shown if each in self._known]
        if waiting.wait is For.LOCK and _has_itself(self._scene, waiting):
            return []
        return possible if all(each in self._known for each in possible) else []


def _shows(scene: Scene, waiting: Standing, owner: Standing) -> bool:
    """Whether the source shows an owner to have what is waited for; that it does not is no sign of the contrary."""
    if waiting.wait is For.LOCK:
        lock = scene.wanted(waiting)
        return lock is not None and bool(scene.has(owner, lock))
    if waiting.wait is For.PYTHON_LOCK and waiting.word not in _TOLD_BY_FRAMES:
        if _waits_for_the_same(waiting, owner):
            return False
        name = scene.python_wanted(waiting)
        frames = [owner.frames[at] for at in owner.own if owner.frames[at].language is Language.PYTHON]
        user = waiting.user
        return name is not None and user is not None and python_locks.shows(user, frames, name, scene.read)
    return False


def _has_itself(scene: Scene, waiting: Standing) -> bool:
    """Whether the source shows a thread to have the very lock that it waits for, as one that reads it twice."""
    lock = scene.wanted(waiting)
    if lock is None or not lock.name:
        return False
    return any(one.name == lock.name and one.is_sure(lock) for one in scene.may_have(waiting, lock))


def _waits_for_the_same(one: Standing, other: Standing) -> bool:
    """True for two that wait for the same lock, by its address: neither has it."""
    address = one.stack.waits_at
    return address is not None and one.wait is other.wait and address == other.stack.waits_at
