"""A PyO3 project as its files describe it: types, and the pure reading of what cargo and pyproject.toml say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core.pyo3 import release_line
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.requirement import admits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyo3ops.core.config import Config


class Backend(Enum):
    """Who builds the wheel."""

    MATURIN = "maturin"
    SETUPTOOLS_RUST = "setuptools-rust"
    OTHER = "other"
    NONE = "none"


class Layout(Enum):
    """What the wheel holds: the extension alone, or a Python package around it."""

    RUST = "rust"
    MIXED = "mixed"


@dataclass(frozen=True)
class StableAbi:
    """`kind` is "abi3" or "abi3t"; without a `minimum` it is the version of the Python that builds."""

    kind: str
    minimum: PythonVersion | None


@dataclass(frozen=True)
class Dependency:
    """A line of a crate's dependency tables; `kind` is normal, build or dev."""

    name: str
    requirement: str
    kind: str
    registry: bool


@dataclass(frozen=True)
class Pyo3Dependency:
    """How a crate uses PyO3."""

    requirement: str
    #: Every version of pyo3 in Cargo.lock, lowest first.
    locked: tuple[str, ...]
    #: The features that this project's own build switches on, sorted; what those imply is not listed.
    features: tuple[str, ...]

    @property
    def release(self) -> str | None:
        """The minor line, such as "0.29": of the locked version that fits the requirement, else of the requirement."""
        fitting = [version for version in self.locked if admits(self.requirement, version)]
        return release_line(fitting[-1] if fitting else self.requirement)

    @property
    def stable_abi(self) -> StableAbi | None:
        """The newest kind of stable ABI asked for."""
        return next(iter(self.stable_abis), None)

    @property
    def stable_abis(self) -> tuple[StableAbi, ...]:
        """The stable ABIs asked for; of several minimums the lowest counts, as each feature implies those above it."""
        found = []
        for kind in ("abi3t", "abi3"):
            minors = [re.fullmatch(rf"{kind}-py3(\d+)", name) for name in self.features]
            minimums = sorted(int(match[1]) for match in minors if match)
            if minimums or kind in self.features:
                found.append(StableAbi(kind, PythonVersion(minimums[0]) if minimums else None))
        return tuple(found)


@dataclass(frozen=True)
class Extension:
    """One extension module and the crate that it is made of."""

    crate: str
    version: str
    edition: str
    rust_version: str | None
    manifest: Path
    #: Name of the library target.
    library: str
    crate_types: tuple[str, ...]
    #: What Python imports, dotted.
    module: str
    #: Names that `#[pymodule]` items carry in the crate's sources.
    pymodules: tuple[str, ...]
    pyo3: Pyo3Dependency
    dependencies: tuple[Dependency, ...]
    #: The Cargo.lock that counts.
    lock: Path | None

    @property
    def build_dependencies(self) -> tuple[str, ...]:
        """Crates that run in the build script."""
        return tuple(each.name for each in self.dependencies if each.kind == "build")


@dataclass(frozen=True)
class Project:
    """All that pyo3ops knows of a project before it runs anything of it."""

    root: Path
    name: str | None
    version: str | None
    requires_python: str | None
    classifiers: tuple[str, ...]
    #: The Pythons it is for, and what says so.
    pythons: tuple[PythonVersion, ...]
    pythons_from: str
    backend: Backend
    build_requires: tuple[str, ...]
    layout: Layout
    #: The folder that holds the Python package of a mixed layout.
    python_source: Path | None
    extensions: tuple[Extension, ...]
    workspace_root: Path | None
    target_directory: Path | None
    #: The rust-toolchain file that applies.
    toolchain_file: Path | None
    config: Config
    #: Why cargo could not describe the crates; there are no extensions then.
    metadata_error: str | None


@dataclass(frozen=True)
class BuildSettings:
    """What pyproject.toml tells the backend about one crate."""

    #: Dotted name of the module, where it is given.
    module: str | None = None
    features: tuple[str, ...] = ()
    default_features: bool = True
    python_source: str | None = None


def backend_of(pyproject: Mapping[str, Any]) -> Backend:
    """The build backend that `[build-system]` names."""
    system = _dict(pyproject, "build-system")
    if not system:
        return Backend.NONE
    if system.get("build-backend") == "maturin":
        return Backend.MATURIN
    if any(re.match(r"setuptools[-_.]rust\b", line) for line in _strings(system.get("requires"))):
        return Backend.SETUPTOOLS_RUST
    # A backend that wraps another one, such as a folder of the project's own around maturin.
    wraps = str(system.get("build-backend", "")).split(".")[0] == "maturin" or "maturin" in _dict(pyproject, "tool")
    return Backend.MATURIN if wraps else Backend.OTHER


def extensions_of(
    metadata: Mapping[str, Any], manifests: Mapping[Path, BuildSettings], locked: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Mapping[str, Any], Extension]]:
    """The extension modules among cargo's packages, each with cargo's own description.

    `manifests` are those the backend builds; where it is empty (a virtual workspace) every cdylib counts. `locked` has
    the versions of each crate in Cargo.lock. Paths of sources are not looked at: `pymodules` stays empty.
    """
    for package in metadata["packages"]:
        settings = manifests.get(Path(package["manifest_path"]))
        library = _library(package)
        if library is None or (manifests and settings is None):
            continue
        if not manifests and "cdylib" not in library["crate_types"]:
            continue
        pyo3 = next(filter(None, (_pyo3(name, package, settings or BuildSettings(), locked) for name in _NAMES)), None)
        if pyo3 is not None:
            yield package, _extension(package, library, settings or BuildSettings(), pyo3)


