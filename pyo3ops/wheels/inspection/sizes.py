"""Where the bytes of a wheel go: by file, by section, and by crate where names were left in."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pyo3ops.core.model import Column, Table
from pyo3ops.tools import elf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.wheels.inspection.binaries import Binary
    from pyo3ops.wheels.inspection.reading import Wheel

#: Rows of each table; what is smaller is one row.
MOST_ROWS = 15
_OTHERS = "(C and others)"
_LEGACY = re.compile(r"_ZN(\d+)")
_V0_CRATE = re.compile(r"C(?:s[0-9A-Za-z]*_)?(?:u?)(\d+)_?")
_PATH = re.compile(r"([A-Za-z_]\w*)(?:\.\.|::)")


def tables(wheel: Wheel) -> Iterator[Table]:
    """The tables of one wheel; none for one without compiled files."""
    if not wheel.binaries:
        return
    name = wheel.archive.path.name
    rows = [
        (binary.name if part.machine == binary.parts[0].machine else f"{binary.name} ({part.machine})", section, size)
        for binary in wheel.binaries
        for part in binary.parts
        for section, size in part.sections
        if size
    ]
    whole = sum(each.size for each in wheel.archive.members)
    packed = sum(each.packed for each in wheel.archive.members)
    note = f"{whole} bytes unpacked, {packed} in the archive; sections as they are in the file."
    yield _table(
        f"Sections in {name}", ("file", "section"), [((file, section), size) for file, section, size in rows], note
    )
    sizes, stripped = _by_crate(wheel)
    if any(crate != _OTHERS for crate in sizes):
        note = "By the symbols that were left in; generic code counts for the crate that it was written in." + stripped
        yield _table(f"Crates in {name}", ("crate",), [((crate,), size) for crate, size in sizes.items()], note)


def stripped(wheel: Wheel) -> tuple[str, ...]:
    """The compiled files whose bytes cannot be told by crate."""
    return tuple(each.name for each in wheel.binaries if each.elf is None or not each.elf.has_symbols)


def _by_crate(wheel: Wheel) -> tuple[Counter[str], str]:
    counted: Counter[str] = Counter()
    for binary in wheel.binaries:
        counted += of_crates(binary)
    without = stripped(wheel)
    return counted, f" Stripped, and not counted: {', '.join(without)}." if without else ""


def of_crates(binary: Binary) -> Counter[str]:
    """Bytes of code and data by crate; what is not Rust's is under the name "(C and others)"."""
    counted: Counter[str] = Counter()
    if binary.elf is None or not binary.elf.has_symbols:
        return counted
    for name, size in elf.symbol_sizes(binary.member.path):
        counted[crate_of(name) or _OTHERS] += size
    return counted


def crate_of(symbol: str) -> str:
    """The crate that a mangled symbol of Rust's was written in, by either scheme; empty for any other symbol.

    Schemes: RFC 2603 (v0), and the older one in the manner of Itanium's C++ ABI. Of an implementation the older one
    has no crate of its own: that of the type counts, or else that of the trait.
    """
    name = symbol.partition(".llvm.")[0]
    if name.startswith("_R"):
        match = _V0_CRATE.search(name)
        return name[match.end() : match.end() + int(match[1])] if match else ""
    match = _LEGACY.match(name)
    if match is None or not re.search(r"17h[0-9a-f]{16}E", name):
        return ""
    first = name[match.end() : match.end() + int(match[1])]
    if first.startswith(("_$LT$", "$LT$")):
        return _of_implementation(first)
    return first


def _of_implementation(text: str) -> str:
    plain = text.replace("$LT$", "<").replace("$GT$", ">").replace("$u20$", " ").replace("$RF$", "&")
    plain = re.sub(r"\$u[0-9a-f]{2}\$|\$[A-Z]{1,2}\$", " ", plain).lstrip("_")
    found = _PATH.search(plain)
    return found[1] if found else "core"


def _table(title: str, names: tuple[str, ...], rows: list[tuple[tuple[str, ...], int]], note: str) -> Table:
    """The largest rows, their bytes and their share."""
    rows = sorted(rows, key=lambda row: -row[1])
    whole = sum(size for _, size in rows) or 1
    kept, rest = rows[:MOST_ROWS], rows[MOST_ROWS:]
    if rest:
        filler = (f"{len(rest)} more", *("" for _ in names[1:]))
        kept = [*kept, (filler, sum(size for _, size in rest))]
    columns = (*(Column(name) for name in names), Column("size", "B"), Column("share", "%"))
    return Table(title, columns, tuple((*keys, size, round(100 * size / whole, 1)) for keys, size in kept), note)
