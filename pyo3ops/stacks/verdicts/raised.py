"""Everything that an exception came from, or that came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.model import Language, Layer

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Raised

#: Exceptions that are looked at: text from outside may chain any number of them.
_MOST = 200
#: What no Python raises by these names: Rust's own messages, and the errors of PyO3.
_OF_RUST = frozenset({"panic", "stack overflow", "PanicException", "PyBorrowError", "PyBorrowMutError"})


def all_of(raised: Raised | None) -> Iterator[Raised]:
    """An exception, its origins and the members of its groups, the outermost first."""
    left = [raised] if raised is not None else []
    for _ in range(_MOST):
        if not left:
            return
        each = left.pop(0)
        yield each
        left.extend(filter(None, (each.origin, *each.group)))


def is_of_rust(raised: Raised) -> bool:
    """True where its name or one of its frames shows that Rust made it: any Python may raise the same words."""
    named = raised.type.rpartition(".")[2] in _OF_RUST
    return named or any(frame.language is Language.RUST or frame.layer is Layer.PYO3 for frame in raised.frames)
