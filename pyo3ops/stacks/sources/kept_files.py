"""What a debugger need not find out twice: a folder of the user's for it, kept small."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What gdb writes about files that it has read, and what its Python compiles of our scripts.
INDEX, COMPILED = "gdb-index", "gdb-python"
#: Bytes of each: of indexes, those of some hundred libraries, or of ten of a gigabyte each.
LIMITS = {INDEX: 256 << 20, COMPILED: 8 << 20}


def folder(env: Mapping[str, str]) -> Path | None:
    """A folder that this user alone may write to, its oldest files removed; None where there is none to be had.

    Programs are run from it: one that others may write to is not taken.
    """
    for place in _places(env):
        if _is_ours(place) and _is_ours(place / COMPILED):
            for name, limit in LIMITS.items():
                keep_small(place / name, limit)
            return place
    return None


def _places(env: Mapping[str, str]) -> Iterator[Path]:
    """Where users have caches (the XDG base directories), and where everybody may write."""
    home = Path(env.get("HOME") or Path("~").expanduser())
    named = Path(env.get("XDG_CACHE_HOME", ""))
    yield (named if named.is_absolute() else home / ".cache") / "pyo3ops"
    yield Path(tempfile.gettempdir(), f"pyo3ops-{_user()}")


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else -1


def _is_ours(place: Path) -> bool:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        status = place.lstat()
    except OSError:
        return False
    # A link has all permissions.
    return status.st_uid == _user() and not status.st_mode & 0o022 and os.access(place, os.W_OK)


def keep_small(place: Path, limit: int) -> None:
    """Remove the oldest files of a folder that has more bytes than it may have."""
    with contextlib.suppress(OSError):
        files = sorted(((each.stat(), each) for each in _files(place)), key=lambda row: -row[0].st_mtime)
        size = 0
        for status, file in files:
            size += status.st_size
            if size > limit:
                file.unlink()


def _files(place: Path) -> Iterator[Path]:
    for where, _, names in os.walk(place):
        yield from (Path(where, name) for name in names)
