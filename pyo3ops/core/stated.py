"""Every place in which a project's files state its version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core import version_texts
from pyo3ops.core.crate_places import crate_places
from pyo3ops.core.discover import SOURCES_LIMIT, read_pyproject
from pyo3ops.core.dynamic_version import dynamic_places
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend, backend_of
from pyo3ops.core.toml_spans import reach
from pyo3ops.core.version_places import Place, Spelling, Stated, exact_text, in_toml, line_at, place_of, relative

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project

__all__ = ["Place", "Spelling", "Stated", "is_pure", "leading", "places", "stated"]

#: Modules of a package in which projects write `__version__`.
_MODULES = ("__init__.py", "__about__.py", "_about.py", "_version.py", "version.py", "__version__.py")
_CONFIGURATIONS = ("docs/conf.py", "doc/conf.py", "docs/source/conf.py", "doc/source/conf.py")
_LOGS = ("CHANGELOG", "CHANGES", "HISTORY", "NEWS", "RELEASES")


def stated(project: Project) -> tuple[Stated, ...]:
    """Every version that the project's files state as its own, the one that the wheel gets first.

    Raises `ConfigError` where a file that has to be read for that is garbled, or the configuration names a place that
    is none.
    """
    return tuple(place.stated for place in places(project) if not place.follows)


def leading(project: Project) -> Stated | None:
    """The version that a build gives the project's files; None where it is computed, as from git's tags."""
    pyproject = read_pyproject(project.root)
    if isinstance(reach(pyproject, ("project", "version")), str):
        return wheel_version(project, pyproject)
    decided = next(dynamic_places(project, pyproject), None)
    return decided.stated if decided else wheel_version(project, pyproject)


def places(project: Project) -> tuple[Place, ...]:
    """The same places as `stated` has, with those that follow from them: pins, short forms."""
    pyproject = read_pyproject(project.root)
    found: dict[tuple[str, int], Place] = {}
    for place in _found(project, pyproject):
        found.setdefault(place.key, place)
    return tuple(found.values())


def _found(project: Project, pyproject: Mapping[str, Any]) -> Iterator[Place]:
    pure = is_pure(project)
    for keys in (("project", "version"), ("tool", "poetry", "version")):
        yield from in_toml(project, project.root / "pyproject.toml", keys)
    yield from dynamic_places(project, pyproject)
    if not pure:
        static = isinstance(reach(pyproject, ("project", "version")), str)
        yield from crate_places(project, static=static)
    yield from _in_modules(project, (*_own_folders(project), *(() if pure else package_folders(project))))
    yield from () if pure else _in_rust(project)
    yield from _in_stubs(project, pure=pure)
    yield from _beside(project)
    yield from _configured(project)


def is_pure(project: Project) -> bool:
    """True for a project that is published without an extension module: a Python package alone.

    Crates that `crates` of `[tool.pyo3ops]` gathers, such as examples, are not what such a project publishes.
    """
    pyproject = read_pyproject(project.root)
    named = isinstance(reach(pyproject, ("project", "name")), str)
    if project.extensions and not (project.config.crates and named):
        return False
    python = named and backend_of(pyproject) in (Backend.OTHER, Backend.NONE)
    return python and bool(project.config.crates or not (project.root / "Cargo.toml").is_file())


def wheel_version(project: Project, pyproject: Mapping[str, Any]) -> Stated | None:
    """The version that pyproject.toml says, or, through maturin, the one crate."""
    said = reach(pyproject, ("project", "version"))
    if isinstance(said, str):
        text = exact_text(project.root / "pyproject.toml")
        line = _line(text, rf"^\s*version\s*=\s*[\"']{re.escape(said)}")
        return Stated(said, "pyproject.toml", line, "project.version")
    crates = {extension.version for extension in project.extensions}
    if project.backend is Backend.MATURIN and len(crates) == 1:
        return _crate(project.extensions[0], project.root)
    return None


def python_modules(project: Project) -> Iterator[Stated]:
    """`__version__` where a module of the package around an extension assigns it in so many words."""
    return (place.stated for place in _in_modules(project, package_folders(project)))


def rust_sources(project: Project) -> Iterator[Stated]:
    """`__version__` where the sources add it to the module, as text or as the crate's version."""
    return (place.stated for place in _in_rust(project))


