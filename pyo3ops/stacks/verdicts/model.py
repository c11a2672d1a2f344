"""What a verdict says: who waits for whom, how sure that is, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Thread


class Kind(Enum):
    """What is wrong, as tests/data/debug/deadlocks/README.md tells the kinds apart."""

    GIL_LOCK_INVERSION = "gil-lock-inversion"
    ATTACHED_BLOCKING = "attached-blocking"
    SELF_DEADLOCK = "self-deadlock"
    LOCK_CYCLE = "lock-cycle"
    IMPORT_LOCK = "import-lock"
    LOGGING_LOCK = "logging-lock"
    ABANDONED_LOCK = "abandoned-lock"
    BORROW = "borrow"
    PANIC_IN_DROP = "panic-in-drop"
    PANIC_ACROSS_FFI = "panic-across-ffi"
    STACK_OVERFLOW = "stack-overflow"

    @property
    def meaning(self) -> str:
        """What it is, in a sentence for somebody who has not met it."""
        return _MEANINGS[self]


_MEANINGS = {
    Kind.GIL_LOCK_INVERSION: "one thread has the interpreter and wants a lock, whose owner wants the interpreter",
    Kind.ATTACHED_BLOCKING: "a thread waits and keeps the interpreter meanwhile from whoever could end the wait",
    Kind.SELF_DEADLOCK: "a thread waits for a lock, or an initialisation, that it has in hand itself",
    Kind.LOCK_CYCLE: "threads wait for each other's locks in a circle, the interpreter not being one of them",
    Kind.IMPORT_LOCK: "a module that is being imported waits for a thread that imports it as well",
    Kind.LOGGING_LOCK: "a logging handler's lock and one of Rust are taken in opposite orders",
    Kind.ABANDONED_LOCK: "the thread that had the lock is gone: after a fork, or with a guard that was forgotten",
    Kind.BORROW: "a pyclass is borrowed again while it is borrowed: Already borrowed",
    Kind.PANIC_IN_DROP: "a Drop panicked while a panic unwound, and Rust aborts",
    Kind.PANIC_ACROSS_FFI: "a panic reached a function that may not unwind, and Rust aborts",
    Kind.STACK_OVERFLOW: "a recursion, mostly through both languages, used up the stack",
}


class Certainty(Enum):
    """How sure a verdict is; definite only where nothing else can be true."""

    DEFINITE = "definite"
    PROBABLE = "probable"


@dataclass(frozen=True)
class Wait:
    """One edge of a cycle: a thread, what it waits for, and who has that, as far as it is known."""

    thread: Thread
    waits_for: str
    held_by: Thread | None = None


@dataclass(frozen=True)
class Lock:
    """What is waited for: its type, the function and the source line that wait for it, its address in the process."""

    word: str
    function: str | None = None
    file: str | None = None
    line: int | None = None
    address: int | None = None
    #: As the source calls it: "LOCK" of `LOCK.lock()`, where the source could be read.
    name: str | None = None


@dataclass(frozen=True)
class Cure:
    """What ends it: one sentence, and a line of code in its place."""

    summary: str
    code: str = ""
    url: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a process, or what ended it."""

    kind: Kind
    certainty: Certainty
    title: str
    detail: str
    threads: tuple[Thread, ...] = ()
    cycle: tuple[Wait, ...] = ()
    lock: Lock | None = None
    cure: Cure | None = None
    evidence: tuple[str, ...] = ()

    @property
    def definite(self) -> bool:
        """True where the verdict is proven."""
        return self.certainty is Certainty.DEFINITE
