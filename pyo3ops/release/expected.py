"""The files that a release consists of, for a project with extension modules and for one without."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterable, Tuple

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.stated import is_pure, leading
from pyo3ops.wheels import compared
from pyo3ops.wheels.planned import planned

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.plan import PlannedWheel
    from pyo3ops.wheels.planned import PlannedSet

#: What the wheel of a project without extension module is for: everything.
PURE = "py3-none-any"
_SDIST = "the sdist"
#: The name of a file and what is said of it.
_Row = Tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """Names of files beside the expected set."""

    #: What is missing: the tags and the target of a wheel, or "the sdist".
    missing: tuple[str, ...]
    #: Files that are none of the set, and why.
    others: tuple[_Row, ...]
    #: Files that are of the set, and which of it.
    there: tuple[_Row, ...]

    @property
    def complete(self) -> bool:
        """True where the files are the expected ones: no fewer, no others."""
        return not (self.missing or self.others)


@dataclass(frozen=True)
class Expected:
    """The expected set; `planned` is None for a project without extension module: one wheel and an sdist then."""

    #: As it stands in file names: normalised (PEP 503), with underscores.
    name: str
    #: Normalised (PEP 440), as in file names too.
    version: str
    planned: PlannedSet | None
    sdist: bool
    #: How many wheels of the release this set leaves to other machines.
    elsewhere: int = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """What each file is, as in a comparison: the wheels first."""
        wheels = (PURE,) if self.planned is None else tuple(map(str, self.planned.wheels))
        return (*wheels, *((_SDIST,) if self.sdist else ()))

    @property
    def count(self) -> int:
        """How many files the set has."""
        return len(self.labels)

    def compare(self, names: Iterable[str]) -> Comparison:
        """Hold the names of files against the set."""
        if self.planned is None:
            return self._pure(names)
        found = compared.compare(self.planned, names)
        missing = (*map(str, found.missing), *((_SDIST,) if found.sdist_missing else ()))
        there = (
            *((name, str(wheel)) for wheel, name in found.there),
            *(((found.sdist, _SDIST),) if found.sdist else ()),
        )
        return Comparison(missing, found.others, there)

    def restricted(self, names: Iterable[str]) -> Expected:
        """The part of the set that these files are, for a rehearsal on one machine; the rest is `elsewhere`."""
        if self.planned is None:
            return self
        return self._only({wheel for wheel, _ in compared.compare(self.planned, names).there})

    def on(self, host: str) -> Expected:
        """The part of the set that is for one target, such as this machine's; the rest is `elsewhere`."""
        if self.planned is None:
            return self
        return self._only({wheel for wheel in self.planned.wheels if wheel.target == host})

    def _only(self, kept: Collection[PlannedWheel]) -> Expected:
        before = self.planned.wheels if self.planned else ()
        wheels = tuple(wheel for wheel in before if wheel in kept)
        narrowed = replace(self.planned, wheels=wheels) if self.planned else None
        return replace(self, planned=narrowed, elsewhere=self.elsewhere + len(before) - len(wheels))

    def _pure(self, names: Iterable[str]) -> Comparison:
        there: dict[str, str] = {}
        others = []
        for name in names:
            label, why = _read(self, name)
            if why or label in there:
                others.append((name, why or f"{there[label]} is {label} already"))
            else:
                there[label] = name
        missing = tuple(label for label in self.labels if label not in there)
        return Comparison(missing, tuple(others), tuple((name, label) for label, name in there.items()))


def expected(project: Project, version: str | None = None) -> Expected:
    """The files that a release of this project consists of; `version` is another one than its own.

    Raises `ConfigError` where the set cannot be derived, or nothing says the version.
    """
    if not is_pure(project):
        wanted = planned(project if version is None else replace(project, version=version))
        return Expected(wanted.name, wanted.version, wanted, wanted.sdist)
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - costs what start-up cannot pay

    said = leading(project) if version is None else None
    text = said.version if said else version
    if text is None:
        raise ConfigError(
            "no file says which version this is",
            cause="the build computes it, as from git's tags",
            command="pyo3ops release --version VERSION",
        )
    name = canonicalize_name(project.name or project.root.name).replace("-", "_")
    return Expected(name, _normalised(text), None, project.config.wheels.sdist)


def _read(wanted: Expected, name: str) -> _Row:
    """Which file of the set of a pure project one is, and why it is none."""
    from packaging import utils  # noqa: PLC0415 - costs what start-up cannot pay

    tags: Collection[str] = ()
    try:
        if name.endswith(".tar.gz"):
            project, version = utils.parse_sdist_filename(name)
        else:
            project, version, _, found = utils.parse_wheel_filename(name)
            tags = {str(tag) for tag in found}
    except (utils.InvalidSdistFilename, utils.InvalidWheelFilename) as error:
        return "", str(error)
    label = PURE if tags else _SDIST
    if project != utils.canonicalize_name(wanted.name):
        return label, f"it is of {project}"
    if str(version) != wanted.version:
        return label, f"it is of version {version}, not {wanted.version}"
    if tags and PURE not in tags:
        return label, f"a package without extension module has one wheel, {PURE}"
    return label, "" if tags or wanted.sdist else "no source distribution is planned"


def _normalised(text: str) -> str:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        return str(Version(text))
    except InvalidVersion:
        raise ConfigError(
            f"the version {text!r} is none that an index takes", cause="PEP 440 knows 1.2.3, 1.2.3a1, 1.2.3rc1"
        ) from None
