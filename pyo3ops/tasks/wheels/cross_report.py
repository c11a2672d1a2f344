"""What became of cross-built wheels, as findings, a table and artifacts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Status, Table
from pyo3ops.wheels.cross.attempt import NOT_MATURIN
from pyo3ops.wheels.cross.ways import Tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.wheels.cross.attempt import Outcome

_ZIG = "link with zig, whose C library is older"
_LOG = "read the log of the tests, in the folder `run` beside the wheel"
_NO_UV = "uv cannot be started"


def findings(outcome: Outcome) -> Iterator[Finding]:
    """Was it built, is its tag true, does it run: a finding each, as far as it got."""
    base, made, target = f"cross.{outcome.ready.target.triple}.{outcome.name}", outcome.made, outcome.ready.target
    seconds = made.seconds if made else 0.0
    title = "the wheel is built"
    if outcome.error is not None or made is None or made.wheel is None:
        error = outcome.error or ""
        yield Finding(f"{base}.build", title, Status.FAIL, error, outcome.tail, _fix(outcome), seconds=seconds)
        return
    said = (f"experimental: {target.experimental}",) if target.experimental else ()
    yield Finding(f"{base}.build", title, Status.OK, made.wheel.name, said, seconds=seconds)
    if outcome.truth is not None:
        yield _tag(f"{base}.tag", outcome)
    if outcome.tested is not None:
        yield _tests(f"{base}.tests", outcome)


def _fix(outcome: Outcome) -> Fix:
    if outcome.error == NOT_MATURIN:
        return Fix("build it on such a machine, or in its image", url="https://cibuildwheel.pypa.io")
    if (outcome.error or "").startswith("maturin cannot be started"):
        return Fix("install maturin", ("pip", "install", "maturin"), safe=True)
    if outcome.made is None:
        return Fix("see what is wrong here", ("pyo3ops", "validate"), safe=True)
    return Fix(f"read the whole log: {outcome.made.log}")


def _tag(identity: str, outcome: Outcome) -> Finding:
    title = "the tag is true"
    found, target = outcome.truth, outcome.ready.target
    if found is None:
        raise AssertionError("a tag is judged where libraries were read")
    if found.wrong:
        fix = Fix(_ZIG, _again(outcome, Tool.ZIG))
        return Finding(identity, title, Status.FAIL, found.wrong[0], found.wrong, fix)
    if not target.elf:
        return Finding(identity, title, Status.SKIP, f"its libraries are no ELF files: {target.system.value}")
    floor = ".".join(map(str, found.glibc))
    detail = f"needs glibc {floor}" if floor else "needs no symbol of glibc"
    if outcome.floor and found.glibc > outcome.floor:
        wanted = ".".join(map(str, outcome.floor))
        return Finding(
            identity, title, Status.WARN, f"{detail}; the plan says {wanted}", fix=Fix(_ZIG, _again(outcome, Tool.ZIG))
        )
    return Finding(identity, title, Status.OK, detail)


def _again(outcome: Outcome, tool: Tool) -> tuple[str, ...] | None:
    if outcome.ready.linker.tool is tool or not outcome.ready.target.zig:
        return None
    return ("pyo3ops", "wheels", "cross", "--target", outcome.ready.target.triple, "--tool", tool.value)


def _tests(identity: str, outcome: Outcome) -> Finding:
    tested = outcome.tested
    if tested is None:
        raise AssertionError("tests are judged where they ran")
    title, seconds = "it runs on the foreign system", tested.seconds
    if tested.error is not None:
        fix = Fix("install uv", ("pip", "install", "uv"), safe=True) if _NO_UV in tested.error else Fix(_LOG)
        return Finding(identity, title, Status.FAIL, tested.error, tested.tail, fix, seconds=seconds)
    detail = f"{outcome.ready.python}: {tested.note or f'{tested.passed} tests passed, {tested.skipped} skipped'}"
    return Finding(identity, title, Status.OK, detail, seconds=seconds)


def facts(outcomes: Sequence[Outcome]) -> Iterator[Fact]:
    """With what each target was built."""
    for each in outcomes:
        yield Fact(each.ready.target.triple, f"{each.ready.std}; {each.ready.linker}")


def table(outcomes: Sequence[Outcome]) -> Table:
    """Every wheel with what was measured of it."""
    titles = ("project", "target", "linked by", "wheel", "glibc")
    columns = (*map(Column, titles), Column("build", "s"), Column("passed"), Column("tests", "s"))
    note = "glibc: the oldest that the libraries run with, by the symbols they need."
    return Table("Cross-built wheels", columns, tuple(_row(outcome) for outcome in outcomes), note)


def _row(outcome: Outcome) -> tuple[str | float | int | None, ...]:
    made, found, tested = outcome.made, outcome.truth, outcome.tested
    return (
        outcome.name,
        outcome.ready.target.triple,
        str(outcome.ready.linker),
        made.wheel.name if made and made.wheel else None,
        ".".join(map(str, found.glibc)) if found else None,
        made.seconds if made else None,
        tested.passed if tested else None,
        tested.seconds if tested else None,
    )


def artifacts(outcomes: Sequence[Outcome]) -> Iterator[Artifact]:
    """The wheels, with their sums."""
    for each in outcomes:
        if each.made and each.made.wheel:
            wheel = each.made.wheel
            yield Artifact(str(wheel), "wheel", hashlib.sha256(wheel.read_bytes()).hexdigest())
