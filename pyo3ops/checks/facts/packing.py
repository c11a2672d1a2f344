"""What a source distribution of the project will lack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.checks.facts.files import _toml
from pyo3ops.checks.facts.versions import _relative, _text
from pyo3ops.core.patterns import manifest_takes, matching
from pyo3ops.core.project import Backend
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyo3ops.core.project import Project


@dataclass(frozen=True)
class Omission:
    """A file that the source distribution lacks, and the setting that keeps it out."""

    file: str
    because: str


@dataclass(frozen=True)
class Sdist:
    """The source distribution as the settings make it; `unpacked` where the project is one."""

    unpacked: bool
    lock: Omission | None = None
    #: Where git ignores the lock: a fresh checkout has none.
    ignored: Omission | None = None
    repository: bool = False
    #: Without these it does not build.
    sources: tuple[Omission, ...] = ()


def sdist(
    project: Project, pyproject: Mapping[str, Any], checkout: git.Checkout | None, env: Mapping[str, str]
) -> Sdist:
    """What the backend leaves out of the source distribution."""
    if (project.root / "PKG-INFO").is_file():
        return Sdist(unpacked=True)
    wanted = list(_wanted(project))
    if project.backend is Backend.SETUPTOOLS_RUST:
        missing = list(_by_manifest(project, wanted))
    else:
        back_in = {path for _, path in _chosen(pyproject, "include", wanted)}
        missing = [
            *(
                Omission(path, f'[tool.maturin] exclude has "{by}"')
                for by, path in _chosen(pyproject, "exclude", wanted)
            ),
            *(each for each in _by_cargo(project, wanted) if each.file not in back_in),
        ]
    return Sdist(
        unpacked=False,
        lock=next((each for each in missing if each.file.endswith("Cargo.lock")), None),
        ignored=_ignored(project, checkout, env),
        repository=checkout is not None,
        sources=tuple(each for each in missing if not each.file.endswith("Cargo.lock")),
    )


def _wanted(project: Project) -> Iterator[str]:
    """The files below the root that building from the source distribution needs."""
    for extension in project.extensions:
        sources = (extension.manifest.parent / "src/lib.rs", extension.manifest.parent / "build.rs")
        for path in (extension.manifest, *(each for each in (*sources, extension.lock) if each and each.is_file())):
            if project.root in path.parents:
                yield _relative(path, project.root)


def _by_manifest(project: Project, wanted: Iterable[str]) -> Iterator[Omission]:
    """Setuptools packs Rust sources only where MANIFEST.in, or a plugin that asks git, tells it to."""
    if any(re.match(r"setuptools[-_.](?:scm|git)|hatch|vcs[-_]versioning", line) for line in project.build_requires):
        return
    file = project.root / "MANIFEST.in"
    text = _text(file)
    because = "MANIFEST.in does not take it" if file.is_file() else "there is no MANIFEST.in"
    for path in wanted:
        if not manifest_takes(text, path):
            yield Omission(path, because)


def _chosen(pyproject: Mapping[str, Any], key: str, wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The patterns of `[tool.maturin]` include or exclude for source distributions, with what they match."""
    tool = pyproject.get("tool")
    maturin = tool.get("maturin") if isinstance(tool, dict) else None
    rows = maturin.get(key) if isinstance(maturin, dict) else None
    for row in rows if isinstance(rows, list) else ():
        pattern, formats = (row.get("path"), row.get("format", "sdist")) if isinstance(row, dict) else (row, "sdist")
        if not isinstance(pattern, str) or "sdist" not in formats:
            continue
        for path in wanted:
            if matching(["/" + pattern.lstrip("/")], path):
                yield pattern, path


def _by_cargo(project: Project, wanted: Iterable[str]) -> Iterator[Omission]:
    """Maturin packs of a crate what `cargo package` would; it adds the lock and the manifest itself."""
    for extension in project.extensions:
        package = _toml(extension.manifest).get("package", {})
        folder = extension.manifest.parent
        for path in wanted:
            inner = (
                (project.root / path).relative_to(folder).as_posix() if folder in (project.root / path).parents else ""
            )
            if inner and inner not in ("Cargo.toml", "Cargo.lock"):
                because = _left_out(package, inner)
                if because:
                    yield Omission(path, f"{_relative(extension.manifest, project.root)}: {because}")


def _left_out(package: Mapping[str, Any], path: str) -> str | None:
    # Where both are given cargo obeys `include` alone.
    if isinstance(package.get("include"), list):
        return None if matching(map(str, package["include"]), path) else "include does not name it"
    pattern = matching(map(str, package.get("exclude", ())), path)
    return f'exclude has "{pattern}"' if pattern else None


def _ignored(project: Project, checkout: git.Checkout | None, env: Mapping[str, str]) -> Omission | None:
    """The lock where git ignores it: a fresh checkout, which releases are made from, has none."""
    lock = next((extension.lock for extension in project.extensions if extension.lock), None)
    if lock is None:
        return None
    name = _relative(lock, project.root)
    if checkout is not None:
        because = git.ignoring(lock, env)
        return Omission(name, because) if because else None
    pattern = matching(_text(lock.parent / ".gitignore").splitlines(), lock.name)
    return Omission(name, f".gitignore: {pattern}") if pattern else None
