"""objcopy of binutils, LLVM or a Rust toolchain: chosen by what it can read, driven to split debug information."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import run, which
from pyo3ops.tools import rustc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.core.run import Result

#: Seconds for a question, and for a library: 500 megabytes of DWARF are compressed in a tenth of that.
TIMEOUT = 4.0
WORK_TIMEOUT = 300.0

#: What binutils calls the files of a machine, and the prefix of its tools for that machine alone.
_BFD = {
    "x86_64": ("elf64-x86-64", "x86_64-linux-gnu"),
    "x32": ("elf32-x86-64", "x86_64-linux-gnux32"),
    "i686": ("elf32-i386", "i686-linux-gnu"),
    "aarch64": ("elf64-littleaarch64", "aarch64-linux-gnu"),
    "armv7": ("elf32-littlearm", "arm-linux-gnueabihf"),
    "ppc64le": ("elf64-powerpcle", "powerpc64le-linux-gnu"),
    "ppc64": ("elf64-powerpc", "powerpc64-linux-gnu"),
    "s390x": ("elf64-s390", "s390x-linux-gnu"),
    "riscv64": ("elf64-littleriscv", "riscv64-linux-gnu"),
    "loongarch64": ("elf64-loongarch", "loongarch64-linux-gnu"),
}


@dataclass(frozen=True)
class Objcopy:
    """A program that splits files of a machine; `env` are the variables that it runs with."""

    path: str
    env: Mapping[str, str]


def package(machine: str) -> str:
    """What is to be installed where files of a machine cannot be split, in words."""
    prefix = _BFD.get(machine, ("", ""))[1]
    return f"binutils for {prefix}, binutils-multiarch or llvm" if prefix else "llvm"


def find(machine: str, env: Mapping[str, str]) -> Objcopy | None:
    """A program for ELF files of a machine, as `elf.Elf.machine` spells it; None where no one is here."""
    bfd, prefix = _BFD.get(machine, ("", ""))
    native = which("objcopy", env)
    if native and bfd and bfd in formats(native, env):
        return Objcopy(native, env)
    crossed = which(f"{prefix}-objcopy", env) if prefix else None
    if crossed:
        return Objcopy(crossed, env)
    # LLVM reads every machine; Debian has its releases side by side, the newest is taken.
    llvm = which("llvm-objcopy", env) or next(_numbered("llvm-objcopy", env), None)
    return Objcopy(llvm, env) if llvm else _of_rust(env)


def formats(program: str, env: Mapping[str, str]) -> frozenset[str]:
    """The formats that a program of binutils was built for; empty where it does not tell."""
    result = run([program, "--info"], timeout=TIMEOUT, env={**env, "LC_ALL": "C"})
    return parse_formats(result.out) if result.ok else frozenset()


def parse_formats(text: str) -> frozenset[str]:
    """Read what `objcopy --info` prints: a line each, machines indented below."""
    return frozenset(re.findall(r"^([a-z][\w-]*)$", text, re.MULTILINE))


def _numbered(name: str, env: Mapping[str, str]) -> Iterator[str]:
    folders = [Path(folder) for folder in env.get("PATH", "").split(os.pathsep) if folder]
    found = [path for folder in folders for path in folder.glob(f"{name}-*") if re.fullmatch(r".*-\d+", path.name)]
    yield from map(str, sorted(found, key=lambda path: int(path.name.rpartition("-")[2]), reverse=True))


def _of_rust(env: Mapping[str, str]) -> Objcopy | None:
    """The one that rustc itself strips with, in its toolchain, or that of the component llvm-tools."""
    result = run(["rustc", "--print", "sysroot"], timeout=TIMEOUT, env=rustc.offline(env))
    if not result.ok or not result.out.strip():
        return None
    root = Path(result.out.strip())
    # It needs the LLVM of the toolchain, and has no path to it.
    libraries = os.pathsep.join(filter(None, (str(root / "lib"), env.get("LD_LIBRARY_PATH"))))
    inside = {**env, "LD_LIBRARY_PATH": libraries}
    names = ("rust-objcopy", "llvm-objcopy")
    found = (path for name in names for path in root.glob(f"lib/rustlib/*/bin/{name}"))
    working = (path for path in found if run([str(path), "--version"], timeout=TIMEOUT, env=inside).ok)
    return next((Objcopy(str(path), inside) for path in working), None)


def keep_debug(program: Objcopy, library: Path, companion: Path) -> Result:
    """Write the debug information and the symbol table of a library into a file, compressed where that is known."""
    argv = [program.path, "--only-keep-debug"]
    result = _work(program, [*argv, "--compress-debug-sections=zlib", str(library), str(companion)])
    # An LLVM without zlib refuses; so do releases of binutils before 2.26.
    return result if result.ok else _work(program, [*argv, str(library), str(companion)])


def strip(program: Objcopy, library: Path, companion: Path, *, names: bool) -> Result:
    """Take out of a library what its companion has, and name that in it; `names` leaves the symbol table."""
    what = "--strip-debug" if names else "--strip-unneeded"
    return _work(program, [program.path, what, f"--add-gnu-debuglink={companion}", str(library)])


def _work(program: Objcopy, argv: list[str]) -> Result:
    return run(argv, timeout=WORK_TIMEOUT, env={**program.env, "LC_ALL": "C"})
