"""What is in one file of a set, as far as two sets are compared by it."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field, replace
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.wheels.archive import Kind, unpack
from pyo3ops.wheels.diff import asked_names
from pyo3ops.wheels.diff.names import Names, names_of
from pyo3ops.wheels.inspection.crates import Linked, linked
from pyo3ops.wheels.inspection.reading import Asked, read_sdist, read_wheel
from pyo3ops.wheels.inspection.sizes import of_crates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.wheels.archive import Archive
    from pyo3ops.wheels.diff.coverage import Offered
    from pyo3ops.wheels.inspection.reading import Wheel


@dataclass(frozen=True)
class Contents:
    """One wheel or sdist; of an sdist, the metadata alone. What cannot be told is None."""

    file: Offered
    #: Values of each field of METADATA, by its name in small letters.
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: "group: name = object".
    entry_points: frozenset[str] = frozenset()
    #: Shared libraries that it is loaded with and does not bring.
    libraries: frozenset[str] | None = None
    #: Bytes in the compiled files, by section, and by crate where symbols were left in.
    sections: Mapping[str, int] = field(default_factory=dict)
    crate_sizes: Mapping[str, int] = field(default_factory=dict)
    linked: Linked = field(default_factory=Linked)
    names: Names = field(default_factory=lambda: Names({}))
    #: Why its modules did not tell their names, where they were asked.
    silent: str = ""

    @property
    def requires_python(self) -> str:
        """Requires-Python, or empty."""
        return next(iter(self.metadata.get("requires-python", ())), "")


def read(file: Offered, env: Mapping[str, str], *, importing: bool = False) -> Contents | str:
    """Read a file that is here, or in words why not; `importing` runs the code of a wheel for this Python."""
    if file.path is None:
        raise ValueError(f"{file.name} was not fetched")
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
        Path(folder, "files").mkdir()
        archive = unpack(file.path, Path(folder, "files"))
        if archive.error:
            return archive.error
        found = _read(file, archive, env)
        if importing and archive.kind is Kind.WHEEL:
            Path(folder, "modules").mkdir()
            return _asked(found, read_wheel(archive), Path(folder, "modules"), env)
        return found


def _read(file: Offered, archive: Archive, env: Mapping[str, str]) -> Contents:
    if archive.kind is Kind.SDIST:
        info = read_sdist(archive).member("PKG-INFO")
        return _completed(Contents(file, metadata(info.text()) if info else {}))
    wheel = read_wheel(archive)
    own, points = wheel.own("METADATA"), wheel.own("entry_points.txt")
    return _completed(
        Contents(
            file,
            metadata(own.text()) if own else {},
            frozenset(entry_points(points.text())) if points else frozenset(),
            _libraries(wheel),
            _summed(dict(part.sections) for binary in wheel.binaries for part in binary.parts),
            _summed(map(of_crates, wheel.binaries)),
            linked(wheel, Asked(env, archive.path.parent)),
            names_of(wheel),
        )
    )


def _completed(found: Contents) -> Contents:
    """With what the file itself says, where an index said nothing."""
    return replace(found, file=replace(found.file, requires_python=found.requires_python))


def _asked(found: Contents, wheel: Wheel, folder: Path, env: Mapping[str, str]) -> Contents:
    """With the names that modules which nothing describes tell themselves."""
    if not found.names.opaque or not asked_names.runs_here(wheel):
        return found
    told = asked_names.ask(wheel, found.names.opaque, folder, env)
    if isinstance(told, str):
        return replace(found, silent=told)
    modules = {**told.modules, **found.names.modules}
    source = f"{found.names.source} and imports" if found.names.modules else "imports"
    return replace(found, names=Names(modules, frozenset(), found.names.unread, source))


def metadata(text: str) -> dict[str, tuple[str, ...]]:
    """The fields of METADATA or PKG-INFO (core metadata specification), without the description."""
    message = HeaderParser().parsestr(text)
    return {key.lower(): tuple(map(str, message.get_all(key, ()))) for key in message if key.lower() != "description"}


def entry_points(text: str) -> Iterator[str]:
    """The lines of entry_points.txt, with the group of each (entry points specification)."""
    group = ""
    for line in (each.strip() for each in text.splitlines()):
        if re.fullmatch(r"\[.+\]", line):
            group = line[1:-1].strip()
        elif "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            yield f"{group}: {name.strip()} = {target.strip()}"


#: What every program of Rust's needs on Windows, whatever release of its standard library, and Python itself.
_OF_WINDOWS = re.compile(
    r"(?:(?:api|ext)-ms-win-[\w-]+|kernel32|ntdll|ws2_32|userenv|advapi32|bcrypt|bcryptprimitives|synchronization|"
    r"vcruntime140(?:_1)?|ucrtbase|msvcrt|python3\d*t?)\.dll"
)


def _libraries(wheel: Wheel) -> frozenset[str] | None:
    """The libraries that the system of a user has to bring; None where a file cannot be read."""
    if any(not binary.parts for binary in wheel.binaries):
        return None
    needed = {name for binary in wheel.binaries for part in binary.parts for name in part.needed}
    return frozenset(
        name for name in needed if not wheel.brings(name.rpartition("/")[2]) and not _OF_WINDOWS.fullmatch(name)
    )


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in counts:
        for name, size in each.items():
            found[name] = found.get(name, 0) + size
    return found
