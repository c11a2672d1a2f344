"""Who could end a wait, as far as stacks tell: the fewer there are, the more is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.verdicts.standing import IMPORT, LOGGING
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.standing import Standing

#: Bytes of glibc's record of a thread, in which pthread_join waits for a word; `ident` is its address.
_RECORD = 4096


def possible(waiting: Standing, others: Sequence[Standing], attached: Sequence[Standing]) -> tuple[Standing, ...]:
    """Those of the other threads that could, and the thread itself where it may have the lock; more rather than fewer.

    `attached` are those that have the interpreter. Empty where nothing inside the process ends the wait.
    """
    if waiting.wait is For.INTERPRETER:
        return tuple(each for each in attached if each is not waiting)
    if waiting.wait is For.LOCK:
        return (waiting, *(each for each in others if each.native and not _waits_for_the_same(each, waiting)))
    if waiting.wait is For.ONCE:
        return _makers(waiting, others)
    if waiting.wait in {None, For.OUTSIDE, For.IDLE}:
        return ()
    return _fitting(waiting, others) or tuple(others)


def _waits_for_the_same(each: Standing, waiting: Standing) -> bool:
    """True for one that waits for the same lock, and so does not have it."""
    address = waiting.stack.waits_at
    return address is not None and each.wait is For.LOCK and each.stack.waits_at == address


def _makers(waiting: Standing, others: Sequence[Standing]) -> tuple[Standing, ...]:
    making = tuple(each for each in (waiting, *others) if each.making_once)
    if making:
        return (*making, *(each for each in others if each.unknown and each not in making))
    return tuple(each for each in others if each.native)


def _fitting(waiting: Standing, others: Sequence[Standing]) -> tuple[Standing, ...]:
    """Those that frames or addresses show to be meant; empty where nothing does."""
    if waiting.wait is For.JOIN:
        return tuple(each for each in others if _in_record(waiting.stack.waits_at, each.stack.thread.ident))
    if waiting.wait is For.POOL:
        return tuple(each for each in others if each.of_pool or each.unknown)
    if waiting.word == IMPORT:
        return tuple(each for each in others if each.importing)
    if waiting.word == LOGGING:
        return tuple(each for each in others if each.logging)
    return ()


def _in_record(address: int | None, ident: int | None) -> bool:
    return address is not None and ident is not None and 0 <= address - ident < _RECORD
