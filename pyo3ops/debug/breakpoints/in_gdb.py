"""The merged stack as text for a user who sits in gdb: imported by gdb's own Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Mapping

from pyo3ops.debug.breakpoints import shown
from pyo3ops.debug.breakpoints.records import Stop
from pyo3ops.stacks import folding, layers, merge
from pyo3ops.stacks.sources import written

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame


def text(raw: Mapping[str, Any], tid: int, bootstrap: str, *, everything: bool = False) -> str:
    """The calls of one thread, a line each, leaf first; without `everything` those that a user asks for."""
    dump = folding.folded(layers.classified(merge.merged(written.raw(raw, "gdb")), layers.Sources({})))
    look = shown.of_stop(dump, Stop("interactive", (0,), tid=tid), f"{bootstrap}/pyo3ops_breakpoints.py")
    if not look.stacks:
        return "This thread has no stack.\n"
    frames = [each for each in look.stacks[0].frames if everything or not each.glue]
    return "".join(f"{line}\n" for line in _lines(frames))


def _lines(frames: list[Frame]) -> Iterator[str]:
    for number, frame in enumerate(frames):
        where = f" at {frame.file}:{frame.line}" if frame.file else f" in {frame.module}" if frame.module else ""
        yield f"#{number:<3} {frame.language.value:<7} {frame.function}{where}"
