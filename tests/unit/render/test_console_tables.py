from __future__ import annotations

import pytest
from rich.console import Console

from pyo3ops.core.model import Column, Table
from pyo3ops.render import console_tables


def printed(renderable: object, width: int = 40) -> list[str]:
    console = Console(width=width, color_system=None, _environ={})
    with console.capture() as capture:
        console.print(renderable)
    return [each.rstrip() for each in capture.get().split("\n")[:-1]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("a\nb\x1b[31m", "a b"),
        (12345678, "12345678"),
        (0.000123456, "0.000123"),
        (12.3456, "12.3"),
        (999.4, "999"),
        (999.9, "1,000"),
        (-1234.5, "-1,234"),
        (1234567.8, "1,234,568"),
        (float("nan"), "nan"),
    ],
)
def test_cell_text(cell: object, text: str) -> None:
    assert console_tables.cell_text(cell) == text


def test_bare_rows_have_neither_titles_nor_frames() -> None:
    rows = (("rip", "0x10", "code"), ("rsp", "0x7ffc", None))
    assert printed(console_tables.bare(rows)) == ["  rip  0x10    code", "  rsp  0x7ffc"]


@pytest.mark.parametrize("width", [20, 40])
def test_bare_rows_are_folded_into_the_width(width: int) -> None:
    lines = printed(console_tables.bare((("rip", "0x7f0000001000", "code of " + "/some/where" * 9),)), width)
    assert max(map(len, lines)) <= width
    assert "".join("".join(lines).split()).count("/some/where") >= (9 if width > 39 else 0)


def test_a_framed_table_has_its_titles() -> None:
    table = Table("Sizes", (Column("name"), Column("size", "B")), (("a", 1),))
    assert [each.split() for each in printed(console_tables.framed(table, 40, lines=True))][2] == [
        "name",
        "size",
        "[B]",
    ]
