"""A pyclass is borrowed while it is borrowed already: no hang, but an exception."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.verdicts import people, raised
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Lock, Verdict

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Raised
    from pyo3ops.stacks.verdicts.guards import Read
    from pyo3ops.stacks.verdicts.scene import Scene

#: pyo3/src/pycell.rs and pycell/impl_.rs: what PyBorrowMutError and PyBorrowError say.
_SAYS = {
    "Already borrowed": "it was to be borrowed mutably while it was borrowed",
    "Already mutably borrowed": "it was to be borrowed while it was borrowed mutably",
}
#: Python that raises what it was given, or lets an exception in.
_RAISES = re.compile(r"\b(?:raise|yield|await|throw|exec|eval|result)\b")
_CURE = Cure(
    "end the borrow before Python is called: take out what is needed, then call; or use try_borrow",
    "let value = slf.borrow(py).value; callback.call0()?;",
    "https://pyo3.rs/v0.29.0/class#bound-and-interior-mutability",
)


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for the exception, or for what it came from, that says "Already borrowed"."""
    for each in raised.all_of(scene.last.exception):
        message = each.message.strip()
        if message in _SAYS and each.type.rpartition(".")[2] in {"RuntimeError", "PyBorrowError", "PyBorrowMutError"}:
            definite = raised.is_of_rust(each) or _is_of_native(each, scene.read)
            yield _verdict(each, message, definite=definite)
            return


def _is_of_native(each: Raised, read: Read) -> bool:
    """True where the line that raised it is no `raise` of Python's: PyO3 leaves no frame of its own in a traceback."""
    leaf = each.frames[0] if each.frames else None
    lines = read(leaf.file) if leaf is not None and leaf.file is not None else None
    if leaf is None or lines is None or leaf.line is None or not 0 < leaf.line <= len(lines):
        return False
    line = lines[leaf.line - 1][:1000].strip()
    return bool(line) and not people.is_library(leaf) and _RAISES.search(line) is None


def _verdict(each: Raised, message: str, *, definite: bool) -> Verdict:
    where = next((frame for frame in each.frames if not people.is_library(frame)), None)
    return Verdict(
        Kind.BORROW,
        Certainty.DEFINITE if definite else Certainty.PROBABLE,
        f"a pyclass is already borrowed: {_SAYS[message]}",
        f"{_place(where)}an object of a #[pyclass] is used again while one of its methods has it: {_SAYS[message]}. "
        "Such a method calls Python, which comes back to the object, or another thread does",
        tuple(thread for thread in (each.thread,) if thread is not None),
        lock=Lock(
            "borrowed", where.function if where else None, where.file if where else None, where.line if where else None
        ),
        cure=_CURE,
        evidence=(f"{each.type}: {message}",),
    )


def _place(frame: Frame | None) -> str:
    return f"{people.place((frame,), 0)}: " if frame is not None else ""
