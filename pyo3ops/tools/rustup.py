"""rustup: is it there, and what a rust-toolchain file asks of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.files import exists, same_file
from pyo3ops.core.run import run, which
from pyo3ops.tools.rustc import TIMEOUT, offline

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Rustup:
    """`path` is None without rustup; `governs` says that the rustc on PATH is one of its proxies."""

    path: Path | None
    governs: bool = False


@dataclass(frozen=True)
class ToolchainFile:
    """What a rust-toolchain file asks for; `error` where it cannot be read."""

    path: Path
    channel: str | None = None
    components: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class Sysroot:
    """What is installed in the toolchain that applies; `path` is None where rustc does not tell."""

    path: Path | None
    #: Target triples whose standard library is there.
    targets: tuple[str, ...] = ()
    #: Components by the names that `rustup component add` takes.
    components: tuple[str, ...] = ()
    #: LLVM's linker under the name that compiler drivers look for.
    lld: str | None = None


#: The file of the sysroot by which each component is known, as rustup and distributions lay it out.
_COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "rustc": ("bin/rustc",),
    "cargo": ("bin/cargo",),
    "rust-std": ("lib/rustlib/{host}/lib",),
    "clippy": ("bin/cargo-clippy",),
    "rustfmt": ("bin/rustfmt",),
    "rust-analyzer": ("bin/rust-analyzer",),
    "rust-src": ("lib/rustlib/src/rust/library", "lib/rustlib/src/rust/src"),
    "miri": ("bin/cargo-miri",),
    "llvm-tools": ("lib/rustlib/{host}/bin/llvm-profdata",),
    "rust-docs": ("share/doc/rust/html",),
    "rustc-dev": ("lib/rustlib/rustc-src",),
}
#: Components of which read_sysroot can tell whether they are there.
KNOWN_COMPONENTS = frozenset(_COMPONENTS)


def find(env: Mapping[str, str]) -> Rustup:
    """Look for rustup on the PATH of `env`, and whether rustc is started through it."""
    path, rustc = which("rustup", env), which(env.get("RUSTC") or "rustc", env)
    if path is None:
        return Rustup(None)
    # rustup makes its proxies links to itself, symbolic ones or hard ones.
    return Rustup(Path(path), governs=rustc is not None and same_file(Path(path), Path(rustc)))


def read_toolchain_file(path: Path) -> ToolchainFile:
    """Read a rust-toolchain file: TOML, or the bare name of a channel (the rustup book, "Overrides")."""
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        return ToolchainFile(path, error=f"{path.name} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return ToolchainFile(path, error=f"{path.name} is not UTF-8")
    if path.suffix != ".toml" and text and "[" not in text and "\n" not in text:
        return ToolchainFile(path, channel=text)
    try:
        table = toml.loads(text.encode(), path.name).get("toolchain")
    except ConfigError as error:
        return ToolchainFile(path, error=error.message)
    if not isinstance(table, dict):
        return ToolchainFile(path, error=f"{path.name} has no [toolchain] table")
    channel = table.get("channel")
    return ToolchainFile(
        path,
        channel if isinstance(channel, str) else None,
        # A component that was a preview once is the same one.
        tuple(re.sub("-preview$", "", name) for name in _strings(table.get("components"))),
        _strings(table.get("targets")),
    )


def ask_sysroot(root: Path, env: Mapping[str, str]) -> Sysroot:
    """Ask the rustc that applies in `root` where it is installed, and look what lies there."""
    result = run([env.get("RUSTC") or "rustc", "--print", "sysroot"], timeout=TIMEOUT, env=offline(env), cwd=root)
    path = Path(result.out.strip())
    return read_sysroot(path) if result.ok and path.is_dir() else Sysroot(None)


def read_sysroot(path: Path) -> Sysroot:
    """Look what a sysroot has."""
    rustlib = path / "lib/rustlib"
    # Looked for rather than listed: a link to a folder elsewhere, as distributions have, counts.
    targets = tuple(sorted(lib.parent.name for lib in rustlib.glob("*/lib") if any(lib.glob("libcore-*"))))
    places = {
        name: [path / pattern.format(host=host) for pattern in patterns for host in targets or ("",)]
        for name, patterns in _COMPONENTS.items()
    }
    suffixes = ("", ".exe")
    found = (
        name
        for name, candidates in places.items()
        if any(exists(each.with_name(each.name + suffix)) for each in candidates for suffix in suffixes)
    )
    linkers = (rustlib / target / "bin/gcc-ld/ld.lld" for target in targets)
    lld = next((str(each) for each in linkers if exists(each)), None)
    return Sysroot(path, targets, tuple(sorted(found)), lld)


def _strings(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
