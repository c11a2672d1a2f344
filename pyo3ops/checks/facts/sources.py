"""Facts of what is compiled: the Rust sources, the libraries in the tree, what the backend is told about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.core import pyo3
from pyo3ops.core.discover import SOURCE_LIMIT, SOURCES_LIMIT
from pyo3ops.core.project import Backend
from pyo3ops.tools import elf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project
    from pyo3ops.core.pyo3 import Deprecation


@dataclass(frozen=True)
class Use:
    """A deprecated name of PyO3 in a source; `file` is relative to the project's root, `line` counts from 1."""

    deprecation: Deprecation
    file: str
    line: int


@dataclass(frozen=True)
class BuiltLibrary:
    """A library of the project's own that lies in its Python package."""

    path: str
    stable_abi: bool
    #: The libpython that the loader would look for.
    libpython: str | None


@dataclass(frozen=True)
class Packing:
    """How setuptools-rust is told to pack: `limited` where anything asks for one wheel for several Pythons."""

    limited: bool
    requirement: str | None


def deprecated_uses(project: Project) -> tuple[Use, ...]:
    """Where the sources use what the PyO3 in use deprecates, a file and name once."""
    return tuple(use for extension in project.extensions for use in _uses(extension, project.root))


def built_libraries(project: Project) -> tuple[BuiltLibrary, ...]:
    """The extension modules that lie beside the Python sources, as an editable build or a copy leaves them."""
    found = {}
    for extension in project.extensions:
        *packages, name = extension.module.split(".")
        # What pyproject.toml says goes nowhere else than down.
        if not all(map(str.isidentifier, (*packages, name))):
            continue
        folder = (project.python_source or project.root).joinpath(*packages)
        for path in sorted({*folder.glob(f"{name}.*so"), *folder.glob(f"{name}.so")}):
            found[path] = BuiltLibrary(
                _relative(path, project.root),
                ".abi3." in path.name,
                next((needed for needed in elf.needed(path) if needed.startswith("libpython")), None),
            )
    return tuple(found.values())


def packing(project: Project, pyproject: Mapping[str, Any]) -> Packing | None:
    """What setuptools-rust is told about the stable ABI; None for another backend."""
    if project.backend is not Backend.SETUPTOOLS_RUST:
        return None
    tool = pyproject.get("tool")
    told = str(tool.get("distutils", "")) if isinstance(tool, dict) else ""
    texts = [told, *(_read(project.root / name) for name in ("setup.py", "setup.cfg"))]
    requirement = next(
        (re.sub(r"^setuptools[-_.]rust", "", line) for line in project.build_requires if _named(line)), None
    )
    return Packing(any("py_limited_api" in text for text in texts), requirement)


def compatibility(pyproject: Mapping[str, Any]) -> str | None:
    """The platform tag that `[tool.maturin] compatibility` asks for."""
    tool = pyproject.get("tool")
    maturin = tool.get("maturin") if isinstance(tool, dict) else None
    said = maturin.get("compatibility") if isinstance(maturin, dict) else None
    return said if isinstance(said, str) else None


def _named(line: str) -> bool:
    return re.match(r"setuptools[-_.]rust\b", line) is not None


def _uses(extension: Extension, root: Path) -> Iterator[Use]:
    rows = {row.name: row for row in pyo3.deprecations(extension.pyo3.release or "") if row.name not in _COMMON}
    if not rows:
        return
    words = re.compile(r"\b(" + "|".join(map(re.escape, rows)) + r")\b(?!\s*\()|(?<=[.:])(" + "|".join(rows) + r")\b")
    for number, file in enumerate(sorted((extension.manifest.parent / "src").rglob("*.rs"))):
        if number == SOURCES_LIMIT:
            return
        text = _read(file)
        # A file that never names PyO3 has these words for something of its own.
        if not re.search(r"\bpyo3\b", text):
            continue
        seen = set()
        for match in words.finditer(_blanked(text)):
            name = match[1] or match[2]
            if name not in seen:
                seen.add(name)
                yield Use(rows[name], _relative(file, root), text.count("\n", 0, match.start()) + 1)


def _blanked(text: str) -> str:
    """The source with comments and strings blanked, every line still where it was."""
    return _SILENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


# What never ends, ends with the file: else each beginning of many would be searched to the end anew. A quote as a
# character begins no string.
_SILENT = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|//[^\n]*"
    r"""|'(?:"|\\")'"""
    r'|\bb?r(#*)".*?(?:"\1|\Z)'
    r'|"(?:[^"\\]|\\(?:.|\Z))*(?:"|\Z)',
    re.DOTALL,
)
#: Names that the standard library gives to methods of its own: which of them is called, only a compiler knows.
_COMMON = frozenset({"as_ref", "as_slice", "is_valid", "try_from", "try_into", "type_object"})


def _relative(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if root in file.parents else str(file)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(SOURCE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
