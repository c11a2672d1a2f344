"""Another version in every place that states it: planned as edits, which `edits.carry_out` writes together."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pyo3ops.core import toml
from pyo3ops.core.discover import NO_CARGO, no_backend
from pyo3ops.core.errors import UsageError
from pyo3ops.core.project import Backend
from pyo3ops.core.requirement import admits
from pyo3ops.core.stated import is_pure, leading, places
from pyo3ops.core.version_places import Spelling, encoded, exact_text
from pyo3ops.release.edits import Edit, carry_out, edits_of
from pyo3ops.release.versions import PARTS, for_cargo, read
from pyo3ops.wheels.planned import UNTOLD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.core.version_places import Place

__all__ = ["PARTS", "Edit", "carry_out", "current", "plan_bump", "repinned"]

#: Operator, numbers and pre-release of one of Cargo's comparators.
_COMPARATOR = re.compile(r"\s*(=|\^|~|)\s*(\d+(?:\.\d+){0,2})(-[\w.-]+)?(?:\+[\w.-]+)?\s*")
_FULL = 3


def current(project: Project) -> str:
    """The version that the project's files have now, normalised (PEP 440).

    Raises `UsageError` where no file decides it.
    """
    said = leading(project)
    if said is not None:
        return str(read(said.version))
    if len({extension.version for extension in project.extensions}) > 1:
        raise UsageError(
            "its crates have several versions",
            cause="each of them is a project of its own",
            command="pyo3ops release bump minor --project FOLDER",
        )
    if not project.extensions and not is_pure(project):
        raise UsageError(
            UNTOLD
            if (project.metadata_error or "").startswith(NO_CARGO)
            else "there is no extension module whose version it could be",
            cause=project.metadata_error or "no crate that the build backend compiles uses PyO3",
            command="pyo3ops validate --select rust,project",
        )
    if project.backend is Backend.NONE:
        raise UsageError(
            f"nothing says which version this is: {no_backend(project.root)}",
            cause="pyproject.toml says what builds a release",
            command="pyo3ops validate --select build.backend",
        )
    raise UsageError(
        "no file says which version this is",
        cause="the build computes it, as from git's tags: a tag is what raises it then",
        command="git tag --annotate v1.2.3",
    )


def plan_bump(project: Project, version: str) -> tuple[Edit, ...]:
    """The edits that make every place state this version; nothing is written, and none are left where all do.

    Raises `UsageError` for a version that one of the places cannot state, and where no file decides the version;
    `ConfigError` where a file cannot be read.
    """
    current(project)
    wanted = str(read(version))
    by_file: dict[Path, list[Place]] = {}
    for place in places(project):
        # Where they are one, the text only refers to the version.
        if place.start < place.end:
            by_file.setdefault(place.file, []).append(place)
    return tuple(edit for file, found in by_file.items() for edit in _edits(project, file, found, wanted))


def _edits(project: Project, file: Path, found: Sequence[Place], version: str) -> tuple[Edit, ...]:
    text = exact_text(file)
    # From the end on, so that what stands before keeps its place.
    for place in sorted(found, key=lambda each: -each.start):
        text = text[: place.start] + _spelt(place, version) + text[place.end :]
    if file.suffix in (".toml", ".lock"):
        toml.loads(encoded(text, b""), str(file))
    # The workspace of a project may be the folder above it.
    shown = os.path.relpath(file, project.root).replace(os.sep, "/")
    return edits_of(file, shown, text)


def _spelt(place: Place, version: str) -> str:
    if place.spelling is Spelling.SHORT:
        return ".".join(version.split(".")[:2])
    if place.spelling is Spelling.PYTHON:
        return version
    if place.spelling is Spelling.CARGO:
        return for_cargo(version)
    return repinned(place.stated.version, for_cargo(version))


def repinned(requirement: str, version: str) -> str:
    """A requirement of Cargo's as it has to be for a crate of this version (Cargo's spelling).

    What names a full version follows it; what names less changes only where it would no longer admit it. Raises
    `UsageError` for what is more than one comparator and does not admit it.
    """
    pre = "-" in version
    match = _COMPARATOR.fullmatch(requirement)
    if match is None:
        if not pre and admits(requirement, version):
            return requirement
        raise UsageError(
            f"the requirement {requirement!r} does not admit {version}",
            cause="it is on a crate that gets this version as well, and how to change it is yours to say",
        )
    given = match[2].count(".") + 1
    if match[3] or given == _FULL or pre:
        return match[1] + version
    return requirement if admits(requirement, version) else match[1] + ".".join(version.split(".")[:given])
