"""Facts of the Rust toolchain, its configuration and the tools that link with it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core import pyo3, toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.run import which
from pyo3ops.tools import cargo_config as cargo_config_tool
from pyo3ops.tools import crates as crates_tool
from pyo3ops.tools import rustup as rustup_tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.checks.facts.machine import Folder
    from pyo3ops.core.project import Project
    from pyo3ops.core.pyo3 import Pyo3Release
    from pyo3ops.tools.cargo_config import CargoConfig, Sourced
    from pyo3ops.tools.crates import Crate
    from pyo3ops.tools.rustc import Rustc
    from pyo3ops.tools.rustup import Rustup, Sysroot, ToolchainFile

#: Bytes read of each file of a project's automation.
_LIMIT = 2**20


@dataclass(frozen=True)
class Asked:
    """Something that a file or a variable asks for, such as a target or a component."""

    name: str
    source: str


@dataclass(frozen=True)
class Space:
    """Free bytes on the disk that a folder lies on; None where the system does not tell."""

    path: Path
    free: int | None


def rustup(env: Mapping[str, str]) -> Rustup:
    """The rustup on PATH."""
    return rustup_tool.find(env)


def toolchain_file(project: Project) -> ToolchainFile | None:
    """What the rust-toolchain file that applies asks for."""
    return rustup_tool.read_toolchain_file(project.toolchain_file) if project.toolchain_file else None


def wanted_rust(project: Project, pyo3_releases: tuple[Pyo3Release, ...], root: Path) -> tuple[str, ...]:
    """Each rust-version that the crates and their PyO3 declare; from Cargo.toml alone where cargo does not start."""
    declared = [each.rust_version for each in project.extensions] + [each.rust_version for each in pyo3_releases]
    if not project.extensions:
        declared = list(_declared_rust(root))
    return tuple(each for each in declared if each)


def _declared_rust(root: Path) -> Iterator[str | None]:
    try:
        manifest = toml.load(root / "Cargo.toml")
    except ConfigError:
        return
    workspace = manifest.get("workspace")
    for table in (manifest, workspace if isinstance(workspace, dict) else {}):
        package, dependencies = table.get("package"), table.get("dependencies")
        said = package.get("rust-version") if isinstance(package, dict) else None
        yield said if isinstance(said, str) else None
        needs = dependencies.get("pyo3") if isinstance(dependencies, dict) else None
        version = needs.get("version") if isinstance(needs, dict) else needs
        row = pyo3.release_of(version) if isinstance(version, str) else None
        yield row.rust_version if row else None


def sysroot(root: Path, env: Mapping[str, str]) -> Sysroot:
    """What the toolchain that applies has installed."""
    return rustup_tool.ask_sysroot(root, env)


def cargo_config(root: Path, env: Mapping[str, str], home: Path, rustc: Rustc) -> CargoConfig:
    """What cargo's configuration files and variables say together."""
    return cargo_config_tool.read(root, env, home, rustc.host)


def machine() -> str:
    """The processor of this machine, as the platform module calls it."""
    # Under Rosetta, Apple's emulation, a program is told another processor; the kernel's own name stays.
    return "arm64" if sys.platform == "darwin" and "_ARM64" in platform.version() else platform.machine()


def automation(root: Path) -> Mapping[str, str]:
    """The text of the files that say how the project is tested and built, by their paths from its root."""
    patterns = (
        ".github/workflows/*.yml",
        ".github/workflows/*.yaml",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
        "noxfile.py",
        "tox.ini",
        "Makefile",
        "justfile",
        "Justfile",
    )
    files = (file for pattern in patterns for file in sorted(root.glob(pattern)) if file.is_file())
    return {file.relative_to(root).as_posix(): _head(file) for file in files}


def asked_components(toolchain_file: ToolchainFile | None, automation: Mapping[str, str]) -> tuple[Asked, ...]:
    """The components that the project's own files ask for."""
    asked = {}
    for component, pattern in _COMPONENT_USES.items():
        source = next((name for name, text in automation.items() if re.search(pattern, text, re.MULTILINE)), None)
        if source:
            asked[component] = Asked(component, source)
    if toolchain_file:
        source = toolchain_file.path.name
        known = (name for name in toolchain_file.components if name in rustup_tool.KNOWN_COMPONENTS)
        asked.update({name: Asked(name, source) for name in known})
    return tuple(asked.values())


#: How a project's automation calls what a component brings. A line that is commented out does not; one with
#: `+nightly`, or another name, asks for the component of a toolchain that is not judged here.
_COMPONENT_USES = {
    "clippy": r"^[^#\n]*\bcargo\s+clippy\b",
    "rustfmt": r"^[^#\n]*\b(?:cargo\s+fmt\b|rustfmt --)",
    "miri": r"^[^#\n]*\bcargo\s+miri\b",
}


def asked_targets(cargo_config: CargoConfig, toolchain_file: ToolchainFile | None, rustc: Rustc) -> tuple[Asked, ...]:
    """The target triples, the host's apart, that cargo's configuration or the rust-toolchain file name."""
    asked = {said.value: Asked(said.value, said.source) for said in cargo_config.targets}
    if toolchain_file:
        for name in toolchain_file.targets:
            asked.setdefault(name, Asked(name, toolchain_file.path.name))
    # A path is a target specification of the user's own, which has no standard library to install.
    return tuple(each for each in asked.values() if each.name != rustc.host and not each.name.endswith(".json"))


def free_space(target_folder: Folder | None) -> Space | None:
    """The space left where cargo compiles."""
    if target_folder is None or target_folder.existing is None:
        return None
    try:
        return Space(target_folder.existing, shutil.disk_usage(target_folder.existing).free)
    except OSError:
        return Space(target_folder.existing, None)


