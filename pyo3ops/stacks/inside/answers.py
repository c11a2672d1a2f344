"""Requests and answers between pyo3ops and its scripts inside a debugger: JSON files, each written whole."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import json
from pathlib import Path
from typing import Any, Dict


def read(path: str) -> Dict[str, Any]:
    """A request."""
    request = json.loads(Path(path).read_text(encoding="utf-8"))
    return dict(request)


def write(path: str, answer: Dict[str, Any]) -> None:
    """Write an answer whole or not at all; its looks are added as they come."""
    new = Path(path + ".new")
    # Names from outside may hold what is no character, which nobody could print.
    new.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8", errors="replace")
    new.replace(path)
