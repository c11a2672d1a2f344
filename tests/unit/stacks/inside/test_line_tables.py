"""The recorded line tables of six Pythons (ci/recorders/stacks_gdb.py), and those of the one that runs this."""

from __future__ import annotations

import dis
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.stacks.inside.line_tables import line_of

RECORDED = json.loads(Path(__file__).parents[3].joinpath("data/stacks/gdb/line_tables.json").read_text())
VERSIONS = {each["python"]: each["rows"] for each in RECORDED}


def version_of(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)


def expected(row: dict[str, Any]) -> dict[int, int | None]:
    """The line of each instruction, as `co_lines`, or before 3.10 `dis`, has it."""
    if row["lines"] is not None:
        return {at: line for start, end, line in row["lines"] for at in range(start, end, 2)}
    starts = dict(row["starts"])
    lines, line = {}, row["first"]
    for at in range(0, row["size"], 2):
        line = starts.get(at, line)
        lines[at] = line
    return lines


@pytest.mark.parametrize("python", sorted(VERSIONS))
def test_every_instruction_has_the_line_that_python_itself_says(python: str) -> None:
    for row in VERSIONS[python]:
        table = bytes.fromhex(row["table"])
        lines = expected(row)
        # Every other of a long function would take seconds.
        some = {at: line for at, line in lines.items() if at < 200 or at % 46 == 0}
        assert {at: line_of(version_of(python), table, row["first"], at) for at in some} == some, row["name"]


def test_all_supported_versions_are_recorded() -> None:
    assert sorted(VERSIONS, key=version_of) == ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]


def test_before_the_first_instruction_it_is_the_line_of_the_function() -> None:
    assert [line_of(version, b"", 7, -2) for version in ((3, 8), (3, 10), (3, 13))] == [7, 7, 7]


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 11)])
@pytest.mark.parametrize("table", [b"\xff" * 40, b"\x00" * 40, b"\xf0", b"\x81\xff\x7f\x7f" * 9, b""])
def test_a_damaged_table_ends(version: tuple[int, int], table: bytes) -> None:
    line = line_of(version, table, 1, 1 << 26)
    assert line is None or isinstance(line, int)


def test_this_python_too() -> None:
    code = dis.Bytecode(version_of).codeobj
    table = code.co_linetable if hasattr(code, "co_linetable") else code.co_lnotab
    for at, line in dis.findlinestarts(code):
        if line is not None:
            assert line_of(sys.version_info[:2], table, code.co_firstlineno, at) == line
