"""Where a backend that is told `dynamic = ["version"]` takes the version from, where that is a text in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core import version_texts
from pyo3ops.core.toml_spans import reach
from pyo3ops.core.version_places import Place, exact_text, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.core.version_texts import Found


def dynamic_places(project: Project, pyproject: Mapping[str, Any]) -> Iterator[Place]:
    """What hatchling, setuptools and PDM read; nothing for a version of pyproject.toml itself, or of git's tags.

    Raises `ConfigError` for a pattern of hatchling's that is none.
    """
    if isinstance(reach(pyproject, ("project", "version")), str):
        return
    for file, what, found in _found(project.root, pyproject):
        if found:
            yield place_of(project, file, exact_text(file), found, what)


def _found(root: Path, pyproject: Mapping[str, Any]) -> Iterator[tuple[Path, str, Found | None]]:
    backend = str(reach(pyproject, ("build-system", "build-backend")) or "")
    hatch, pdm = reach(pyproject, ("tool", "hatch", "version")), reach(pyproject, ("tool", "pdm", "version"))
    if isinstance(hatch, dict) and isinstance(hatch.get("path"), str):
        file = root / hatch["path"]
        yield file, "what tool.hatch.version leads to", version_texts.by_hatch(exact_text(file), hatch.get("pattern"))
    if isinstance(pdm, dict) and isinstance(pdm.get("path"), str):
        file = root / pdm["path"]
        yield file, "what tool.pdm.version leads to", version_texts.assigned(exact_text(file))
    if not backend or backend.startswith("setuptools"):
        yield from _of_setuptools(root, pyproject)


def _of_setuptools(root: Path, pyproject: Mapping[str, Any]) -> Iterator[tuple[Path, str, Found | None]]:
    said = reach(pyproject, ("tool", "setuptools", "dynamic", "version"))
    what = "what tool.setuptools.dynamic leads to"
    attribute, file = reach(said, ("attr",)), reach(said, ("file",))
    if isinstance(file, list) and len(file) == 1:
        file = file[0]
    if isinstance(file, str):
        yield root / file, what, version_texts.whole(exact_text(root / file))
    if isinstance(attribute, str):
        module, _, name = attribute.rpartition(".")
        for place in _sources(root, pyproject):
            for ending in (".py", "/__init__.py"):
                path = place / (module.replace(".", "/") + ending)
                if module and path.is_file():
                    yield path, what, version_texts.assigned(exact_text(path), name)
                    return
    yield root / "setup.cfg", "version of its metadata", version_texts.in_setup_cfg(exact_text(root / "setup.cfg"))
    yield root / "setup.py", "version that it hands over", version_texts.in_setup_py(exact_text(root / "setup.py"))


def _sources(root: Path, pyproject: Mapping[str, Any]) -> Iterator[Path]:
    """The folders in which setuptools looks for modules."""
    chosen = reach(pyproject, ("tool", "setuptools", "package-dir", ""))
    if isinstance(chosen, str):
        yield root / chosen
    yield from (root, root / "src", root / "python")
