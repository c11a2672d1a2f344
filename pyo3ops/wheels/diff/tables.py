"""What differs between two sets, as tables: who can install it, bytes by wheel and by section, fields of metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Column, Table
from pyo3ops.wheels.diff import coverage
from pyo3ops.wheels.diff.content_findings import crate_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.model import Cell
    from pyo3ops.wheels.diff.compared import Compared
    from pyo3ops.wheels.diff.contents import Contents

#: Fields that differ from release to release, or have a finding of their own.
_TOLD = frozenset({"version", "metadata-version", "requires-dist", "license", "license-expression", "license-file"})
#: Rows of a table of differences.
_MOST = 30


def tables(compared: Compared) -> Iterator[Table]:
    """Those in which there is something to see."""
    yield _reach(compared)
    yield from _filled("Wheels", _wheels(compared), "Bytes of the file that is downloaded.", "wheel")
    for old, new in compared.contents:
        rows = _sized(old.sections, new.sections)
        yield from _filled(f"Sections of {new.file.tag}", rows, "Bytes in its compiled files.", "section")
        if old.crate_sizes and new.crate_sizes:
            rows = _sized(old.crate_sizes, new.crate_sizes)
            yield from _filled(f"Crates in {new.file.tag}", rows, "By the symbols that were left in.", "crate")
    yield from _crates(compared.contents)
    rows = tuple(_metadata(compared.contents))
    if rows:
        yield Table("Metadata", (Column("field"), Column("before"), Column("now")), rows)


def _reach(compared: Compared) -> Table:
    before, after = compared.reaches
    pythons = [coverage.by_platform(reach) for reach in (before, after)]
    rows = []
    for platform in sorted({*pythons[0], *pythons[1]}):
        old, new = (each.get(platform, set()) for each in pythons)
        floors = [_floor(reach, platform) for reach in (before, after)]
        rows.append((platform, coverage.words(old), coverage.words(new), *floors))
    columns = ("platform", "Pythons before", "Pythons now", "from, before", "from, now")
    note = (
        f"Before is {compared.old.label} of {compared.old.origin}, now {compared.new.label} of {compared.new.origin}."
    )
    return Table("Who can install it", tuple(map(Column, columns)), tuple(rows), note)


def _floor(reach: Mapping[tuple[str, str], tuple[int, ...]], platform: str) -> str:
    return " / ".join(
        dict.fromkeys(".".join(map(str, floor)) for key, floor in sorted(reach.items()) if key[0] == platform)
    )


def _wheels(compared: Compared) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (new.tag, old.size, new.size, _percent(old.size, new.size))
        for old, new in compared.pairs
        if old.size is not None and new.size is not None and old.size != new.size
    )


def _sized(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[tuple[Cell, ...], ...]:
    """Name, both sizes and percent of what differs, what changed most first."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    names.sort(key=lambda name: (-abs(after.get(name, 0) - before.get(name, 0)), name))
    return tuple(
        (name, before.get(name), after.get(name), _percent(before.get(name), after.get(name))) for name in names
    )


def _percent(before: int | None, after: int | None) -> float | None:
    return round(100 * after / before - 100, 1) if before and after is not None else None


def _filled(title: str, rows: tuple[tuple[Cell, ...], ...], note: str, what: str) -> Iterator[Table]:
    if rows:
        left = f" The {len(rows) - _MOST} that changed least are left out." if len(rows) > _MOST else ""
        columns = (Column(what), Column("before", "bytes"), Column("now", "bytes"), Column("change", "%"))
        yield Table(title, columns, rows[:_MOST], note + left)


def _crates(contents: Sequence[tuple[Contents, Contents]]) -> Iterator[Table]:
    """Crates that came, went or changed, of all pairs together whose lists have one source."""
    same = [(old.linked, new.linked) for old, new in contents if old.linked.source == new.linked.source != ""]
    before, after = (dict(crate_rows(sides)) for sides in zip(*same)) if same else ({}, {})
    nothing = (None, "")
    rows = tuple(
        (name, before.get(name, nothing)[0], after.get(name, nothing)[0], (after.get(name) or before[name])[1])
        for name in sorted({*before, *after})
        if before.get(name, nothing)[0] != after.get(name, nothing)[0]
    )
    if rows:
        columns = (Column("crate"), Column("before"), Column("now"), Column("licence"))
        yield Table("Linked crates that differ", columns, rows, f"By {same[0][0].source}.")


def _metadata(contents: Sequence[tuple[Contents, Contents]]) -> Iterator[tuple[str, str, str]]:
    """Fields of the first pair that differ: those of a release are the same in every file."""
    for old, new in contents[:1]:
        for key in sorted({*old.metadata, *new.metadata} - _TOLD):
            before, after = old.metadata.get(key, ()), new.metadata.get(key, ())
            gone = [each for each in before if each not in after]
            come = [each for each in after if each not in before]
            if gone or come:
                yield key, "\n".join(gone), "\n".join(come)
