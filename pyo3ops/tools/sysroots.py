"""Copies of another machine's file system: a path of that machine, found below a folder of this one."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

#: Links that lead to links, at most (path_resolution(7)).
_MOST_LINKS = 40


def below(root: Path, path: Path | PurePosixPath) -> Path | None:
    """Where a path is below a root, with links followed as that machine would: none leads out of the root.

    None where links go in a circle; what is returned may not exist.
    """
    left = list(reversed(PurePosixPath(path).parts[1:]))
    done: list[str] = []
    links = 0
    while left:
        part = left.pop()
        if part == "..":
            done = done[:-1]
            continue
        target = _target(root.joinpath(*done, part))
        if target is None:
            done.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            return None
        if target.startswith("/"):
            done = []
        left.extend(part for part in reversed(PurePosixPath(target).parts) if part != "/")
    return root.joinpath(*done)


def _target(path: Path) -> str | None:
    """Where a link leads; None for what is none."""
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return None
