"""The tags of a wheel: the same in its name and in its WHEEL file, and true of the modules inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels.inspection.binaries import Format, named_as_module
from pyo3ops.wheels.inspection.verdict import Said, bounded, fail, not_read, ok, skip, unknown, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.wheels.inspection.binaries import Binary
    from pyo3ops.wheels.inspection.reading import Asked, Wheel

_SUFFIXES = (
    re.compile(r"\.cpython-(3)(\d+)(t?)"),
    re.compile(r"\.cp(3)(\d+)(t?)-"),
)
_PYPY = re.compile(r"\.pypy(\d)(\d+)-")
#: The platform in a suffix (PEP 3149 and Debian's triplets), and in a tag.
_ON_LINUX = re.compile(r"\.(?:cpython-\d+\w*|pypy\d+-pp\d+)-(\w+)-linux-(gnu|musl)\w*\.so$")
_ON_WINDOWS = re.compile(r"\.(?:cp\d+t?|pypy\d+-pp\d+)-(win32|win_amd64|win_arm64)\.pyd$")
_TAG_OF_LINUX = re.compile(r"(manylinux|musllinux|linux)(?:1|20\d\d|_\d+_\d+)?_(\w+)")
_MACHINES = {
    "i386": "i686",
    "i486": "i686",
    "i586": "i686",
    "powerpc": "ppc",
    "powerpc64": "ppc64",
    "powerpc64le": "ppc64le",
}
_PYTHON_DLL = re.compile(r"(?:lib)?python3[.]?(\d+)(t?)\.dll")


def tag(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """Installers read the name, other tools the WHEEL file; a module for another Python is not even looked at."""
    del asked
    if wheel.name.error:
        fix = Fix("build the wheel again: NAME-VERSION-PYTHON-ABI-PLATFORM.whl is the form of its name")
        yield fail(f"not the name of a wheel: {wheel.name.error}", fix)
        return
    yield from _written(wheel)
    for stem, found in sorted(_modules(wheel).items()):
        wrong = _misfit(wheel, stem, found) or _torn(found)
        if wrong:
            yield fail(
                wrong, Fix("build it with that Python, or give the wheel the tag of the Python it was built with")
            )
        lost = _named_for_another(wheel, stem, found)
        if lost:
            yield fail(lost, Fix("build it for the platform of the tag: the build tool names the module after it"))
    yield ok("-".join(wheel.archive.path.name[: -len(".whl")].split("-")[-3:]))


def _written(wheel: Wheel) -> Iterator[Said]:
    """The Tag lines of WHEEL beside the name."""
    from packaging.tags import parse_tag  # noqa: PLC0415 - start-up counts

    file = wheel.own("WHEEL")
    if file is None:
        yield fail("there is no WHEEL file in a dist-info folder", Fix("build the wheel again"))
        return
    lines = [line.partition(":")[2].strip() for line in file.text().splitlines() if line.lower().startswith("tag:")]
    # A tag set in one line is not what the specification wants, and everybody reads it.
    try:
        written = frozenset(tag for line in lines if line.count("-") == 2 for tag in parse_tag(line))  # noqa: PLR2004
    except ValueError as error:
        yield fail(f"a Tag line of WHEEL is no tag: {error}", Fix("build the wheel again"), bounded(lines))
        return
    fix = Fix(
        "let a tool rename the wheel, which writes both",
        ("wheel", "tags", "--help"),
        "https://packaging.python.org/en/latest/specifications/binary-distribution-format/",
        mends=False,
    )
    if written != wheel.name.tags:
        extra, lacking = sorted(map(str, written - wheel.name.tags)), sorted(map(str, wheel.name.tags - written))
        evidence = [*(f"only in WHEEL: {each}" for each in extra), *(f"only in the name: {each}" for each in lacking)]
        # Where one says a part of what the other says, nothing is said that is untrue.
        partly = written and not (extra and lacking)
        detail = "the Tag lines of WHEEL are not those of the name"
        yield (warn if partly else fail)(detail, fix, bounded(evidence))
    if wheel.modules and any(re.match(r"(?i)root-is-purelib:\s*true", line) for line in file.text().splitlines()):
        again = Fix("let the build backend know that the wheel has compiled modules, and build again")
        yield warn("Root-Is-Purelib is true, and compiled modules are in it: they go where pure ones go", again)


def _modules(wheel: Wheel) -> dict[str, list[Binary]]:
    """The modules of the wheel by what Python imports: there may be one for each of several Pythons."""
    found: dict[str, list[Binary]] = {}
    for binary in wheel.modules:
        found.setdefault(binary.name.rpartition("/")[0] + "/" + binary.stem, []).append(binary)
    return found


def _misfit(wheel: Wheel, stem: str, found: list[Binary]) -> str:
    """Why no file of a module is for a Python of the wheel's tags; empty where one is, or may be."""
    if any(abi.startswith("abi3") for abi in wheel.name.abis) or wheel.name.abis == {"none"}:
        return ""
    makers = {binary.name: built_for(binary) for binary in found}
    if not all(makers.values()):
        return ""
    wanted = {tag.interpreter + "t" * tag.abi.endswith("t") for tag in wheel.name.tags}
    if wanted & set(makers.values()) or any(re.match("py3", python) for python in wanted):
        return ""
    name, maker = next(iter(makers.items()))
    return (
        f"{name} is for {maker}, and the wheel for {', '.join(sorted(wanted))}: {stem.lstrip('/')} is not found there"
    )


