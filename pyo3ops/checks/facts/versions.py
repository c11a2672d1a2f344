"""Where the project says its version: manifests, `__version__`, the change log, tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.core.discover import SOURCES_LIMIT
from pyo3ops.core.project import Backend
from pyo3ops.core.versions import newest_tag, released_in
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project

#: Bytes of a change log; the newest release stands at its head.
_HEAD = 2**16


@dataclass(frozen=True)
class Stated:
    """A version that a file says; `path` is relative to the project's root, `line` counts from 1."""

    version: str
    path: str
    line: int | None = None


@dataclass(frozen=True)
class Versions:
    """The version that the wheel will have, and what else names one."""

    #: None where it is computed, or where several crates disagree.
    wheel: Stated | None
    #: `__version__`, in Python or in Rust.
    modules: tuple[Stated, ...] = ()
    #: The newest release in the change log.
    changelog: Stated | None = None
    #: The change log has a section for what is not released yet.
    pending: bool = False
    #: The newest tag that is this project's, as git and as a version.
    tag: tuple[str, str] | None = None


def checkout(root: Path, env: Mapping[str, str]) -> git.Checkout | None:
    """The git checkout that the project lies in."""
    return git.checkout(root, env)


def versions(project: Project, pyproject: Mapping[str, Any], checkout: git.Checkout | None) -> Versions:
    """Every version that the project's files and tags state."""
    wheel = _wheel(project, pyproject)
    changelog, pending = _changelog(project.root)
    names = {name for name in (project.name, *(each.crate for each in project.extensions)) if name}
    return Versions(
        wheel,
        tuple(dict.fromkeys((*_python(project), *_rust(project)))),
        changelog,
        pending,
        newest_tag(checkout.tags, names, top=checkout.top) if checkout else None,
    )


def _wheel(project: Project, pyproject: Mapping[str, Any]) -> Stated | None:
    table = pyproject.get("project")
    said = table.get("version") if isinstance(table, dict) else None
    if isinstance(said, str):
        text = _text(project.root / "pyproject.toml")
        return Stated(said, "pyproject.toml", _line(text, rf"^\s*version\s*=\s*[\"']{re.escape(said)}"))
    crates = {extension.version for extension in project.extensions}
    if project.backend is Backend.MATURIN and len(crates) == 1:
        return _crate(project.extensions[0], project.root)
    return None


def _crate(extension: Extension, root: Path) -> Stated:
    manifest = _relative(extension.manifest, root)
    quoted = rf"^\s*version\s*=\s*[\"']{re.escape(extension.version)}"
    return Stated(extension.version, manifest, _line(_text(extension.manifest), quoted))


def _python(project: Project) -> Iterator[Stated]:
    """`__version__` where a module of the package assigns it in so many words."""
    for folder in _package_folders(project):
        for name in ("__init__.py", "__about__.py", "_about.py", "_version.py", "version.py", "__version__.py"):
            text = _text(folder / name)
            match = re.search(r"^__version__\s*(?::[^=\n]+)?=\s*[\"']([^\"'\n]+)[\"']", text, re.MULTILINE)
            if match:
                yield Stated(match[1], _relative(folder / name, project.root), _count(text, match.start()))


def _rust(project: Project) -> Iterator[Stated]:
    """`__version__` where the sources add it to the module, as text or as the crate's version."""
    for extension in project.extensions:
        for number, file in enumerate(sorted((extension.manifest.parent / "src").rglob("*.rs"))):
            if number == SOURCES_LIMIT:
                break
            text = re.sub(r"//[^\n]*", "", _text(file))
            match = re.search(r'"__version__"\s*,\s*(?:(env!\(\s*"CARGO_PKG_VERSION"\s*\))|"([^"\n]+)")', text)
            if match:
                version = extension.version if match[1] else match[2]
                yield Stated(version, _relative(file, project.root), _count(text, match.start()))


def _package_folders(project: Project) -> tuple[Path, ...]:
    """The Python packages around the extension modules, wherever the layout keeps them."""
    found: dict[Path, None] = {}
    for extension in project.extensions:
        name = extension.module.split(".")[0]
        for place in (project.python_source, project.root, project.root / "src", project.root / "python"):
            if place and any((place / name / file).is_file() for file in ("__init__.py", "__init__.pyi")):
                found[place / name] = None
                break
    return tuple(found)


def _changelog(root: Path) -> tuple[Stated | None, bool]:
    for name in ("CHANGELOG", "CHANGES", "HISTORY", "NEWS", "RELEASES"):
        for suffix in (".md", ".rst", ".txt", ""):
            file = next(
                (path for path in (root / f"{name}{suffix}", root / f"{name.lower()}{suffix}") if path.is_file()), None
            )
            if file:
                found, pending = released_in(_text(file, _HEAD))
                return (Stated(found[0], file.name, found[1]) if found else None), pending
    return None, False


def _line(text: str, pattern: str) -> int | None:
    match = re.search(pattern, text, re.MULTILINE)
    return _count(text, match.end()) if match else None


def _count(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if root in path.parents else str(path)


def _text(path: Path, limit: int = 2**20) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""
