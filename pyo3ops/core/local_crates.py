"""The crates of a checkout that one another's manifests lead to: members of workspaces, and dependencies by path.

What is a member, and what it inherits, is the Cargo Book's ("Workspaces", "Specifying Dependencies").
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core import toml
from pyo3ops.core.toml_spans import reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KINDS = ("dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies")
#: The largest workspaces have some hundred members.
_MOST = 2000


@dataclass(frozen=True)
class Pin:
    """A dependency by path that names a version too: the manifest, the keys of its `version`, the crate it is of."""

    manifest: Path
    keys: tuple[str, ...]
    crate: str
    requirement: str


@dataclass(frozen=True)
class LocalCrate:
    """A crate of the checkout; `version_in` is the manifest that has its version: its own, or its workspace's."""

    name: str
    version: str
    manifest: Path
    version_in: Path

    @property
    def inherits(self) -> bool:
        """True where the version is the workspace's."""
        return self.version_in != self.manifest

    @property
    def keys(self) -> tuple[str, ...]:
        """Where in `version_in` it stands."""
        return ("workspace", "package", "version") if self.inherits else ("package", "version")


def local_crates(manifests: Iterable[Path]) -> tuple[tuple[LocalCrate, ...], tuple[Pin, ...]]:
    """The crates that these manifests lead to, themselves among them, and what pins one of them.

    Raises `ConfigError` where one of the manifests is no TOML, or cannot be read.
    """
    waiting = [*manifests]
    read: dict[Path, dict[str, Any]] = {}
    while waiting and len(read) < _MOST:
        manifest = waiting.pop(0)
        if manifest in read or not manifest.is_file():
            continue
        read[manifest] = toml.load(manifest)
        waiting.extend(_reached(manifest, read[manifest]))
    crates = tuple(crate for manifest, data in read.items() for crate in _crate(manifest, data, read))
    return crates, tuple(pin for manifest, data in read.items() for pin in _pins(manifest, data))


def _reached(manifest: Path, data: Mapping[str, Any]) -> Iterator[Path]:
    """The manifests that one leads to: its workspace's, that one's members', and those of dependencies by path."""
    root = _workspace_of(manifest, data)
    if root is not None:
        yield root
    patterns, folder = reach(data, ("workspace", "members")), manifest.parent
    left_out = {_plain(folder / each / "Cargo.toml") for each in reach(data, ("workspace", "exclude")) or ()}
    for pattern in patterns if isinstance(patterns, list) else ():
        found = (_plain(path) for path in sorted(folder.glob(f"{str(pattern).strip('/')}/Cargo.toml")))
        yield from (path for path in found if path not in left_out)
    for _, _, spec in _dependencies(data):
        if isinstance(spec.get("path"), str):
            yield _plain(folder / spec["path"] / "Cargo.toml")


def _workspace_of(manifest: Path, data: Mapping[str, Any]) -> Path | None:
    """The manifest of the workspace that a crate is in."""
    if "workspace" in data:
        return manifest
    named = reach(data, ("package", "workspace"))
    if isinstance(named, str):
        return _plain(manifest.parent / named / "Cargo.toml")
    for folder in manifest.parent.parents:
        above = folder / "Cargo.toml"
        if above.is_file() and "workspace" in toml.load(above):
            left_out = reach(toml.load(above), ("workspace", "exclude")) or ()
            inside = {manifest.parent, *manifest.parent.parents}
            return None if inside & {_plain(folder / str(each)) for each in left_out} else above
    return None


def _crate(manifest: Path, data: Mapping[str, Any], read: Mapping[Path, Any]) -> Iterator[LocalCrate]:
    name, version = reach(data, ("package", "name")), reach(data, ("package", "version"))
    if not isinstance(name, str):
        return
    if isinstance(version, str):
        yield LocalCrate(name, version, manifest, manifest)
    elif reach(version, ("workspace",)) is True:
        root = _workspace_of(manifest, data)
        inherited = reach(read.get(root) if root else None, ("workspace", "package", "version"))
        if root is not None and isinstance(inherited, str):
            yield LocalCrate(name, inherited, manifest, root)


def _pins(manifest: Path, data: Mapping[str, Any]) -> Iterator[Pin]:
    for keys, name, spec in _dependencies(data):
        if isinstance(spec.get("path"), str) and isinstance(spec.get("version"), str):
            yield Pin(manifest, (*keys, "version"), name, spec["version"])


def _dependencies(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, Mapping[str, Any]]]:
    """Keys, crate and table of each dependency that is one of more than a version."""
    targets = data.get("target")
    tables: list[tuple[tuple[str, ...], Any]] = [((kind,), data.get(kind)) for kind in _KINDS]
    tables.append((("workspace", "dependencies"), reach(data, ("workspace", "dependencies"))))
    for target in targets if isinstance(targets, dict) else ():
        tables += [(("target", target, kind), reach(targets, (target, kind))) for kind in _KINDS]
    for keys, table in tables:
        for name, spec in table.items() if isinstance(table, dict) else ():
            if isinstance(spec, dict):
                yield (*keys, name), str(spec.get("package", name)), spec


def _plain(path: Path) -> Path:
    """Without `..`, symbolic links kept, as cargo spells it."""
    return Path(os.path.normpath(path))
