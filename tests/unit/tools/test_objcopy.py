from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from pyo3ops.tools import objcopy

#: As binutils 2.40 of Debian prints it for one machine, cut.
INFO = """\
BFD header file version (GNU Binutils for Debian) 2.40
elf64-x86-64
 (header little endian, data little endian)
  i386
elf32-i386
 (header little endian, data little endian)
  i386
srec
 (header endianness unknown, data endianness unknown)
  i386

         elf64-x86-64 elf32-i386 elf32-iamcu elf32-x86-64 pei-i386 pe-x86-64
    i386 elf64-x86-64 elf32-i386 ------------ elf32-x86-64 pei-i386 pe-x86-64
"""


def test_formats() -> None:
    assert objcopy.parse_formats(INFO) == {"elf64-x86-64", "elf32-i386", "srec"}
    assert objcopy.parse_formats("objcopy: unrecognized option '--info'\n") == set()


def test_formats_of_the_real_one() -> None:
    program = shutil.which("objcopy")
    if program is None:
        pytest.skip("objcopy is not here")
    found = objcopy.formats(program, {"PATH": "/usr/bin:/bin"})
    # LLVM's, which may have the name, has no such option.
    assert not found or any(name.startswith("elf") for name in found)


@pytest.fixture
def bin_(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, says: str = "") -> str:
    path = folder / name
    path.write_text(f"#!{sys.executable}\nprint('''{says}''')\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def found(folder: Path, machine: str) -> str | None:
    each = objcopy.find(machine, {"PATH": str(folder)})
    return each.path if each else None


def test_the_one_that_reads_the_machine_is_taken(bin_: Path) -> None:
    native = program(bin_, "objcopy", INFO)
    assert (found(bin_, "x86_64"), found(bin_, "aarch64")) == (native, None)
    older = program(bin_, "llvm-objcopy-9")
    assert found(bin_, "aarch64") == older
    newer = program(bin_, "llvm-objcopy-14")
    program(bin_, "llvm-objcopy-ext")
    assert found(bin_, "aarch64") == newer
    plain = program(bin_, "llvm-objcopy")
    assert (found(bin_, "aarch64"), found(bin_, "unheard-of")) == (plain, plain)
    crossed = program(bin_, "aarch64-linux-gnu-objcopy")
    assert found(bin_, "aarch64") == crossed
    assert found(bin_, "x86_64") == native


def test_the_one_of_a_rust_toolchain_is_the_last_resort(bin_: Path, tmp_path: Path) -> None:
    root = tmp_path / "toolchain"
    inside = root / "lib/rustlib/x86_64-unknown-linux-gnu/bin"
    inside.mkdir(parents=True)
    program(bin_, "rustc", str(root))
    assert found(bin_, "aarch64") is None
    own = program(inside, "rust-objcopy")
    each = objcopy.find("aarch64", {"PATH": str(bin_), "LD_LIBRARY_PATH": "/x"})
    assert each is not None
    assert (each.path, each.env["LD_LIBRARY_PATH"]) == (own, f"{root}/lib:/x")
    # One that does not start is none.
    Path(own).write_text("#!/bin/false\n", encoding="utf-8")
    assert found(bin_, "aarch64") is None


def test_without_anything(bin_: Path) -> None:
    assert found(bin_, "x86_64") is None


def test_what_to_install() -> None:
    assert objcopy.package("aarch64") == "binutils for aarch64-linux-gnu, binutils-multiarch or llvm"
    assert objcopy.package("unheard-of") == "llvm"
