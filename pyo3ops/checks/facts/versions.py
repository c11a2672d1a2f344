"""Where the project says its version: manifests, `__version__`, the change log, tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.core.stated import Stated, change_log, python_modules, rust_sources, wheel_version
from pyo3ops.core.stated import package_folders as _package_folders
from pyo3ops.core.version_places import line_at as _count
from pyo3ops.core.version_places import relative as _relative
from pyo3ops.core.versions import newest_tag, released_in
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project

__all__ = ["Stated", "Versions", "_count", "_package_folders", "_relative", "_text", "checkout", "versions"]

#: Bytes of a change log; the newest release stands at its head.
_HEAD = 2**16


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
    wheel = wheel_version(project, pyproject)
    changelog, pending = _changelog(project.root)
    names = {name for name in (project.name, *(each.crate for each in project.extensions)) if name}
    return Versions(
        wheel,
        tuple(dict.fromkeys((*python_modules(project), *rust_sources(project)))),
        changelog,
        pending,
        newest_tag(checkout.tags, names, top=checkout.top) if checkout else None,
    )


def _changelog(root: Path) -> tuple[Stated | None, bool]:
    file = change_log(root)
    if file is None:
        return None, False
    found, pending = released_in(_text(file, _HEAD))
    return (Stated(found[0], file.name, found[1]) if found else None), pending


def _text(path: Path, limit: int = 2**20) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""
