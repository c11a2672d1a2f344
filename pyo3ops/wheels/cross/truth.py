"""Is the tag of a cross-built wheel true? Its libraries are unpacked and read."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.tools import elf
from pyo3ops.wheels import policy
from pyo3ops.wheels.platforms import System, platform_of, read_tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyo3ops.tools.elf import Elf
    from pyo3ops.wheels.cross.rows import Target
    from pyo3ops.wheels.platforms import PlatformTag

#: Bytes of one library that are unpacked; the largest published ones have 100 MB.
LIMIT = 2**30


@dataclass(frozen=True)
class Library:
    """One library of a wheel; `elf` is None for a file that is none, or a damaged one."""

    name: str
    elf: Elf | None


@dataclass(frozen=True)
class Truth:
    """The oldest glibc that the libraries run with, and what contradicts the tag, in words."""

    glibc: tuple[int, ...]
    wrong: tuple[str, ...]


def libraries(wheel: Path) -> tuple[Library, ...] | str:
    """The libraries in a wheel, or why it cannot be read."""
    try:
        with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
            return tuple(_read(archive, Path(folder, "library")))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        return f"{wheel.name} cannot be read: {error}"


def _read(archive: zipfile.ZipFile, place: Path) -> Iterator[Library]:
    for row in archive.infolist():
        if row.filename.endswith((".so", ".pyd", ".dll", ".dylib")):
            if row.file_size > LIMIT:
                raise RuntimeError(f"{row.filename} is larger than {LIMIT >> 20} MiB")
            place.write_bytes(archive.read(row))
            yield Library(row.filename, elf.read(place))


def judge(wheel: str, found: Iterable[Library], target: Target) -> Truth:
    """Hold a wheel's libraries against its name and the target: processor, C library, no libpython.

    What a manylinux tag promises is PEP 600: the oldest glibc, whose symbol versions are the highest that may occur.
    """
    found = tuple(found)
    wrong = [] if found else ["it has no library"]
    glibc: tuple[int, ...] = ()
    for each in found:
        if not target.elf:
            continue
        if each.elf is None:
            wrong.append(f"{each.name} is no ELF file that can be read")
            continue
        if each.elf.machine != target.elf:
            wrong.append(f"{each.name} is for {each.elf.machine}, not {target.elf}")
        wrong += (f"{each.name} needs {name}" for name in each.elf.needed if name.startswith("libpython"))
        glibc = max(glibc, policy.glibc_needed(each.elf.versions))
        wrong += _c_library(each, target)
    wrong += _platform(wheel, target)
    wrong += (line for tag in _tags(wheel) if tag and target.elf for each in found for line in _beyond(each, tag))
    return Truth(glibc, tuple(wrong))


def _c_library(each: Library, target: Target) -> Iterator[str]:
    glibc = {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "ld-linux-armhf.so.3"}
    if each.elf is not None and target.system is System.MUSL:
        yield from (f"{each.name} needs {name}, which is glibc's" for name in each.elf.needed if name in glibc)


def _tags(wheel: str) -> tuple[PlatformTag | None, ...]:
    return tuple(read_tag(tag) for tag in wheel[: -len(".whl")].rpartition("-")[2].split("."))


def _platform(wheel: str, target: Target) -> Iterator[str]:
    for tag in _tags(wheel):
        if tag is None:
            yield f"{wheel} has a platform tag that no index takes"
        elif tag.platform != platform_of(target.triple):
            yield f"{wheel} is for {tag.platform}"


def _beyond(each: Library, tag: PlatformTag) -> Iterator[str]:
    """The symbols that the oldest systems of a manylinux tag do not have."""
    if each.elf is not None and tag.platform.system is System.GLIBC:
        floor = ".".join(map(str, tag.floor))
        for excess in policy.excess(each.elf.versions, tag.floor, tag.platform.architecture):
            yield f"the tag admits glibc {floor}, and {each.name} needs {excess.version} of {excess.library}"
