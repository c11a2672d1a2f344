"""The threads of a process over its looks: who has the interpreter, who is stuck, who has which lock."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.model import Gil, Language, Layer
from pyo3ops.stacks.verdicts import cures, guards, owners, people, python_locks, streams
from pyo3ops.stacks.verdicts.standing import standing_of
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Stack
    from pyo3ops.stacks.verdicts.guards import Read, Taken
    from pyo3ops.stacks.verdicts.standing import Standing

#: Sources that see every thread of a process.
_SEE_ALL = frozenset({"gdb", "lldb"})
_DETACHES = re.compile(
    r"^(?:pyo3::.{0,200}::)?(?:detach|allow_threads|lock_py_attached|\w{1,40}_py_attached)(?:<|$)", re.DOTALL
)


@dataclass(frozen=True)
class Scene:
    """All threads of one process, and how often they were looked at."""

    threads: tuple[Standing, ...]
    last: Dump
    looks: int = 1
    read: Read = guards.nothing
    #: The one with the interpreter was told by the source, not inferred from frames.
    told: bool = True
    #: What was read already.
    _held: dict[Standing, tuple[Taken, ...] | None] = field(default_factory=dict)
    _wanted: dict[Standing, Taken | None] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """True where the looks are enough to prove something: two of them, by a source that sees every thread."""
        return self.looks > 1 and self.last.source in _SEE_ALL and self.told

    @property
    def free_threaded(self) -> bool:
        """True for a Python without the lock."""
        return self.last.process.free_threaded

    @functools.cached_property
    def pyo3(self) -> int:
        """The minor version of the PyO3 in the process."""
        return cures.pyo3_of(self.last)

    @functools.cached_property
    def attached(self) -> tuple[Standing, ...]:
        """Those that had the interpreter in all looks; one at most, where there is a lock."""
        return tuple(each for each in self.threads if each.attached)

    @functools.cached_property
    def waiting_to_attach(self) -> tuple[Standing, ...]:
        """Those that waited for the interpreter in all looks."""
        return tuple(each for each in self.threads if each.wait is For.INTERPRETER and each.steady)

    @functools.cached_property
    def stuck(self) -> frozenset[Standing]:
        """Those that nobody can wake who is not stuck himself: proven, where every thread is known."""
        waiting = (each for each in self.threads if each.steady and each.blocked)
        found = {each for each in waiting if (_inside(each) and self._on_threads(each)) or self._comes_back(each)}
        while True:
            free = {each for each in found if any(owner not in found for owner in self._needed(each))}
            free |= {each for each in found if each.wait is For.INTERPRETER and not self.owners(each)}
            if not free:
                return frozenset(found)
            found -= free

    def _on_threads(self, each: Standing) -> bool:
        """False where a task could have what is waited for, of which no thread shows anything."""
        lock = self.wanted(each) if each.of_tasks else None
        shown = lock is not None and lock.static and any(self.has(other, lock) for other in self.threads)
        return shown or not each.of_tasks

    def _needed(self, each: Standing) -> tuple[Standing, ...]:
        return self.attached if self._comes_back(each) else self.owners(each)

    def _comes_back(self, each: Standing) -> bool:
        """True for Python's own code that waits: whatever for, it needs the interpreter next, which is taken."""
        return bool(self.attached) and not self.free_threaded and each.only_python

    def owners(self, waiting: Standing) -> tuple[Standing, ...]:
        """Whoever could end the wait, as far as stacks tell; more than do, where they tell little."""
        others = tuple(each for each in self.threads if each is not waiting and not each.idle)
        return owners.possible(waiting, others, self.attached)

    def called(self, standing: Standing) -> str:
        """The thread in a sentence."""
        return people.called(standing.stack, self.last.process)

    def held(self, standing: Standing) -> tuple[Taken, ...] | None:
        """The locks that the source shows a thread to have, in all its Rust frames; None: a line cannot be read."""
        if standing not in self._held:
            self._held[standing] = self._read_held(standing)
        return self._held[standing]

    def _read_held(self, standing: Standing) -> tuple[Taken, ...] | None:
        taken: list[Taken] = []
        below = _named(standing)
        for at in standing.own:
            frame = standing.frames[at]
            if frame.language is Language.PYTHON or people.is_wrapper(frame):
                continue
            # What waits may be in a closure of the line: `py.detach(|| LOCK.lock())` has two frames.
            waiting = standing.wait is For.LOCK and _in_wait(standing, at)
            called = standing.frames[at - 1].function if at else ""
            found = guards.still_held(frame, below, self.read, waiting=waiting, called=called)
            if found is None:
                return None
            taken.extend(found)
        taken.extend(streams.held(standing))
        return tuple(dict.fromkeys(taken))

    def has(self, standing: Standing, lock: Taken) -> bool | None:
        """True where the source shows that the thread took a lock of that name and kept it; None: it cannot tell."""
        held = self.held(standing)
        fitting = [taken for taken in held or () if taken.may_be(lock)]
        return None if held is None or (fitting and not _sure(fitting, lock)) else bool(fitting)

    def may_have(self, standing: Standing, lock: Taken) -> Sequence[Taken]:
        """Where the thread took a lock of that name, for certain or not, that it may have still."""
        return [taken for taken in self.held(standing) or () if taken.may_be(lock)]

    def gave_back(self, standing: Standing) -> bool:
        """True where the thread waits for the interpreter after a `detach`, out of which it brings no lock."""
        user = standing.user
        if user is None or not standing.coming_back:
            return False
        return standing.empty_handed or guards.keeps_nothing(user, self.read)

    def python_wanted(self, standing: Standing) -> str | None:
        """The lock of threading that the thread's line takes, as the source calls it."""
        user = standing.user
        return python_locks.wanted(user, self.read) if user is not None and user.language is Language.PYTHON else None

    def wanted(self, standing: Standing) -> Taken | None:
        """The lock that the thread's line takes, as the source calls it."""
        if standing not in self._wanted:
            told = streams.wanted(standing)
            if standing.user is not None and told is None:
                told = guards.wanted(standing.user, self.read, standing.word)
            self._wanted[standing] = told
        return self._wanted[standing]