def _torn(found: list[Binary]) -> str:
    """What is wrong with a module of Windows that is named for one Python and loads the DLL of another."""
    for binary in found:
        named, loaded = built_for(binary), _loads(binary)
        if loaded and loaded != named:
            return f"{binary.name} is named for {named}, and loads the DLL of {loaded}"
    return ""


def _named_for_another(wheel: Wheel, stem: str, found: list[Binary]) -> str:
    """Why no Python of the wheel's platforms looks for any file of a module; empty where one does, or may."""
    if any(abi.startswith("abi3") for abi in wheel.name.abis) or "none" in wheel.name.abis:
        return ""
    if any(_looked_for(binary, tag) for binary in found for tag in wheel.name.platforms):
        return ""
    tags = ", ".join(wheel.name.platforms)
    return f"{found[0].name} is named for another platform than {tags}: {stem.lstrip('/')} is not found there"


def _looked_for(binary: Binary, tag: str) -> bool:
    """True where a Python of a platform imports files with the suffix of a module; nothing strange is accused."""
    windows = _ON_WINDOWS.search(binary.suffix)
    if windows and tag.startswith("win"):
        return windows[1] == tag
    linux, wanted = _ON_LINUX.search(binary.suffix), _TAG_OF_LINUX.fullmatch(tag)
    if linux is None or wanted is None:
        return True
    # Before Python 3.13 those of musl were called after gnu as well.
    libc = wanted[1] != "manylinux" or not linux[2].startswith("musl")
    return libc and _machine(linux[1]) == _machine(wanted[2])


def _machine(name: str) -> str:
    """One name for what Debian's triplets and platform tags call differently."""
    if re.match(r"arm(?:v[678]|$)", name):
        return "arm"
    return _MACHINES.get(name, name)


def built_for(binary: Binary) -> str:
    """The tag of the only Python that imports a module, such as cp313t; empty where its suffix does not say."""
    for pattern in _SUFFIXES:
        match = pattern.match(binary.suffix)
        if match:
            return f"cp{match[1]}{match[2]}{match[3]}"
    match = _PYPY.match(binary.suffix)
    if match:
        return f"pp{match[1]}{match[2]}"
    # On Windows a module may have a plain suffix; the DLL of Python's that it loads says the same.
    return _loads(binary)


def _loads(binary: Binary) -> str:
    """The tag of the Python whose DLL a module of Windows loads; empty where it loads none of one release."""
    for name in (name for part in binary.parts for name in part.needed if binary.format is Format.PE):
        dll = _PYTHON_DLL.fullmatch(name)
        if dll:
            return f"cp3{dll[1]}{dll[2]}"
    return ""


def module(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """Python asks a library for the function PyInit_NAME, after the name of the file."""
    del asked
    yield from _no_libraries(wheel)
    unread = [each.name for each in wheel.binaries if each.may_be_module and not each.parts]
    if unread:
        yield not_read(unread)
    found = [binary for binary in wheel.modules if binary.parts]
    if not found:
        yield skip("no module that Python imports is in it")
        return
    good = [binary for binary in found if _initialisers(binary.stem) & binary.exports]
    for binary in (binary for binary in found if binary not in good):
        said = _without_its_function(binary, alone=not good)
        if said is not None:
            yield said
    yield ok(", ".join(sorted({binary.stem for binary in good})))


def _no_libraries(wheel: Wheel) -> Iterator[Said]:
    """Files that are called as modules are, and are something else: a pointer of Git LFS, an empty file."""
    compiled = {binary.name for binary in wheel.binaries}
    for member in wheel.archive.members:
        if member.name not in compiled and named_as_module(member.base):
            yield fail(
                f"{member.name} is no library: it begins with {member.head[:24]!r}", Fix("build the wheel again")
            )


def _without_its_function(binary: Binary, *, alone: bool) -> Said | None:
    given = sorted(name for name in binary.exports if name.startswith(("PyInit", "PyModExport_")))
    if not binary.exports and binary.format is Format.MACHO:
        return unknown(f"{binary.name} has no symbol table to look in")
    if not given and not any(re.match(r"_?Py[A-Z_]", name) for name in binary.imports):
        # A library that ctypes or cffi loads, whatever it is called.
        return None
    has = f"it has {', '.join(given)}" if given else "it has no such function at all"
    fix = Fix(
        "give the library the name of its #[pymodule]: [lib] name in Cargo.toml, or module-name in pyproject.toml"
    )
    detail = f"{binary.name} has no {min(_initialisers(binary.stem))}: {has}"
    # Beside modules, one without any such function may be loaded by hand.
    return (fail if given or alone else warn)(detail, fix)


def _initialisers(stem: str) -> frozenset[str]:
    """The functions by which a module of this name may be initialised (PEP 489, PEP 793)."""
    if stem.isascii():
        return frozenset({f"PyInit_{stem}", f"PyModExport_{stem}"})
    coded = stem.encode("punycode").decode("ascii").replace("-", "_")
    return frozenset({f"PyInitU_{coded}", f"PyModExportU_{coded}"})
