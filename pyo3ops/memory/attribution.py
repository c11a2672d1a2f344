"""Whose a stack is: the frames that a project's own library has in it, and the place that somebody wrote."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Iterable

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Stack

#: The function that runs Python's bytecode: beyond it a stack is that of the caller's caller, in Python.
EVAL = "_PyEval_EvalFrameDefault"

#: What allocates for Python code: the interpreter, the C library, and valgrind's stand-in for malloc.
_PYTHONS = re.compile(r"/(?:lib)?python3[^/]*$|/libc[.-][^/]*$|/vgpreload_[^/]*$")


@dataclass(frozen=True)
class Owner:
    """A project as stacks show it: its libraries where they are installed, its sources where they were compiled."""

    #: Real paths: what a process has mapped is never a symbolic link.
    libraries: frozenset[str]
    root: Path

    @staticmethod
    def of(libraries: Iterable[Path], root: Path) -> Owner:
        """The owner of these libraries and of the sources below `root`."""
        return Owner(frozenset(os.path.realpath(path) for path in libraries), Path(os.path.realpath(root)))

    def owns(self, frame: Frame) -> bool:
        """True for machine code of the project's libraries, whoever wrote it."""
        return frame.module in self.libraries

    def source(self, frame: Frame) -> str | None:
        """The frame's file from the project's root, where it is one of the project's own sources."""
        if frame.file is None or "/registry/src/" in frame.file:
            return None
        try:
            return PurePosixPath(os.path.normpath(frame.file)).relative_to(self.root).as_posix()
        except ValueError:
            return None


def own_part(stack: Stack, owner: Owner) -> Stack:
    """The stack from its leaf to the last frame of the owner before Python code runs; empty where it has none.

    What comes after it differs with every way to the same call, and with every instruction of the interpreter.
    """
    last = None
    for index, frame in enumerate(stack):
        if owner.owns(frame):
            last = index
        elif last is not None and frame.function.startswith(EVAL):
            break
    return () if last is None else stack[: last + 1]


def written_at(stack: Stack, owner: Owner) -> Frame | None:
    """The innermost frame that somebody wrote in this project, else the innermost of its libraries.

    Its function is the innermost that has a name of its own: closures have none.
    """
    own = [frame for frame in stack if owner.owns(frame)]
    written = [frame for frame in own if owner.source(frame)] or own
    named = [frame for frame in written if not re.search(r"(?:^|::)\{[^:]*$|^$", frame.function)]
    return replace(written[0], function=(named or written)[0].function) if written else None


def shown(stack: Stack, owner: Owner) -> Stack:
    """The part that is worth reading: up to the outermost frame that somebody wrote in this project."""
    part = own_part(stack, owner)
    written = [index for index, frame in enumerate(part) if owner.source(frame)]
    return part[: written[-1] + 1] if written else part


def made_by_python(stack: Stack) -> bool:
    """True for a block that Python code asked for, without another extension or library in between.

    readline and Cython's modules leave blocks behind that no code of this project can be blamed for.
    """
    for frame in stack:
        if frame.function.startswith(EVAL):
            return True
        if not _PYTHONS.search(frame.module or ""):
            return False
    return False
