"""Wheels and sdists, unpacked within bounds: what an archive holds, and what of that a reader must not trust.

Files are laid down under numbers, never under the names they carry, so that no name leads out of the folder.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Callable, Iterator, NamedTuple, cast

if TYPE_CHECKING:
    from pathlib import Path

#: What an archive may hold: entries, bytes of all files together, and bytes for each one of its own. The wheels of
#: polars unpack to three times their size; deflate reaches a thousand.
MOST_MEMBERS = 100_000
MOST_BYTES = 8 * 2**30
MOST_RATIO = 100
#: An archive that unpacks to less is not asked about its ratio.
SMALL = 64 * 2**20
#: Bytes of a text that is read whole.
TEXT_LIMIT = 16 * 2**20
_CHUNK = 2**20


class Kind(Enum):
    """What an archive is, by its name."""

    WHEEL = "wheel"
    SDIST = "sdist"


@dataclass(frozen=True)
class Member:
    """One file of an archive, laid down at `path`; `digest` is its SHA-256."""

    name: str
    size: int
    #: Bytes in the archive, where that is counted for each file.
    packed: int
    digest: bytes
    head: bytes
    path: Path

    @property
    def base(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    def read(self) -> bytes:
        """What is in it, up to `TEXT_LIMIT`."""
        with self.path.open("rb") as file:
            return file.read(TEXT_LIMIT)

    def text(self) -> str:
        """The same as text; what is no UTF-8 is replaced."""
        return self.read().decode("utf-8", "replace")


@dataclass(frozen=True)
class Archive:
    """What was unpacked; `error` says why there is no more, `problems` what is wrong with what there is."""

    path: Path
    kind: Kind
    members: tuple[Member, ...] = ()
    #: Symbolic and hard links: name and target. A wheel has none.
    links: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
    error: str = ""
    #: What stopped it is of this machine: no room, no permission. The file may be sound.
    hindered: bool = False
    #: What a user calls it.
    shown: str = ""

    @property
    def place(self) -> str:
        """How it is named to a user: from the folder of the project where it is below that."""
        return self.shown or self.path.as_posix()

    def member(self, name: str) -> Member | None:
        """The file of this name, the last one where there are two."""
        return next((each for each in reversed(self.members) if each.name == name), None)


class _Entry(NamedTuple):
    """One entry, before it is read."""

    name: str
    size: int
    packed: int
    kind: str  # "file", "folder", "link" or "other"
    target: str
    open: Callable[[], IO[bytes]]


class _Refused(Exception):  # noqa: N818 - a state, told by the archive's `error`
    """The archive is not unpacked any further."""


def kind_of(path: Path) -> Kind | None:
    """What a file is by its name: `.whl`, `.tar.gz`, or the `.zip` of older sdists; None for anything else."""
    name = path.name.lower()
    if name.endswith(".whl"):
        return Kind.WHEEL
    return Kind.SDIST if name.endswith((".tar.gz", ".tgz", ".zip")) else None


#: What reading a damaged or hostile archive was seen to raise. zipfile: RuntimeError for an encrypted file,
#: NotImplementedError for a compression that it does not know.
_DAMAGED = (
    gzip.BadGzipFile,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    MemoryError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
)


def unpack(path: Path, folder: Path) -> Archive:
    """Lay down the files of a wheel or an sdist in an empty or a new folder; whatever stops that is told by `error`.

    Raises `ValueError` where the name is neither's.
    """
    kind = kind_of(path)
    if kind is None:
        raise ValueError(f"{path.name} is no wheel and no sdist by its name")
    taken = _Taken(folder)
    try:
        folder.mkdir(exist_ok=True)
        size = path.stat().st_size
        with contextlib.ExitStack() as stack:
            entries = _tar(path, stack) if path.name.lower().endswith("gz") else _zip(path, stack)
            for entry in entries:
                taken.take(entry, size)
    except _Refused as refusal:
        return taken.archive(path, kind, str(refusal))
    except (*_DAMAGED, OSError) as error:
        return replace(taken.archive(path, kind, f"not readable: {_words(error)}"), hindered=_of_system(error))
    return taken.archive(path, kind)


class _Taken:
    """What was read of one archive so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._members: list[Member] = []
        self._links: list[tuple[str, str]] = []
        self._problems: list[str] = []
        self._names: dict[str, str] = {}
        self._bytes = 0
        self._entries = 0

    def archive(self, path: Path, kind: Kind, error: str = "") -> Archive:
        return Archive(path, kind, tuple(self._members), tuple(self._links), tuple(self._problems), error)

    def take(self, entry: _Entry, archive_size: int) -> None:
        self._entries += 1
        if self._entries > MOST_MEMBERS:
            raise _Refused(f"it has more than {MOST_MEMBERS} entries")
        self._bytes += max(0, entry.size)
        if self._bytes > MOST_BYTES or (self._bytes > SMALL and self._bytes > MOST_RATIO * archive_size):
            raise _Refused(f"{entry.name!r} unpacks to {entry.size} bytes: the archive has {archive_size}")
        self._problems += _wrong_with(entry, self._names)
        self._names.setdefault(_folded(entry.name), entry.name)
        if entry.kind == "link":
            self._links.append((entry.name, entry.target))
        elif entry.kind == "file":
            self._members.append(_lay_down(entry, self._folder / str(len(self._members))))