def demanding_crates(project: Project, rustc: Rustc, cargo_home: Folder, env: Mapping[str, str]) -> tuple[Crate, ...]:
    """The locked dependencies that declare a newer rust-version than rustc, or than the crates that use them."""
    return crates_tool.demanding(project, rustc, cargo_home.path, env)


def host_linker(cargo_config: CargoConfig, rustc: Rustc) -> Sourced | None:
    """The linker configured for the host."""
    return cargo_config.linker(rustc.host)


@dataclass(frozen=True)
class Wanted:
    """A tool that a build asks for: by what, and where it was found, if it was."""

    source: str | None
    path: str | None


def lld(cargo_config: CargoConfig, sysroot: Sysroot, rustc: Rustc, env: Mapping[str, str]) -> Wanted:
    """LLVM's linker, and what asks for it."""
    source = _linking_flag(cargo_config, r"-fuse-ld=(?:\S*/)?(?:ld\.)?lld\b")
    path = _any("ld.lld", "ld64.lld", "lld", env=env)
    # From 1.90 on rustc has the compiler driver look there, unless it is told not to.
    refused = any(re.search("(linker-features|link-self-contained)=(-|no?$|off|false)", f) for f in cargo_config.flags)
    if path is None and rustc.version >= _LINKING_ITSELF and rustc.host == "x86_64-unknown-linux-gnu" and not refused:
        path = sysroot.lld
    return Wanted(source, path)


def mold(cargo_config: CargoConfig, env: Mapping[str, str]) -> Wanted:
    """The mold linker, and what asks for it."""
    return Wanted(_linking_flag(cargo_config, r"-fuse-ld=(?:\S*/)?mold\b"), _any("ld.mold", "mold", env=env))


def zig(automation: Mapping[str, str], env: Mapping[str, str]) -> Wanted:
    """The zig that maturin and cargo-zigbuild link with, and what asks for it."""
    pattern = r"^[^#\n]*(?:--zig\b|\bcargo[ -]zigbuild\b)"
    source = next((name for name, text in automation.items() if re.search(pattern, text, re.MULTILINE)), None)
    return Wanted(source, _any("zig", "python-zig", env=env))


def sccache(cargo_config: CargoConfig, env: Mapping[str, str]) -> Wanted:
    """The compiler cache, and what asks for it."""
    wrapper = cargo_config.wrapper
    named = wrapper is not None and Path(wrapper.value).stem == "sccache"
    path = which(wrapper.value, env) if wrapper and named else which("sccache", env)
    return Wanted(f"{wrapper.source} ({wrapper.value})" if wrapper and named else None, path)


def missing_programs(cargo_config: CargoConfig, rustc: Rustc, env: Mapping[str, str]) -> tuple[Asked, ...]:
    """Programs that cargo's configuration names for the host and that are not there; sccache has a check of its own."""
    named = [cargo_config.wrapper, cargo_config.workspace_wrapper, cargo_config.linker(rustc.host)]
    return tuple(
        Asked(said.value, said.source)
        for said in named
        if said and Path(said.value).stem not in ("sccache", *_BROUGHT) and which(said.value, env) is None
    )


def cross_linkers(
    asked_targets: tuple[Asked, ...], cargo_config: CargoConfig, rustc: Rustc, env: Mapping[str, str]
) -> tuple[CrossLinker, ...]:
    """What would link for each configured target."""
    return tuple(_cross_linker(target, cargo_config.linker(target.name), rustc.host, env) for target in asked_targets)


def _cross_linker(target: Asked, said: Sourced | None, host: str, env: Mapping[str, str]) -> CrossLinker:
    if said:
        found = Path(said.value).stem in _BROUGHT or which(said.value, env) is not None
        return CrossLinker(target, said, found)
    processor, *rest = target.name.split("-")
    if "windows" in rest:
        # The names that rustc has built in; with Microsoft's compiler it finds the linker itself.
        named = {"gnu": f"{processor}-w64-mingw32-gcc", "gnullvm": f"{processor}-w64-mingw32-clang"}.get(rest[-1])
        return CrossLinker(target, None, found=named is None or which(named, env) is not None)
    # The host's own driver links for all C libraries and word sizes of its processor; what comes with rustc, or with
    # Xcode, for wasm and for Apple's systems.
    same = "linux" in host and (rest[-1:] != ["android"]) and _family(processor) == _family(host.partition("-")[0])
    return CrossLinker(target, None, found=same or "linux" not in rest)


def _family(processor: str) -> str:
    return "x86" if processor in ("x86_64", "i686", "i586") else processor


#: Linkers that rustc finds itself, beside it or where Visual Studio says.
_BROUGHT = ("rust-lld", "link")
#: The first rustc whose own lld the compiler driver is told to use.
_LINKING_ITSELF = (1, 90)


@dataclass(frozen=True)
class CrossLinker:
    """The linker configured for a target, and whether that, or else the one that rustc takes unasked, is there."""

    target: Asked
    linker: Sourced | None
    found: bool


def glibc() -> tuple[int, int] | None:
    """The version of this system's glibc; None on another C library."""
    names = getattr(os, "confstr_names", {})
    try:
        said = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in names else None
    except (OSError, ValueError):
        # musl knows the name and refuses to answer.
        return None
    match = re.match(r"glibc (\d+)\.(\d+)", said or "")
    return (int(match[1]), int(match[2])) if match else None


def _linking_flag(config: CargoConfig, pattern: str) -> str | None:
    """The source of the compiler flags that count, where one of them fits."""
    return next((row.source for row in config.counting for flag in row.flags if re.search(pattern, flag)), None)


def _any(*programs: str, env: Mapping[str, str]) -> str | None:
    return next(filter(None, (which(program, env) for program in programs)), None)


def _head(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
