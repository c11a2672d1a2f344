"""Whether it is the whole truth that a dump shows, and what is missing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.model import Finding, Status
from pyo3ops.stacks.model import Confidence, Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Fix
    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.sources.protocol import Refused

TITLE = "both sides are in one stack"
_WORDS = {
    Confidence.PARTIAL: "frames are missing where a stack says so",
    Confidence.ONE_SIDED: "one side of the boundary could not be read",
}


def finding(identity: str, dump: Dump, refused: Sequence[tuple[str, Refused]], fix: Fix) -> Finding:
    """What is there of both sides; `fix` is the way to more, `refused` are the sources that gave nothing."""
    threads = f"{len(dump.stacks)} thread{'s' if len(dump.stacks) != 1 else ''}, by {dump.source}"
    evidence = (*dump.gaps, *(f"{name} gave nothing: {each.said or each.reason}" for name, each in refused))
    if pythonless(dump):
        detail = f"{threads}: native frames alone, for no Python interpreter is seen in this process"
        return Finding(identity, TITLE, Status.WARN, detail, evidence)
    if dump.confidence is Confidence.FULL:
        return Finding(identity, TITLE, Status.OK, threads, evidence)
    return Finding(identity, TITLE, Status.WARN, f"{threads}: {_WORDS[dump.confidence]}", evidence, fix)


def pythonless(dump: Dump) -> bool:
    """True where neither an interpreter nor a call of Python's is seen."""
    frames = (frame for stack in dump.stacks for frame in stack.frames)
    return dump.process.python is None and not any(frame.language is Language.PYTHON for frame in frames)
