"""What the loader does with a library: which others it wants, where it looks for them, and the stack it asks for."""

from __future__ import annotations

import re
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels import policy
from pyo3ops.wheels.inspection.binaries import Format
from pyo3ops.wheels.inspection.verdict import Said, fail, ok, skip, unknown, warn
from pyo3ops.wheels.platforms import System, read_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.wheels.inspection.binaries import Binary, Part
    from pyo3ops.wheels.inspection.reading import Asked, Wheel

NOTHING = "nothing compiled is in it"
_LIBPYTHON = re.compile(r"(?:.*/)?(?:libpython\d[\d.]*t?(?:\.so[\d.]*|\.dylib|\.dll)|Python)")
#: Folders that anybody may make, or that only the machine has that built it.
_BUILDERS = re.compile(r"/(?:home|root|Users|tmp|var/tmp|private|builds?|github|workspace)(?:/|$)")
#: What delocate calls its copies, for nobody to look there.
_DELOCATED = "/DLC/"
#: DLLs of Windows, and those that come with every Python from python.org.
_WINDOWS = re.compile(
    r"(?:api-ms-win|ext-ms-win)-[\w-]+\.dll|(?:kernel32|kernelbase|ntdll|user32|gdi32|advapi32|shell32|ole32|oleaut32|"
    r"ws2_32|wsock32|mswsock|crypt32|bcrypt|bcryptprimitives|ncrypt|secur32|iphlpapi|userenv|psapi|pdh|powrprof|dbghelp|"
    r"version|winmm|imm32|setupapi|cfgmgr32|shlwapi|rpcrt4|netapi32|dnsapi|winhttp|wininet|comctl32|comdlg32|opengl32|"
    r"glu32|d3d\d+|d3dcompiler_47|dxgi|dwmapi|uxtheme|propsys|synchronization|ucrtbase|msvcrt|vcruntime140(?:_1)?|"
    r"wintrust|authz|credui|fwpuclnt|virtdisk|wtsapi32|winspool|mpr|hid|normaliz|combase|shcore|rstrtmgr|wldap32|"
    r"python3t?|python3\d+t?)\.(?:dll|drv)"
)


