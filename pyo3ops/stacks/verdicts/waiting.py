"""Functions that a thread waits in: the rows of waits.toml, which says what fits where, and where it was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping

from pyo3ops.core import toml
from pyo3ops.stacks.model import Layer

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame

#: The words for locks that their owner can take as often as it likes: whoever waits for one has it not.
REENTRANT = frozenset({"ReentrantLock", "ReentrantMutex"})
TABLE = Path(__file__).with_name("waits.toml")


class For(Enum):
    """What is waited for, told by who can end it."""

    #: The thread that has the interpreter.
    INTERPRETER = "interpreter"
    #: The owner of a lock in native code.
    LOCK = "lock"
    #: The thread that makes a value once.
    ONCE = "once"
    #: The owner of one of Python's locks, a module's or a handler's among them.
    PYTHON_LOCK = "python lock"
    #: The end of a thread.
    JOIN = "join"
    #: Another thread that sends, notifies or unparks.
    SIGNAL = "signal"
    #: The threads of a pool.
    POOL = "pool"
    #: A pool's thread without work: it has nothing that others could wait for.
    IDLE = "idle"
    #: Time, or the world outside.
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Row:
    """Functions that wait for one thing; `place` is found in the file or in the path of the function's name."""

    wait: For
    #: As a verdict says it.
    word: str
    functions: re.Pattern[str]
    place: re.Pattern[str]
    layers: frozenset[Layer]
    #: It ends by itself after some time.
    timed: bool
    #: Versions whose stacks have it.
    seen: str
    #: A task may have it, and be on no thread at all.
    tasks: bool = False


_LAYERS: Mapping[str, frozenset[Layer]] = {
    "rust": frozenset({Layer.STD, Layer.DEPENDENCY, Layer.PYO3}),
    "c": frozenset({Layer.LIBC, Layer.CPYTHON}),
}
#: What glibc puts before the names of its functions.
_GLIBC = r"(?:__GI_)?_{0,3}(?:libc_|new_)?"
#: Where a thread that sleeps in the kernel has its leaf; anything else runs.
_BLOCKED = re.compile(
    rf"syscall|__internal_syscall_cancel|__syscall_cancel\w*|{_GLIBC}(?:(?:lll_lock|futex)\w*wait\w*|clock_nanosleep\w*"
    r"|nanosleep|poll|ppoll|select\w*|pselect\w*|epoll_p?wait\w*|read|readv|pread64|write|writev|recv\w*|send\w*|accept4?"
    r"|connect|wait4|waitpid|waitid|flock|fcntl\w*|sem_wait\w*|pthread_(?:mutex_lock|cond_\w*wait|rwlock_\w*lock|\w*join)\w*"
    r"|msgrcv|sigwait\w*|sigtimedwait|pause)"
)
_HASH = re.compile(r"::h[0-9a-f]{16}$")
#: Letters of a name that are looked at: generic arguments have no bound.
_LONGEST = 4000


@lru_cache(maxsize=None)
def rows() -> tuple[Row, ...]:
    """Every row, in the order of the file."""
    return tuple(_row(each) for each in toml.load(TABLE)["row"])


def _row(each: Mapping[str, Any]) -> Row:
    return Row(
        For(each["wait"]),
        each["word"],
        re.compile(each["functions"].replace("GLIBC", _GLIBC)),
        re.compile(each.get("place", "")),
        _LAYERS[each["layers"]],
        each.get("timed", False),
        each["seen"],
        each.get("tasks", False),
    )


def last(function: str) -> str:
    """The function's own name: without its path and its generic arguments; of a closure, what it stands in."""
    bare = _without_generics(_HASH.sub("", function[:_LONGEST]))
    parts = [part for part in bare.split("::") if part and not part.startswith("{")]
    return parts[-1] if parts else function


def _without_generics(function: str) -> str:
    kept, depth = [], 0
    for letter in function:
        if letter == "<":
            depth += 1
        elif letter == ">" and depth:
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)


def is_blocked(leaf: Frame) -> bool:
    """True where a thread with this leaf sleeps in the kernel, by the name of the function in the C library."""
    if leaf.layer not in {Layer.LIBC, Layer.KERNEL, Layer.UNCLASSIFIED, None}:
        return False
    return _BLOCKED.fullmatch(last(leaf.function)) is not None


def row_of(frame: Frame) -> Row | None:
    """The row that a frame's function stands in, the first one that fits; None for the user's own code."""
    return _row_of(frame.function[:_LONGEST], frame.file or "", frame.layer)


@lru_cache(maxsize=4096)
def _row_of(function: str, file: str, layer: Layer | None) -> Row | None:
    name = last(function)
    # Arguments of generic functions name other places than the function's own.
    path = function if function.startswith("<") else function.partition("<")[0]
    where = f"{file} {path}".replace("\\", "/")
    for row in rows():
        if layer in row.layers and row.functions.fullmatch(name) and row.place.search(where):
            return row
    return None
