"""Find a project and read it: pyproject.toml once, `cargo metadata` once, nothing of the project is executed."""

from __future__ import annotations

import dataclasses
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core import pyo3, toml
from pyo3ops.core.config import Config, read_config
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.files import exists
from pyo3ops.core.project import (
    Backend,
    BuildSettings,
    Extension,
    Layout,
    Project,
    _dict,
    _strings,
    backend_of,
    classified,
    extensions_of,
    matrix_from,
    pymodules_in,
    rust_extensions_in,
)
from pyo3ops.core.requirement import admits
from pyo3ops.core.run import Ended, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.core.pythons import PythonVersion

#: Rust sources larger than this, and more of them than that, are not searched for `#[pymodule]`.
SOURCE_LIMIT = 2**20
SOURCES_LIMIT = 1000

#: How `metadata_error` begins where there is no Rust.
NO_CARGO = "cargo is not on PATH"

#: Seconds for `cargo metadata --no-deps`, which answers within 0.1.
TIMEOUT = 4.0


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that is a project: built from Rust, or with a `[tool.pyo3ops]` table.

    Raises `ConfigError` where there is none.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if _is_project(folder):
            return folder
    raise _no_project(start)


def _no_project(start: Path) -> ConfigError:
    """What is there instead of a project, and what makes it one."""
    message = f"no PyO3 project in {start} or above it"
    if not exists(start):
        return ConfigError(f"there is no {start}", cause="a misspelt name, or another folder", command="pwd")
    for folder in (start, *start.parents):
        pyproject, manifest = folder / "pyproject.toml", folder / "Cargo.toml"
        if exists(pyproject):
            return ConfigError(
                message,
                cause=f"{pyproject} builds nothing from Rust and has no [tool.pyo3ops] table, which makes it one",
                command=f"printf '\\n[tool.pyo3ops]\\n' >> {shlex.quote(str(pyproject))}",
            )
        if exists(manifest):
            add = f"cargo add pyo3 --manifest-path {shlex.quote(str(manifest))}"
            return ConfigError(message, cause=f"{manifest} does not depend on pyo3", command=add)
    cause = "neither pyproject.toml nor Cargo.toml is there; --project DIR names a folder elsewhere"
    return ConfigError(message, cause=cause, command="pyo3ops new my_module")


def no_backend(root: Path) -> str:
    """Why nothing builds the project in `root`, where its `backend` is none."""
    file = root / "pyproject.toml"
    if not exists(file):
        return f"there is no pyproject.toml in {root}"
    return "pyproject.toml names no build backend" if _head(file).strip() else "pyproject.toml is empty"


def read_pyproject(root: Path) -> dict[str, Any]:
    """What the pyproject.toml in `root` says; empty without one. Raises `ConfigError` where it is no TOML."""
    file = root / "pyproject.toml"
    return toml.load(file) if file.exists() else {}


def read_config_of(root: Path) -> Config:
    """`[tool.pyo3ops]` of the pyproject.toml in `root`; raises `ConfigError` where it cannot be used."""
    return _config_in(read_pyproject(root))


def declared_pythons(pyproject: Mapping[str, Any]) -> tuple[PythonVersion, ...]:
    """The Pythons that a pyproject.toml names in so many words; empty where only a range is given."""
    config = _config_in(pyproject)
    return config.pythons or classified(_strings(_dict(pyproject, "project").get("classifiers")))


def read_project(
    root: Path, env: Mapping[str, str], *, timeout: float = TIMEOUT, pyproject: Mapping[str, Any] | None = None
) -> Project:
    """Read the project in `root`; what cargo cannot tell becomes `metadata_error`.

    `pyproject` is for a caller that has read it already. Raises `ConfigError` where pyproject.toml or Cargo.lock is no
    TOML, or `[tool.pyo3ops]` has a wrong key or value.
    """
    root = root.absolute()
    pyproject = read_pyproject(root) if pyproject is None else pyproject
    config = _config_in(pyproject)
    if config.crates:
        return _gathered(root, pyproject, config, env, timeout)
    manifests = dict(_manifests(root, pyproject))
    answer = _metadata(next(iter(manifests), root / "Cargo.toml"), env, timeout)
    if isinstance(answer, str):
        return _project(root, pyproject, config, metadata_error=answer)
    lock = Path(answer["workspace_root"], "Cargo.lock")
    locked = locked_versions(lock)
    # A virtual workspace names no package: then every extension in it counts.
    packages = {Path(package["manifest_path"]) for package in answer["packages"]}
    chosen = {path: settings for path, settings in manifests.items() if path in packages}
    found = tuple(
        dataclasses.replace(
            extension,
            module=_built_module(root, extension.module, manifests.get(extension.manifest)),
            pymodules=tuple(sorted(set(_pymodules(package)))),
            lock=lock if locked else None,
        )
        for package, extension in extensions_of(answer, chosen, locked)
    )
    return _project(
        root,
        pyproject,
        config,
        extensions=found,
        workspace_root=Path(answer["workspace_root"]),
        target_directory=Path(answer["target_directory"]),
    )


