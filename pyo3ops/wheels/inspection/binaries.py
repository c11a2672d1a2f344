"""The compiled files of a wheel, in one shape for Linux, macOS and Windows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Iterable

from pyo3ops.tools import elf, macho, pe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.tools.elf import Elf
    from pyo3ops.wheels.archive import Member


class Format(Enum):
    """What a compiled file is made for."""

    ELF = "Linux"
    MACHO = "macOS"
    PE = "Windows"


@dataclass(frozen=True)
class Part:
    """One architecture of a compiled file; Linux and Windows have one a file."""

    #: As platform tags spell it: x86_64, aarch64, armv7l, arm64, amd64, win32 ...
    machine: str
    needed: tuple[str, ...]
    rpaths: tuple[str, ...]
    #: Names in C of what it takes from others, and of what it gives them.
    imports: frozenset[str]
    exports: frozenset[str]
    #: Build ID, UUID, or the name of the PDB.
    identity: str
    sections: tuple[tuple[str, int], ...]
    #: The oldest macOS.
    minimum: tuple[int, int] | None = None


@dataclass(frozen=True)
class Binary:
    """One compiled file; without `parts` there is an `error`."""

    member: Member
    format: Format
    parts: tuple[Part, ...] = ()
    elf: Elf | None = None
    error: str = ""
    #: A library that reads this format is not installed.
    unread: bool = False

    @property
    def name(self) -> str:
        """Its name in the archive."""
        return self.member.name

    @property
    def stem(self) -> str:
        """What Python would import it as, without its package."""
        return self.member.base.split(".")[0]

    @property
    def suffix(self) -> str:
        """All after the stem: ".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".pyd"."""
        return self.member.base[len(self.stem) :]

    @property
    def exports(self) -> frozenset[str]:
        """What every part gives."""
        return frozenset.intersection(*(part.exports for part in self.parts)) if self.parts else frozenset()

    @property
    def imports(self) -> frozenset[str]:
        """What any part takes."""
        return frozenset().union(*(part.imports for part in self.parts))

    @property
    def initialises(self) -> bool:
        """True where it has a function by which Python makes a module of it, whatever that is called after."""
        return any(_INIT.match(name) for name in self.exports)

    @property
    def may_be_module(self) -> bool:
        """True where its name and its folder do not keep Python from importing it."""
        return self.member.base.endswith((".so", ".pyd")) and not _apart(self.name)

    @property
    def is_module(self) -> bool:
        """True for what Python imports: by its suffix, or by the function that initialises a module."""
        return self.may_be_module and (named_as_module(self.member.base) or self.initialises)


#: The suffixes that no other library has: of a version and a platform, or of a stable ABI.
_MODULE = re.compile(
    r"\.(?:cpython-\d+\w*|pypy\d+-\w+|graalpy\d+-\d+\w*-native)(?:-[\w-]+)?\.so|\.abi3t?\.so|\.cp\d+t?-\w+\.pyd"
)
#: Module initialisers: PEP 3121, PEP 489 for names beyond ASCII, PEP 793.
_INIT = re.compile(r"PyInit(?:U)?_|PyModExport_")
_DARWIN = {"arm64": "arm64", "x86_64": "x86_64"}
_WINDOWS = {"amd64": "amd64", "x86": "win32", "arm64": "arm64"}


def named_as_module(base: str) -> bool:
    """True for the name of a file that only Python loads: ".abi3.so", ".cpython-313-...so", ".cp313-win_amd64.pyd"."""
    stem = base.partition(".")[0]
    return bool(_MODULE.fullmatch(base[len(stem) :]))


def _apart(name: str) -> bool:
    """True for folders that Python imports nothing from: NAME.libs and NAME/.dylibs of repair tools, cargo's target."""
    folders = name.split("/")[:-1]
    return any(part.endswith((".libs", ".dylibs")) for part in folders) or folders[:1] == ["target"]


def binaries(members: Iterable[Member]) -> Iterator[Binary]:
    """Every compiled file by its first bytes, whatever its name."""
    for member in members:
        if member.head.startswith(elf.MAGIC):
            yield _elf(member)
        elif macho.is_macho(member.head):
            yield _macho(member)
        elif member.head.startswith(pe.MAGIC) and member.base.lower().endswith((".pyd", ".dll", ".exe")):
            yield _pe(member)


def _elf(member: Member) -> Binary:
    found = elf.read(member.path)
    if found is None:
        return Binary(member, Format.ELF, error="a damaged ELF file")
    part = Part(
        machine={"armv7": "armv7l"}.get(found.machine, found.machine),
        needed=found.needed,
        rpaths=found.rpaths,
        imports=frozenset(found.undefined) - frozenset(found.weak),
        exports=frozenset(found.defined),
        identity=found.build_id,
        sections=found.sections,
    )
    return Binary(member, Format.ELF, (part,), found)


def _macho(member: Member) -> Binary:
    found = macho.read(member.path)
    if isinstance(found, str):
        return Binary(member, Format.MACHO, error=found, unread=found.startswith(macho.NEEDS))
    parts = tuple(
        Part(
            machine=_DARWIN.get(each.machine, each.machine),
            needed=each.libraries,
            rpaths=each.rpaths,
            imports=frozenset(each.undefined),
            exports=frozenset(each.defined),
            identity=each.uuid,
            sections=each.sections,
            minimum=each.minimum,
        )
        for each in found
    )
    return Binary(member, Format.MACHO, parts, error="" if parts else "a Mach-O file without an architecture")


def _pe(member: Member) -> Binary:
    found = pe.read(member.path)
    if isinstance(found, str):
        return Binary(member, Format.PE, error=found, unread=found.startswith(pe.NEEDS))
    part = Part(
        machine=_WINDOWS.get(found.machine, found.machine),
        needed=found.dlls,
        rpaths=(),
        imports=frozenset(name for _, name in found.imports),
        exports=frozenset(found.exports),
        identity=found.pdb,
        sections=found.sections,
    )
    return Binary(member, Format.PE, (part,))
