"""The planned set in the words of cibuildwheel: which of its identifiers builds and which tests which wheel.

What each line of it builds stands in data/cibuildwheel.toml.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator, Mapping

from pyo3ops.wheels.platforms import System, platform_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyo3ops.tools.cibuildwheel import Line
    from pyo3ops.wheels.plan import PlannedWheel

#: What identifiers begin with after the Python, and the platform that cibuildwheel is told.
KINDS = {"manylinux": "linux", "musllinux": "linux", "macosx": "macos", "win": "windows"}
#: What `archs` calls the platforms of Windows.
_ARCHS = {"win_amd64": "AMD64", "win32": "x86", "win_arm64": "ARM64"}
_OF_SYSTEM = {System.GLIBC: "manylinux_", System.MUSL: "musllinux_", System.MACOS: "macosx_", System.WINDOWS: ""}


@dataclass(frozen=True)
class Identifier:
    """One of cibuildwheel's identifiers: it builds a planned wheel, or tests the one that another of them built."""

    python: str
    #: What follows the Python: manylinux_x86_64, macosx_arm64, win_amd64.
    tag: str
    wheel: PlannedWheel
    builds: bool

    @property
    def name(self) -> str:
        """As cibuildwheel spells it."""
        return f"{self.python}-{self.tag}"

    @property
    def platform(self) -> str:
        """What `--platform` calls it: linux, macos or windows."""
        return KINDS[kind_of(self.tag)]

    @property
    def architecture(self) -> str:
        """What its tag calls the processor: x86_64, arm64, amd64 or win32."""
        return architecture_of(self.tag)

    @property
    def arch(self) -> str:
        """What `archs` calls the processor: x86_64, arm64, AMD64 or x86."""
        return _ARCHS.get(self.tag, self.architecture)


@dataclass(frozen=True)
class Part:
    """What one line of cibuildwheel does of a plan."""

    line: Line
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True)
class Arrangement:
    """A plan, shared out among lines of cibuildwheel: one, where one knows all its Pythons."""

    parts: tuple[Part, ...]
    #: Wheels that no line builds, and why.
    without: tuple[tuple[PlannedWheel, str], ...]
    #: Identifiers that would test a wheel, of Pythons that the line that builds it has not, and why.
    untested: tuple[tuple[str, str], ...]

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Those of all parts."""
        return tuple(each for part in self.parts for each in part.identifiers)


def kind_of(tag: str) -> str:
    """The kind of platform that an identifier is of: manylinux, musllinux, macosx or win."""
    return next(kind for kind in KINDS if tag.startswith(kind))


def architecture_of(tag: str) -> str:
    """The processor in what follows the Python of an identifier: x86_64 of manylinux_x86_64, all of win32."""
    return tag.partition("_")[2] or tag


def arrange(wheels: Iterable[PlannedWheel], lines: Sequence[Line]) -> Arrangement:
    """Give each wheel to the newest line that has all its Pythons; all to one line, where one has them all.

    A wheel of a stable ABI is built once, by the first of its Pythons, and tested on the others, as cibuildwheel does.
    `lines` come newest first.
    """
    reached = {wheel: _tag(wheel) for wheel in wheels}
    wanted = {wheel: _wanted(wheel, tag, lines) for wheel, tag in reached.items()}
    everything = {(python, tag) for rows in wanted.values() for python, tag in rows}
    of_all = next((line for line in lines if all(line.knows(*row) for row in everything)), None)
    chosen = {wheel: of_all or _line_of(rows, lines) for wheel, rows in wanted.items() if rows}
    identifiers = {wheel: tuple(_identifiers(wheel, wanted[wheel], line)) for wheel, line in chosen.items()}
    rows = ((line, identifiers[wheel]) for line in lines for wheel in identifiers if chosen[wheel] is line)
    parts: dict[str, Part] = {}
    for line, own in rows:
        before = parts.get(line.requirement, Part(line, ()))
        parts[line.requirement] = Part(line, (*before.identifiers, *own))
    without = tuple((wheel, _why_not(wheel, lines)) for wheel in reached if not wanted[wheel])
    return Arrangement(tuple(parts.values()), without, tuple(_untested(wanted, chosen)))


def _tag(wheel: PlannedWheel) -> str | None:
    """What identifiers of a target end with; None for one that cibuildwheel does not build for."""
    if "windows-gnu" in wheel.target:
        return None
    platform = platform_of(wheel.target)
    prefix = _OF_SYSTEM.get(platform.system)
    return None if prefix is None else prefix + platform.architecture


def _wanted(wheel: PlannedWheel, tag: str | None, lines: Sequence[Line]) -> tuple[tuple[str, str], ...]:
    """The Pythons of a wheel that any line has for its platform."""
    pythons = [python.tag for python in wheel.interpreters.covers]
    return tuple((python, tag) for python in pythons if tag and any(line.knows(python, tag) for line in lines))


def _line_of(rows: Sequence[tuple[str, str]], lines: Sequence[Line]) -> Line:
    """The newest line with all of these Pythons, else the newest with the first, which builds."""
    whole = [line for line in lines if all(line.knows(*row) for row in rows)]
    return whole[0] if whole else next(line for line in lines if line.knows(*rows[0]))


def _identifiers(wheel: PlannedWheel, rows: Sequence[tuple[str, str]], line: Line) -> Iterator[Identifier]:
    known = [row for row in rows if line.knows(*row)]
    for place, (python, tag) in enumerate(known):
        yield Identifier(python, tag, wheel, builds=place == 0)


def _untested(
    wanted: Mapping[PlannedWheel, Sequence[tuple[str, str]]], chosen: Mapping[PlannedWheel, Line]
) -> Iterator[tuple[str, str]]:
    for wheel, line in chosen.items():
        for python, tag in wanted[wheel]:
            if not line.knows(python, tag):
                yield (
                    f"{python}-{tag}",
                    f"{line.name}, which builds the {wheel.interpreters.abi} wheel, has no {python}",
                )


def _why_not(wheel: PlannedWheel, lines: Sequence[Line]) -> str:
    tag = _tag(wheel)
    if tag is None:
        other = "emscripten" in wheel.target
        return "Pyodide is not built from here" if other else "cibuildwheel builds for Windows with Microsoft's linker"
    if not any(tag in line.identifiers for line in lines):
        return f"cibuildwheel has no {tag}"
    first = next(iter(wheel.interpreters.covers), wheel.interpreters.python)
    return f"no line of cibuildwheel has {first} for {tag}"
