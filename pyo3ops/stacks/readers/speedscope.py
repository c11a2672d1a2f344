"""speedscope's JSON as py-spy writes it: https://www.speedscope.app/file-format-schema.json."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
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
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"no profile of py-spy: {error!r}") from None


def _samples(profile: Mapping[str, Any], frames: list[Frame]) -> Iterator[Sample]:
    # From the root to the leaf there, and the other way round here.
    for indices in profile["samples"]:
        if any(index < 0 for index in indices):
            raise IndexError("a frame before the first")
        stack = tuple(frames[index] for index in reversed(indices))
        if stack:
            yield Sample(stack)


def _frame(row: Mapping[str, Any]) -> Frame:
    name, file, line = str(row["name"]), row.get("file") or "", row.get("line") or None
    if not isinstance(file, str) or not isinstance(line, (int, type(None))):
        raise TypeError(f"a frame in {file!r}:{line!r}")
    if file in {"", "?"}:
        return Frame(name)
    if file.startswith("<"):
        # What was compiled from a string, or comes with the interpreter.
        return Frame(name, Language.PYTHON, file, line)
    language = _LANGUAGES.get(PurePath(file).suffix)
    # An interpreter without a shared library is a program, whose name has no such ending.
    program = language is None and PurePath(file).is_absolute()
    if program or re.search(r"\.so(\.\d+)*$|\.(?:dylib|pyd|dll|exe)$", file):
        return Frame(name, module=file)
    return Frame(name, language or Language.UNKNOWN, file, line)
