"""The corpus of planted faults: rows of tests/data/wheels, what they are planted into, and the planter of each.

planted_wheels/project.py compiles what is sound and what was linked otherwise, archives.py takes it apart and puts it
together again, and the modules named below hold the planters, one short function a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pyo3ops.core.toml import load

from .planted_wheels import libraries, members, metadata, sdists, tags
from .planted_wheels.archives import File
from .planted_wheels.planting import PLANTERS
from .planted_wheels.project import Parts, build

__all__ = ["FAULTS", "PLANTERS", "ROWS", "SOUND", "STRANGER", "File", "Parts", "Row", "build"]

#: Each enters its planters where it is imported.
_MODULES = (tags, libraries, members, metadata, sdists)
_FOLDER = Path(__file__).parents[1] / "data/wheels"


@dataclass(frozen=True)
class Row:
    """One change, and what has to be said of it; without `finds`, nothing."""

    name: str
    plant: str
    finds: str = ""
    status: str = ""
    #: Where the row was changed after it was measured by.
    why: str = ""


def _rows(file: str, kind: str) -> tuple[Row, ...]:
    return tuple(Row(**row) for row in load(_FOLDER / file)[kind])


FAULTS = _rows("faults.toml", "fault")
STRANGER = _rows("stranger.toml", "fault")
SOUND = (*_rows("faults.toml", "sound"), *_rows("stranger.toml", "sound"))
ROWS = (*FAULTS, *STRANGER, *SOUND)
