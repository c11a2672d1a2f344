"""Everything that an exception came from, or that came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Raised

#: Exceptions that are looked at: text from outside may chain any number of them.
_MOST = 200


def all_of(raised: Raised | None) -> Iterator[Raised]:
    """An exception, its origins and the members of its groups, the outermost first."""
    left = [raised] if raised is not None else []
    for _ in range(_MOST):
        if not left:
            return
        each = left.pop(0)
        yield each
        left.extend(filter(None, (each.origin, *each.group)))
