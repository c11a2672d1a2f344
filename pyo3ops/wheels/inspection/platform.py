"""The platform of a wheel: is its tag true, and is what is inside made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels import policy
from pyo3ops.wheels.inspection.binaries import Format
from pyo3ops.wheels.inspection.verdict import Said, fail, ok, skip, unknown, warn
from pyo3ops.wheels.platforms import System, musl_target, read_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.tools.elf import Elf
    from pyo3ops.wheels.inspection.binaries import Binary, Part
    from pyo3ops.wheels.inspection.reading import Asked, Wheel
    from pyo3ops.wheels.platforms import PlatformTag

_SYSTEMS = {
    System.GLIBC: Format.ELF,
    System.MUSL: Format.ELF,
    System.MACOS: Format.MACHO,
    System.WINDOWS: Format.PE,
}
#: Symbols that are shown for one symbol version.
_SHOWN = 3


def platform(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """Installers choose by the tag alone: a library that needs more than the tag says fails at import."""
    del asked
    if not wheel.binaries:
        yield skip("nothing compiled is in it")
        return
    for tag in wheel.name.platforms:
        read = read_tag(tag)
        made_for = _SYSTEMS.get(read.platform.system) if read is not None else None
        if made_for and not any(each.format is made_for and each.parts for each in wheel.binaries):
            yield skip(f"{tag}: no file for {made_for.value} in it could be read: wheels.architecture says why")
        elif read is None or read.platform.system is System.EMSCRIPTEN:
            yield _other(wheel, tag)
        elif read.platform.system is System.GLIBC:
            yield from _glibc(wheel, tag, read)
        elif read.platform.system is System.MUSL:
            yield from _musl(wheel, tag, read)
        elif read.platform.system is System.MACOS:
            yield from _macos(wheel, tag, read)
        else:
            yield ok(f"{tag} names no release of Windows")


def architecture(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """A library of another architecture or system is installed without a word, and does not load."""
    del asked
    if not wheel.binaries:
        yield skip("nothing compiled is in it")
        return
    for binary in wheel.binaries:
        if not binary.parts:
            yield _unread(binary)
            continue
        for tag in wheel.name.platforms:
            wrong = _foreign(binary, tag)
            if wrong:
                fix = Fix(f"build for {tag}, or name the wheel after what is in it")
                detail = f"{binary.name} is for {wrong}, and the wheel for {tag}"
                # A program or data for another system may be meant; what Python imports is not, but for a wheel that
                # brings a module for each of several systems and does without on all others.
                several = tag == "any" and len({each.format for each in wheel.binaries}) > 1
                yield (fail if binary.is_module and not several else warn)(detail, fix)
    kinds = dict.fromkeys(
        f"{part.machine} ({binary.format.value})" for binary in wheel.binaries for part in binary.parts
    )
    yield ok(", ".join(kinds))


def _unread(binary: Binary) -> Said:
    if binary.unread:
        package = binary.error.split()[0]
        fix = Fix(f"install {package}, which reads such files", ("pip", "install", package), safe=True)
        return unknown(f"{binary.name}: {binary.error}", fix)
    fix = Fix("build the wheel again; the file was cut or changed after it was linked")
    return (fail if binary.is_module else warn)(f"{binary.name} is {binary.error}", fix)


def _foreign(binary: Binary, tag: str) -> str:
    """What a binary is for, where that is not what a platform tag says."""
    machines = {part.machine for part in binary.parts}
    said = f"{', '.join(sorted(machines))} ({binary.format.value})"
    if tag == "any":
        return said if binary.is_module else ""
    wanted = _wanted(tag)
    if wanted is None:
        return ""
    system, needed = wanted
    return "" if binary.format is system and any(group <= machines for group in needed) else said


def _wanted(tag: str) -> tuple[Format, tuple[set[str], ...]] | None:
    """The system of a platform tag, and the sets of machines of which one must be there; None for one not known."""
    read = read_tag(tag)
    if read is not None and read.platform.system in _SYSTEMS:
        name = read.platform.architecture
        machines = {"win_amd64": "amd64", "win_arm64": "arm64", "armv6l": "armv7l"}.get(name, name)
        groups = ({"x86_64", "arm64"},) if name == "universal2" else _fat(name) or ({machines},)
        return _SYSTEMS[read.platform.system], groups
    if tag.startswith("linux_"):
        name = tag[len("linux_") :]
        return Format.ELF, ({{"armv6l": "armv7l"}.get(name, name)},)
    return None


def _fat(name: str) -> tuple[set[str], ...]:
    """The names of several architectures that came before universal2 (PEP 425): any of them will do."""
    return ({"x86_64"}, {"i386"}) if name in ("intel", "universal", "fat64", "fat32", "fat3", "fat") else ()


def _other(wheel: Wheel, tag: str) -> Said:
    """A platform tag that this module has no promise for."""
    if tag.startswith("linux_"):
        elves = [each.elf for each in wheel.binaries if each.elf is not None]
        best = policy.honest(_versions(wheel, elves), tag[len("linux_") :])
        fix = Fix(
            "let auditwheel find the tag and bring what is missing, or build with maturin, which does so itself",
            ("auditwheel", "repair", wheel.archive.place),
        )
        return fail(f"no index takes {tag}", fix, _honest_lines(best if elves else None))
    if tag == "any":
        return skip("it is for any platform")
    return skip(f"{tag}: what such a system brings is not known here")


def _glibc(wheel: Wheel, tag: str, read: PlatformTag) -> Iterator[Said]:
    architecture = read.platform.architecture
    elves = [(each, each.elf) for each in wheel.binaries if each.elf is not None]
    best = policy.honest(_versions(wheel, [elf for _, elf in elves]), architecture)
    for binary, elf in elves:
        beyond = list(policy.excess(_versions(wheel, [elf]), read.floor, architecture))
        if beyond:
            lines = [_evidence(elf, each.library, each.version) for each in beyond]
            most = max(beyond, key=lambda each: policy.parsed(each.version)[1])
            detail = f"{binary.name} needs {most.version} of {most.library}, and {tag} promises {most.limit} at most"
            yield fail(detail, _older(best), [*lines, *_honest_lines(best)])
        foreign = next((name for name in elf.needed if name.startswith("libc.musl-") or name == "libc.so"), "")
        if foreign:
            fix = Fix("name it musllinux, or build it against glibc")
            yield fail(f"{binary.name} needs {foreign}, which is musl's: {tag} is for glibc", fix)
    needed = ".".join(map(str, policy.glibc_needed(_versions(wheel, [elf for _, elf in elves]))))
    yield ok(f"{tag}: needs glibc {needed or 'of any age'}", _honest_lines(best))


def _older(best: str | None) -> Fix:
    summary = "build against an older glibc: maturin --zig, or in a manylinux container"
    if best:
        summary += f"; or name it {best}, which is true"
    return Fix(summary, ("maturin", "build", "--release", "--zig", "--compatibility", "manylinux2014"))


def _versions(wheel: Wheel, elves: list[Elf]) -> list[tuple[str, str]]:
    """What is asked of libraries that the wheel does not bring."""
    return [pair for elf in elves for pair in elf.versions if not wheel.brings(pair[0])]


def _evidence(elf: Elf, library: str, version: str) -> str:
    users = [name for name, wanted in elf.wanted if wanted == version]
    more = f" and {len(users) - _SHOWN} more" if len(users) > _SHOWN else ""
    return f"{library}: {version}" + (f", for {', '.join(users[:_SHOWN])}{more}" if users else "")


def _honest_lines(best: str | None) -> list[str]:
    return [f"the symbols that it needs are those of {best}"] if best else []


def _musl(wheel: Wheel, tag: str, read: PlatformTag) -> Iterator[Said]:
    for binary in wheel.binaries:
        needs = [pair for pair in _versions(wheel, [binary.elf] if binary.elf else []) if "GLIBC_" in pair[1]]
        libc = [] if binary.elf is None else [name for name in binary.elf.needed if name == "libc.so.6"]
        if needs or libc:
            lines = [f"{library}: {version}" for library, version in needs]
            target = musl_target(read.platform.architecture)
            fix = Fix(f"build it for the target {target}", ("rustup", "target", "add", target))
            yield fail(f"{binary.name} needs glibc, and {tag} has musl", fix, lines)
    yield ok(f"{tag}: nothing needs glibc; musl has no symbol versions to tell its release by")


def _macos(wheel: Wheel, tag: str, read: PlatformTag) -> Iterator[Said]:
    silent = True
    for binary in wheel.binaries:
        for part in binary.parts:
            promised = _promised(part, read)
            silent = silent and part.minimum is None
            if part.minimum is not None and part.minimum > promised:
                have, said = (".".join(map(str, version)) for version in (part.minimum, promised))
                true = "_".join(map(str, part.minimum))
                fix = Fix(
                    f"set MACOSX_DEPLOYMENT_TARGET={said} when building, or name the wheel macosx_{true}",
                    ("wheel", "tags", "--platform-tag", f"macosx_{true}_{part.machine}", wheel.archive.place),
                )
                yield fail(f"{binary.name} is for macOS {have} and later, and {tag} admits {said}", fix)
    yield ok(f"{tag}: no part says which macOS it needs" if silent else f"{tag}: no part needs a later macOS")


def _promised(part: Part, read: PlatformTag) -> tuple[int, ...]:
    """The oldest macOS that gets to load a part: there is none before 11.0 on arm64, and 10.16 is 11.0's other name."""
    floor = (11, 0) if read.floor == (10, 16) else read.floor
    return max(floor, (11, 0)) if part.machine == "arm64" else floor
