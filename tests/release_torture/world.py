"""What all runners of a script share: the store, the time, the lock; and the sets that they release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.release.manifest import seal
from tests.release_torture.index import Put, Store

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.model import Manifest
    from tests.release_torture.scripts import FaultScript

START = 1_800_000_000.0


class Killed(BaseException):
    """SIGKILL: nobody catches it but the harness."""


class Violated(AssertionError):  # noqa: N818 - a promise is not an error
    """A promise was broken."""


@dataclass(frozen=True)
class Sealed:
    """A sealed set and where it is."""

    folder: Path
    manifest: Manifest

    def holds(self, name: str, sha256: str) -> bool:
        file = self.manifest.file(name)
        return file is not None and file.sha256 == sha256


class Sets:
    """Sealed sets, each made once: of so many files, ours or somebody else's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[tuple[int, str], Sealed] = {}

    def sealed(self, files: int, whose: str) -> Sealed:
        key = (files, whose)
        if key not in self._made:
            built = self.folder / f"built-{whose}-{files}"
            built.mkdir(parents=True)
            names = [f"spam-1.0-cp3{minor}-cp3{minor}-linux_x86_64.whl" for minor in range(8, 7 + files)]
            for name in (*names, "spam-1.0.tar.gz"):
                (built / name).write_text(f"{whose} {name}")
            folder = self.folder / f"sealed-{whose}-{files}"
            self._made[key] = Sealed(folder, seal(sorted(built.iterdir()), folder, project="spam", version="1.0"))
        return self._made[key]


class Lock:
    """A lock as a git ref is one: created by one, and there until that one takes it away, killed or not."""

    def __init__(self) -> None:
        self._owner = ""

    def take(self, owner: str) -> bool:
        self._owner = self._owner or owner
        return self._owner == owner


class World:
    """What all runners share."""

    def __init__(self, script: FaultScript, sets: Sets) -> None:
        self.script = script
        #: Seconds since the epoch; they pass when somebody sleeps, or an index works.
        self.time = START
        self.store = Store(lambda: self.time)
        self.lock = Lock()
        self.sets = sets
        self.own = sets.sealed(self.script.files, "ours")
        self.foreign = sets.sealed(self.script.files, "theirs")
        self.runs = self.uploads = 0
        self._late: list[tuple[float, str, bytes]] = []

    def put_late(self, name: str, data: bytes) -> None:
        self._late.append((self.time + self.script.random.uniform(1, 300), name, data))

    def settle(self) -> None:
        """Let happen what was to happen by now."""
        for row in [row for row in self._late if row[0] <= self.time]:
            self._late.remove(row)
            self.put(row[1], row[2])

    def put(self, name: str, data: bytes) -> Put:
        put = self.store.put(name, data)
        sets = [all(each.holds(file.name, file.sha256) for file in self.store.files.values()) for each in self.both]
        if not any(sets):
            raise Violated(f"what is public is of no one sealed set: {sorted(self.store.files)}")
        return put

    @property
    def both(self) -> tuple[Sealed, Sealed]:
        return self.own, self.foreign

    def has_all(self, sealed: Sealed) -> bool:
        return len(self.store.files) == len(sealed.manifest.files) and all(
            sealed.holds(file.name, file.sha256) for file in self.store.files.values()
        )
