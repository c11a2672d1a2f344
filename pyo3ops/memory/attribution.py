"""Whose a stack is: the frames that a project's own library has in it, and the place that somebody wrote."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Iterable

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Frames
    from pyo3ops.tools.crates import Package

#: The function that runs Python's bytecode: beyond it a stack is that of the caller's caller, in Python.
EVAL = "_PyEval_EvalFrameDefault"

#: What allocates for Python code: the interpreter, the C library, and valgrind's stand-in for malloc.
_PYTHONS = re.compile(r"/(?:lib)?python3[^/]*$|/libc[.-][^/]*$|/vgpreload_[^/]*$")

#: Sources that cargo fetched, and those that a build script wrote.
_MADE_ELSEWHERE = re.compile(r"/registry/src/|/git/checkouts/|/build/[\w-]+-[0-9a-f]{16}/out/")


@dataclass(frozen=True)
class Owner:
    """A project as stacks show it: its libraries where they are installed, its sources where they were compiled."""

    #: Real paths: what a process has mapped is never a symbolic link.
    libraries: frozenset[str]
    root: Path
    #: Folders of crates, real paths: those that lie with the project, and those that it only builds with.
    crates: frozenset[Path] = frozenset()
    others: frozenset[Path] = frozenset()

    @staticmethod
    def of(libraries: Iterable[Path], root: Path, packages: Iterable[Package] = ()) -> Owner:
        """The owner of these libraries, of the sources below `root` and of its own ones among `packages`."""
        packages = tuple(packages)
        return Owner(
            frozenset(os.path.realpath(path) for path in libraries),
            Path(os.path.realpath(root)),
            frozenset(each.folder for each in packages if each.own),
            frozenset(each.folder for each in packages if not each.own),
        )

    def owns(self, frame: Frame) -> bool:
        """True for machine code of the project's libraries, whoever wrote it."""
        return frame.module in self.libraries

    def source(self, frame: Frame) -> str | None:
        """The frame's file from the project's root, where it is one of the project's own sources.

        A crate of its own that lies beside the root is told as `../crate/src/lib.rs`; vendored and generated code is
        nobody's here.
        """
        if frame.file is None or _MADE_ELSEWHERE.search(frame.file):
            return None
        path = Path(os.path.normpath(frame.file))
        # The innermost folder that is known: a vendored crate lies below the root.
        known = (folder for folder in path.parents if folder in self.others or self._is_own(folder))
        folder = next(known, None)
        return Path(os.path.relpath(path, self.root)).as_posix() if folder and self._is_own(folder) else None

    def _is_own(self, folder: Path) -> bool:
        return folder == self.root or folder in self.crates


def own_part(stack: Frames, owner: Owner) -> Frames:
    """The stack from its leaf to the last frame of the owner before Python code runs; empty where it has none.

    What comes after it differs with every way to the same call, and with every instruction of the interpreter. What
    another library did for Python code is that library's, although the owner called that code.
    """
    last = None
    foreign = False
    for index, frame in enumerate(stack):
        if owner.owns(frame):
            last = index
        elif not frame.function.startswith(EVAL):
            module = frame.module or ""
            foreign = foreign or not (_PYTHONS.search(module) or "/lib-dynload/" in module)
        elif last is not None or foreign:
            break
    return () if last is None else stack[: last + 1]


def written_at(stack: Frames, owner: Owner) -> Frame | None:
    """The innermost frame that somebody wrote in this project, else the innermost of its libraries.

    Its function is the innermost that has a name of its own: closures have none.
    """
    own = [frame for frame in stack if owner.owns(frame)]
    written = [frame for frame in own if owner.source(frame)] or own
    named = [frame for frame in written if not re.search(r"(?:^|::)\{[^:]*$|^$", frame.function)]
    return replace(written[0], function=(named or written)[0].function) if written else None


def shown(stack: Frames, owner: Owner) -> Frames:
    """The part that is worth reading: up to the outermost frame that somebody wrote in this project."""
    part = own_part(stack, owner)
    written = [index for index, frame in enumerate(part) if owner.source(frame)]
    return part[: written[-1] + 1] if written else part


def made_by_python(stack: Frames) -> bool:
    """True for a block that Python code asked for, without another extension or library in between.

    readline and Cython's modules leave blocks behind that no code of this project can be blamed for.
    """
    for frame in stack:
        if frame.function.startswith(EVAL):
            return True
        if not _PYTHONS.search(frame.module or ""):
            return False
    return False
