"""A store of debug companions, by build ID: `.build-id/ab/cdef.debug`, where gdb, perf and symbol servers look.

That layout is in tools/build_id_folders.py, that of .pdb files in pdb.py. index.json beside it says which wheel each
companion is of.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import is_file, write_whole
from pyo3ops.tools.build_id_folders import SHORTEST, relative
from pyo3ops.wheels import pdb

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "pyo3ops-symbols/1"
#: Bytes; a release a day for years has a tenth.
_INDEX_LIMIT = 64 * 2**20


@dataclass(frozen=True, order=True)
class Kept:
    """A companion and the library that it was split from, as a wheel has it; hashes are SHA-256 in hexadecimal."""

    project: str
    version: str
    #: File name of the wheel, its hash once it was split, and the library in it with its own.
    wheel: str
    wheel_sha256: str
    member: str
    library_sha256: str
    machine: str
    build_id: str
    #: Path from the store.
    companion: str
    companion_sha256: str


@dataclass(frozen=True)
class Store:
    """The folder that companions are kept in."""

    folder: Path

    @property
    def index(self) -> Path:
        """The file that says which wheel each companion is of."""
        return self.folder / "index.json"

    def companion(self, build_id: str) -> Path:
        """Where the companion of a build lies, or would."""
        return self.folder / relative(build_id)

    def has(self, build_id: str) -> bool:
        """True where there is a companion of a build."""
        return len(build_id) >= SHORTEST and is_file(self.companion(build_id))

    def keep(self, path: str, data: bytes) -> Path:
        """Put a companion at its place, from the store; raises `OSError`."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data)
        return target


def entries(store: Store) -> tuple[Kept, ...]:
    """What the index says, sorted; empty without one. Raises `UsageError` where it cannot be read."""
    try:
        if not store.index.exists():
            return ()
        if store.index.stat().st_size > _INDEX_LIMIT:
            raise _unusable(store, "it is larger than any index")
        return parse(store.index.read_bytes())
    except OSError as error:
        raise _unusable(store, error.strerror or str(error)) from None
    except ValueError as error:
        raise _unusable(store, str(error)) from None


def parse(data: bytes) -> tuple[Kept, ...]:
    """Read an index; raises `ValueError` for what is none."""
    try:
        document = json.loads(data)
        if document["schema"] != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        return tuple(sorted(_row(row) for row in document["symbols"]))
    except (KeyError, TypeError, RecursionError):
        raise ValueError("it is no index of symbols") from None


def _row(row: Mapping[str, Any]) -> Kept:
    kept = Kept(**row)
    values = dataclasses.astuple(kept)
    name = str(kept.companion).rpartition("/")[2]
    places = {relative(str(kept.build_id)), pdb.place(name, str(kept.build_id))}
    if (
        not all(isinstance(value, str) for value in values)
        or kept.companion not in places
        or ".." in kept.companion.split("/")
    ):
        raise ValueError("a row of it is none that pyo3ops writes")
    return kept


def dumps(rows: tuple[Kept, ...]) -> bytes:
    """The bytes of an index: the same for the same rows."""
    document = {"schema": SCHEMA, "symbols": [dataclasses.asdict(row) for row in sorted(rows)]}
    return f"{json.dumps(document, indent=1, sort_keys=True)}\n".encode()


def add(store: Store, new: tuple[Kept, ...]) -> None:
    """Put rows into the index, in place of those of the same library in the same wheel with the same build ID.

    One process at a time does. Raises `OSError`, and `UsageError` as `entries`.
    """
    store.folder.mkdir(parents=True, exist_ok=True)
    with _locked(store.folder / ".lock"):
        rows = {_key(row): row for row in (*entries(store), *new)}
        data = dumps(tuple(rows.values()))
        if not store.index.exists() or store.index.read_bytes() != data:
            write_whole(store.index, data)


def _key(row: Kept) -> tuple[str, str, str]:
    return row.build_id, row.wheel, row.member


def _unusable(store: Store, why: str) -> UsageError:
    return UsageError(
        f"{store.index} cannot be used: {why}",
        cause="it was changed by hand, or by another release of pyo3ops",
        command=f"mv {store.index} {store.index}.old",
    )


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as stream:
        if os.name == "posix":
            import fcntl  # noqa: PLC0415 - there is none on Windows, where one session at a time has to do

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
