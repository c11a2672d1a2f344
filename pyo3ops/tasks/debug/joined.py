"""From what a source read to a `Dump` in which every frame has its layer: the same for each action of `debug`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core import toml
from pyo3ops.core.errors import Pyo3opsError
from pyo3ops.stacks import folding, layers, merge
from pyo3ops.stacks.layers import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.raw import Raw


def sources_of(root: Path | None, env: Mapping[str, str]) -> Sources:
    """Whose code is whose in a project; nobody's where there is none, or where it cannot be read."""
    if root is None:
        return Sources({})
    from pyo3ops.core import discover  # noqa: PLC0415 - a look at a server has no project
    from pyo3ops.tools import crates  # noqa: PLC0415

    try:
        project = discover.read_project(root, env)
    except Pyo3opsError:
        # A broken manifest is no reason to show no stack.
        return Sources({})
    packages = crates.packages(project, env)
    locks = {extension.lock for extension in project.extensions if extension.lock}
    return Sources(
        {each.folder: each.library for each in packages if each.own},
        {each.folder: each.library for each in packages if not each.own},
        frozenset(name for lock in locks for name in discover.locked_versions(lock)),
    )


def joined(raw: Raw, sources: Sources) -> Dump:
    """Both sides in one stack, named, classified, and with the glue marked."""
    return told(merge.merged(raw), sources)


def told(dump: Dump, sources: Sources) -> Dump:
    """The dump with each frame's layer, and with the glue marked.

    Without a project the user's crates are those whose folders are still there, and not below cargo's.
    """
    if not sources.crates:
        sources = replace(sources, crates=_crates_of(dump))
    return folding.folded(layers.classified(dump, sources))


def _crates_of(dump: Dump) -> Mapping[Path, str]:
    files = {frame.file for stack in dump.stacks for frame in stack.frames if frame.file and frame.file.endswith(".rs")}
    foreign = Sources({})
    manifests = {_manifest(Path(file)) for file in files if foreign.by_path(file) is None and Path(file).is_absolute()}
    return {found.parent.resolve(): name for found in manifests if found for name in (_library(found),) if name}


def _manifest(file: Path) -> Path | None:
    try:
        # A source file that is no longer there says nothing of what is there now.
        found = (folder / "Cargo.toml" for folder in file.parents) if file.is_file() else ()
        return next((each for each in found if each.is_file()), None)
    except OSError:
        return None


def _library(manifest: Path) -> str | None:
    """What a crate's code is called in symbols; None for a manifest that names no package."""
    try:
        data = toml.load(manifest)
    except Pyo3opsError:
        return None
    tables = [data.get(name) for name in ("lib", "package")]
    names = (each.get("name") for each in tables if isinstance(each, dict))
    return next((name.replace("-", "_") for name in names if isinstance(name, str)), None)
