"""Rust extensions that a program may import, found by looking at files alone."""

from __future__ import annotations

import itertools
import mmap
import os
from typing import TYPE_CHECKING, Iterable, Iterator

if TYPE_CHECKING:
    from pathlib import Path

#: Libraries that are looked into, folders that are listed, and how deep those are below an entry of sys.path.
MOST, FOLDERS, DEEPEST = 2000, 5000, 3
#: What rustc leaves in a library that has code of the standard library, stripped or not.
_MARKS = (b"/rustc/", b"rust_panic", b"library/std/src")
_SKIPPED = frozenset({"__pycache__", "node_modules", ".git", "tests", "lib-dynload"})


def find(paths: Iterable[Path], targets: Iterable[Path] = ()) -> tuple[Path, ...]:
    """The Rust libraries below the entries of sys.path, then those that cargo left in its target folders."""
    seen: dict[str, Path] = {}
    importable = itertools.islice(_importable(paths), MOST)
    for path in [*importable, *_built(targets)]:
        real = os.path.realpath(path)
        if real not in seen and is_rust(path):
            seen[real] = path
    return tuple(seen.values())


def is_rust(path: Path) -> bool:
    """True for a library with code that rustc made."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return data[:4] == b"\x7fELF" and any(data.find(mark) >= 0 for mark in _MARKS)
    except (OSError, ValueError):
        return False


def _importable(paths: Iterable[Path]) -> Iterator[Path]:
    left = itertools.count(FOLDERS, -1)
    for path in dict.fromkeys(paths):
        yield from _below(path, DEEPEST, left)


def _below(folder: Path, depth: int, left: Iterator[int]) -> Iterator[Path]:
    if next(left) <= 0:
        return
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        return
    # Libraries first: they are what the folders that may be listed are for.
    yield from (folder / entry.name for entry in entries if entry.name.endswith((".so", ".pyd")) and entry.is_file())
    for entry in entries:
        # No link to a folder is followed: it may lead back.
        if depth > 1 and entry.is_dir(follow_symlinks=False) and _may_import_from(entry.name):
            yield from _below(folder / entry.name, depth - 1, left)


def _may_import_from(name: str) -> bool:
    return name not in _SKIPPED and not name.startswith(".")


def _built(targets: Iterable[Path]) -> Iterator[Path]:
    for target in targets:
        for profile in ("release", "debug"):
            yield from sorted((target / profile).glob("*.so"))
