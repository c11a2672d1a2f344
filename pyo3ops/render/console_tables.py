"""Tables for a person at a terminal, laid out so that names and figures stay in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from pyo3ops.render.clean import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table as RichTable

    from pyo3ops.core.model import Cell, Column, Table

#: The longest word of a table that is kept in one piece: a Rust target, armv7-unknown-linux-gnueabihf.
WORD = 29


def framed(table: Table, width: int, *, lines: bool) -> RichTable:
    """The whole table in `width` columns; `lines` where the terminal has characters to draw with."""
    # Only a report with tables pays for importing them.
    from rich import box  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415

    grid = RichTable(box=box.SIMPLE_HEAD if lines else box.ASCII2, title=line(table.title), title_justify="left")
    widths = _widths(table, width)
    for number, column in enumerate(table.columns):
        numeric = _is_numeric(table, number)
        grid.add_column(
            Text(_title(column)),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=numeric and not column.unit,
            width=widths[number],
        )
    for row in table.rows:
        grid.add_row(*(Text(cell_text(cell)) for cell in row))
    return grid


def bare(rows: Sequence[Sequence[Cell]]) -> RichTable:
    """A few rows under each other, indented, with neither titles nor a frame."""
    from rich.table import Table as RichTable  # noqa: PLC0415 - see framed

    grid = RichTable.grid(padding=(0, 0, 0, 2), pad_edge=True)
    for _ in rows[0]:
        grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell_text(cell)) for cell in row))
    return grid


def _is_numeric(table: Table, column: int) -> bool:
    return all(isinstance(row[column], (int, float, type(None))) for row in table.rows)


def _title(column: Column) -> str:
    return line(column.title) + (f" [{line(column.unit)}]" if column.unit else "")


def _widths(table: Table, room: int) -> list[int | None]:
    """Widths at which names and figures stay in one piece; None for each where there is no room for that, or no need.

    rich would take from the widest column first, which is mostly that of the names.
    """
    columns = range(len(table.columns))
    texts = [[_title(table.columns[n]), *(cell_text(row[n]) for row in table.rows)] for n in columns]
    natural = [max(map(cell_len, cells)) for cells in texts]
    least = [max(cell_len(word) for cell in cells for word in cell.split() or [""]) for cells in texts]
    least = [size if _is_numeric(table, n) else min(size, WORD) for n, size in enumerate(least)]
    spare = room - sum(least) - 3 * len(least) - 1
    if spare < 0 or room >= sum(natural) + 3 * len(natural) + 1:
        return [None for _ in columns]
    widths: list[int | None] = []
    # The last ones first: they need little.
    for small, full in zip(reversed(least), reversed(natural)):
        more = min(spare, full - small)
        widths.append(small + more)
        spare -= more
    return widths[::-1]


def cell_text(cell: object) -> str:
    """One cell: nothing for None, three significant digits for a measured value."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        # From there on three digits stand before the point, and .3g would write an exponent.
        return f"{cell:.3g}" if abs(cell) < 999.5 else f"{cell:,.0f}"  # noqa: PLR2004
    return line(str(cell))
