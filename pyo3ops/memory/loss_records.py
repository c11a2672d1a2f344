"""Records of memcheck that are a project's own, one a cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterable

from pyo3ops.memory.attribution import own_part

if TYPE_CHECKING:
    from pyo3ops.memory.attribution import Owner
    from pyo3ops.stacks.model import Frames
    from pyo3ops.stacks.readers.valgrind import Record


@dataclass(frozen=True)
class Cause:
    """What one place of the project does wrong: the first of its records, and the sums over all of them."""

    record: Record
    #: The one that has frames of the owner.
    stack: Frames
    bytes: int = 0
    blocks: int = 0
    #: Records that differ only in the interpreter's frames.
    ways: int = 1


def causes(records: Iterable[Record], owner: Owner) -> tuple[Cause, ...]:
    """The records that are the owner's, merged where the owner's frames in them are the same.

    Memory errors come first, then losses, the largest first.
    """
    found: dict[object, Cause] = {}
    for record in records:
        stack = own_stack(record, owner)
        if stack is None:
            continue
        own = (frame for frame in own_part(stack, owner) if owner.owns(frame))
        key = (record.kind, tuple((frame.function, frame.file, frame.line) for frame in own))
        before = found.get(key) or Cause(record, stack, ways=0)
        found[key] = replace(
            before,
            bytes=before.bytes + record.bytes,
            blocks=before.blocks + record.blocks,
            ways=before.ways + 1,
        )
    return tuple(sorted(found.values(), key=lambda cause: (cause.record.lost, -cause.bytes)))


def own_stack(record: Record, owner: Owner) -> Frames | None:
    """The stack that makes a record the owner's: where it happened, or else where the block was freed or allocated.

    The interpreter reads what an extension freed too early in a stack of its own.
    """
    stacks = (record.stack, *(stack for _, stack in record.notes))
    return next((stack for stack in stacks if own_part(stack, owner)), None)
