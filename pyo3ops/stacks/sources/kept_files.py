"""What a debugger need not find out twice: a folder of the user's for it, kept small."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What gdb writes about files that it has read, and what its Python compiles of our scripts.
INDEX, COMPILED = "gdb-index", "gdb-python"
#: Bytes of each: of indexes, those of some hundred libraries, or of ten of a gigabyte each.
LIMITS = {INDEX: 256 << 20, COMPILED: 8 << 20}
#: What gdb and its Python call them, also where they were ended before they gave them their last names.
_OURS = re.compile(r".{1,255}\.(gdb-index(-\w{6})?|pyc(\.\d{1,20})?)")
#: Permissions of a folder of our own, and those by which others may put something else in its place.
_OWN, _OTHERS = 0o700, 0o022


def folder(env: Mapping[str, str]) -> Path | None:
    """A folder that this user alone may write to, its oldest files removed; None where there is none to be had.

    Programs are run from it: one that others may write to, or put another in the place of, is not taken. It has no
    links in its path.
    """
    for place in _places(env):
        with contextlib.suppress(OSError, RuntimeError):
            made = _made(place)
            if made is not None:
                for name, limit in LIMITS.items():
                    keep_small(made / name, limit)
                return made
    return None


def _places(env: Mapping[str, str]) -> Iterator[Path]:
    """Where users have caches (the XDG base directories), and where everybody may write."""
    named, home = Path(env.get("XDG_CACHE_HOME", "")), Path(env.get("HOME", ""))
    if named.is_absolute():
        yield named / "pyo3ops"
    elif home.is_absolute() and _owner(home) == _user():
        yield home / ".cache/pyo3ops"
    temporary = Path(env.get("TMPDIR", ""))
    yield (temporary if temporary.is_absolute() else Path("/tmp")) / f"pyo3ops-{_user()}"  # noqa: S108 - it is looked at


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else -1


def _owner(place: Path) -> int | None:
    try:
        return place.stat().st_uid
    except OSError:
        return None


def _made(place: Path) -> Path | None:
    """The place with a folder for each of `LIMITS`; None, and nothing made, below what is not ours alone.

    Raises `OSError` where nothing can be made, and `RuntimeError` where links lead in a circle (before 3.13).
    """
    if place.is_symlink():
        return None
    there = next(each for each in (place, *place.parents) if each.exists())
    place = there.resolve() / place.relative_to(there)
    if not all(map(_is_safe, (there.resolve(), *there.resolve().parents))):
        return None
    for each in (*reversed(place.parents), place, *(place / name for name in LIMITS)):
        if not each.exists():
            each.mkdir(mode=_OWN)
    # Somebody else may have made one of them meanwhile.
    safe = all(map(_is_safe, (place, *place.parents)))
    return place if safe and all(_is_ours(place / name) for name in LIMITS) else None


def _is_safe(place: Path) -> bool:
    """Whether nobody but us and root can rename what lies in a folder and is ours."""
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {0, _user()}:
        return False
    open_to = status.st_mode & _OTHERS
    # Of a folder as /tmp, everybody can rename what is one's own. Where users have groups of their own, a umask of 002
    # is usual.
    return not open_to or bool(status.st_mode & stat.S_ISVTX) or (open_to == stat.S_IWGRP and _is_own_group(status))


def _is_own_group(status: os.stat_result) -> bool:
    """Whether a folder is ours and its group has nobody else in it; never for root, whose group containers hand out."""
    if status.st_uid != _user() or status.st_uid == 0:
        return False
    import grp  # noqa: PLC0415 - not on Windows
    import pwd  # noqa: PLC0415

    try:
        user, group = pwd.getpwuid(status.st_uid), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    return (group.gr_name, group.gr_gid) == (user.pw_name, user.pw_gid) and {*group.gr_mem} <= {user.pw_name}


def _is_ours(place: Path) -> bool:
    # A link has all permissions.
    status = place.lstat()
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == _user() and not status.st_mode & _OTHERS
    return ours and os.access(place, os.W_OK)


def keep_small(place: Path, limit: int) -> None:
    """Remove the oldest files of a folder that has more bytes than it may have; of ours alone, and through no link."""
    with contextlib.suppress(OSError):
        if not _is_ours(place):
            return
        files = sorted(((each.lstat(), each) for each in _files(place)), key=lambda row: -row[0].st_mtime)
        size = 0
        for status, file in files:
            size += status.st_size
            if size > limit and stat.S_ISREG(status.st_mode):
                file.unlink()


def _files(place: Path) -> Iterator[Path]:
    for where, _, names in os.walk(place):
        yield from (Path(where, name) for name in names if _OURS.fullmatch(name))
