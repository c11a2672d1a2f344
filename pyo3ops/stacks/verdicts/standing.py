"""One thread over several looks: whether it stands still, and what for."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.model import Confidence, Gil, Language, Layer
from pyo3ops.stacks.verdicts import people
from pyo3ops.stacks.verdicts.waiting import For, is_blocked, last, row_of

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Frames, Stack
    from pyo3ops.stacks.verdicts.waiting import Row

_RUNTIME = frozenset({Layer.PYTHON, Layer.PYO3, Layer.STD, Layer.CPYTHON, Layer.LIBC, Layer.KERNEL})
_PLAIN = re.compile(r"(?:pyo3::marker::Python(?:::<'_>)?::)?detach(?:::)?<(?:\(\)|[iuf]\d{1,3}|[iu]size|bool|char), ")
_IMPORTS = re.compile(
    r"_load_unlocked|exec_module|_call_with_frames_removed|_find_and_load(?:_unlocked)?|create_module"
)
_LOGS = re.compile(
    r"(?:\w{1,60}\.)?(?:handle|emit|callHandlers|acquire|flush|_acquireLock|release"
    # These call what others wrote with the lock of the module in hand.
    r"|getLogger|isEnabledFor|basicConfig|configure|fileConfig)"
)
#: The words for two of Python's locks, whose owners the frames tell.
IMPORT = "import lock"
LOGGING = "logging lock"
#: The word for a pool, as waits.toml has it.
POOL = "the threads of a pool (rayon)"
#: The word for a future, as waits.toml has it.
FUTURE = "a future (tokio's block_on)"
#: Python's own waits, by the standard library's function that waits: file, functions, who ends it, word.
_LIBRARY_WAITS = (
    (re.compile(r"importlib"), re.compile(r".{0,60}"), For.PYTHON_LOCK, IMPORT),
    (re.compile(r"/logging/"), re.compile(r".{0,60}"), For.PYTHON_LOCK, LOGGING),
    (
        re.compile(r"/threading\.py"),
        re.compile(r"(?:\w{1,40}\.)?(?:join|_wait_for_tstate_lock|_shutdown)"),
        For.JOIN,
        "the end of a thread (join)",
    ),
    (
        re.compile(r"/threading\.py|/queue\.py"),
        re.compile(r"(?:\w{1,40}\.)?(?:wait|wait_for|get|put)"),
        For.SIGNAL,
        "a condition of threading",
    ),
)


@dataclass(frozen=True, eq=False)
class Standing:
    """One thread; compared by identity."""

    stack: Stack
    #: At the same place in all looks.
    steady: bool
    #: What it waits for, None where it runs, or waits in a function that no row knows.
    row: Row | None
    #: Where the row's function stands in the stack.
    at: int = -1
    #: Who can end it, more exactly than the row says.
    wait: For | None = None
    word: str = ""
    blocked: bool = False
    attached: bool = False
    own: tuple[int, ...] = ()

    @property
    def frames(self) -> Frames:
        """The frames from the leaf."""
        return self.stack.frames

    @property
    def user(self) -> Frame | None:
        """The user's frame nearest to the leaf."""
        return self.frames[self.own[0]] if self.own else None

    @property
    def place(self) -> str:
        """File, line and function of the user nearest to the leaf."""
        return people.place(self.frames, self.own[0]) if self.own else "no function of the user's"

    @property
    def function(self) -> str | None:
        """The user's function nearest to the leaf."""
        return people.function_at(self.frames, self.own[0]) if self.own else None

    @property
    def unknown(self) -> bool:
        """True where frames are missing: it may be anywhere, and have anything."""
        return self.stack.confidence is Confidence.PARTIAL or not self.frames

    @functools.cached_property
    def idle(self) -> bool:
        """True for a pool's thread without work."""
        return self.wait is For.IDLE

    @functools.cached_property
    def native(self) -> bool:
        """True where it could have a lock of native code: a frame of the user's, a library's, or one nobody knows."""
        if self.idle:
            return False
        if self.unknown:
            return True
        return any(frame.layer not in _RUNTIME or people.is_wrapper(frame) for frame in self.frames)

    @functools.cached_property
    def only_python(self) -> bool:
        """True where the interpreter's own code waits, called by Python, and nothing native is further down."""
        above = next((at for at, frame in enumerate(self.frames) if frame.language is Language.PYTHON), 0)
        own = all(frame.layer in {Layer.CPYTHON, Layer.LIBC, Layer.KERNEL} for frame in self.frames[:above])
        return above > 0 and own and not self.native

    @functools.cached_property
    def python(self) -> bool:
        """True where it runs Python."""
        return any(frame.language is Language.PYTHON for frame in self.frames)

    @property
    def timed(self) -> bool:
        """True where the wait ends by itself."""
        return self.row is not None and self.row.timed

    @property
    def of_tasks(self) -> bool:
        """True where a task may have what it waits for, and be on no thread."""
        return self.row is not None and self.row.tasks

    @property
    def empty_handed(self) -> bool:
        """True where it comes back from `detach` with a number or nothing, by the type of that."""
        return self.coming_back and any(_PLAIN.match(frame.function) for frame in self.frames[: self.own[0]])

    @property
    def coming_back(self) -> bool:
        """True where it waits for the interpreter because a `detach` of the user's function is over."""
        return any("SuspendAttach" in frame.function for frame in self.frames[: self.own[0]]) if self.own else False

    @functools.cached_property
    def making_once(self) -> bool:
        """True where it is in the middle of making a value that is made once: such a call that is not its wait."""
        return any(_once(frame) for frame in self.frames[self.at + 1 :])

    @functools.cached_property
    def of_pool(self) -> bool:
        """True for a thread that rayon started."""
        return any((frame.crate or "").startswith("rayon") or "rayon_core::" in frame.function for frame in self.frames)

    @functools.cached_property
    def importing(self) -> bool:
        """True where a module's code runs in it because it is imported."""
        return any(_frozen(frame, "importlib") and _IMPORTS.fullmatch(frame.function) for frame in self._after_wait)

    @functools.cached_property
    def logging(self) -> bool:
        """True where it is in a handler, or on the way to one."""
        return any(_in_logging(frame) and _LOGS.fullmatch(frame.function) for frame in self._after_wait)

    @property
    def _after_wait(self) -> Frames:
        return self.frames[self.own[0] :] if self.own else ()