def _lay_down(entry: _Entry, path: Path) -> Member:
    """Copy one file and look at what passes; no byte more than the archive said."""
    sha, head, size = hashlib.sha256(), b"", 0
    with entry.open() as source, path.open("wb") as target:
        for chunk in iter(lambda: source.read(_CHUNK), b""):
            size += len(chunk)
            if size > entry.size:
                raise _Refused(f"{entry.name!r} has more bytes than the archive says")
            head = head or chunk[:64]
            sha.update(chunk)
            target.write(chunk)
    return Member(entry.name, size, entry.packed, sha.digest(), head, path)


def _wrong_with(entry: _Entry, before: dict[str, str]) -> Iterator[str]:
    name = entry.name
    parts = PurePosixPath(name).parts
    if not name or "\0" in name or "\\" in name or name.startswith("/") or ".." in parts or name[1:2] == ":":
        yield f"{name!r} leads out of the folder it is unpacked into"
    if entry.kind == "other":
        yield f"{name!r} is neither a file nor a folder"
    same = before.get(_folded(name))
    if same is not None and entry.kind != "folder":
        yield f"{name!r} is there twice" if same == name else f"{name!r} and {same!r} are one file on some systems"


def _folded(name: str) -> str:
    return name.rstrip("/").casefold()


def _zip(path: Path, stack: contextlib.ExitStack) -> Iterator[_Entry]:
    file = stack.enter_context(zipfile.ZipFile(path))
    for info in file.infolist():
        if info.flag_bits & 1:
            raise _Refused(f"{info.filename!r} is encrypted")
        mode = info.external_attr >> 16 & 0o170000
        kind = "folder" if info.is_dir() else "link" if mode == 0o120000 else "file"  # noqa: PLR2004 - S_IFLNK
        yield _Entry(info.filename, info.file_size, info.compress_size, kind, "", lambda info=info: file.open(info))  # type: ignore[misc]


def _tar(path: Path, stack: contextlib.ExitStack) -> Iterator[_Entry]:
    packed = stack.enter_context(gzip.open(path))  # noqa: SIM115 - the stack closes it
    file = stack.enter_context(tarfile.open(fileobj=cast("Any", _Guarded(packed)), mode="r:"))  # noqa: SIM115
    for info in file:
        kind = "folder" if info.isdir() else "link" if info.issym() or info.islnk() else "other"
        kind = "file" if info.isfile() else kind
        yield _Entry(info.name, info.size, 0, kind, info.linkname, lambda info=info: _opened(file, info))  # type: ignore[misc]
    # Behind the last entry stand zeros, and the checksum of all.
    for _ in range(SMALL // _CHUNK):
        if not packed.read(_CHUNK):
            return
    raise _Refused("it goes on behind its last entry")


class _Guarded:
    """What tarfile reads from: it would read a header of any size at once."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= SMALL:
            raise _Refused("it has a header that is far too long")
        return self._file.read(size)


def _opened(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    stream = file.extractfile(info)
    if stream is None:
        raise _Refused(f"{info.name!r} cannot be read")
    return stream


def _of_system(error: BaseException) -> bool:
    """True for what the system refused, and not for what a damaged archive asked of it.

    The modules for gzip and bzip2 give no number; EINVAL and EOVERFLOW are said of places that no file has.
    """
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL, errno.EOVERFLOW)


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
