"""Stubs: types of compiled modules, which no type checker can read by itself."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels.inspection.verdict import Said, ok, skip, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.wheels.archive import Member
    from pyo3ops.wheels.inspection.binaries import Binary
    from pyo3ops.wheels.inspection.reading import Asked, Wheel

#: Syntax of 3.10 and later that stubs are written in: match, type aliases, parameters in brackets, `*Ts`, except*.
_LATER = re.compile(
    r"^\s*(?:match\s|type\s+\w+|(?:async\s+)?(?:def|class)\s+\w+\[|with\s*\()|[:,\[]\s*\*\w", re.MULTILINE
)
_NEWEST_GRAMMAR = (3, 14)


def stubs(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """A type checker reads no compiled module: it wants a stub, and believes an installed one only beside py.typed."""
    del asked
    names = {each.name for each in wheel.archive.members}
    # What is loaded by hand has functions of C, which no stub tells.
    modules = [each for each in wheel.modules if "/" in each.name and each.initialises]
    for binary in modules:
        said = _typed(binary, names)
        if said is not None:
            yield said
        yield from _garbled(wheel, binary)
    if not wheel.modules:
        yield skip("no module that Python imports is in it")
    elif not any(name.endswith("py.typed") for name in names):
        yield skip("no types are promised")
    else:
        yield ok(", ".join(sorted(name for name in names if name.endswith("py.typed"))))


def _typed(binary: Binary, names: set[str]) -> Said | None:
    folder = binary.name.rpartition("/")[0]
    stub = next((name for name in _stub_names(folder, binary.stem) if name in names), "")
    parts = folder.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    marked = next((f"{each}/py.typed" for each in above if f"{each}/py.typed" in names), "")
    source = f"{folder}/{binary.stem}.py" in names  # compiled from it, by mypyc or Cython
    if marked and not stub and not source:
        fix = Fix(f"write {folder}/{binary.stem}.pyi")
        return warn(f"{marked} promises types, and nothing tells those of {binary.name}", fix)
    if stub and not marked:
        fix = Fix("mark the package", ("touch", f"{above[0]}/py.typed"), safe=True)
        return warn(f"{stub}, and no py.typed: type checkers ignore it", fix)
    return None


def _garbled(wheel: Wheel, binary: Binary) -> Iterator[Said]:
    """A stub that is no Python; grammar that came after the Python that runs this is not held against it."""
    folder = binary.name.rpartition("/")[0]
    for member in filter(None, map(wheel.archive.member, _stub_names(folder, binary.stem))):
        error = _parsed(member)
        if error and not (sys.version_info < _NEWEST_GRAMMAR and _LATER.search(member.text())):
            yield warn(f"{member.name} does not parse: {error}", Fix(f"mend {member.name}, and let mypy read it"))


def _parsed(member: Member) -> str:
    try:
        ast.parse(member.read())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""


def _stub_names(folder: str, stem: str) -> tuple[str, ...]:
    """Where a type checker finds the types of a module; the package's own stub stands for what it hides."""
    return f"{folder}/{stem}.pyi", f"{folder}/{stem}/__init__.pyi", f"{folder}/__init__.pyi"
