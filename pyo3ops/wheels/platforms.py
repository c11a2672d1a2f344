"""Platforms: what a Rust target is called in the name of a wheel, and how old a system such a wheel reaches.

Tags are those of PEP 425 (Windows, macOS), PEP 600 (manylinux), PEP 656 (musllinux) and PEP 783 (pyemscripten).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from pyo3ops.core.errors import ConfigError


class System(Enum):
    """What the wheels of a target run on."""

    GLIBC = "Linux with glibc"
    MUSL = "Linux with musl"
    MACOS = "macOS"
    WINDOWS = "Windows"
    EMSCRIPTEN = "Emscripten"


@dataclass(frozen=True)
class Platform:
    """A target's system, and its architecture as platform tags spell it."""

    system: System
    architecture: str

    def __str__(self) -> str:
        return f"{self.system.value}, {self.architecture}"


@dataclass(frozen=True)
class PlatformTag:
    """One platform tag of a wheel; `floor` is the oldest system that it admits, empty where the tag names none."""

    platform: Platform
    floor: tuple[int, ...]


#: Python's names of architectures where Rust's differ.
_ARCHITECTURES = {
    "armv7": "armv7l",
    "arm": "armv6l",
    "i586": "i686",
    "powerpc64le": "ppc64le",
    "powerpc64": "ppc64",
    "riscv64gc": "riscv64",
    "loongarch64": "loongarch64",
}
_WINDOWS = {"x86_64": "win_amd64", "i686": "win32", "aarch64": "win_arm64"}
_LINUX = re.compile(r"(?P<arch>\w+)-unknown-linux-(?P<libc>gnu|musl)(?:eabi(?:hf)?)?")
#: Architectures that no glibc before these has: the first manylinux policies that auditwheel knows for them, which are
#: no older than what Rust's standard library asks for there (2.29 and 2.36).
_FIRST_GLIBC = {"riscv64": (2, 31), "loongarch64": (2, 36)}
#: PEP 513, 571 and 599: names that stand for a glibc.
_LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_TAG = re.compile(
    r"(?:(?P<legacy>manylinux1|manylinux2010|manylinux2014)|(?P<kind>manylinux|musllinux|macosx|pyemscripten)_(?P<floor>\d+_\d+))"
    r"_(?P<arch>\w+)"
)


def platform_of(target: str) -> Platform:
    """The platform of a Rust target triple; `universal2-apple-darwin` is maturin's name for both kinds of Mac.

    Raises `ConfigError` for a target that no wheel is made for.
    """
    linux = _LINUX.fullmatch(target)
    if linux:
        system = System.GLIBC if linux["libc"] == "gnu" else System.MUSL
        return Platform(system, _ARCHITECTURES.get(linux["arch"], linux["arch"]))
    architecture, _, rest = target.partition("-")
    if rest == "apple-darwin" and architecture in ("x86_64", "aarch64", "universal2"):
        return Platform(System.MACOS, architecture.replace("aarch64", "arm64"))
    if rest in ("pc-windows-msvc", "pc-windows-gnu", "pc-windows-gnullvm") and architecture in _WINDOWS:
        return Platform(System.WINDOWS, _WINDOWS[architecture])
    if target == "wasm32-unknown-emscripten":
        return Platform(System.EMSCRIPTEN, architecture)
    raise ConfigError(
        f"there is no wheel for the target {target!r}",
        cause="targets are Rust's triples for Linux (gnu, musl), macOS, Windows and Emscripten",
        command="rustc --print target-list",
    )


def musl_target(architecture: str) -> str:
    """Rust's target for musl on what a tag calls an architecture; hard floats where the processor may lack them."""
    rust = {python: name for name, python in _ARCHITECTURES.items() if name != "i586"}.get(architecture, architecture)
    return f"{rust}-unknown-linux-musl{'eabihf' if rust.startswith('arm') else ''}"


def read_tag(tag: str) -> PlatformTag | None:
    """What a platform tag such as manylinux_2_17_x86_64 says; None for one that no index takes (linux_x86_64)."""
    if tag in _WINDOWS.values():
        return PlatformTag(Platform(System.WINDOWS, tag), ())
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    if match["legacy"]:
        return PlatformTag(Platform(System.GLIBC, match["arch"]), _LEGACY[match["legacy"]])
    return PlatformTag(Platform(_KINDS[match["kind"]], match["arch"]), version(match["floor"]))


def floor_of(platform: Platform, promised: tuple[int, ...]) -> tuple[int, ...]:
    """The oldest C library that wheels of a platform can reach, where `promised` is what the project wants."""
    first = _FIRST_GLIBC.get(platform.architecture, ()) if platform.system is System.GLIBC else ()
    return max(first, promised)


_KINDS = {
    "manylinux": System.GLIBC,
    "musllinux": System.MUSL,
    "macosx": System.MACOS,
    "pyemscripten": System.EMSCRIPTEN,
}


def version(text: str) -> tuple[int, ...]:
    """Read "2_28", "2.28" or a name that stands for a glibc, such as "2014"; `ValueError` for anything else."""
    named = {name.replace("manylinux", ""): floor for name, floor in _LEGACY.items()}
    text = text.replace("manylinux", "").replace("musllinux", "").strip("_")
    if text in named:
        return named[text]
    if not re.fullmatch(r"\d+[._]\d+", text):
        raise ValueError(f"{text!r} is no version like 2_28")
    return tuple(int(part) for part in re.split("[._]", text))