def package_folders(project: Project) -> tuple[Path, ...]:
    """The Python packages around the extension modules, wherever the layout keeps them."""
    names = (extension.module.split(".")[0] for extension in project.extensions)
    return tuple(dict.fromkeys(folder for name in names for folder in _folder(project, name)))


def change_log(root: Path, configured: str = "") -> Path | None:
    """The change log: the configured file, else one that has one of the usual names.

    Raises `ConfigError` where the configured one is not there.
    """
    if configured and not (root / configured).is_file():
        raise ConfigError(
            f"tool.pyo3ops.release.changelog: there is no {configured}",
            cause="it was moved, or the path is not relative to pyproject.toml",
        )
    endings = (".md", ".rst", ".txt", "")
    usual = [spelt + ending for name in _LOGS for ending in endings for spelt in (name, name.lower())]
    return next((root / name for name in ([configured] if configured else usual) if (root / name).is_file()), None)


def _folder(project: Project, name: str) -> Iterator[Path]:
    for place in (project.python_source, project.root, project.root / "src", project.root / "python"):
        if place and any((place / name / file).is_file() for file in ("__init__.py", "__init__.pyi")):
            yield place / name
            return


def _own_folders(project: Project) -> tuple[Path, ...]:
    """The package that has the project's own name."""
    return tuple(_folder(project, re.sub(r"[-_.]+", "_", project.name or "").lower()))


def _in_modules(project: Project, folders: Iterable[Path]) -> Iterator[Place]:
    for folder in folders:
        for name in _MODULES:
            text = exact_text(folder / name)
            found = version_texts.assigned(text)
            if found:
                yield place_of(project, folder / name, text, found, "__version__")


def _in_rust(project: Project) -> Iterator[Place]:
    for extension in project.extensions:
        for number, file in enumerate(sorted((extension.manifest.parent / "src").rglob("*.rs"))):
            if number == SOURCES_LIMIT:
                break
            text = exact_text(file)
            found = version_texts.in_rust(text, extension.version)
            if found:
                yield place_of(project, file, text, found, "__version__")


def _in_stubs(project: Project, *, pure: bool) -> Iterator[Place]:
    folders = (*_own_folders(project), *(() if pure else package_folders(project)))
    files = [file for folder in folders for file in sorted(folder.glob("*.pyi"))]
    if not pure:
        files += [project.root / f"{extension.module.split('.')[0]}.pyi" for extension in project.extensions]
    for file in files:
        text = exact_text(file)
        found = version_texts.assigned(text)
        if found:
            yield place_of(project, file, text, found, "__version__ of the stub")


def _beside(project: Project) -> Iterator[Place]:
    """What tells people which version it is: the citation, the documentation."""
    citation = project.root / "CITATION.cff"
    text = exact_text(citation)
    found = version_texts.in_citation(text)
    if found:
        yield place_of(project, citation, text, found, "version")
    for name in _CONFIGURATIONS:
        text = exact_text(project.root / name)
        release, short = version_texts.assigned(text, "release"), version_texts.assigned(text, "version")
        if release:
            yield place_of(project, project.root / name, text, release, "release")
        if release and short and short.version == ".".join(release.version.split(".")[:2]) != release.version:
            yield place_of(project, project.root / name, text, short, "version", Spelling.SHORT)
        elif short:
            yield place_of(project, project.root / name, text, short, "version")


def _configured(project: Project) -> Iterator[Place]:
    """The places of `[tool.pyo3ops.release] versions`; each has to be one."""
    for name, pattern in project.config.release.versions:
        file = project.root / name
        text = exact_text(file)
        spelling = Spelling.CARGO if file.name == "Cargo.toml" else Spelling.PYTHON
        found = tuple(version_texts.by_pattern(text, pattern))
        if not found:
            raise ConfigError(
                f"tool.pyo3ops.release.versions: {name} has nothing like {pattern!r}",
                cause="the file was moved or changed, or is not relative to pyproject.toml",
            )
        yield from (place_of(project, file, text, each, "a place of the configuration", spelling) for each in found)


def _crate(extension: Extension, root: Path) -> Stated:
    quoted = rf"^\s*version\s*=\s*[\"']{re.escape(extension.version)}"
    line = _line(exact_text(extension.manifest), quoted)
    return Stated(extension.version, relative(extension.manifest, root), line, "package.version")


def _line(text: str, pattern: str) -> int | None:
    match = re.search(pattern, text, re.MULTILINE)
    return line_at(text, match.end()) if match else None
