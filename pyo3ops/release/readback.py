"""Read back: every file that is public is downloaded and held against what was sealed, byte for byte.

An index is asked until it shows all of them, as caches and mirrors lag; bytes that differ are fetched again a few times
for the same reason, and then they are what everybody gets.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.release.public import of_version
from pyo3ops.release.told import told_wrongly
from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.release.clock import Clock
    from pyo3ops.release.index import Index, Listing
    from pyo3ops.release.model import Manifest, SealedFile
    from pyo3ops.tools.simple_page import IndexFile

#: How often bytes that differ, or a file that does not come, are asked for again.
TRIES = 3
#: The size of a sealed file of which only the digest is known.
UNKNOWN = -1


@dataclass(frozen=True)
class Patience:
    """Seconds: how long an index may take to show a file, the first wait between two looks, and the longest one."""

    seconds: float = 300.0
    first: float = 1.0
    longest: float = 30.0


class Verdict(Enum):
    """What became of one sealed file; the value is what a person reads."""

    SAME = "same bytes"
    OTHER = "other bytes"
    MISSING = "not shown"
    #: It is shown, and could not be downloaded.
    UNREAD = "not read"


@dataclass(frozen=True)
class Read:
    """One sealed file, read back; `reason` says why it is not the same."""

    name: str
    verdict: Verdict
    reason: str = ""
    #: From the first look until the index showed it.
    seconds: float = 0.0
    #: Bytes and SHA-256 of what was downloaded; None and empty where nothing was.
    size: int | None = None
    sha256: str = ""
    #: What the index says of the file and the file does not say of itself: installers decide by that.
    faults: tuple[str, ...] = ()
    #: Why it was yanked; None where it was not.
    yanked: str | None = None
    #: Where its bytes lie now.
    path: Path | None = None

    @property
    def ok(self) -> bool:
        """True where everybody gets the sealed bytes, and is told the truth about them."""
        return self.verdict is Verdict.SAME and not self.faults


@dataclass(frozen=True)
class ReadBack:
    """A release as the index gives it to everybody, beside the sealed one."""

    files: tuple[Read, ...]
    #: Names of this version that are public and were never sealed.
    extra: tuple[str, ...] = ()
    #: Sealed names that the index did not show in time.
    missing: tuple[str, ...] = ()
    #: What the index answered last where it gave no listing.
    reason: str = ""
    #: The public files of this version.
    shown: tuple[IndexFile, ...] = ()
    #: How often the index was asked for its listing.
    looks: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """True where exactly the sealed files are public, byte for byte."""
        return bool(self.files) and not self.extra and all(file.ok for file in self.files)

    @property
    def unknown(self) -> bool:
        """True where nothing is wrong that anybody could see, and not everything could be seen."""
        wrong = any(file.faults or file.verdict is Verdict.OTHER for file in self.files)
        # A listing that was read and lacks a file says something; one that never came says nothing.
        gone = bool(self.missing) and not self.reason
        return not (self.ok or wrong or gone or self.extra)


def read_back(
    manifest: Manifest,
    index: Index,
    folder: Path,
    clock: Clock,
    progress: Callable[[str], None] = lambda _: None,
    *,
    patience: Patience = Patience(),
) -> ReadBack:
    """Wait until the index shows every sealed file, download them all into `folder`, and compare.

    Nothing that lies in `folder` before is taken for an answer. Raises `OSError` where it cannot be written.
    """
    look = _Look(manifest, index, clock, progress)
    look.until_shown(patience)
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(_read(file, look, folder) for file in manifest.files)
    shown = of_version(look.files.values(), manifest.project, manifest.version)
    sealed = {file.name for file in manifest.files}
    return ReadBack(
        files,
        extra=tuple(sorted({file.name for file in shown} - sealed)),
        missing=tuple(file.name for file in files if file.verdict is Verdict.MISSING),
        reason=look.reason,
        shown=shown,
        looks=look.looks,
        seconds=look.seconds,
    )


class _Look:
    """The index, asked again and again: what it shows, and since when."""

    def __init__(self, manifest: Manifest, index: Index, clock: Clock, progress: Callable[[str], None]) -> None:
        self._manifest = manifest
        self.index = index
        self.clock = clock
        self.progress = progress
        self._started = clock.now()
        self.since: dict[str, float] = {}
        self.files: dict[str, IndexFile] = {}
        #: Names that are listed more than once, with other digests.
        self.twice: set[str] = set()
        self.reason = ""
        self.looks = 0

    @property
    def seconds(self) -> float:
        """Since the first look."""
        return self.clock.now() - self._started

    def until_shown(self, patience: Patience) -> None:
        """Look until every sealed file is there with its own digest, or patience ends."""
        wait = patience.first
        while True:
            self.again()
            left = patience.seconds - self.seconds
            waiting = self._waiting()
            if not waiting or left <= 0:
                return
            self.progress(f"waiting for {self.index.shown} to show {_some(waiting)}")
            self.clock.sleep(min(wait, left))
            wait = min(2 * wait, patience.longest)

    def again(self) -> None:
        """One look; a listing that did not come leaves its reason, and what was seen before."""
        listing: Listing = self.index.listing(self._manifest.project)
        self.looks += 1
        absent = isinstance(listing, Refusal) and listing.absent
        if isinstance(listing, Refusal) and not absent:
            self.reason = listing.reason
            return
        self.reason = ""
        found = () if isinstance(listing, Refusal) else listing
        self.files = {file.name: file for file in found}
        # Of two installers, each may take the other one.
        self.twice = {file.name for file in found if _hashes(file) != _hashes(self.files[file.name])}
        for name in self.files:
            self.since.setdefault(name, self.seconds)

    def _waiting(self) -> tuple[str, ...]:
        """Sealed files that are not shown; one with another digest counts as such for the first looks."""
        return tuple(
            file.name
            for file in self._manifest.files
            if file.name not in self.files or (self.looks < TRIES and not _agrees(self.files[file.name], file))
        )


def _some(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _agrees(shown: IndexFile, sealed: SealedFile) -> bool:
    digest = _hashes(shown).get("sha256", sealed.sha256)
    return digest == sealed.sha256


def _hashes(shown: IndexFile) -> Mapping[str, str]:
    return {name.lower(): value.lower() for name, value in shown.hashes}


def _read(sealed: SealedFile, look: _Look, folder: Path) -> Read:
    """Download one sealed file, again where that fails or its bytes differ, and say what it is."""
    read = Read(sealed.name, Verdict.MISSING, f"{look.index.shown} does not show it")
    wait = Patience.first
    for left in reversed(range(TRIES)):
        shown = look.files.get(sealed.name)
        if shown is None:
            return replace(read, reason=look.reason or read.reason)
        look.progress(f"reading {sealed.name} back")
        since = look.since.get(sealed.name, 0.0)
        read = replace(_fetched(sealed, shown, look, folder), seconds=since, yanked=shown.yanked)
        if read.verdict is Verdict.SAME or not left:
            return read
        look.clock.sleep(wait)
        wait *= 2
        look.again()
    return read


def _fetched(sealed: SealedFile, shown: IndexFile, look: _Look, folder: Path) -> Read:
    """One download, into a folder of its own: what lay there before proves nothing."""
    scratch = Path(tempfile.mkdtemp(prefix=".read-", dir=folder))
    try:
        got = look.index.fetch(shown, scratch)
        if isinstance(got, Refusal):
            # Listed and not there: that is what everybody meets, too.
            return Read(sealed.name, Verdict.MISSING if got.absent else Verdict.UNREAD, got.reason)
        size, digests = _digests(got, sealed)
        if not sealed.sha256:
            return Read(
                sealed.name, Verdict.UNREAD, "nothing says which SHA-256 it ought to have", size=size, sha256=digests[0]
            )
        wrong = tuple(_differences(sealed, shown, size, digests))
        if sealed.name in look.twice:
            wrong += ("the index lists it twice, with different digests",)
        if wrong:
            return Read(sealed.name, Verdict.OTHER, "; ".join(wrong), size=size, sha256=digests[0])
        kept = folder / sealed.name
        shutil.move(str(got), str(kept))
        faults = tuple(told_wrongly(kept, shown, look.index, scratch))
        return Read(sealed.name, Verdict.SAME, size=size, sha256=digests[0], faults=faults, path=kept)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _digests(path: Path, sealed: SealedFile) -> tuple[int, tuple[str, str]]:
    """Bytes, and SHA-256 and BLAKE2b as long as the sealed one."""
    size, sha256 = 0, hashlib.sha256()
    blake2b = hashlib.blake2b(digest_size=len(sealed.blake2b) // 2 or 32)
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(2**20), b""):
            size += len(chunk)
            sha256.update(chunk)
            blake2b.update(chunk)
    return size, (sha256.hexdigest(), blake2b.hexdigest())


def _differences(sealed: SealedFile, shown: IndexFile, size: int, digests: tuple[str, str]) -> Iterator[str]:
    """What of the bytes, or of what the index says of them, is not as sealed."""
    if sealed.size not in {UNKNOWN, size}:
        yield f"{size} bytes were served, {sealed.size} were sealed"
    if digests[0] != sealed.sha256:
        yield f"the bytes served have sha256 {digests[0]}, the sealed ones {sealed.sha256}"
    elif sealed.blake2b and digests[1] != sealed.blake2b:
        yield f"the bytes served have blake2b {digests[1]}, the sealed ones {sealed.blake2b}"
    listed = _hashes(shown).get("sha256")
    if listed is not None and listed != sealed.sha256:
        yield f"the index lists sha256 {listed}, sealed is {sealed.sha256}"
    if shown.size is not None and shown.size != size:
        yield f"the index lists {shown.size} bytes, and serves {size}"
