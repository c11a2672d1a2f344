"""Toolchains and foreign systems unpacked into the user's cache: what lies there, and how its programs are started.

    rust-1.96.0+dfsg1-1/    a distribution's rustc, with the standard libraries of several targets beside each other
    gcc-DRIVER/             gcc for another machine, with its C library
    python-arm64/           the root of a foreign system: C library and Python
    qemu/                   emulators
    zig/                    the ziglang package

A kit is made aside and renamed: one that is there is whole.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.files import exists, is_file, write_whole
from pyo3ops.tools import rustup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.tools.rustup import Sysroot
    from pyo3ops.wheels.cross.rows import Target

#: The script that starts a kit's main program with the libraries that lie beside it.
STARTER = "start"
#: A folder of scripts, for PATH: what is looked for beside the compiler by its name. Crates that compile C want the
#: archiver, and rustc dlltool where it links against the DLL of a Python for Windows.
TOOLS = "bin"
BESIDE = ("ar", "dlltool")


@dataclass(frozen=True)
class RustKit:
    """A distribution's compiler, unpacked; `rustc` is the script that starts it."""

    folder: Path
    rustc: Path
    sysroot: Sysroot

    @property
    def release(self) -> str:
        """The distribution's version of it."""
        return self.folder.name[len("rust-") :]


@dataclass(frozen=True)
class Kits:
    """What was unpacked below `folder`, which need not be there."""

    folder: Path

    def rust(self) -> tuple[RustKit, ...]:
        """Every compiler that is there, newest first."""
        found = [folder for folder in self.folder.glob("rust-*") if is_file(folder / STARTER)]
        found.sort(key=lambda folder: _numbers(folder.name), reverse=True)
        return tuple(RustKit(each, each / STARTER, rustup.read_sysroot(each / "usr")) for each in found)

    def rust_folder(self, version: str) -> Path:
        """Where the compiler of a distribution's version goes; an epoch's colon would end a name in PATH."""
        return self.folder / f"rust-{version.replace(':', '_')}"

    def gcc_folder(self, target: Target) -> Path:
        """Where the driver that links for a target goes."""
        return self.folder / f"gcc-{target.gcc}"

    def gcc(self, target: Target) -> Path:
        """The script that starts that driver."""
        return self.gcc_folder(target) / STARTER

    @property
    def emulators(self) -> Path:
        """The folder of emulators."""
        return self.folder / "qemu" / "usr" / "bin"

    @property
    def zig(self) -> Path:
        """The folder of the ziglang package."""
        return self.folder / "zig"

    def root_folder(self, target: Target) -> Path:
        """Where a foreign system goes that runs wheels of a target."""
        return self.folder / f"python-{target.debian}"

    def root(self, target: Target) -> Path | None:
        """The foreign system that runs wheels of a target, where it was unpacked."""
        folder = self.root_folder(target)
        return folder if target.debian and exists(folder) else None


def starting_rustc(libraries: Sequence[str]) -> str:
    """The script that starts an unpacked rustc; `libraries` are folders of shared libraries in the kit."""
    return _script(libraries, '"$here/usr/bin/rustc" --sysroot "$here/usr"')


def starting_gcc(driver: str, libraries: Sequence[str]) -> str:
    """The script that starts an unpacked gcc: its linker scripts name files by where they would be installed."""
    return _script(libraries, f'"$here/usr/bin/{driver}" "--sysroot=$here"')


def starting_tool(name: str, libraries: Sequence[str]) -> str:
    """The script in the folder of tools that starts the program of that name."""
    return _script(libraries, f'"$here/usr/bin/{name}"', up="/..")


def write_rustc(folder: Path) -> None:
    """Write into a kit of rustc the script that starts it; raises `OSError`."""
    write_script(folder / STARTER, starting_rustc(library_folders(folder)))


def write_gcc(driver: str) -> Callable[[Path], None]:
    """What writes into a kit of gcc the scripts that start it; raises `OSError`, also where it has no such driver."""

    def write(folder: Path) -> None:
        libraries, program = library_folders(folder), _program(folder, driver)
        write_script(folder / STARTER, starting_gcc(program, libraries))
        (folder / TOOLS).mkdir()
        for tool in (re.sub("gcc$", name, driver) for name in BESIDE):
            if exists(folder / "usr" / "bin" / tool):
                write_script(folder / TOOLS / tool, starting_tool(tool, libraries))

    return write


def _program(folder: Path, driver: str) -> str:
    """The driver's file: what Debian links by its alternatives has the kind of threads behind its name."""
    for name in (driver, f"{driver}-win32", f"{driver}-posix"):
        if exists(folder / "usr" / "bin" / name):
            return name
    raise FileNotFoundError(errno.ENOENT, "the packages do not have it", driver)


def write_script(path: Path, text: str) -> None:
    """Write a script that can be started; raises `OSError`."""
    write_whole(path, text.encode())
    path.chmod(0o755)


def library_folders(kit: Path) -> tuple[str, ...]:
    """The folders of a kit that its own programs may find shared libraries in, relative to it."""
    patterns = ("usr/lib/*-linux-gnu*", "usr/lib/llvm-*/lib", "usr/lib64", "usr/lib")
    found = [folder for pattern in patterns for folder in sorted(kit.glob(pattern)) if any(folder.glob("*.so*"))]
    return tuple(folder.relative_to(kit).as_posix() for folder in found)


def _script(libraries: Sequence[str], command: str, up: str = "") -> str:
    path = ":".join(f"$here/{folder}" for folder in libraries)
    setting = f'LD_LIBRARY_PATH="{path}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}" ' if path else ""
    return f'#!/bin/sh\nhere=$(cd "$(dirname "$0"){up}" && pwd)\n{setting}exec {command} "$@"\n'


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", name))
