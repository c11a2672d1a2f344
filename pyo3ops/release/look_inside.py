"""What no release should carry, in the members of a wheel or an sdist: conflicts, secrets, bytes behind the archive."""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Status

if TYPE_CHECKING:
    from pathlib import Path

#: Files that hold what nobody else may have, wherever they lie; templates of them end otherwise.
_SECRETS = re.compile(
    r"(?:.*/)?(?:\.env(?:rc)?|\.pypirc|\.netrc|_netrc|id_(?:rsa|dsa|ecdsa|ed25519)|\.git-credentials)"
)
#: Below these lie samples of all that a program may meet.
_SAMPLES = re.compile(r"(?:^|/)(?:tests?|testdata|docs?|examples?)/")
_TEXTS = (".py", ".pyi", ".rs", ".toml", ".md", ".rst", ".txt", ".c", ".h")
#: Bytes of one member that are searched.
_LIMIT = 2**21
_END = b"PK\x05\x06"
_END_SIZE = 22
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError, OSError, NotImplementedError)


def contents(path: Path) -> Iterator[Finding]:
    """What is wrong with the members of an archive; of one that cannot be read others say so."""
    if path.name.endswith(".whl") and _behind(path):
        yield _wrong(
            "wheels.archive", f"{_behind(path)} bytes stand behind the archive: indexes refuse it", "build it again"
        )
    try:
        for name, data in _members(path):
            if _SECRETS.fullmatch(name) and not _SAMPLES.search(name):
                yield _wrong(
                    "wheels.contents", f"{name} is in it, which holds secrets by its name", f"leave {name} out"
                )
            if torn(data) and not _SAMPLES.search(name):
                yield _wrong("wheels.contents", f"{name} has conflict markers", f"resolve the conflict in {name}")
    except _DAMAGED:
        return


def torn(data: bytes) -> bool:
    """True for a text with both ends of a conflict."""
    return all(re.search(rb"^%s " % mark, data, re.MULTILINE) for mark in (b"<<<<<<<", b">>>>>>>"))


def _wrong(identity: str, detail: str, summary: str) -> Finding:
    return Finding(identity, "nothing is in it that is not to be public", Status.FAIL, detail, fix=Fix(summary))


def _behind(path: Path) -> int:
    """Bytes behind the end of a zip archive, its comment not counted."""
    try:
        data = path.read_bytes()[-(2**16 + 2 * _END_SIZE) :]
    except OSError:
        return 0
    place = data.rfind(_END)
    if place < 0 or len(data) < place + _END_SIZE:
        return 0
    comment = int.from_bytes(data[place + 20 : place + _END_SIZE], "little")
    return max(0, len(data) - place - _END_SIZE - comment)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names, and the head of texts; names of an sdist below its own folder."""
    if path.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as stream:
                    yield info.filename, stream.read(_LIMIT) if info.filename.endswith(_TEXTS) else b""
        return
    with tarfile.open(path) as packed:
        for member in packed:
            stream_or_none = packed.extractfile(member) if member.isfile() and member.name.endswith(_TEXTS) else None
            yield member.name.partition("/")[2], stream_or_none.read(_LIMIT) if stream_or_none else b""
