"""Which debuggers, memory checkers and profilers the project's own files use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pyo3ops.core.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Bytes read of a file of requirements.
_LIMIT = 2**20


def asked_tools(pyproject: Mapping[str, Any], automation: Mapping[str, str], root: Path) -> Mapping[str, Location]:
    """The debuggers, memory checkers and profilers that the project's own files use, and where they do."""
    asked: dict[str, Location] = {}
    for name, text in automation.items():
        for tool, pattern in _USES.items():
            match = pattern.search(text)
            if match:
                asked.setdefault(tool, Location(name, text.count("\n", 0, match.end()) + 1))
    for name, lines in (("pyproject.toml", _requirements(pyproject)), *_requirement_files(root)):
        for line in lines:
            distribution = re.split(r"[^\w.-]", line.strip(), maxsplit=1)[0].lower().replace("_", "-")
            if distribution in _DISTRIBUTIONS:
                asked.setdefault(_DISTRIBUTIONS[distribution], Location(name))
    return asked


#: Requirements that bring a tool, or are of no use without it.
_DISTRIBUTIONS: Mapping[str, str] = {
    "memray": "memray",
    "pytest-memray": "memray",
    "py-spy": "py-spy",
    "pystack": "pystack",
    "pytest-pystack": "pystack",
    "pytest-valgrind": "valgrind",
}


def _use(word: str) -> re.Pattern[str]:
    # As a word of its own on a line that is no comment: neither a path, an option nor part of another name.
    return re.compile(rf"^[^#\n]*(?<![\w./@-]){word}(?![\w./-])", re.MULTILINE)


_USES: Mapping[str, re.Pattern[str]] = {
    **{name: _use(name) for name in ("gdb", "heaptrack", "memray", "py-spy", "pystack", "rust-gdb", "valgrind")},
    "lldb": _use(r"(?:rust-)?lldb(?:-\d+)?"),
    # The word alone is that of many other things.
    "perf": _use(r"perf (?:annotate|c2c|inject|mem|record|report|sched|script|stat|top|trace)"),
}


def _requirements(pyproject: Mapping[str, Any]) -> Iterator[str]:
    """Every string and key of the tables that hold requirements, whoever reads them."""
    tool = _table(pyproject, "tool")
    project = _table(pyproject, "project")
    for part in (
        project.get("dependencies"),
        project.get("optional-dependencies"),
        pyproject.get("dependency-groups"),
        _table(tool, "uv").get("dev-dependencies"),
        _table(tool, "pdm").get("dev-dependencies"),
        _table(tool, "hatch").get("envs"),
        _table(tool, "poetry"),
    ):
        yield from _words(part)


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _requirement_files(root: Path) -> Iterator[tuple[str, list[str]]]:
    for pattern in ("*requirements*.txt", "requirements/*.txt"):
        for file in sorted(root.glob(pattern)):
            if file.is_file():
                with file.open("rb") as stream:
                    text = stream.read(_LIMIT).decode("utf-8", "replace")
                yield file.relative_to(root).as_posix(), text.splitlines()