def locked_versions(lock: Path) -> dict[str, tuple[str, ...]]:
    """The versions of each crate in a Cargo.lock, lowest first; empty without one."""
    if not lock.is_file():
        return {}
    versions: dict[str, list[str]] = {}
    for row in toml.load(lock).get("package", ()):
        if isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("version"), str):
            versions.setdefault(row["name"], []).append(row["version"])
    return {name: tuple(sorted(found, key=_numbers)) for name, found in versions.items()}


def stale_locks(project: Project) -> tuple[str, ...]:
    """What the manifests of the extensions want and their Cargo.lock does not have, a line each."""
    return tuple(line for extension in project.extensions for line in _disagreements(extension))


def _disagreements(extension: Extension) -> Iterator[str]:
    if extension.lock is None:
        return
    locked = locked_versions(extension.lock)
    own = locked.get(extension.crate, ())
    if extension.version not in own:
        yield f"{extension.crate} is {extension.version}, the lock has {', '.join(own) or 'none'}"
    for wanted in extension.dependencies:
        has = locked.get(wanted.name, ())
        # None is "cannot tell", which accuses nobody.
        if not has or (wanted.registry and all(admits(wanted.requirement, version) is False for version in has)):
            yield f"{extension.crate} wants {wanted.name} {wanted.requirement}, the lock has {', '.join(has) or 'none'}"


def _config_in(pyproject: Mapping[str, Any]) -> Config:
    return read_config(_dict(pyproject, "tool").get("pyo3ops", {}))


def _is_project(folder: Path) -> bool:
    pyproject, manifest = folder / "pyproject.toml", folder / "Cargo.toml"
    if pyproject.is_file():
        # A file that is no TOML is this project's first fault, and read_project says it.
        text = _head(pyproject)
        words = ("tool.pyo3ops", "maturin", "setuptools-rust", "setuptools_rust")
        return manifest.is_file() or any(word in text for word in words)
    return manifest.is_file() and "pyo3" in _head(manifest)


