"""The Cargo.toml files of an sdist: what cargo reads before it compiles anything, and whether all of that is inside."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.requirement import admits
from pyo3ops.wheels.inspection import modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.wheels.inspection.reading import Sdist

_TABLES = ("dependencies", "build-dependencies", "dev-dependencies")


@dataclass(frozen=True)
class Broken:
    """One reason why an sdist cannot be built."""

    where: str
    what: str
    evidence: tuple[str, ...] = ()


def main_manifest(sdist: Sdist) -> str | None:
    """The Cargo.toml of the extension: the one that pyproject.toml names, at the top, or the only one."""
    for text in _told(table_of(sdist, "pyproject.toml")):
        if sdist.member(normpath(text)):
            return normpath(text)
    found = sorted(
        (path for path in sdist.paths if path.rpartition("/")[2] == "Cargo.toml"), key=lambda path: path.count("/")
    )
    return next((path for path in found if "package" in table_of(sdist, path)), None)


def _told(pyproject: Mapping[str, Any]) -> Iterator[str]:
    tool = _dict(pyproject, "tool")
    path = _dict(tool, "maturin").get("manifest-path")
    if isinstance(path, str):
        yield path
    rows = _dict(tool, "setuptools-rust").get("ext-modules")
    rows = rows if isinstance(rows, list) else []
    yield from (row["path"] for row in rows if isinstance(row, dict) and isinstance(row.get("path"), str))


def table_of(sdist: Sdist, path: str) -> dict[str, Any]:
    """A TOML file of an sdist; empty where it is not there, or is none."""
    member = sdist.member(path)
    if member is None:
        return {}
    try:
        return toml.loads(member.read(), path)
    except ConfigError:
        return {}


def broken(sdist: Sdist, main: str) -> Iterator[Broken]:
    """What keeps cargo from building a manifest, and all that it depends on by path."""
    waiting, seen = [main], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        member = sdist.member(path)
        if member is None:
            yield Broken(path, f"{path} is not there")
            continue
        try:
            manifest = toml.loads(member.read(), path)
        except ConfigError as error:
            yield Broken(path, error.message)
            continue
        yield from _of_manifest(sdist, path, manifest)
        for name, told in _paths(sdist, path, manifest):
            target = normpath(join(told, "Cargo.toml"))
            if target.startswith(("..", "/")):
                yield Broken(path, f"{name} is at {told}, which is not in the sdist")
            elif sdist.member(target) is None:
                yield Broken(path, f"{name} is at {told}, where no Cargo.toml is")
            else:
                waiting.append(target)


def _of_manifest(sdist: Sdist, path: str, manifest: Mapping[str, Any]) -> Iterator[Broken]:
    package, folder = _dict(manifest, "package"), dirname(path)
    if not package:
        return
    if _inherits(manifest) and _workspace(sdist, path) is None:
        yield Broken(path, f"{path} takes values from a workspace, and no Cargo.toml above it is one")
    script = package.get("build")
    if isinstance(script, str) and sdist.member(normpath(join(folder, script))) is None:
        yield Broken(path, f"{path} names the build script {script}, which is not there")
    library = _dict(manifest, "lib").get("path", "src/lib.rs")
    root = normpath(join(folder, str(library)))
    if sdist.member(root) is None:
        if "lib" in manifest or sdist.member(normpath(join(folder, "src/main.rs"))) is None:
            yield Broken(path, f"{root} is not there")
        return
    for named in modules.missing(root, lambda file: _text(sdist, file), lambda file: sdist.member(file) is not None):
        where = f"{named.source}:{named.line}"
        yield Broken(named.source, f"{where} has {named.what}, and {' and '.join(named.candidates)} is not there")


def _text(sdist: Sdist, path: str) -> str | None:
    member = sdist.member(path)
    return member.text() if member is not None else None


def _paths(sdist: Sdist, path: str, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and folder, from the top of the sdist, of each dependency by path."""
    folder = dirname(path)
    for name, row in _dependencies(manifest):
        if isinstance(row.get("path"), str):
            yield name, normpath(join(folder, row["path"]))
        elif row.get("workspace") is True:
            above = _workspace(sdist, path)
            shared = _dict(_dict(table_of(sdist, above), "workspace"), "dependencies") if above else {}
            told = _dict(shared, name).get("path")
            if above is not None and isinstance(told, str):
                yield name, normpath(join(dirname(above), told))
    patches = _dict(manifest, "patch")
    for name, patched in (item for source in patches for item in _dict(patches, source).items()):
        if isinstance(patched, dict) and isinstance(patched.get("path"), str):
            yield name, normpath(join(folder, patched["path"]))


def _dependencies(manifest: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What cargo has to find before it compiles anything; the ones for tests are among that."""
    targets = [each for each in _dict(manifest, "target").values() if isinstance(each, dict)]
    for table in [manifest, *targets]:
        for key in _TABLES:
            for name, row in _dict(table, key).items():
                if isinstance(row, dict):
                    yield name, row


def unlocked(sdist: Sdist, path: str, lock: str) -> Iterator[str]:
    """What a manifest asks of a registry and a lock file has no version for; what cannot be told is left out."""
    rows = table_of(sdist, lock).get("package")
    locked: dict[str, list[str]] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            locked.setdefault(str(row.get("name")), []).append(str(row.get("version")))
    manifest = table_of(sdist, path)
    for name, wanted in _wanted(manifest) if locked else ():
        if name not in locked:
            yield f"{name} {wanted} is not in it"
        elif not any(admits(wanted, version) is not False for version in locked[name]):
            yield f"{name} {wanted} is wanted, and it has {', '.join(locked[name])}"


def _wanted(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and requirement of each dependency that a registry brings."""
    targets = [each for each in _dict(manifest, "target").values() if isinstance(each, dict)]
    for table in [manifest, *targets]:
        for key in _TABLES:
            for name, row in _dict(table, key).items():
                if isinstance(row, str):
                    yield name, row
                elif isinstance(row, dict) and isinstance(row.get("version"), str) and not row.keys() & {"path", "git"}:
                    yield str(row.get("package", name)), row["version"]


def _inherits(manifest: Mapping[str, Any]) -> bool:
    package = _dict(manifest, "package")
    values = [*package.values(), *(row for _, row in _dependencies(manifest))]
    return any(isinstance(value, dict) and value.get("workspace") is True for value in values)


def _workspace(sdist: Sdist, path: str) -> str | None:
    """The Cargo.toml of the workspace that a manifest is in: itself, or the nearest one above."""
    told = _dict(table_of(sdist, path), "package").get("workspace")
    if isinstance(told, str):
        return normpath(join(dirname(path), told, "Cargo.toml"))
    folder = dirname(path)
    while True:
        above = normpath(join(folder, "Cargo.toml"))
        if "workspace" in table_of(sdist, above):
            return above
        if not folder:
            return None
        folder = dirname(folder)


def _dict(above: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = above.get(key)
    return value if isinstance(value, dict) else {}
