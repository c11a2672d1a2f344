"""Wheels and sdists as literals: what a rule judges, without an archive around it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.tools.elf import Elf
from pyo3ops.wheels.archive import Archive, Kind, Member
from pyo3ops.wheels.inspection.binaries import Binary, Format, Part
from pyo3ops.wheels.inspection.reading import Asked, Sdist, Wheel, sdist_name, wheel_name
from pyo3ops.wheels.inspection.verdict import Said, worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SO = "pkg/pkg.cpython-313-x86_64-linux-gnu.so"
NAME = "pkg-1.0-cp313-cp313-manylinux_2_17_x86_64.whl"
INFO = "pkg-1.0.dist-info/"
WHEEL = "Wheel-Version: 1.0\nTag: cp313-cp313-manylinux_2_17_x86_64\n"
METADATA = "Metadata-Version: 2.4\nName: pkg\nVersion: 1.0\nLicense-Expression: MIT\nLicense-File: LICENSE\n"
METADATA += "Requires-Python: >=3.8\n"

ELF = Elf(
    machine="x86_64",
    bits=64,
    soname="",
    needed=("libc.so.6", "libgcc_s.so.1"),
    rpaths=(),
    build_id="ab" * 20,
    executable_stack=False,
    versions=(("libc.so.6", "GLIBC_2.2.5"), ("libc.so.6", "GLIBC_2.14")),
    undefined=("memcpy", "PyList_New"),
    defined=("PyInit_pkg",),
    sections=((".text", 1000),),
    has_symbols=False,
    has_debug=False,
    debuglink="",
    wanted=(("memcpy", "GLIBC_2.14"), ("PyList_New", "")),
)
PART = Part(
    machine="x86_64",
    needed=ELF.needed,
    rpaths=(),
    imports=frozenset(ELF.undefined),
    exports=frozenset(ELF.defined),
    identity=ELF.build_id,
    sections=ELF.sections,
)


def member(name: str, content: bytes = b"", folder: Path | None = None) -> Member:
    """A file of an archive; it is written where a `folder` is given."""
    path = Path(name)
    if folder is not None:
        path = folder / hashlib.sha256(name.encode()).hexdigest()
        path.write_bytes(content)
    return Member(name, len(content), len(content), hashlib.sha256(content).digest(), content[:64], path)


def linux(name: str = SO, **changes: Any) -> Binary:
    """A library for Linux; `changes` are those of its ELF fields."""
    elf = replace(ELF, **changes)
    part = replace(
        PART,
        machine={"armv7": "armv7l"}.get(elf.machine, elf.machine),
        needed=elf.needed,
        rpaths=elf.rpaths,
        imports=frozenset(elf.undefined),
        exports=frozenset(elf.defined),
        identity=elf.build_id,
        sections=elf.sections,
    )
    return Binary(member(name, b"\x7fELF" + b"x" * 10_000), Format.ELF, (part,), elf)


def other(format_: Format, name: str, *parts: Mapping[str, Any]) -> Binary:
    """A library for macOS or Windows; each of `parts` are fields of one architecture."""
    return Binary(member(name, b"x" * 10_000), format_, tuple(replace(PART, needed=(), **each) for each in parts))


def wheel(
    *binaries: Binary, name: str = NAME, files: Mapping[str, str] | None = None, folder: Path | None = None
) -> Wheel:
    """A wheel of this name with these compiled files and these texts."""
    members = [member(path, text.encode(), folder) for path, text in (files or {}).items()]
    archive = Archive(Path(name), Kind.WHEEL, (*members, *(each.member for each in binaries)))
    return Wheel(archive, wheel_name(name), INFO, binaries)


def sdist(files: Mapping[str, str], folder: Path, name: str = "pkg-1.0.tar.gz") -> Sdist:
    """An sdist with these texts below its top folder."""
    members = tuple(member(f"pkg-1.0/{path}", text.encode(), folder) for path, text in files.items())
    return Sdist(Archive(Path(name), Kind.SDIST, members), sdist_name(name), "pkg-1.0/")


def asked(**changes: Any) -> Asked:
    """Nothing on PATH, no project."""
    return replace(Asked({}, Path("scratch")), **changes)


def says(rule: Callable[[Any, Asked], Iterator[Said]], file: object, question: Asked | None = None) -> Said:
    """What a rule says of a file, the worst of it."""
    return worst(list(rule(file, question or asked())))


def word(rule: Callable[[Any, Asked], Iterator[Said]], file: object, question: Asked | None = None) -> str:
    """The status of that, in a word."""
    return says(rule, file, question).status.value
