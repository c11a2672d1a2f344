"""cargo's configuration files: which apply in a folder, and what they say together.

Rules: the Cargo Book, "Configuration" (hierarchy, merging, `build.rustflags`) and "Environment Variables".
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.files import is_file, same_file
from pyo3ops.tools import cargo_cfg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Sourced:
    """A setting and where it was said: a file, or the name of a variable."""

    value: str
    source: str


@dataclass(frozen=True)
class Flags:
    """The compiler flags that one file or variable says."""

    flags: tuple[str, ...]
    source: str
    #: The dotted key in the project's own file that says it; None for a variable, and for files elsewhere.
    key: str | None = None
    #: What is said at one rank adds up; cargo takes the lowest rank that has any, and ignores the others.
    rank: int = 0
    #: Said by the user's own configuration for all projects.
    own: bool = False


@dataclass(frozen=True)
class CargoConfig:
    """What the files and variables say together."""

    files: tuple[Path, ...] = ()
    #: Files that are no TOML, with the reason.
    broken: tuple[tuple[Path, str], ...] = ()
    #: Folders that have both `config` and `config.toml`, of which cargo reads the former.
    doubled: tuple[Path, ...] = ()
    #: Targets that a plain `cargo build` compiles for.
    targets: tuple[Sourced, ...] = ()
    #: Linkers by target triple, by `cfg(...)`, or by a triple as variables spell it; the first that fits counts.
    linkers: tuple[tuple[str, Sourced], ...] = ()
    #: What cargo starts in place of rustc, for all crates and for those of the workspace.
    wrapper: Sourced | None = None
    workspace_wrapper: Sourced | None = None
    #: Every source of compiler flags for the host, in the order in which cargo takes and joins them.
    rustflags: tuple[Flags, ...] = ()
    #: True where the registry is replaced by another source.
    replaced: bool = False

    def linker(self, target: str) -> Sourced | None:
        """The linker configured for a target triple."""
        linkers = dict(reversed(self.linkers))
        names = [_variable(target), *cargo_cfg.matching(iter(linkers), target)]
        return next((linkers[name] for name in names if name in linkers), None)

    @property
    def counting(self) -> tuple[Flags, ...]:
        """The sources of compiler flags that cargo takes."""
        return tuple(row for row in self.rustflags if row.rank == self.rustflags[0].rank)

    @property
    def flags(self) -> tuple[str, ...]:
        """The compiler flags that cargo passes for the host."""
        return tuple(flag for row in self.counting for flag in row.flags)


@dataclass(frozen=True)
class _File:
    """A file that was read: what to call it, its content, and the folder its relative paths start from."""

    name: str
    table: dict[str, Any]
    base: Path
    #: Under the project's root, where its keys can be set; in CARGO_HOME, where the user's own settings are.
    inside: bool
    own: bool


def read(root: Path, env: Mapping[str, str], home: Path, host: str) -> CargoConfig:
    """Read every file that cargo reads in `root`, the nearest first; `host` is the target triple of rustc."""
    paths, doubled = _files(root, env, home)
    files, broken = [], []
    for path in paths:
        base = path.parent.parent
        try:
            own = path.parent == _cargo_home(env, home)
            files.append(_File(_short(path, root, home), toml.load(path), base, root in path.parents, own))
        except ConfigError as error:
            broken.append((path, error.message))
    return CargoConfig(
        files=paths,
        broken=tuple(broken),
        doubled=doubled,
        targets=tuple(_targets(files, env, host)),
        linkers=tuple(_linkers(files, env, root)),
        wrapper=_wrapper(files, env, root, "rustc-wrapper"),
        workspace_wrapper=_wrapper(files, env, root, "rustc-workspace-wrapper"),
        rustflags=tuple(_rustflags(files, env, host)),
        replaced=any("replace-with" in str(file.table.get("source", "")) for file in files),
    )


def _cargo_home(env: Mapping[str, str], home: Path) -> Path:
    return Path(env.get("CARGO_HOME") or home / ".cargo")


def _files(root: Path, env: Mapping[str, str], home: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    folders = [folder / ".cargo" for folder in (root, *root.parents)]
    files, doubled = [], []
    for folder in dict.fromkeys([*folders, _cargo_home(env, home)]):
        found = [folder / name for name in ("config", "config.toml") if is_file(folder / name)]
        files += found[:1]
        # A link from one to the other is what cargo itself advises for old releases.
        if len(found) > 1 and not same_file(*found):
            doubled.append(folder)
    return tuple(files), tuple(doubled)


def _short(file: Path, root: Path, home: Path) -> str:
    for base, prefix in ((root, ""), (home, "~/")):
        if base in file.parents:
            return prefix + file.relative_to(base).as_posix()
    return str(file)


def _targets(files: list[_File], env: Mapping[str, str], host: str) -> Iterator[Sourced]:
    """A string replaces what is said farther away, lists add up."""
    said = [Sourced(env["CARGO_BUILD_TARGET"], "CARGO_BUILD_TARGET")] if env.get("CARGO_BUILD_TARGET") else []
    for file in files:
        target = _get(file.table, "build", "target")
        if isinstance(target, list):
            said += (Sourced(each, file.name) for each in _list(target))
        elif isinstance(target, str) and not said:
            said.append(Sourced(target, file.name))
    names = {"host-tuple": host}
    yield from (Sourced(names.get(each.value, each.value), each.source) for each in said)


def _linkers(files: list[_File], env: Mapping[str, str], root: Path) -> Iterator[tuple[str, Sourced]]:
    for name, value in env.items():
        if name.startswith("CARGO_TARGET_") and name.endswith("_LINKER") and value:
            yield name[len("CARGO_TARGET_") : -len("_LINKER")], Sourced(_program(value, root), name)
    for file in files:
        for triple, settings in _tables(file.table.get("target")):
            if isinstance(settings.get("linker"), str):
                yield triple, Sourced(_program(settings["linker"], file.base), file.name)


def _variable(target: str) -> str:
    """A target triple as the names of variables spell it."""
    return target.upper().replace("-", "_").replace(".", "_")


def _program(said: str, base: Path) -> str:
    """What a name is looked up as: on PATH, or relative to `base` where it has a separator."""
    separators = filter(None, (os.sep, os.altsep))
    return str(base / said) if any(separator in said for separator in separators) else said


def _wrapper(files: list[_File], env: Mapping[str, str], root: Path, key: str) -> Sourced | None:
    # An empty one, wherever it stands, switches off what stands farther away.
    short = key.upper().replace("-", "_")
    said = [Sourced(_program(env[name], root), name) for name in (short, f"CARGO_BUILD_{short}") if name in env]
    for file in files:
        value = _get(file.table, "build", key)
        if isinstance(value, str):
            said.append(Sourced(_program(value, file.base), file.name))
    return said[0] if said and said[0].value else None


def _rustflags(files: list[_File], env: Mapping[str, str], host: str) -> Iterator[Flags]:
    """What `cargo build -v` shows: an empty RUSTFLAGS counts, lists of one rank add up, the farthest first."""
    if "CARGO_ENCODED_RUSTFLAGS" in env:
        text = env["CARGO_ENCODED_RUSTFLAGS"]
        yield Flags(tuple(text.split("\x1f")) if text else (), "CARGO_ENCODED_RUSTFLAGS", rank=0)
    if "RUSTFLAGS" in env:
        yield Flags(tuple(env["RUSTFLAGS"].split()), "RUSTFLAGS", rank=1)
    yield from _target_flags(files, env, host)
    builds = [(file, _get(file.table, "build")) for file in files]
    yield from _added(builds, "build.rustflags", 3)
    yield from _in_variable("CARGO_BUILD_RUSTFLAGS", env, 3)


def _target_flags(files: list[_File], env: Mapping[str, str], host: str) -> Iterator[Flags]:
    tables = [(file, name, table) for file in files for name, table in _tables(file.table.get("target"))]
    for chosen in dict.fromkeys([host, *cargo_cfg.matching((name for _, name, _ in tables), host)]):
        named = [(file, table) for file, name, table in tables if name == chosen]
        yield from _added(named, f"target.{_quoted(chosen)}.rustflags", 2)
        if chosen == host:
            yield from _in_variable(f"CARGO_TARGET_{_variable(host)}_RUSTFLAGS", env, 2)


def _quoted(name: str) -> str:
    return f"'{name}'" if '"' in name else f'"{name}"'


def _added(tables: list[tuple[_File, Any]], key: str, rank: int) -> Iterator[Flags]:
    """The flags under one key, of which the nearest file comes first in `tables`: a string replaces, lists add up."""
    found = []
    for file, table in tables:
        said = table.get("rustflags") if isinstance(table, dict) else None
        flags = tuple(said.split() if isinstance(said, str) else _list(said))
        if flags:
            found.append(Flags(flags, file.name, key if file.inside else None, rank, file.own))
        if isinstance(said, str):
            break
    yield from reversed(found)


def _in_variable(name: str, env: Mapping[str, str], rank: int) -> Iterator[Flags]:
    if env.get(name, "").split():
        yield Flags(tuple(env[name].split()), name, rank=rank)


def _get(table: Mapping[str, Any], *keys: str) -> Any:  # noqa: ANN401 - TOML holds anything
    value: Any = table
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _tables(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, dict):
        yield from ((name, table) for name, table in value.items() if isinstance(table, dict))


def _list(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def joined(flags: Iterable[str]) -> str:
    """Flags as one would type them."""
    return " ".join(shlex.quote(flag) for flag in flags)