def _without_work(frames: Frames) -> bool:
    """True for a thread of a pool that runs nothing of anybody's; with work it waits for what it gave to others."""
    return all(frame.layer in _RUNTIME or (frame.crate or "").startswith("rayon") for frame in frames)


def _parks_for_good(frame: Frame) -> bool:
    """True for tokio's function that waits for a future and looks at nothing else: a thread of the process wakes it.

    What drives timers, sockets and tasks is another thread then, which is not stuck itself where it can do so.
    """
    where = f"{frame.file or ''} {frame.function[:400]}".replace("\\", "/")
    here = re.search(r"/tokio-[^/]{1,40}/src/runtime/park\.rs|runtime::park::CachedParkThread::", where)
    return frame.crate in {"tokio", None} and last(frame.function) == "block_on" and here is not None


def _once(frame: Frame) -> bool:
    row = row_of(frame)
    return row is not None and row.wait is For.ONCE


def _frozen(frame: Frame, module: str) -> bool:
    file = (frame.file or "").replace("\\", "/")
    return frame.language is Language.PYTHON and (file.startswith(f"<frozen {module}") or f"/{module}/" in file)


def _in_logging(frame: Frame) -> bool:
    return frame.language is Language.PYTHON and "/logging/" in (frame.file or "").replace("\\", "/")


def standing_of(stack: Stack, later: Sequence[Stack | None]) -> Standing:
    """A thread of the first look, with what the later ones saw of it; None where they did not see it."""
    frames = stack.frames
    row, at = _wait(frames)
    blocked = bool(frames) and is_blocked(frames[0]) and row is not None
    if not blocked:
        row, at = None, -1
    same = all(other is not None and _same(stack, other, at) for other in later)
    wait, word = _exact(frames, at, row) if row else (None, "")
    held = stack.gil is Gil.HELD and all(other is not None and other.gil is Gil.HELD for other in later)
    # Who waits for the interpreter looks every 5 ms whether it is free; anybody else who is awake goes on.
    woken = wait is not For.INTERPRETER and any(each is not None and each.asleep is False for each in (stack, *later))
    steady = same and not woken
    attached = held and wait is not For.INTERPRETER
    return Standing(stack, steady, row, at, wait, word, blocked, attached, people.own(frames))


def _same(one: Stack, other: Stack, at: int) -> bool:
    """True where both looks saw the thread in the same call: waiting for the same, or at the very same instruction."""
    if at < 0:
        return one.frames == other.frames
    row, there = _wait(other.frames)
    waits = row is not None and is_blocked(other.frames[0])
    if not waits or one.frames[at:] != other.frames[there:]:
        return False
    return one.waits_at == other.waits_at or row is None or row.wait is For.INTERPRETER


def _wait(frames: Frames) -> tuple[Row | None, int]:
    """The row nearest to the user's frames of those that are one wait, and where.

    A channel waits by a condition, and that by a futex; but what makes a value once may wait for a lock on its way, and
    a pool's thread may do so in a task: there the inner one is the wait.
    """
    found: tuple[Row | None, int] = (None, -1)
    for at, frame in enumerate(frames):
        if frame.language is Language.PYTHON or people.is_wrapper(frame) or people.is_own_rust(frame):
            break
        row = row_of(frame)
        if row is not None:
            known = found[0]
            if known is not None and not _waits_by(row, known):
                break
            # Of the world outside, the leaf says it best: a socket is read by what reads anything.
            found = (known if known and known.wait is row.wait is For.OUTSIDE else row, at)
    return found


def _waits_by(outer: Row, inner: Row) -> bool:
    """True where a wait is made of another one: of the C library's, of its own kind, or of one to be woken up."""
    if inner.wait is For.INTERPRETER or outer.wait is inner.wait:
        return outer.wait is inner.wait
    plain = inner.wait is For.LOCK and Layer.LIBC in inner.layers
    return plain or inner.wait is For.SIGNAL or (inner.wait is For.PYTHON_LOCK and outer.wait is For.SIGNAL)


def _exact(frames: Frames, at: int, row: Row) -> tuple[For, str]:
    """What Python's standard library waits for with a lock; else what the row says."""
    if row.wait is For.IDLE and not _without_work(frames):
        return For.POOL, POOL
    if row.word == FUTURE and any(_parks_for_good(frame) for frame in frames[:at]):
        return For.SIGNAL, row.word
    if row.wait is not For.PYTHON_LOCK:
        return row.wait, row.word
    for frame in frames[at + 1 :]:
        if frame.language is not Language.PYTHON:
            continue
        if not people.is_library(frame):
            break
        for file, functions, wait, word in _LIBRARY_WAITS:
            if file.search((frame.file or "").replace("\\", "/")) and functions.fullmatch(frame.function):
                return wait, word
    return row.wait, row.word
