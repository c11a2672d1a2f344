"""Which companions of a store fit a build ID, a library, a wheel or the libraries of a core."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import exists, is_file
from pyo3ops.tools import core_file, elf
from pyo3ops.tools.build_id_folders import SHORTEST
from pyo3ops.wheels import pdb
from pyo3ops.wheels.symbol_store import entries
from pyo3ops.wheels.symbols import libraries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.wheels.symbol_store import Kept, Store


@dataclass(frozen=True)
class Wanted:
    """A build that debug information is wanted of, and its companion; empty where the store has none."""

    what: str
    build_id: str
    companion: str
    #: What the index knows of it.
    kept: Kept | None

    def __str__(self) -> str:
        return f"{self.what}: {self.build_id or 'no build ID'}" + " (in the store)" * bool(self.companion)


def find(store: Store, what: str) -> tuple[Wanted, ...]:
    """The builds that `what` names: a file's, or those whose ID begins so.

    Raises `UsageError` for what is neither a file nor a build ID, for a file that cannot be read, and for a store whose
    index cannot be read.
    """
    path = Path(what)
    rows: dict[str, Kept] = {}
    for row in entries(store):
        rows.setdefault(row.build_id, row)
    if not exists(path) and re.fullmatch(rf"[0-9a-fA-F]{{{SHORTEST},}}", what):
        known = {each for each in {*rows, *_lying(store, what.lower())} if each.lower().startswith(what.lower())}
        builds = [(what, build) for build in sorted(known)]
    else:
        builds = _readable(path)
    return tuple(Wanted(name, build, _companion(store, build, rows), rows.get(build)) for name, build in builds)


def _companion(store: Store, build: str, rows: Mapping[str, Kept]) -> str:
    path = store.folder / rows[build].companion if build in rows else store.companion(build)
    return str(path) if len(build) >= SHORTEST and is_file(path) else ""


def _lying(store: Store, beginning: str) -> list[str]:
    """Builds whose companions lie in the store, also where another tool put them there."""
    folder = store.folder / ".build-id" / beginning[:2]
    return [f"{beginning[:2]}{file.stem}" for file in folder.glob(f"{beginning[2:]}*.debug")]


def _readable(path: Path) -> list[tuple[str, str]]:
    try:
        return _builds(path)
    except OSError as error:
        raise UsageError(
            f"cannot read {reason_of(error, path)}",
            cause="it is not yours to read, or no file of a disk",
            command="pyo3ops wheels symbols --list",
        ) from None


def _builds(path: Path) -> list[tuple[str, str]]:
    """What is in a file, and the build ID of each."""
    if not is_file(path):
        raise UsageError(
            f"{path} is neither a file nor a build ID",
            cause=f"a build ID is hexadecimal, {SHORTEST} digits of it at least",
            command="pyo3ops wheels symbols --list",
        )
    if path.suffix == ".whl":
        with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
            read = [(member.name, _build_of(member.path)) for member in libraries(path, Path(folder))]
        return [(name, build) for name, build in read if build is not None]
    mapped = core_file.mapped(path)
    if mapped is not None:
        return [(each.path, each.build_id) for each in mapped]
    build = _build_of(path)
    if build is None:
        raise UsageError(
            f"{path} is no library, no core and no wheel",
            cause="a library is an ELF file, or of Windows with the name of its .pdb; a core is of Linux",
            command="pyo3ops wheels symbols --list",
        )
    return [(str(path), build)]


def _build_of(library: Path) -> str | None:
    """The build ID, empty without one; None for what is no library of Linux or Windows."""
    read = elf.read(library)
    linked = pdb.of(library) if read is None else None
    return read.build_id if read is not None else linked.identity if linked is not None else None