def libpython(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """The interpreter that imports a module has Python's symbols; most have no shared libpython to load beside."""
    del asked
    if not wheel.binaries:
        yield skip(NOTHING)
        return
    for binary in wheel.binaries:
        found = next((name for part in binary.parts for name in part.needed if _LIBPYTHON.fullmatch(name)), "")
        if found:
            fix = Fix(
                "build with maturin or setuptools-rust, or set PYO3_BUILD_EXTENSION_MODULE=1 for cargo",
                url="https://pyo3.rs/latest/faq",
            )
            detail = f"{binary.name} needs {found}: only the Python that has one imports it"
            # A program of its own may bring an interpreter along.
            yield (fail if binary.is_module else warn)(detail, fix, [f"needed: {found}"])
    yield ok("no file needs libpython")


def libraries(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """What is needed comes with every system of the tag, or with the wheel."""
    del asked
    if not wheel.binaries:
        yield skip(NOTHING)
        return
    for binary in wheel.binaries:
        for part in binary.parts:
            for library in part.needed:
                if not _LIBPYTHON.fullmatch(library):
                    yield from _needed(wheel, binary, part, library)
    names = dict.fromkeys(name for each in wheel.binaries for part in each.parts for name in part.needed)
    yield ok(", ".join(names) or "nothing is needed")


def _needed(wheel: Wheel, binary: Binary, part: Part, library: str) -> Iterator[Said]:
    judge = {Format.ELF: _elf, Format.MACHO: _macho, Format.PE: _pe}[binary.format]
    yield from judge(wheel, binary, part, library)


def _elf(wheel: Wheel, binary: Binary, part: Part, library: str) -> Iterator[Said]:
    base = library.rpartition("/")[2]
    if wheel.brings(base):
        if not _reached(wheel, binary, part, base):
            fix = Fix("let auditwheel repair the wheel, which sets the path", ("auditwheel", "repair", _file(wheel)))
            yield warn(f"{binary.name} needs {base}, which is in the wheel, and no RPATH leads there", fix)
        return
    floors = [_floor(tag) for tag in wheel.name.platforms]
    if all(policy.allowed(base, floor) for floor in floors):
        return
    elsewhere = next((path for path in part.rpaths if _elsewhere(wheel, binary, path)), "")
    if elsewhere:
        yield unknown(f"{binary.name} needs {base} from another distribution, at {elsewhere}")
        return
    fix = Fix(
        f"let auditwheel bring {base} into the wheel, or link it statically", ("auditwheel", "repair", _file(wheel))
    )
    tags = ", ".join(wheel.name.platforms)
    yield fail(f"{binary.name} needs {base}, which {tags} does not bring", fix, [f"needed: {library}"])


def _floor(tag: str) -> tuple[int, ...] | None:
    """The glibc of a platform tag; None for musl. A tag that promises nothing is measured by what any system brings."""
    read = read_tag(tag)
    if read is None:
        return policy.policies()[-1].glibc
    return read.floor if read.platform.system is System.GLIBC else None


def _reached(wheel: Wheel, binary: Binary, part: Part, library: str) -> bool:
    """True where a path of the file leads to a library of the wheel."""
    there = {dirname(each.name) for each in wheel.binaries if each.member.base == library}
    return any(_origin(binary, path) in there for path in part.rpaths)


def _origin(binary: Binary, path: str) -> str | None:
    """The folder in the wheel that a path means; None where it leads out of it, or is no path from $ORIGIN."""
    match = re.match(r"(?:\$ORIGIN|\$\{ORIGIN\}|@loader_path)(?:/|$)", path)
    if match is None:
        return None
    folder = normpath(f"{dirname(binary.name) or '.'}/{path[match.end() :]}")
    return None if folder.startswith("..") else "" if folder == "." else folder


def _elsewhere(wheel: Wheel, binary: Binary, path: str) -> bool:
    """True for a path from $ORIGIN to a folder that another distribution fills, which the wheel then requires."""
    if not re.match(r"\$ORIGIN|\$\{ORIGIN\}", path) or not wheel.requires:
        return False
    folder = _origin(binary, path)
    return folder is None or not _has_folder(wheel, folder)


def _macho(wheel: Wheel, binary: Binary, part: Part, library: str) -> Iterator[Said]:
    del part
    base, brought = library.rpartition("/")[2], wheel.brings(library.rpartition("/")[2])
    if library.startswith(("/usr/lib/", "/System/")):
        return
    fix = Fix(f"let delocate bring {base} into the wheel", ("delocate-wheel", _file(wheel)))
    if library.startswith(("@rpath/", "@loader_path/")):
        if not _found_on_mac(wheel, binary, library):
            where = "which is in another place of the wheel" if brought else "which is not in the wheel"
            lost = library.startswith("@rpath/") and not brought and not _leads_out(wheel)
            yield (fail if lost else warn)(f"{binary.name} needs {library}, {where}", fix, [f"needed: {library}"])
    elif library.startswith("@executable_path") and not brought:
        yield warn(f"{binary.name} needs {library}, which is not in the wheel", fix)
    elif not brought:
        yield fail(f"{binary.name} needs {library}, which no Mac brings", fix, [f"needed: {library}"])
    elif library.startswith("/") and not library.startswith(_DELOCATED):
        why = f"which no Mac brings: it does not ask for the {base} in the wheel"
        yield fail(f"{binary.name} needs {library}, {why}", fix, [f"needed: {library}"])


def _found_on_mac(wheel: Wheel, binary: Binary, library: str) -> bool:
    """True where a file of the wheel is at the place that a name from @loader_path or @rpath means.

    dyld looks into the LC_RPATH of the file itself, and into those of all that it was loaded for.
    """
    start, _, rest = library.partition("/")
    if start == "@loader_path":
        folders = {_origin(binary, start)}
    else:
        folders = {_origin(each, path) for each in wheel.binaries for part in each.parts for path in part.rpaths}
    there = {each.name for each in wheel.archive.members}
    return any(normpath(join(folder, rest)) in there for folder in folders if folder is not None)


def _leads_out(wheel: Wheel) -> bool:
    """True where another may bring what @rpath is to find: a required distribution, a folder beyond the wheel."""
    paths = [_origin(each, path) for each in wheel.binaries for part in each.parts for path in part.rpaths]
    return bool(wheel.requires) or None in paths


def _pe(wheel: Wheel, binary: Binary, part: Part, library: str) -> Iterator[Said]:
    del part
    folders = [dirname(each.name) for each in wheel.binaries if each.member.base.lower() == library.lower()]
    if any(folder == dirname(binary.name) or folder.endswith(".libs") for folder in folders):
        return
    if _WINDOWS.fullmatch(library.lower()):
        return
    if folders:
        beside = Fix("put it beside the module, or let delvewheel do so", ("delvewheel", "repair", _file(wheel)))
        where = folders[0] or "the top"
        yield warn(f"{binary.name} needs {library}, which is in {where}: Windows does not look there", beside)
        return
    fix = Fix(f"let delvewheel bring {library} into the wheel", ("delvewheel", "repair", _file(wheel)))
    yield warn(f"{binary.name} needs {library}, which neither Windows nor Python nor the wheel is known to bring", fix)


def rpath(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """A folder of the machine that built it is another's to fill on the machine that loads it."""
    del asked
    found = [(each, path) for each in wheel.binaries for part in each.parts for path in part.rpaths]
    if not wheel.binaries:
        yield skip(NOTHING)
        return
    for binary, path in found:
        said = _searched(wheel, binary, path)
        if said is not None:
            yield said
    yield ok(", ".join(dict.fromkeys(path for _, path in found)) or "no path is written into it")


def _searched(wheel: Wheel, binary: Binary, path: str) -> Said | None:
    """What is wrong with a folder in which a file looks for libraries."""
    fix = Fix("link without that path, or take it out", ("patchelf", "--remove-rpath", binary.member.base))
    lines = [f"RPATH or RUNPATH: {path or '(empty)'}"]
    if not re.match(r"\$ORIGIN|\$\{ORIGIN\}|@loader_path|@executable_path|@rpath", path):
        where = path or "the folder that a program is started in"
        foreign = not path.startswith("/") or bool(_BUILDERS.match(path))
        # On macOS only what is asked for by @rpath is looked for there.
        asks = binary.format is Format.ELF or any(
            name.startswith("@rpath") for part in binary.parts for name in part.needed
        )
        return (fail if foreign and asks else warn)(f"{binary.name} looks for libraries in {where}", fix, lines)
    folder = _origin(binary, path)
    if folder is not None and not wheel.requires and not _has_folder(wheel, folder):
        return warn(f"{binary.name} looks for libraries in {folder}, which is not in it", fix, lines)
    return None


def _has_folder(wheel: Wheel, folder: str) -> bool:
    return not folder or any(each.name.startswith(f"{folder}/") for each in wheel.archive.members)


def execstack(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """A library that asks for an executable stack gets one for the whole process, or from glibc 2.41 on is refused."""
    del asked
    found = [binary for binary in wheel.binaries if binary.elf is not None]
    if not found:
        yield skip("no library for Linux is in it")
        return
    for binary in found:
        if binary.elf is not None and binary.elf.executable_stack:
            fix = Fix(
                "assemble with -Wa,--noexecstack and link with -z noexecstack, or clear the flag",
                ("patchelf", "--clear-execstack", binary.member.base),
            )
            yield fail(f"{binary.name} asks for an executable stack", fix, ["PT_GNU_STACK is missing or executable"])
    yield ok("no executable stack is asked for")


def _file(wheel: Wheel) -> str:
    return wheel.archive.place
