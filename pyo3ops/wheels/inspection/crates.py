"""The crates that are linked into a wheel: by its SBOM, cargo-auditable, the project, or what panics name."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.core.files import home_folder
from pyo3ops.tools import crates as crates_tool
from pyo3ops.tools import elf
from pyo3ops.wheels.inspection.debugging import file_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.inspection.reading import Asked, Wheel

#: Bytes that cargo-auditable's list may unpack to; those of real programs have some ten thousand.
_AUDITABLE_LIMIT = 16 * 2**20
#: Crates that run while compiling and leave none of their own code behind.
_COMPILING = re.compile(
    r".*[-_](?:derive|macros?|macros?-(?:backend|impl|support|core)|build-config|build|codegen|impl)"
)
_COMPILERS = frozenset(
    {"proc-macro2", "quote", "syn", "heck", "unicode-ident", "cc", "autocfg", "pkg-config", "vcpkg", "target-lexicon",
     "version_check", "rustversion", "bindgen", "cmake", "shlex", "find-msvc-tools", "jobserver", "unindent", "indoc"}
)  # fmt: skip
_IN_REGISTRY = re.compile(r"registry[\\/]src[\\/][^\\/]+[\\/]([A-Za-z0-9_-]+?)-(\d+\.\d+\.\d+[\w.+-]*)[\\/]")
#: Licences that ask for nothing in a copy that is compiled.
_FREE = frozenset({"0BSD", "Unlicense", "CC0-1.0", "MIT-0", "WTFPL", "Zlib", "BSL-1.0", "bzip2-1.0.6"})


@dataclass(frozen=True)
class Crate:
    """One linked crate; `licence` is an SPDX expression, or empty where nothing says."""

    name: str
    version: str
    licence: str = ""

    @property
    def asks(self) -> bool:
        """True where every licence it can be taken under wants its text to come along."""
        choices = re.split(r"\s+OR\s+|/", self.licence.strip("() "), flags=re.IGNORECASE)
        return not any(choice.strip("() ") in _FREE for choice in choices)

    def __str__(self) -> str:
        return f"{self.name} {self.version}" + (f" ({self.licence})" if self.licence else "")


@dataclass(frozen=True)
class Linked:
    """The crates of others in a wheel, and what says so."""

    crates: tuple[Crate, ...] = ()
    source: str = ""


def linked(wheel: Wheel, asked: Asked) -> Linked:
    """The crates of others that are linked, from the first source that names any."""
    sources: tuple[tuple[str, Callable[[], Iterable[Crate]]], ...] = (
        ("the SBOM", lambda: _of_sboms(wheel)),
        ("cargo-auditable", lambda: _of_auditable(wheel)),
        ("cargo metadata of the project", lambda: _of_project(asked)),
        ("paths in panic messages", lambda: _of_panics(wheel)),
    )
    for source, crates in sources:
        found = {(each.name, each.version): each for each in crates() if each.name != wheel.name.distribution}
        if found:
            named = (_with_licence(each, asked.env) for _, each in sorted(found.items()))
            return Linked(tuple(named), source)
    return Linked()


def sboms(wheel: Wheel) -> Iterator[tuple[str, dict[str, Any]]]:
    """The SBOMs of a wheel (PEP 770) that are JSON, by their names."""
    for member in wheel.below("sboms"):
        try:
            found = json.loads(member.text())
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield member.name, found


def _of_sboms(wheel: Wheel) -> Iterator[Crate]:
    for _, sbom in sboms(wheel):
        rows = {str(row.get("bom-ref")): row for row in _dicts(sbom.get("components"))}
        for reference in _reachable(sbom, rows):
            row = rows.get(reference, {})
            if str(row.get("purl", "")).startswith("pkg:cargo/") and "download_url=file" not in str(row.get("purl")):
                yield Crate(str(row.get("name")), str(row.get("version")), _licence(row))


def _reachable(sbom: dict[str, Any], rows: Mapping[str, Any]) -> Iterator[str]:
    """What is linked of the components: not what is reached by way of compiling alone."""
    edges = {
        str(row.get("ref")): [str(each) for each in _list(row.get("dependsOn"))]
        for row in _dicts(sbom.get("dependencies"))
    }
    about = sbom.get("metadata")
    root = about.get("component", {}) if isinstance(about, dict) else {}
    start = str(root.get("bom-ref")) if isinstance(root, dict) else ""
    waiting, seen = ([start] if edges.get(start) else list(rows)), set()
    while waiting:
        reference = waiting.pop()
        row = rows.get(reference, {})
        if reference not in seen and row.get("scope") != "excluded" and not compiles(str(row.get("name", ""))):
            seen.add(reference)
            yield reference
            waiting += edges.get(reference, [])


def compiles(name: str) -> bool:
    """True for a crate that, by its name, runs while compiling: a derive macro, a build script's helper."""
    return name in _COMPILERS or bool(_COMPILING.fullmatch(name))


def _licence(row: Mapping[str, Any]) -> str:
    for each in _dicts(row.get("licenses")):
        inner = each.get("license")
        named = inner.get("id") or inner.get("name") if isinstance(inner, dict) else None
        found = each.get("expression") or named
        if found:
            return str(found)
    return ""


def _of_auditable(wheel: Wheel) -> Iterator[Crate]:
    """The section .dep-v0: a list in JSON, compressed by zlib; build dependencies are marked."""
    for binary in wheel.binaries:
        data = elf.section(binary.member.path, ".dep-v0", _AUDITABLE_LIMIT) if binary.elf is not None else b""
        try:
            listed = json.loads(_inflated(data)) if data else {}
        except (zlib.error, ValueError, RecursionError):
            continue
        for row in _dicts(listed.get("packages") if isinstance(listed, dict) else None):
            if row.get("kind") != "build" and not row.get("root") and row.get("source") != "local":
                yield Crate(str(row.get("name")), str(row.get("version")))


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _AUDITABLE_LIMIT)


def _of_project(asked: Asked) -> Iterator[Crate]:
    project: Project | None = asked.project
    for package in crates_tool.packages(project, asked.env) if project is not None else ():
        if not package.own and not compiles(package.name):
            version = package.folder.name[len(package.name) + 1 :]
            yield Crate(package.name, version, _declared(package.folder))


def _of_panics(wheel: Wheel) -> Iterator[Crate]:
    for binary in wheel.binaries:
        for path in file_names(binary.member.path, b"registry"):
            match = _IN_REGISTRY.search(path)
            if match:
                yield Crate(match[1], match[2])


def _with_licence(crate: Crate, env: Mapping[str, str]) -> Crate:
    """What the crate's own manifest says, where cargo has it unpacked here."""
    if crate.licence:
        return crate
    home = Path(env.get("CARGO_HOME") or home_folder(env) / ".cargo")
    folders = sorted(home.glob(f"registry/src/*/{crate.name}-{crate.version}"))
    return Crate(crate.name, crate.version, _declared(folders[0]) if folders else "")


def _declared(folder: Path) -> str:
    try:
        with (folder / "Cargo.toml").open("rb") as file:
            head = file.read(16384).decode("utf-8", "replace")
    except OSError:
        return ""
    match = re.search(r'^license\s*=\s*"([^"]+)"', head, re.MULTILINE)
    return match[1] if match else ""


def _dicts(rows: object) -> Iterable[dict[str, Any]]:
    return [row for row in _list(rows) if isinstance(row, dict)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
