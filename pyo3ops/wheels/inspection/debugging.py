"""What debuggers find, and what strangers do: debug information, build IDs, and paths of who built it."""

from __future__ import annotations

import mmap
import re
from collections import Counter
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels.inspection.binaries import Format
from pyo3ops.wheels.inspection.linking import NOTHING
from pyo3ops.wheels.inspection.verdict import Said, ok, skip, warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyo3ops.wheels.inspection.binaries import Part
    from pyo3ops.wheels.inspection.reading import Asked, Wheel

#: Bytes of debug information that nobody would take the trouble to take out; nor is it for a fiftieth of the file.
_LITTLE = 16384
#: How many paths of one file are looked at; a debug build has hundreds of thousands.
_MOST_PATHS = 20_000
#: Where the folder of a user begins, on Linux, macOS and Windows, and cargo's below it.
_HOMES = (b"/home/", b"/root/", b"/Users/", b":\\Users\\", b":/Users/")
_CARGO = b"/.cargo/registry/"
#: The rest of a source file's path. Rust's strings have no end: what comes after the suffix may be another one.
_SOURCE = re.compile(
    rb"(?:[\w.+@~ ()'\x80-\xff-]{1,80}[\\/]){0,40}[\w.+@-]{1,80}?"
    rb"\.(?:rs|(?:c|cc|cpp|cxx|h|hpp|S|pyx|go)(?![A-Za-z0-9]))"
)
_BEFORE = re.compile(rb"(?:[A-Za-z]:)?[\\/][\w.+@~\\/-]*\Z")


def strip(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """Debug information is most of a library's bytes, and belongs into a companion that only a debugger fetches."""
    del asked
    if not wheel.binaries:
        yield skip(NOTHING)
        return
    for binary in wheel.binaries:
        size = sum(_debug_bytes(part) for part in binary.parts)
        whole = binary.member.size or 1
        if size > _LITTLE and size * 50 > whole:
            fix = Fix('set strip = "debuginfo" and debug = false in [profile.release], or keep a companion of it')
            detail = f"{binary.name} has {size / 1e6:.1f} MB of debug information, {100 * size // whole} % of the file"
            yield warn(detail, fix)
    named = [binary.name for binary in wheel.binaries if binary.elf is not None and binary.elf.has_symbols]
    yield ok(f"no debug information to speak of; names of functions are in {', '.join(named)}" if named else "stripped")


def _debug_bytes(part: Part) -> int:
    prefixes = (".debug_", ".zdebug_", "__DWARF,")
    return sum(size for name, size in part.sections if name.startswith(prefixes))


def build_id(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """By its build ID a debugger finds the symbols of a library that crashed somewhere else."""
    del asked
    found = [binary for binary in wheel.binaries if binary.parts and binary.format is not Format.PE]
    if not found:
        yield skip("no library for Linux or macOS is in it")
        return
    for binary in found:
        if not all(part.identity for part in binary.parts):
            fix = Fix("link with -C link-arg=-Wl,--build-id=sha1 (rustflags in .cargo/config.toml)")
            yield warn(f"{binary.name} has no build ID: a crash in it cannot be read later", fix)
    yield ok(", ".join(part.identity for binary in found for part in binary.parts if part.identity))


def companion(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """A stripped library may name the file that its debug information went to."""
    del asked
    links = {each.name: each.elf.debuglink for each in wheel.binaries if each.elf is not None and each.elf.debuglink}
    pdbs = {
        each.name: part.identity
        for each in wheel.binaries
        for part in each.parts
        if each.format is Format.PE and part.identity
    }
    named = [f"{name} names {link}" for name, link in {**links, **pdbs}.items()]
    if named:
        yield ok("; ".join(named), named)
    else:
        yield skip("no file names a companion; by its build ID one can be found all the same")


def paths(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """Panics and debug information name source files; without remapping that is the home folder of who built it."""
    del asked
    if not wheel.binaries:
        yield skip(NOTHING)
        return
    for binary in wheel.binaries:
        found = builders_paths(binary.member.path)
        if found:
            fix = Fix(
                'build with RUSTFLAGS="--remap-path-prefix=$HOME=/", or trim-paths of cargo',
                url="https://doc.rust-lang.org/rustc/remap-source-paths.html",
            )
            homes = Counter(_home(path) for path in found)
            said = ", ".join(f"{home} ({count})" for home, count in homes.most_common(3))
            yield warn(f"{binary.name} names files of who built it: {said}", fix, _examples(found))
    yield ok("no folder of a user is named")


def builders_paths(path: Path) -> tuple[str, ...]:
    """The source files in folders of users that a compiled file names, each once."""
    found: dict[str, None] = {}
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for needle in (*_HOMES, _CARGO):
                for text in _after(data, needle):
                    found.setdefault(text)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return ()
    return tuple(found)


def _after(data: mmap.mmap, needle: bytes) -> Iterator[str]:
    place = data.find(needle)
    for _ in range(_MOST_PATHS):
        if place < 0:
            return
        match = _SOURCE.match(data, place + len(needle))
        start = _start(data, needle, place)
        if match and start is not None:
            yield data[start : match.end()].decode("utf-8", "replace")
        place = data.find(needle, match.end() if match else place + len(needle))


def _start(data: mmap.mmap, needle: bytes, place: int) -> int | None:
    """Where the path begins that a needle was found in; None for one that another needle finds."""
    if needle == _CARGO:
        before = _BEFORE.search(data[max(0, place - 100) : place])
        own = before is None or not any(home in before.group() + b"/" for home in _HOMES)
        return place - (len(before.group()) if before else 0) if own else None
    if needle.startswith(b":"):
        return max(0, place - 1)
    # The same folder on Windows, found by its own needle.
    if needle == b"/Users/" and data[place - 1 : place] == b":":
        return None
    # The home of a container of GitHub's runners.
    return place - 7 if needle == b"/home/" and data[max(0, place - 7) : place] == b"/github" else place


def _home(path: str) -> str:
    """The folder of the user, or of cargo below it."""
    match = re.match(
        r"((?:[A-Za-z]:)?[\\/](?:home|Users)[\\/][^\\/]+|/root|/github/home)(?:([\\/])\.cargo[\\/])?", path
    )
    if match is None:
        return path.partition("/.cargo/")[0] + "/.cargo"
    return match[1] + (f"{match[2]}.cargo" if match[2] else "")


def _examples(found: tuple[str, ...]) -> list[str]:
    """Own sources first: those of crates are the same everywhere."""
    return sorted(found, key=lambda path: (".cargo" in path, path))[:6]


def file_names(path: Path, needle: bytes) -> tuple[str, ...]:
    """The source files that a compiled file names with a folder of this name in their path, each once."""
    found: dict[str, None] = {}
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            place = data.find(b"/" + needle + b"/")
            for _ in range(_MOST_PATHS):
                match = _SOURCE.match(data, place + 1) if place >= 0 else None
                if match:
                    found.setdefault(match.group().decode("utf-8", "replace"))
                if place < 0:
                    break
                place = data.find(b"/" + needle + b"/", place + len(needle) + 2)
    except (OSError, ValueError):
        return ()
    return tuple(found)
