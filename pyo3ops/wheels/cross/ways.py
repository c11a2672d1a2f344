"""How a target can be built here: which standard library, which linker; decided by what is present, without looking."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.tools.cross_cc import CrossCompiler
from pyo3ops.tools.qemu import Qemu
from pyo3ops.tools.rustc import Rustc
from pyo3ops.tools.rustup import Sysroot
from pyo3ops.tools.system import Installer
from pyo3ops.tools.zig import Zig

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.wheels.cross.kits import RustKit
    from pyo3ops.wheels.cross.rows import Target


class Tool(Enum):
    """What links for another machine."""

    ZIG = "zig"
    GCC = "gcc"
    XWIN = "xwin"


class Origin(Enum):
    """Where a standard library comes from."""

    TOOLCHAIN = "the toolchain in use"
    KIT = "a distribution's, unpacked in the cache"
    SOURCE = "compiled from its source (-Zbuild-std, unstable)"


@dataclass(frozen=True)
class Std:
    """A standard library for a target; `rustc` is None for the compiler that is in use anyway."""

    origin: Origin
    release: str
    rustc: Path | None = None

    def __str__(self) -> str:
        return f"{self.release}, {self.origin.value}"


@dataclass(frozen=True)
class Linker:
    """What links, and its version."""

    tool: Tool
    path: Path
    release: str

    def __str__(self) -> str:
        return f"{self.tool.value} {self.release}"


@dataclass(frozen=True)
class Missing:
    """A piece that is not here, in words, and what brings it."""

    piece: str
    detail: str
    fix: Fix


@dataclass(frozen=True)
class Present:
    """What was found here for one target; nothing, by default."""

    rustc: Rustc = field(default_factory=Rustc)
    toolchain: Sysroot = field(default_factory=lambda: Sysroot(None))
    kits: tuple[RustKit, ...] = ()
    #: rustup decides which compiler is used.
    rustup: bool = False
    zig: Zig = field(default_factory=Zig)
    gcc: CrossCompiler = field(default_factory=CrossCompiler)
    clang: CrossCompiler = field(default_factory=CrossCompiler)
    qemu: Qemu = field(default_factory=Qemu)
    #: The root of a foreign system.
    root: Path | None = None
    #: apt and dpkg are here, which `--prepare` works with.
    apt: bool = False
    installer: Installer = field(default_factory=lambda: Installer(None))


def standard_library(target: Target, present: Present) -> Std | Missing:
    """The standard library of a target: a stable one where there is any, else one that can be compiled from source."""
    if target.triple in present.toolchain.targets:
        return Std(Origin.TOOLCHAIN, present.rustc.release)
    for kit in present.kits:
        if target.triple in kit.sysroot.targets:
            return Std(Origin.KIT, kit.release, kit.rustc)
    if "rust-src" in present.toolchain.components:
        return Std(Origin.SOURCE, present.rustc.release)
    for kit in present.kits:
        if "rust-src" in kit.sysroot.components:
            return Std(Origin.SOURCE, kit.release, kit.rustc)
    return Missing("std", f"no standard library of Rust for {target.triple} is here", _std_fix(target, present))


def linker(target: Target, present: Present, wanted: Tool | None = None) -> Linker | Missing:
    """What links for a target, of the kind that is wanted.

    Without a wish zig comes first: it links against an older C library than this system's.
    """
    fitting = [tool for tool in Tool if _fits(target, tool)]
    if wanted is not None and wanted not in fitting:
        names = " or ".join(tool.value for tool in fitting)
        fix = Fix(f"link with {names}", ("pyo3ops", "wheels", "cross", "--target", target.triple))
        return Missing("linker", f"{wanted.value} does not link for {target.triple}", fix)
    for tool in [wanted] if wanted else fitting:
        path, release = _found(tool, present)
        if path is not None and release:
            return Linker(tool, path, release)
    return _no_linker(target, present, wanted or fitting[0])


def runner(target: Target, present: Present) -> tuple[Path, Path] | Missing:
    """The emulator and the root of the foreign system that run a target's wheels."""
    if not target.qemu:
        system = target.system.value
        return Missing("runner", f"nothing here runs programs of {system}", Fix(f"run the wheel's tests on {system}"))
    if present.qemu.path is None or present.qemu.error:
        detail = present.qemu.error or f"there is no {target.qemu} on PATH, nor in the cache"
        return Missing("runner", detail, _prepared(target, present) or present.installer.fix("qemu"))
    if present.root is None:
        detail = f"no Python for {target.triple} is here"
        by_hand = Fix("point --sysroot at the root of such a system, with its Python in usr/bin")
        # Only Debian's architectures have a Python to unpack: none is for musl.
        return Missing("runner", detail, (_prepared(target, present) if target.debian else None) or by_hand)
    return present.qemu.path, present.root


def _fits(target: Target, tool: Tool) -> bool:
    return {Tool.ZIG: target.zig, Tool.GCC: bool(target.gcc), Tool.XWIN: target.xwin}[tool]


def _found(tool: Tool, present: Present) -> tuple[Path | None, str]:
    found = _program(tool, present)
    return found.path, "" if found.error else found.release


def _program(tool: Tool, present: Present) -> Zig | CrossCompiler:
    return present.zig if tool is Tool.ZIG else present.gcc if tool is Tool.GCC else present.clang


def _no_linker(target: Target, present: Present, tool: Tool) -> Missing:
    found = _program(tool, present)
    if tool is Tool.ZIG:
        return Missing("linker", found.error or "there is no zig here", present.installer.fix("zig"))
    if tool is Tool.XWIN:
        fix = present.installer.fix("clang")
        return Missing("linker", found.error or "cargo-xwin compiles with clang, which is not here", fix)
    fix = _prepared(target, present) or present.installer.fix(f"linker for {target.triple}")
    return Missing("linker", found.error or f"there is no {target.gcc} here", fix)


def _std_fix(target: Target, present: Present) -> Fix:
    prepare = _prepared(target, present)
    if not present.rustup:
        return prepare or Fix("use rustup, which has standard libraries of other targets", url="https://rustup.rs")
    also = f"; out of reach of rustup's server: `{' '.join(prepare.argv)}`" if prepare and prepare.argv else ""
    return Fix(f"let rustup bring it{also}", ("rustup", "target", "add", target.triple))


def _prepared(target: Target, present: Present) -> Fix | None:
    """The command that unpacks what is missing into the cache, where apt is here to fetch it."""
    if not present.apt:
        return None
    argv = ("pyo3ops", "wheels", "cross", "--prepare", "--target", target.triple)
    return Fix("unpack it into the cache; nothing of the system is changed", argv, safe=True)
