"""What is typed as places that a session can stop at: held against files and extensions before the program begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.debug.breakpoints import extensions, lines, python_places, rust_names
from pyo3ops.debug.breakpoints.debug_names import DebugNames
from pyo3ops.debug.breakpoints.session import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.debug.breakpoints.command import Command
    from pyo3ops.debug.breakpoints.where import Where


def places(
    wheres: Sequence[Where], program: Command, folders: Sequence[Path], env: Mapping[str, str], gdb: str | None
) -> tuple[Place, ...]:
    """The places of a session; raises `UsageError` for a line or a name that is not there, with what is near.

    `folders` are those that files are named from: the working directory, and the project if there is one.
    """
    lines.refuse(wheres, program, folders, env)
    known: tuple[rust_names.Function, ...] = ()
    libraries: tuple[Path, ...] = ()
    if any(map(_is_named, wheres)):
        libraries = extensions.find(program.paths, _targets(folders[1:], env))
        known = rust_names.functions(libraries)

    debug = DebugNames(gdb, env) if gdb is not None else None
    return tuple(
        Place(each, rust_names.resolve(each, known, libraries, debug))
        if _is_named(each)
        else Place(each, real=python_places.real(each.file, folders) if each.file else None)
        for each in wheres
    )


def _is_named(where: Where) -> bool:
    """True for what is looked for in Rust by its name."""
    return not where.kind.is_python and where.line is None


def _targets(projects: Sequence[Path], env: Mapping[str, str]) -> Iterator[Path]:
    if env.get("CARGO_TARGET_DIR"):
        yield Path(env["CARGO_TARGET_DIR"])
    yield from (project / "target" for project in projects)
