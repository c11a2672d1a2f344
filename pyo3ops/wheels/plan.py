"""The set of files that a release consists of, derived before anything is built: which wheel for which target and why.

What a tag covers is PEP 425 with PEP 384 (abi3), PEP 703 (free-threaded builds, which have no abi3) and PEP 803
(abi3t).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.pythons import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.project import StableAbi
    from pyo3ops.core.pyo3 import Pyo3Release


@dataclass(frozen=True)
class Interpreters:
    """One wheel of a target: its Python and ABI tags, the matrix's Pythons that it is for, and why it is there."""

    python: str
    abi: str
    covers: tuple[PythonVersion, ...]
    reason: str


@dataclass(frozen=True)
class PlannedWheel:
    """One wheel of the set; `target` is a Rust target triple."""

    interpreters: Interpreters
    target: str
    #: The oldest glibc or musl that it may ask for, where that is another one than the set's.
    floor: tuple[int, ...] = ()

    @property
    def tag(self) -> str:
        """The Python and ABI tags, as in its file's name."""
        return f"{self.interpreters.python}-{self.interpreters.abi}"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.tag, self.target, "_".join(map(str, self.floor)))))


@dataclass(frozen=True)
class Wanted:
    """What decides the set: the project's PyO3 and its stable ABIs, the matrix, requires-python, the targets.

    Of a kind of stable ABI there may be several minimums, each of which makes a wheel.
    """

    pyo3: Pyo3Release
    stable_abis: tuple[StableAbi, ...]
    pythons: tuple[PythonVersion, ...]
    requires: str
    targets: tuple[str, ...]
    #: The stable ABIs are switched on wheel by wheel, not by the project's own manifests for every build.
    switched: bool = False


def plan(wanted: Wanted) -> tuple[PlannedWheel, ...]:
    """The wheels to publish beside the sdist, target by target, the oldest Python first.

    Raises `ConfigError` for a Python that PyO3 cannot build for, and where requires-python lets installers choose a
    wheel that cannot be loaded.
    """
    for python in wanted.pythons:
        _check(python, wanted.pyo3)
    _check_older(wanted)
    found = tuple(_interpreters(wanted))
    _check_requires(wanted, found)
    return tuple(PlannedWheel(each, target) for target in wanted.targets for each in found)


def _check(python: PythonVersion, pyo3: Pyo3Release) -> None:
    floor = pyo3.free_threaded_min if python.free_threaded else pyo3.python_min
    if floor is None:
        raise ConfigError(f"PyO3 {pyo3.release} builds for no free-threaded Python", cause=f"the matrix has {python}")
    if python.minor < floor.minor:
        raise ConfigError(
            f"PyO3 {pyo3.release} builds for Python {floor} and later, the matrix has {python}",
            cause="classifiers, or pythons of [tool.pyo3ops], name it",
        )


def _check_older(wanted: Wanted) -> None:
    """With an interpreter below the minimum PyO3's build script stops; maturin goes on, to what cannot be imported."""
    minimums = [each.minimum.minor for each in wanted.stable_abis if each.kind == "abi3" and each.minimum]
    older = sorted(python for python in wanted.pythons if minimums and python.minor < min(minimums))
    older = [python for python in older if not python.free_threaded]
    if older and not wanted.switched:
        raise ConfigError(
            f"the matrix has {', '.join(map(str, older))}, and abi3 is switched on from 3.{min(minimums)} on",
            cause="what is built there, if anything, cannot be imported: take them out of the matrix and of "
            "requires-python, or let `abis` of [tool.pyo3ops.wheels] switch the feature on",
            command=f"pyo3ops set pyproject.toml project.requires-python '>=3.{min(minimums)}'",
        )


def _interpreters(wanted: Wanted) -> Iterator[Interpreters]:
    for free_threaded, kind in ((False, "abi3"), (True, "abi3t")):
        pythons = sorted(python for python in wanted.pythons if python.free_threaded is free_threaded)
        minimums = _minimums(wanted, kind, pythons) if pythons else []
        first = minimums[0] if minimums else None
        for python in pythons:
            if first is None or python.minor < first.minor:
                yield Interpreters(f"cp3{python.minor}", python.tag, (python,), _reason(python, kind, first))
        for minimum, beyond in zip(minimums, (*minimums[1:], None)):
            end = beyond.minor if beyond else sys.maxsize
            covered = tuple(python for python in pythons if minimum.minor <= python.minor < end)
            if covered:
                yield _stable(kind, minimum, covered)


def _stable(kind: str, minimum: PythonVersion, covered: tuple[PythonVersion, ...]) -> Interpreters:
    words = " to ".join(dict.fromkeys((str(covered[0]), str(covered[-1]))))
    return Interpreters(f"cp3{minimum.minor}", kind, covered, f"{kind} from 3.{minimum.minor} on covers {words}")


def _minimums(wanted: Wanted, kind: str, pythons: Sequence[PythonVersion]) -> list[PythonVersion]:
    """The oldest Pythons of a stable ABI that the project asks for; without a number it is the one that builds."""
    first = wanted.pyo3.abi3_min if kind == "abi3" else wanted.pyo3.abi3t_min
    oldest = max(pythons[0].minor, first.minor if first else 0)
    return sorted({each.minimum or PythonVersion(oldest) for each in wanted.stable_abis if each.kind == kind})


def _reason(python: PythonVersion, kind: str, minimum: PythonVersion | None) -> str:
    if minimum is not None:
        return f"{python} is older than the {kind} that the project asks for, which begins with 3.{minimum.minor}"
    if python.free_threaded:
        return f"{python} has no abi3: a free-threaded interpreter needs its own"
    return f"without a stable ABI, {python} needs its own"


def _check_requires(wanted: Wanted, found: Sequence[Interpreters]) -> None:
    """Below the abi3 minimum an installer would take the wheel, and the import fail."""
    stable = next((each for each in found if each.abi == "abi3"), None)
    if stable is None:
        return
    minimum = PythonVersion.parse(stable.python).minor
    requires = _specifiers(wanted.requires)
    own = {python.minor for python in wanted.pythons if not python.free_threaded}
    lost = [f"3.{minor}" for minor in range(minimum) if requires.contains(f"3.{minor}.99") and minor not in own]
    if wanted.requires and lost:
        raise ConfigError(
            f"requires-python {wanted.requires} admits {lost[-1]}, and the abi3 wheel begins with 3.{minimum}",
            cause="an installer would build the sdist there, which gives another module or none",
            command=f"pyo3ops set pyproject.toml project.requires-python '>=3.{minimum}'",
        )


def _specifiers(text: str) -> SpecifierSet:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise ConfigError(
            f"requires-python {text!r} is nothing that installers understand",
            cause="PEP 440 writes >=3.9, or >=3.9,<4",
            command="pyo3ops set pyproject.toml project.requires-python '>=3.9'",
        ) from None
