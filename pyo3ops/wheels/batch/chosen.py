"""What of a planned set is built on this machine, with which interpreter, and why the rest is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.wheels.platforms import System, platform_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.tools.python import DeadInterpreter, Interpreter, Interpreters
    from pyo3ops.wheels.plan import PlannedWheel


@dataclass(frozen=True)
class Buildable:
    """A planned wheel and the interpreter that it is built with; `note` says where that is not the one it names."""

    wheel: PlannedWheel
    interpreter: Interpreter
    note: str = ""


@dataclass(frozen=True)
class Lacking:
    """A planned wheel for this machine whose interpreter is not here, and what was tried instead of it."""

    wheel: PlannedWheel
    python: PythonVersion
    dead: tuple[DeadInterpreter, ...]


@dataclass(frozen=True)
class Choice:
    """A planned set, parted."""

    buildable: tuple[Buildable, ...]
    lacking: tuple[Lacking, ...]
    #: Wheels for other systems, by target.
    elsewhere: tuple[tuple[str, int], ...]
    #: How many were not asked for.
    unasked: int


def wanted_pythons(wheels: Iterable[PlannedWheel], host: str) -> tuple[PythonVersion, ...]:
    """Every Python that a wheel of this machine can be built with."""
    return tuple(sorted({python for each in wheels if each.target == host for python in each.interpreters.covers}))


def choose(
    wheels: Sequence[PlannedWheel], host: str, here: Interpreters, asked: Sequence[PythonVersion], *, fixed: bool = True
) -> Choice:
    """Part a planned set; `asked` are the Pythons whose wheels are wanted, all of them where it is empty.

    A wheel of a stable ABI is built with the oldest Python that it is for; with a newer one where that is not here,
    unless the project names no minimum (`fixed` is false): then it would be another wheel.
    """
    # A wheel of another implementation covers no Python that is looked for here.
    wanted = [each for each in wheels if set(each.interpreters.covers) & set(asked or each.interpreters.covers)]
    buildable, lacking = [], []
    elsewhere: dict[str, int] = {}
    for wheel in wanted:
        if wheel.target != host:
            elsewhere[wheel.target] = elsewhere.get(wheel.target, 0) + 1
            continue
        oldest = wheel.interpreters.covers[0]
        found = next(_usable(wheel, here, fixed=fixed), None)
        if found is None:
            lacking.append(Lacking(wheel, oldest, here.dead))
        else:
            note = "" if found.version == oldest else f"built with {found.version}: there is no Python {oldest} here"
            buildable.append(Buildable(wheel, found, note))
    return Choice(tuple(buildable), tuple(lacking), tuple(elsewhere.items()), len(wheels) - len(wanted))


def _usable(wheel: PlannedWheel, here: Interpreters, *, fixed: bool) -> Iterator[Interpreter]:
    covers = wheel.interpreters.covers if fixed else wheel.interpreters.covers[:1]
    found = (here.of(python) for python in covers)
    yield from (python for python in found if python is not None)


def why_elsewhere(target: str) -> str:
    """Why the wheels of a target are not built on a machine of another one."""
    system = platform_of(target).system
    if system is System.MACOS:
        return "macOS needs a Mac: CI builds it"
    if system is System.WINDOWS:
        return "Windows builds it, in CI: `pyo3ops wheels cross` tries it here"
    return f"another system's: `pyo3ops wheels cross --target {target}`, or CI"