def _in_wait(standing: Standing, at: int) -> bool:
    """True for the user's frame that waits, and for the one right below it whose line has that closure."""
    first, *more = standing.own
    user, frame = standing.frames[first], standing.frames[at]
    around = more[:1] == [at] and "{closure" in user.function and (user.file, user.line) == (frame.file, frame.line)
    return at == first or around


def _sure(taken: Sequence[Taken], wanted: Taken) -> bool:
    return any(each.is_sure(wanted) and each.name for each in taken)


def _named(standing: Standing) -> frozenset[str]:
    """The functions that have frames of their own, or that a wrapper calls."""
    frames = standing.frames
    plain = (at for at, frame in enumerate(frames) if people.is_own_rust(frame) and "{closure" not in frame.function)
    wrappers = (at for at, frame in enumerate(frames) if people.is_wrapper(frame))
    return frozenset(people.function_at(frames, at) for at in (*plain, *wrappers))


def _inside(each: Standing) -> bool:
    """True where only another thread can end the wait; of Python's own waits the stack does not tell a time."""
    if each.wait is For.INTERPRETER:
        return True
    return each.wait not in {None, For.OUTSIDE, For.IDLE} and not each.timed and not each.only_python


def scene_of(looks: Sequence[Dump], read: Read = guards.nothing) -> Scene:
    """The threads of the first look, with what the later ones say of them."""
    first, *later = looks
    threads = tuple(standing_of(stack, [_found(stack, dump) for dump in later]) for stack in first.stacks)
    new = tuple(standing_of(stack, [None]) for dump in later for stack in dump.stacks if _found(stack, first) is None)
    scene = Scene((*threads, *new), looks[-1], len(looks), read)
    return scene if scene.attached else _inferred(scene)


def _inferred(scene: Scene) -> Scene:
    """Where no source says who has the interpreter: the one thread that runs no `detach` around its wait."""
    if not scene.waiting_to_attach or any(each.stack.gil is Gil.HELD for each in scene.threads):
        return scene
    likely = [
        each for each in scene.threads if each.python and each.wait is not For.INTERPRETER and _attached_by_frames(each)
    ]
    if len(likely) != 1:
        return scene
    threads = tuple(_with_interpreter(each) if each is likely[0] else each for each in scene.threads)
    return Scene(threads, scene.last, scene.looks, scene.read, told=False)


def _with_interpreter(each: Standing) -> Standing:
    return replace(each, attached=True)


def _attached_by_frames(each: Standing) -> bool:
    for frame in each.frames:
        if frame.language is Language.PYTHON:
            return bool(each.own) and people.is_own_rust(each.frames[each.own[0]])
        if frame.layer in {Layer.PYO3, None} and _DETACHES.search(frame.function):
            return False
    return False


def _found(stack: Stack, dump: Dump) -> Stack | None:
    thread = stack.thread
    for other in dump.stacks:
        if thread.tid is not None and other.thread.tid == thread.tid:
            return other
        if thread.tid is None and thread.ident is not None and other.thread.ident == thread.ident:
            return other
    return None
