"""The set of files that a release consists of, derived before anything is built: which wheel for which target and why.

What a tag covers is PEP 425 with PEP 384 (abi3), PEP 703 (free-threaded builds, which have no abi3) and PEP 803
(abi3t).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from packaging.specifiers import SpecifierSet

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

    def __str__(self) -> str:
        return f"{self.interpreters.python}-{self.interpreters.abi} {self.target}"


@dataclass(frozen=True)
class Wanted:
    """What decides the set: the project's PyO3 and its stable ABIs, the matrix, requires-python, the targets."""

    pyo3: Pyo3Release
    stable_abis: tuple[StableAbi, ...]
    pythons: tuple[PythonVersion, ...]
    requires: str
    targets: tuple[str, ...]


def plan(wanted: Wanted) -> tuple[PlannedWheel, ...]:
    """The wheels to publish beside the sdist, target by target, the oldest Python first.

    Raises `ConfigError` for a Python that PyO3 cannot build for, and where requires-python lets installers choose a
    wheel that cannot be loaded.
    """
    for python in wanted.pythons:
        _check(python, wanted.pyo3)
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


def _interpreters(wanted: Wanted) -> Iterator[Interpreters]:
    for free_threaded, kind in ((False, "abi3"), (True, "abi3t")):
        pythons = sorted(python for python in wanted.pythons if python.free_threaded is free_threaded)
        minimum = _minimum(wanted.stable_abis, kind, pythons)
        for python in pythons:
            if minimum is None or python.minor < minimum.minor:
                yield Interpreters(f"cp3{python.minor}", python.tag, (python,), _reason(python, kind, minimum))
        covered = tuple(python for python in pythons if minimum is not None and python.minor >= minimum.minor)
        if minimum is not None and covered:
            words = " to ".join(dict.fromkeys((str(covered[0]), str(covered[-1]))))
            yield Interpreters(f"cp3{minimum.minor}", kind, covered, f"{kind} from 3.{minimum.minor} on covers {words}")


def _minimum(stable_abis: Sequence[StableAbi], kind: str, pythons: Sequence[PythonVersion]) -> PythonVersion | None:
    """The oldest Python of a stable ABI that the project asks for; without a number it is the one that builds."""
    for stable in stable_abis:
        if stable.kind == kind and pythons:
            return stable.minimum or pythons[0]
    return None


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
    requires = SpecifierSet(wanted.requires)
    own = {python.minor for python in wanted.pythons if not python.free_threaded}
    lost = [f"3.{minor}" for minor in range(minimum) if requires.contains(f"3.{minor}.99") and minor not in own]
    if wanted.requires and lost:
        raise ConfigError(
            f"requires-python {wanted.requires} admits {lost[-1]}, and the abi3 wheel begins with 3.{minimum}",
            cause="an installer would build the sdist there, which gives another module or none",
            command=f"pyo3ops set pyproject.toml project.requires-python '>=3.{minimum}'",
        )
