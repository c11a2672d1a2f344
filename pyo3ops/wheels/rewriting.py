"""A wheel, written again with some of its files changed: RECORD stays true, and equal content makes equal bytes.

The binary distribution format (PEP 427) and RECORD are those of the Python packaging specifications. Members are in
the order of their names with .dist-info last and RECORD at the very end, carry one time, and are deflated at level 9;
what zlib makes of that is its own affair, so that bytes are equal where its releases are.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import stat
import time
import zipfile
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds since 1970 of the oldest time that a zip archive can tell, 1980-01-01.
OLDEST = 315532800
#: Bytes of all members together, as the archive says they are; zipfile reads no more of each than that.
LIMIT = 4 * 2**30
_LEVEL = 9
#: Signatures of RECORD, which a change would break, have no row in it.
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")
#: What zipfile raises for archives that are damaged, encrypted or compressed in a way it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError)


def rewrite(wheel: Path, changes: Mapping[str, bytes | None], *, epoch: int = OLDEST) -> bool:
    """Replace a wheel by `repacked` of it; False, and not a byte touched, where nothing in it changes.

    Raises `UsageError` as `repacked`, and `OSError` where the file cannot be written; the old one is whole then.
    """
    if not _changing(wheel, changes):
        return False
    write_whole(wheel, repacked(wheel, changes, epoch=epoch))
    return True


def repacked(wheel: Path, changes: Mapping[str, bytes | None], *, epoch: int = OLDEST) -> bytes:
    """The bytes of a wheel with members replaced or added (their new bytes) or removed (None).

    `epoch` is the time that members carry, in seconds since 1970. Raises `UsageError` for what is no wheel, for one
    whose RECORD is not true as it is, which a new one would hide, and for one that is signed.
    """
    written = io.BytesIO()
    with _opened(wheel) as archive, zipfile.ZipFile(written, "w") as new:
        record = _record_name(archive)
        rows = []
        for name, data, mode in _members(archive, record, changes):
            _write(new, name, data, mode, epoch)
            if not name.endswith("/"):
                rows.append((name, _hash(data), str(len(data))))
        _write(new, record, _record([*rows, (record, "", "")]), 0o644, epoch)
    return written.getvalue()


def verify(wheel: Path) -> None:
    """Read all of a wheel, and hold it against its RECORD; raises `UsageError` as `repacked`."""
    with _opened(wheel) as archive:
        for _ in _members(archive, _record_name(archive), {}):
            pass


def _opened(wheel: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(wheel)
    except OSError as error:
        raise UsageError(f"cannot read {wheel}: {error.strerror or error}") from None
    except _DAMAGED as error:
        raise _broken(str(wheel), str(error)) from None
    counts = Counter(archive.namelist())
    strange = next((name for name, count in counts.items() if count > 1 or not _is_plain(name)), None)
    if strange is not None:
        archive.close()
        raise _broken(str(wheel), f"it has a member called {strange!r}, or has it twice")
    if sum(info.file_size for info in archive.infolist()) > LIMIT:
        archive.close()
        raise _broken(str(wheel), f"its members are larger than {LIMIT >> 30} GiB together")
    return archive


def _broken(name: str, why: str) -> UsageError:
    return UsageError(
        f"{name} cannot be used: {why}",
        cause="it is damaged, or was not made by a tool for wheels",
        command=f"pyo3ops wheels inspect {name}",
    )


def _is_plain(name: str) -> bool:
    parts = name.rstrip("/").split("/")
    return "\\" not in name and not re.match(r"[A-Za-z]:", name) and not {"", ".", ".."} & set(parts)


def _record_name(archive: zipfile.ZipFile) -> str:
    """The one RECORD, of the one .dist-info; the wheel is unsigned."""
    name = str(archive.filename)
    found = [each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", each)]
    if len(found) != 1:
        raise _broken(name, f"it has {len(found) or 'no'} RECORD")
    signed = [each for each in _SIGNATURES if f"{found[0][:-6]}{each}" in archive.namelist()]
    if signed:
        raise UsageError(
            f"{name} is signed ({signed[0]}), and a change would break that",
            cause="a signature is made of the wheel that is published, so it comes last",
            command=f"zip -d {name} '*/{signed[0]}'",
        )
    return found[0]


def _changing(wheel: Path, changes: Mapping[str, bytes | None]) -> bool:
    with _opened(wheel) as archive:
        there = set(archive.namelist())
        return any(
            (name in there) is (data is None) or (name in there and data is not None and _read(archive, name) != data)
            for name, data in changes.items()
        )


def _members(
    archive: zipfile.ZipFile, record: str, changes: Mapping[str, bytes | None]
) -> Iterator[tuple[str, bytes, int]]:
    """Name, bytes and mode of each member but RECORD, in the order in which they are written."""
    if record in changes or not all(_is_plain(name) for name in changes):
        raise ValueError("RECORD follows from what is in the wheel, and members have plain names")
    promised = _promised(_read(archive, record))
    infolist = {info.filename: info for info in archive.infolist() if info.filename != record}
    _check_promises(archive, set(infolist), set(promised) - {record})
    names = {name for name in [*infolist, *changes] if changes.get(name, b"") is not None}
    for name in sorted(names, key=lambda name: (name.startswith(f"{record[:-7]}/"), name)):
        info = infolist.get(name)
        data = _read(archive, name) if info else b""
        if info and not info.is_dir() and not _true(promised[name], data):
            raise _broken(str(archive.filename), f"{name} is not what RECORD says it is")
        new = changes.get(name)
        yield name, data if new is None else new, _mode(info)


def _check_promises(archive: zipfile.ZipFile, there: set[str], promised: set[str]) -> None:
    files = {name for name in there if not name.endswith("/")}
    wrong = sorted(files ^ promised)
    if wrong:
        where = "in RECORD and not in the wheel" if wrong[0] in promised else "in the wheel and not in RECORD"
        raise _broken(str(archive.filename), f"{wrong[0]} is {where}")


def _promised(record: bytes) -> dict[str, tuple[str, str]]:
    """Hash and size of each file that RECORD has a row of."""
    rows = csv.reader(io.StringIO(record.decode("utf-8", "replace")))
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}  # noqa: PLR2004 - path, hash, size


def _true(promise: tuple[str, str], data: bytes) -> bool:
    algorithm, _, digest = promise[0].partition("=")
    if not digest or algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return False
    return _encoded(hashlib.new(algorithm, data).digest()) == digest.rstrip("=") and promise[1] in ("", str(len(data)))


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (*_DAMAGED, OSError) as error:
        raise _broken(str(archive.filename), f"{name}: {error}") from None


def _mode(info: zipfile.ZipInfo | None) -> int:
    """The permissions that a member keeps, spelt as other makers of wheels do: a program can be run, the rest read."""
    mode = info.external_attr >> 16 if info else 0
    if stat.S_ISLNK(mode):
        return mode
    return 0o755 if mode & 0o111 or (info and info.is_dir()) else 0o644


def _write(new: zipfile.ZipFile, name: str, data: bytes, mode: int, epoch: int) -> None:
    info = zipfile.ZipInfo(name, time.gmtime(max(epoch, OLDEST))[:6])
    # Whatever system this runs on.
    info.create_system = 3
    kind = 0 if stat.S_IFMT(mode) else stat.S_IFDIR if info.is_dir() else stat.S_IFREG
    info.external_attr = (kind | mode) << 16 | (0x10 if info.is_dir() else 0)
    info.compress_type = zipfile.ZIP_STORED if info.is_dir() else zipfile.ZIP_DEFLATED
    new.writestr(info, data, compresslevel=_LEVEL)


def _record(rows: list[tuple[str, str, str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _hash(data: bytes) -> str:
    return f"sha256={_encoded(hashlib.sha256(data).digest())}"


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
