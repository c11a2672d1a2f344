"""cargo's configuration files: which apply in a folder, and what they say together.

Rules: the Cargo Book, "Configuration" (hierarchy, merging, `build.rustflags`) and "Environment Variables".
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Sourced:
    """A setting and where it was said: a file, or the name of a variable."""

    value: str
    source: str


@dataclass(frozen=True)
class Flags:
    """The compiler flags of one source, of which cargo takes a single one."""

    flags: tuple[str, ...]
    source: str
    #: The dotted key in the file that says it; None for a variable, and where several keys add up.
    key: str | None = None


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
    #: Linkers by target triple.
    linkers: tuple[tuple[str, Sourced], ...] = ()
    #: What cargo starts in place of rustc.
    wrapper: Sourced | None = None
    #: Every source of compiler flags for the host, the one that cargo takes first.
    rustflags: tuple[Flags, ...] = ()
    #: True where the registry is replaced by another source.
    replaced: bool = False

    def linker(self, target: str) -> Sourced | None:
        """The linker configured for a target triple."""
        return next((said for triple, said in self.linkers if triple == target), None)


def read(root: Path, env: Mapping[str, str], home: Path, host: str) -> CargoConfig:
    """Read every file that cargo reads in `root`, the nearest first; `host` is the target triple of rustc."""
    files, doubled = _files(root, env, home)
    tables: list[tuple[str, dict[str, Any]]] = []
    broken = []
    for file in files:
        try:
            tables.append((_short(file, root, home), toml.load(file)))
        except ConfigError as error:  # noqa: PERF203 - the other files are still read
            broken.append((file, error.message))
    return CargoConfig(
        files=files,
        broken=tuple(broken),
        doubled=doubled,
        targets=tuple(_targets(tables, env)),
        linkers=tuple(_linkers(tables, env)),
        wrapper=_wrapper(tables, env),
        rustflags=tuple(_rustflags(tables, env, host)),
        replaced=any("replace-with" in str(table.get("source", "")) for _, table in tables),
    )


def _files(root: Path, env: Mapping[str, str], home: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    folders = [folder / ".cargo" for folder in (root, *root.parents)]
    own = Path(env.get("CARGO_HOME") or home / ".cargo")
    files, doubled = [], []
    for folder in dict.fromkeys([*folders, own]):
        found = [folder / name for name in ("config", "config.toml") if (folder / name).is_file()]
        files += found[:1]
        # A link from one to the other is what cargo itself advises for old releases.
        if len(found) > 1 and not found[0].samefile(found[1]):
            doubled.append(folder)
    return tuple(files), tuple(doubled)


def _short(file: Path, root: Path, home: Path) -> str:
    for base, prefix in ((root, ""), (home, "~/")):
        if base in file.parents:
            return prefix + file.relative_to(base).as_posix()
    return str(file)


def _targets(tables: list[tuple[str, dict[str, Any]]], env: Mapping[str, str]) -> Iterator[Sourced]:
    if env.get("CARGO_BUILD_TARGET"):
        yield Sourced(env["CARGO_BUILD_TARGET"], "CARGO_BUILD_TARGET")
        return
    for source, table in tables:
        said = _get(table, "build", "target")
        if said:
            yield from (Sourced(each, source) for each in _list(said))
            return


def _linkers(tables: list[tuple[str, dict[str, Any]]], env: Mapping[str, str]) -> Iterator[tuple[str, Sourced]]:
    for name, value in env.items():
        match = re.fullmatch(r"CARGO_TARGET_(\w+)_LINKER", name)
        if match and value:
            yield _triple(match[1]), Sourced(value, name)
    for source, table in tables:
        for triple, settings in _tables(table.get("target")):
            if isinstance(settings.get("linker"), str):
                yield triple, Sourced(settings["linker"], source)


def _triple(variable: str) -> str:
    # CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER: the one processor name with an underscore that matters here.
    return re.sub(r"^x86-64", "x86_64", variable.lower().replace("_", "-"))


def _wrapper(tables: list[tuple[str, dict[str, Any]]], env: Mapping[str, str]) -> Sourced | None:
    # An empty RUSTC_WRAPPER switches off what a file says.
    for name in ("RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"):
        if name in env:
            return Sourced(env[name], name) if env[name] else None
    found = ((source, _get(table, "build", "rustc-wrapper")) for source, table in tables)
    return next((Sourced(said, source) for source, said in found if isinstance(said, str) and said), None)


def _rustflags(tables: list[tuple[str, dict[str, Any]]], env: Mapping[str, str], host: str) -> Iterator[Flags]:
    """The four sources in the order in which cargo asks them; it takes the first that has any."""
    if env.get("CARGO_ENCODED_RUSTFLAGS"):
        yield Flags(tuple(env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")), "CARGO_ENCODED_RUSTFLAGS")
    if env.get("RUSTFLAGS"):
        yield Flags(tuple(env["RUSTFLAGS"].split()), "RUSTFLAGS")
    for source, table in tables:
        said = {triple: _flags(each) for triple, each in _tables(table.get("target")) if _applies(triple, host)}
        said = {triple: flags for triple, flags in said.items() if flags}
        if said:
            key = f'target."{next(iter(said))}".rustflags' if len(said) == 1 else None
            yield Flags(tuple(flag for flags in said.values() for flag in flags), source, key)
    if env.get("CARGO_BUILD_RUSTFLAGS"):
        yield Flags(tuple(env["CARGO_BUILD_RUSTFLAGS"].split()), "CARGO_BUILD_RUSTFLAGS")
    for source, table in tables:
        flags = _flags(_get(table, "build"))
        if flags:
            yield Flags(tuple(flags), source, "build.rustflags")


def _applies(triple: str, host: str) -> bool:
    """True for the host's own table, and for `cfg(...)` tables that do not name another system."""
    if not triple.startswith("cfg("):
        return triple == host
    systems = {"linux": "linux", "windows": "windows", "macos": "apple", "unix": "" if "windows" not in host else "-"}
    if "not(" in triple:
        return False
    named = [part for word, part in systems.items() if re.search(rf"\b{word}\b", triple)]
    return all(part in host for part in named)


def _flags(table: object) -> list[str]:
    said = table.get("rustflags") if isinstance(table, dict) else None
    return said.split() if isinstance(said, str) else list(_list(said))


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
