"""A sealed release, and an index that does as it is told, for tests of what publishes the one to the other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyo3ops.release.index import Answer, Sent
from pyo3ops.release.journal import Disk, Journal
from pyo3ops.release.manifest import fingerprint, seal
from pyo3ops.tools.index import Refusal
from pyo3ops.tools.simple_page import IndexFile

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.index import Listing
    from pyo3ops.release.model import Manifest, SealedFile

WHEEL = "spam-1.0-cp311-cp311-linux_x86_64.whl"
OTHER = "spam-1.0-cp312-cp312-linux_x86_64.whl"
SDIST = "spam-1.0.tar.gz"
NOW = 1_800_000_000.0
ABSENT = Refusal("no project spam", absent=True)


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.time = NOW
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class NoDisk(Disk):
    """Does not wait for the disk."""

    def sync(self, stream: object) -> None:
        pass


def files(folder: Path, names: tuple[str, ...] = (WHEEL, OTHER, SDIST)) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(f"the bytes of {name}".encode())
    return [folder / name for name in names]


def sealed(root: Path, names: tuple[str, ...] = (WHEEL, OTHER, SDIST)) -> Manifest:
    """A set of three files below `root`, of a commit."""
    return seal(files(root / "dist", names), root / "release", project="spam", version="1.0", commit="c0ffee" * 7)


def checked(root: Path, manifest: Manifest, clock: Clock) -> Journal:
    """The journal of a set that is ready to be published; not yet this process's."""
    journal = Journal.open(root / "release", clock, NoDisk())
    with journal:
        journal.append("planned", project="spam", version="1.0")
        journal.append("built")
        journal.append("sealed", manifest=fingerprint(manifest))
        journal.append("checked")
    return journal


def as_shown(name: str, data: bytes | None = None, **more: str) -> IndexFile:
    """A file as an index shows it: with the sealed bytes, or others."""
    sha256 = hashlib.sha256(f"the bytes of {name}".encode() if data is None else data).hexdigest()
    return IndexFile(name, f"https://index.example/{name}", (("sha256", sha256),), **more)  # type: ignore[arg-type]


@dataclass
class Scripted:
    """An index that keeps what it accepts, and answers what it is told to before that."""

    answers: list[Answer] = field(default_factory=list)
    lists: list[Listing] = field(default_factory=list)
    there: dict[str, IndexFile] = field(default_factory=dict)
    #: Names in the order in which they were sent.
    sent: list[str] = field(default_factory=list)
    fetched: list[bytes] = field(default_factory=list)
    shown: str = "an index"
    asked: int = 0

    def listing(self, project: str) -> Listing:
        assert project == "spam"
        self.asked += 1
        return self.lists.pop(0) if self.lists else tuple(self.there.values()) or ABSENT

    def upload(self, path: Path, file: SealedFile) -> Answer:
        self.sent.append(file.name)
        answer = self.answers.pop(0) if self.answers else Answer(Sent.ACCEPTED)
        if answer.sent is Sent.ACCEPTED:
            self.there[file.name] = as_shown(file.name, path.read_bytes())
        return answer

    def fetch(self, file: IndexFile, folder: Path) -> Path | Refusal:
        if not self.fetched:
            return Refusal("HTTP 502")
        (folder / file.name).write_bytes(self.fetched.pop(0))
        return folder / file.name
