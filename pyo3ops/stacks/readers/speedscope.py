"""speedscope's JSON as py-spy writes it: https://www.speedscope.app/file-format-schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Iterator, Mapping

from pyo3ops.stacks.model import Frame, Language, Sample

if TYPE_CHECKING:
    from pathlib import Path

_LANGUAGES = {".py": Language.PYTHON, ".rs": Language.RUST, ".c": Language.C, ".h": Language.C}


def read(file: Path) -> list[Sample]:
    """The samples of every thread; raises `OSError`, or `ValueError` for what is no such document."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        frames = [_frame(row) for row in document["shared"]["frames"]]
        return [sample for profile in document["profiles"] for sample in _samples(profile, frames)]
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"no profile of py-spy: {error!r}") from None


def _samples(profile: Mapping[str, Any], frames: list[Frame]) -> Iterator[Sample]:
    # From the root to the leaf there, and the other way round here.
    for indices in profile["samples"]:
        stack = tuple(frames[index] for index in reversed(indices))
        if stack:
            yield Sample(stack)


def _frame(row: Mapping[str, Any]) -> Frame:
    name, file, line = str(row["name"]), row.get("file") or None, row.get("line") or None
    ending = "." + file.rpartition(".")[2] if file and "." in file else ""
    if file and (".so" in file or ending in {".dylib", ".pyd", ".dll"}):
        return Frame(name, module=file)
    if file and file.startswith("<frozen "):
        return Frame(name, Language.PYTHON, file, line)
    return Frame(name, _LANGUAGES.get(ending, Language.UNKNOWN), file, line)
