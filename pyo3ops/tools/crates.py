"""The crates that a lock file pins: what their own manifests, as cargo unpacked them, say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.core.discover import locked_versions
from pyo3ops.core.files import exists
from pyo3ops.core.run import run
from pyo3ops.tools.rustc import TIMEOUT, offline, rust_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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
    argv = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", rustc.host]
    result = run(
        [*argv, "--manifest-path", str(extension.manifest)],
        timeout=TIMEOUT,
        env=offline(env),
        cwd=extension.manifest.parent,
    )
    try:
        answer = json.loads(result.out) if result.ok else {}
        return set(_reachable(answer, extension.manifest)) if answer else set()
    except (ValueError, KeyError, TypeError):
        return set()


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