#: What an extension module depends on: PyO3, or the bindings below it alone, whose releases have the same numbers.
_NAMES = ("pyo3", "pyo3-ffi")


def rust_extensions_in(setup_py: str) -> Iterator[str]:
    """The modules that a setup.py makes of Rust, as far as reading without executing it can tell."""
    yield from re.findall(r"""RustExtension\(\s*(?:target\s*=\s*)?["']([\w.]+)["']""", setup_py)


def pymodules_in(source: str) -> Iterator[str]:
    """The names under which the `#[pymodule]` items, or hand-written init functions, of a source are initialised."""
    code = re.sub(r"/\*.*?(?:\*/|\Z)|//[^\n]*", "", source, flags=re.DOTALL)
    for attributes, name in _ITEM.findall(code):
        if re.search(r"\bpymodule\b", attributes):
            renamed = re.search(r'\bname\s*=\s*"(\w+)"', attributes)
            yield renamed[1] if renamed else name
    yield from re.findall(r'extern\s+"C"\s+fn\s+PyInit_(\w+)', code)


_ITEM = re.compile(r"((?:#\[[^\]]*\]\s*)+)(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:fn|mod)\s+(?:r#)?(\w+)")


def _extension(
    package: Mapping[str, Any], library: Mapping[str, Any], settings: BuildSettings, pyo3: Pyo3Dependency
) -> Extension:
    name = library["name"].replace("-", "_")
    return Extension(
        crate=package["name"],
        version=package["version"],
        edition=package["edition"],
        rust_version=package.get("rust_version"),
        manifest=Path(package["manifest_path"]),
        library=name,
        crate_types=tuple(library["crate_types"]),
        module=settings.module or name,
        pymodules=(),
        pyo3=pyo3,
        dependencies=tuple(
            Dependency(row["name"], row["req"], row["kind"] or "normal", str(row.get("source")).startswith("registry"))
            for row in package["dependencies"]
        ),
        lock=None,
    )


def _library(package: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kinds = {"lib", "rlib", "dylib", "cdylib", "staticlib"}
    return next((target for target in package["targets"] if kinds & set(target["kind"])), None)


def _pyo3(
    name: str, package: Mapping[str, Any], settings: BuildSettings, locked: Mapping[str, tuple[str, ...]]
) -> Pyo3Dependency | None:
    rows = [row for row in package["dependencies"] if row["name"] == name and row["kind"] != "dev"]
    if not rows:
        return None
    names = {row.get("rename") or name for row in rows}
    activated, features = _activated(package["features"], settings, names)
    used = [row for row in rows if not row["optional"] or (row.get("rename") or name) in activated]
    if not used:
        return None
    for row in used:
        features.update(row["features"])
    return Pyo3Dependency(used[0]["req"], locked.get(name, ()), tuple(sorted(features)))


def _activated(features: Mapping[str, Any], settings: BuildSettings, names: set[str]) -> tuple[set[str], set[str]]:
    """What a set of features switches on: which of the dependencies `names`, and which features of theirs."""
    waiting = [*settings.features, *(["default"] if settings.default_features else [])]
    seen: set[str] = set()
    activated, of_them = set(), set()
    while waiting:
        feature = waiting.pop()
        if feature in seen:
            continue
        seen.add(feature)
        dependency, _, inner = feature.partition("/")
        bare = dependency.rstrip("?").replace("dep:", "")
        if inner and bare in names:
            of_them.add(inner)
        if bare in names and not dependency.endswith("?"):
            activated.add(bare)
        waiting.extend(features.get(feature, ()))
    return activated, of_them


def matrix_from(
    config: Config, classifiers: Iterable[str], requires_python: str | None, supported: tuple[int, int], pyo3: str
) -> tuple[tuple[PythonVersion, ...], str]:
    """The Pythons that a project is for, and what says so; `supported` are the minors that its PyO3 is for."""
    if config.pythons:
        return config.pythons, "[tool.pyo3ops] pythons"
    named = classified(classifiers)
    if named:
        return named, "classifiers"
    minors = [PythonVersion(minor) for minor in range(supported[0], supported[1] + 1)]
    if requires_python is None:
        return tuple(minors), pyo3
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        specifier = SpecifierSet(requires_python)
    except InvalidSpecifier:
        return tuple(minors), pyo3
    return tuple(each for each in minors if specifier.contains(f"{each}.99")), f"requires-python and {pyo3}"


def classified(classifiers: Iterable[str]) -> tuple[PythonVersion, ...]:
    """The minor releases that trove classifiers name."""
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line.strip()) for line in classifiers)
    return tuple(sorted({PythonVersion.parse(match[1]) for match in found if match}))


def _dict(table: object, key: str) -> Mapping[str, Any]:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
