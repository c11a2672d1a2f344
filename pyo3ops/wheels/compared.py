"""Files beside the planned set: each is one of the set, or it is said why it is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable

from pyo3ops.wheels.platforms import PlatformTag, platform_of, read_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.tags import Tag

    from pyo3ops.wheels.plan import PlannedWheel
    from pyo3ops.wheels.planned import PlannedSet


@dataclass(frozen=True)
class Compared:
    """Names of files beside the planned set."""

    #: The name of the file that each planned wheel is, in the order of the plan.
    there: tuple[tuple[PlannedWheel, str], ...]
    sdist: str | None
    missing: tuple[PlannedWheel, ...]
    #: Files that are none of the set, and why.
    others: tuple[tuple[str, str], ...]
    sdist_missing: bool

    @property
    def complete(self) -> bool:
        """True where the files are the planned ones: no fewer, no others."""
        return not (self.missing or self.others or self.sdist_missing)


def compare(wanted: PlannedSet, names: Iterable[str]) -> Compared:
    """Hold the names of wheels and sdists against the planned set.

    A wheel that asks for a newer glibc or musl than the plan promises is another one.
    """
    there: dict[PlannedWheel, str] = {}
    others: list[tuple[str, str]] = []
    sdist = None
    for name in names:
        found = _match(wanted, name)
        if found is None and sdist is None:
            sdist = name
        elif found is None:
            others.append((name, f"{sdist} is the source distribution already"))
        elif isinstance(found, str):
            others.append((name, found))
        elif found in there:
            others.append((name, f"{there[found]} is the same wheel"))
        else:
            there[found] = name
    return Compared(
        there=tuple((wheel, there[wheel]) for wheel in wanted.wheels if wheel in there),
        sdist=sdist,
        missing=tuple(wheel for wheel in wanted.wheels if wheel not in there),
        others=tuple(others),
        sdist_missing=wanted.sdist and sdist is None,
    )


def _match(wanted: PlannedSet, name: str) -> PlannedWheel | str | None:
    """The planned wheel that a file is, None for the planned sdist, or why it is neither."""
    from packaging import utils  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        if name.endswith(".tar.gz"):
            tags: frozenset[Tag] = frozenset()
            project, version = utils.parse_sdist_filename(name)
        else:
            project, version, _, tags = utils.parse_wheel_filename(name)
    except (utils.InvalidSdistFilename, utils.InvalidWheelFilename) as error:
        return str(error)
    if project != utils.canonicalize_name(wanted.name):
        return f"it is of {project}"
    if str(version) != wanted.version:
        return f"it is of version {version}, not {wanted.version}"
    if not tags:
        return None if wanted.sdist else "no source distribution is planned"
    return _wheel_of(wanted, tags)


def _wheel_of(wanted: PlannedSet, tags: frozenset[Tag]) -> PlannedWheel | str:
    found = _oldest(tags)
    if found is None:
        return f"no index takes the platform {', '.join(sorted({tag.platform for tag in tags}))}"
    spelt = _spelt(tags)
    fitting = [
        wheel
        for wheel in wanted.wheels
        if spelt == (wheel.interpreters.python, wheel.interpreters.abi) and platform_of(wheel.target) == found.platform
    ]
    if not fitting:
        return "it is not planned"
    # With several floors for a target, the wheel is that of the nearest one.
    floors = sorted(((wanted.floor_of(wheel), wheel) for wheel in fitting), key=lambda row: row[0] or ())
    for floor, wheel in floors:
        if floor is None or found.floor <= floor:
            return wheel
    promised = _dotted(floors[-1][0] or ())
    return f"{found.platform.system.value}: its tag asks for {_dotted(found.floor)}, the plan for {promised}"


def _spelt(tags: frozenset[Tag]) -> tuple[str, str]:
    """The Python and ABI tags of a wheel; abi3.abi3t is how abi3t is written out (PEP 803)."""
    pythons, abis = {tag.interpreter for tag in tags}, {tag.abi for tag in tags}
    if abis == {"abi3", "abi3t"}:
        abis = {"abi3t"}
    return ".".join(sorted(pythons)), ".".join(sorted(abis))


def _oldest(tags: frozenset[Tag]) -> PlatformTag | None:
    """Of several platform tags, as in manylinux_2_17_x86_64.manylinux2014_x86_64, the one that reaches furthest back.

    A wheel for both kinds of Mac names each of them beside universal2.
    """
    read = [found for found in (read_tag(tag.platform) for tag in tags) if found is not None]
    both = [tag for tag in read if tag.platform.architecture == "universal2"]
    return min(both or read, key=lambda tag: (tag.floor, tag.platform.architecture)) if read else None


def _dotted(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))
