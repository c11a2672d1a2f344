"""The tags of a wheel: the same in its name and in its WHEEL file, and true of the modules inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels.inspection.binaries import Format, named_as_module
from pyo3ops.wheels.inspection.verdict import Said, bounded, fail, ok, skip, unknown, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.wheels.inspection.binaries import Binary
    from pyo3ops.wheels.inspection.reading import Asked, Wheel

_SUFFIXES = (
    re.compile(r"\.cpython-(3)(\d+)(t?)"),
    re.compile(r"\.cp(3)(\d+)(t?)-"),
)
_ALTERNATIVE = re.compile(r"\.(pypy)(\d)(\d+)-(?:pp\d+)?|\.(graalpy)(\d\d)(\d)-")
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
        wrong = _misfit(wheel, stem, found)
        if wrong:
            yield fail(
                wrong, Fix("build it with that Python, or give the wheel the tag of the Python it was built with")
            )
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
    written = frozenset(tag for line in lines if line.count("-") == 2 for tag in parse_tag(line))  # noqa: PLR2004
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


def built_for(binary: Binary) -> str:
    """The tag of the only Python that imports a module, such as cp313t; empty where its suffix does not say."""
    for pattern in _SUFFIXES:
        match = pattern.match(binary.suffix)
        if match:
            return f"cp{match[1]}{match[2]}{match[3]}"
    match = _ALTERNATIVE.match(binary.suffix)
    if match and match[1]:
        return f"pp{match[2]}{match[3]}"
    # On Windows a module may have a plain suffix; the DLL of Python's that it loads says the same.
    for name in (name for part in binary.parts for name in part.needed if binary.format is Format.PE):
        dll = _PYTHON_DLL.fullmatch(name)
        if dll:
            return f"cp3{dll[1]}{dll[2]}"
    return ""


def module(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """Python asks a library for the function PyInit_NAME, after the name of the file."""
    del asked
    yield from _no_libraries(wheel)
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
