"""The source files that line tables name, held against one that is not among them."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Iterable

from pyo3ops.debug.breakpoints import extensions
from pyo3ops.tools import elf

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of one section, and libraries, that are looked into.
LIMIT, LIBRARIES = 64 * 2**20, 8
_NAME = re.compile(rb"(?<![\w.-])([\w.-]{1,100}\.rs)\0")


def near(name: str, libraries: Iterable[Path]) -> list[str]:
    """The names of Rust files, nearest first, that the line tables of some libraries have and that are like one."""
    rust = [each for each in libraries if extensions.is_rust(each)][:LIBRARIES]
    return difflib.get_close_matches(name, sorted({found for each in rust for found in _files(each)}), 3, 0.7)


def _files(library: Path) -> set[str]:
    tables = (elf.section(library, name, LIMIT) for name in (".debug_line", ".debug_line_str"))
    return {match[1].decode("utf-8", "replace") for table in tables for match in _NAME.finditer(table)}
