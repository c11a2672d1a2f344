"""Addresses that an unwinder took for calls where the code has no rules for it: words that lay on the stack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.pairing import reaches_root

if TYPE_CHECKING:
    from pyo3ops.stacks.raw import NativeFrame, RawThread

#: Bytes at the begin of the address space where no kernel lets a program have code (vm.mmap_min_addr).
_FIRST_PAGE = 4096


def without_strays(thread: RawThread) -> RawThread:
    """The thread without the frames of no file at its root, where they lead below the first page, and cut there.

    The leaf stays: a null pointer may have been called. Code that a program made for itself is of no file either; it
    ends there as well where it has no rules.
    """
    native = thread.native
    known = next((at for at in range(len(native), 0, -1) if not _is_nowhere(native[at - 1])), 1)
    if not any(frame.address < _FIRST_PAGE for frame in native[known:]):
        return thread
    if reaches_root(native[:known]):
        return replace(thread, native=native[:known])
    return replace(thread, native=native[:known], cut=thread.cut or "no rules for unwinding are in that code")


def _is_nowhere(frame: NativeFrame) -> bool:
    return frame.module is None and frame.function is None and frame.symbol is None
