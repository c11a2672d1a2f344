"""Folders of debug files by build ID: `.build-id/ab/cdef.debug`, where gdb, perf and symbol servers look.

The layout is that of the gdb manual, "Debugging Information in Separate Files".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.core.files import is_file

if TYPE_CHECKING:
    from pathlib import Path

#: Hexadecimal digits that tell builds apart.
SHORTEST = 4
#: Hexadecimal digits of the longest build ID that is believed: linkers take 40, and whatever `--build-id=0x...` says.
LONGEST = 128


def relative(build_id: str) -> str:
    """The place of a debug file, from the folder."""
    return f".build-id/{build_id[:2]}/{build_id[2:]}.debug"


def of_program(build_id: str) -> str:
    """The place of the program or the library itself."""
    return f".build-id/{build_id[:2]}/{build_id[2:]}"


def companion(folder: Path, build_id: str) -> Path | None:
    """The debug file of a build; None where the folder has none, or where it is no build ID."""
    if not valid(build_id):
        return None
    path = folder / relative(build_id)
    return path if is_file(path) else None


def files(folder: Path, build_id: str) -> tuple[Path, ...]:
    """The files of a build that are there: the library itself, which has no ending, and its debug file."""
    if not valid(build_id):
        return ()
    return tuple(path for path in (folder / of_program(build_id), folder / relative(build_id)) if is_file(path))


def valid(build_id: str) -> bool:
    """True for what may be a build ID, so that its place cannot be outside of the folder."""
    return SHORTEST <= len(build_id) <= LONGEST and re.fullmatch(r"[0-9a-f]+", build_id) is not None
