"""The lines of source files for `judge`: the only part of verdicts that looks at a disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Sequence

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.guards import Read

#: Bytes of a file that is looked into.
_LARGEST = 4 * 2**20
_SOURCES = frozenset({".py", ".rs"})


def from_disk(below: Sequence[Path] | None = None) -> Read:
    """Reads sources once each, below the given folders alone; None allows any, as for a process of this machine."""
    known: dict[str, Sequence[str] | None] = {}

    def read(file: str) -> Sequence[str] | None:
        if file not in known:
            known[file] = _lines(Path(file), below)
        return known[file]

    return read


def _lines(path: Path, below: Sequence[Path] | None) -> Sequence[str] | None:
    if not path.is_absolute() or path.suffix not in _SOURCES:
        return None
    try:
        real = path.resolve()
        if below is not None and not any(folder.resolve() in real.parents for folder in below):
            return None
        if not real.is_file() or real.stat().st_size > _LARGEST:
            return None
        return real.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        return None
