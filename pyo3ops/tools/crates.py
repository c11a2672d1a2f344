"""The crates that a lock file pins: what their own manifests, as cargo unpacked them, say."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core.discover import locked_versions
from pyo3ops.core.files import exists
from pyo3ops.core.run import run
from pyo3ops.tools import rustc as rustc_tool
from pyo3ops.tools.rustc import TIMEOUT, offline, rust_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.core.project import Extension, Project
    from pyo3ops.tools.rustc import Rustc

#: Bytes of a manifest in which `rust-version` stands; cargo writes [package] first when it packs a crate.
_HEAD = 8192


@dataclass(frozen=True)
class Crate:
    """A locked dependency with the oldest compiler that it declares; `user` is the extension crate that needs it."""

    name: str
    version: str
    rust_version: str
    user: str


@dataclass(frozen=True)
class Package:
    """One package that an extension is built from; `own` where it lies with the project: no registry, no git."""

    name: str
    #: What its code is called in symbols.
    library: str
    folder: Path
    own: bool


def packages(project: Project, env: Mapping[str, str]) -> tuple[Package, ...]:
    """What cargo resolves the extensions to on this host: members of the workspace, path dependencies, all the others.

    Folders are real paths. Where cargo cannot tell without the network, the extensions' own crates alone.
    """
    found = {
        folder: Package(extension.crate, extension.library, folder, own=True)
        for extension in project.extensions
        for folder in (_real(extension.manifest.parent),)
    }
    host = rustc_tool.ask(project.root, env).host
    for extension in project.extensions:
        for row in _resolved(extension, host, env).get("packages", ()) if host else ():
            package = _package(row)
            if package is not None:
                found.setdefault(package.folder, package)
    return tuple(found.values())


def _package(row: Mapping[str, Any]) -> Package | None:
    kinds = {"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"}
    library = next((target["name"] for target in row["targets"] if kinds & set(target["kind"])), None)
    if library is None:
        return None
    own = row["source"] is None
    return Package(row["name"], library.replace("-", "_"), _real(Path(row["manifest_path"]).parent), own)


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def demanding(project: Project, rustc: Rustc, cargo_home: Path, env: Mapping[str, str]) -> tuple[Crate, ...]:
    """The dependencies that want a newer compiler than rustc, or than the extension that uses them declares.

    Crates that were never downloaded cannot tell. What a lock file has for other systems and other members of the
    workspace does not count: cargo is asked what this host's build is made of, where there is anything to ask.
    """
    found: list[Crate] = []
    for extension in project.extensions:
        bars = [bar for bar in (rustc.version, rust_version(extension.rust_version or "")) if bar]
        suspects = dict(_suspects(extension, cargo_home, min(bars, default=())))
        if suspects:
            used = _used(extension, rustc, env)
            found += (
                Crate(name, version, wanted, extension.crate)
                for (name, version), wanted in suspects.items()
                if (name, version) in used
            )
    return tuple(sorted(found, key=lambda crate: (crate.user, rust_version(crate.rust_version), crate.name)))


def _suspects(extension: Extension, cargo_home: Path, bar: tuple[int, ...]) -> Iterator[tuple[tuple[str, str], str]]:
    """Name and version of every crate in the lock that wants more than `bar`, with what it wants."""
    if extension.lock is None or not bar:
        return
    unpacked = cargo_home / "registry/src"
    sources = sorted(unpacked.glob("*")) if exists(unpacked) else []
    for name, versions in locked_versions(extension.lock).items():
        for version in versions:
            wanted = next(filter(None, (declared(folder / f"{name}-{version}") for folder in sources)), None)
            if wanted and rust_version(wanted) > bar:
                yield (name, version), wanted


def declared(folder: Path) -> str | None:
    """The rust-version of an unpacked crate; None where it is not there or declares none."""
    try:
        with (folder / "Cargo.toml").open("rb") as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return None
    match = re.search(r'^rust-version\s*=\s*"([^"]+)"', head, re.MULTILINE)
    return match[1] if match else None


def _used(extension: Extension, rustc: Rustc, env: Mapping[str, str]) -> set[tuple[str, str]]:
    """What the build of an extension for this host is made of; empty where cargo cannot tell without the network."""
    answer = _resolved(extension, rustc.host, env)
    try:
        return set(_reachable(answer, extension.manifest)) if answer else set()
    except (KeyError, TypeError):
        return set()


def _resolved(extension: Extension, host: str, env: Mapping[str, str]) -> dict[str, Any]:
    """What `cargo metadata` says of all that an extension is built from; empty where it says nothing."""
    argv = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host]
    result = run(
        [*argv, "--manifest-path", str(extension.manifest)],
        timeout=TIMEOUT,
        env=offline(env),
        cwd=extension.manifest.parent,
    )
    try:
        answer = json.loads(result.out) if result.ok else {}
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _reachable(metadata: Mapping[str, Any], manifest: Path) -> Iterator[tuple[str, str]]:
    packages = {row["id"]: row for row in metadata["packages"]}
    edges = {
        node["id"]: [
            edge["pkg"] for edge in node["deps"] if any(kind["kind"] in (None, "build") for kind in edge["dep_kinds"])
        ]
        for node in metadata["resolve"]["nodes"]
    }
    waiting = [identity for identity, row in packages.items() if row["manifest_path"] == str(manifest)]
    seen: set[str] = set()
    while waiting:
        identity = waiting.pop()
        if identity not in seen:
            seen.add(identity)
            yield packages[identity]["name"], packages[identity]["version"]
            waiting += edges.get(identity, [])