def _head(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(SOURCE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def _manifests(root: Path, pyproject: Mapping[str, Any]) -> Iterator[tuple[Path, BuildSettings]]:
    """The manifests that the build backend compiles, with what it is told about each."""
    tool = _dict(pyproject, "tool")
    modules = _dict(tool, "setuptools-rust").get("ext-modules")
    for row in modules if isinstance(modules, list) else ():
        if isinstance(row, dict):
            settings = BuildSettings(
                _text(row, "target"), _strings(row.get("features")), row.get("default-features") is not False
            )
            yield _resolved(root / (_text(row, "path") or "Cargo.toml")), settings
    if isinstance(modules, list):
        return
    if backend_of(pyproject) is Backend.SETUPTOOLS_RUST:
        # What setup.py does is not known without executing it; that it switches PyO3 on is sure.
        for target in rust_extensions_in(_head(root / "setup.py")):
            yield root / "Cargo.toml", BuildSettings(target, ("pyo3",))
        return
    maturin = _dict(tool, "maturin")
    yield (
        _resolved(root / (_text(maturin, "manifest-path") or "Cargo.toml")),
        BuildSettings(
            _text(maturin, "module-name"),
            _strings(maturin.get("features")),
            maturin.get("no-default-features") is not True,
            _text(maturin, "python-source"),
        ),
    )


def _metadata(manifest: Path, env: Mapping[str, str], timeout: float) -> dict[str, Any] | str:
    """What cargo says of the manifest's workspace, or why it says nothing."""
    if not manifest.is_file():
        return f"there is no {manifest}"
    argv = ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path", str(manifest)]
    # rustup's proxy must not fetch the toolchain that a rust-toolchain file names.
    result = run(argv, timeout=timeout, env={**env, "RUSTUP_AUTO_INSTALL": "0"}, cwd=manifest.parent)
    if result.ended is Ended.MISSING:
        return f"{NO_CARGO}: install Rust (https://rustup.rs), or add its folder, ~/.cargo/bin, to PATH"
    if not result.ok:
        return result.err.strip() or result.reason
    try:
        answer = json.loads(result.out)
    except ValueError:
        return "cargo metadata printed no JSON"
    return answer if isinstance(answer, dict) and "packages" in answer else "cargo metadata printed no packages"


def _gathered(
    root: Path, pyproject: Mapping[str, Any], config: Config, env: Mapping[str, str], timeout: float
) -> Project:
    """A project made of crates in folders of their own: each is read as a project, and the extensions are gathered."""
    folders = sorted({path.parent for glob in config.crates for path in root.glob(f"{glob}/Cargo.toml")})
    if not folders:
        raise ConfigError(
            f"tool.pyo3ops.crates names {', '.join(config.crates)}, where no Cargo.toml lies",
            cause="a folder was moved, or the pattern is not relative to pyproject.toml",
        )
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import, and few projects are gathered

    with ThreadPoolExecutor(len(folders)) as pool:
        members = list(pool.map(lambda folder: read_project(folder, env, timeout=timeout), folders))
    errors = [f"{member.root.name}: {member.metadata_error}" for member in members if member.metadata_error]
    gathered = _project(
        root,
        pyproject,
        config,
        extensions=tuple(extension for member in members for extension in member.extensions),
        workspace_root=root,
        target_directory=members[0].target_directory,
        metadata_error="\n".join(errors) or None,
    )
    if gathered.backend in (Backend.MATURIN, Backend.SETUPTOOLS_RUST):
        return gathered
    return dataclasses.replace(gathered, backend=members[0].backend, build_requires=members[0].build_requires)


def _project(  # each argument is a field
    root: Path,
    pyproject: Mapping[str, Any],
    config: Config,
    *,
    extensions: tuple[Extension, ...] = (),
    workspace_root: Path | None = None,
    target_directory: Path | None = None,
    metadata_error: str | None = None,
) -> Project:
    table = _dict(pyproject, "project")
    classifiers, requires_python = _strings(table.get("classifiers")), _text(table, "requires-python")
    supported, pyo3_name = _supported(extensions)
    pythons, pythons_from = matrix_from(config, classifiers, requires_python, supported, pyo3_name)
    source = _python_source(root, pyproject, extensions)
    return Project(
        root=root,
        name=_text(table, "name") or (extensions[0].crate if extensions else None),
        version=_text(table, "version") or (extensions[0].version if extensions else None),
        requires_python=requires_python,
        classifiers=classifiers,
        pythons=pythons,
        pythons_from=pythons_from,
        backend=backend_of(pyproject),
        build_requires=_strings(_dict(pyproject, "build-system").get("requires")),
        layout=Layout.MIXED if source else Layout.RUST,
        python_source=source,
        extensions=extensions,
        workspace_root=workspace_root,
        target_directory=target_directory,
        toolchain_file=_toolchain_file(root),
        config=config,
        metadata_error=metadata_error,
    )


def _supported(extensions: tuple[Extension, ...]) -> tuple[tuple[int, int], str]:
    """The Python minors that every PyO3 in use is for, and what to call the source of that."""
    rows = [row for row in pyo3.releases() if row.release in {each.pyo3.release for each in extensions}]
    name = " and ".join(f"PyO3 {row.release}" for row in rows) or "every known PyO3"
    rows = rows or list(pyo3.releases())
    # Several releases in use: what all of them support. None known: what any supports.
    low, high = (max, min) if extensions and len(rows) < len(pyo3.releases()) else (min, max)
    return (low(row.python_min.minor for row in rows), high(row.python_max.minor for row in rows)), name


def _built_module(root: Path, module: str, settings: BuildSettings | None) -> str:
    """The import name of a library: maturin puts it inside a Python package of the same name, where there is one."""
    if settings is None or "." in module:
        return module
    return f"{module}.{module}" if _package_folder(root, settings.python_source, module) else module


def _package_folder(root: Path, python_source: str | None, module: str) -> Path | None:
    """The folder that holds the package `module`; maturin looks in `python-source`, else in the root and in src."""
    for folder in (root / python_source,) if python_source else (root, root / "src"):
        if (folder / module / "__init__.py").is_file():
            return folder
    return None


def _python_source(root: Path, pyproject: Mapping[str, Any], extensions: tuple[Extension, ...]) -> Path | None:
    chosen = _text(_dict(_dict(pyproject, "tool"), "maturin"), "python-source")
    folders = (_package_folder(root, chosen, each.module.split(".")[0]) for each in extensions)
    return next((folder for folder in folders if folder), None)


def _pymodules(package: Mapping[str, Any]) -> Iterator[str]:
    """The `#[pymodule]` names in a crate's sources, which lie beside its library's first file."""
    library = next(
        target["src_path"] for target in package["targets"] if "src_path" in target and "bin" not in target["kind"]
    )
    for number, file in enumerate(sorted(Path(library).parent.rglob("*.rs"))):
        if number == SOURCES_LIMIT:
            return
        yield from pymodules_in(_head(file))


def _toolchain_file(root: Path) -> Path | None:
    # rustup takes the bare name where both are there.
    names = ("rust-toolchain", "rust-toolchain.toml")
    files = (folder / name for folder in (root, *root.parents) for name in names)
    return next((file for file in files if file.is_file()), None)


def _resolved(path: Path) -> Path:
    """As cargo spells it: without `..`, symbolic links kept."""
    import os.path  # noqa: PLC0415 - pathlib has nothing that normalises without following links

    return Path(os.path.normpath(path))


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) and value else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(
        int(part) for part in version.split("+", maxsplit=1)[0].split("-", maxsplit=1)[0].split(".") if part.isdigit()
    )
