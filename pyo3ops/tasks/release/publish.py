"""`pyo3ops release publish`: files that were built before, made public: those bytes, all of them, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.release.model import State
from pyo3ops.tasks.release import run as release
from pyo3ops.tasks.release.course import Request

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.model import Report

__all__ = ["Request", "run"]


def run(root: Path, request: Request) -> Report:
    """Take the files, seal, check and publish them; nothing is built, and nothing is tagged.

    Raises what `pyo3ops release` raises, and `UsageError` where nothing is sealed and no files are named.
    """
    published = replace(request, build=False, until=State.PUBLISHED.value)
    return replace(release.run(root, published), task="release publish")
