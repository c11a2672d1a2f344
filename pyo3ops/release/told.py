"""What an index tells of a file, beside what the file says of itself: installers choose by the first.

`requires-python` is of PEP 503, the metadata file beside a wheel of PEP 658 and PEP 714.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from dataclasses import replace
from email.parser import BytesParser
from email.policy import compat32
from typing import TYPE_CHECKING, Iterator

from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.index import Index
    from pyo3ops.tools.simple_page import IndexFile

#: Bytes of a METADATA; those with a long description have a hundred thousand.
LIMIT = 16 * 2**20
#: How often the metadata file is asked for.
TRIES = 3
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,
    OSError,
)


def told_wrongly(path: Path, shown: IndexFile, index: Index, scratch: Path) -> Iterator[str]:
    """Where the index contradicts the file that it offers; `scratch` takes what is downloaded for that."""
    own = metadata_of(path)
    # What the sealed bytes lack is no fault of the index.
    if isinstance(own, str):
        return
    requires = _field(own, "Requires-Python")
    if shown.requires_python and _plain(shown.requires_python) != _plain(requires):
        said = f"requires-python {shown.requires_python}"
        yield f"the index tells {said}, the file itself {requires or 'none'}: installers believe the index"
    if shown.metadata is not None:
        yield from _beside(own, shown, index, scratch)


def metadata_of(path: Path) -> bytes | str:
    """METADATA of a wheel, or PKG-INFO of an sdist; in words why there is none."""
    try:
        found = _of_wheel(path) if path.suffix == ".whl" else _of_sdist(path)
    except _DAMAGED as error:
        return f"{path.name} cannot be read: {type(error).__name__}: {error}"
    return found if found is not None else f"{path.name} has no metadata"


def _of_wheel(path: Path) -> bytes | None:
    with zipfile.ZipFile(path) as archive:
        name = next((each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)), None)
        if name is None:
            return None
        with archive.open(name) as stream:
            return stream.read(LIMIT)


def _of_sdist(path: Path) -> bytes | None:
    if path.suffix == ".zip":
        return None
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and re.fullmatch(r"[^/]+/PKG-INFO", member.name):
                stream = archive.extractfile(member)
                return stream.read(LIMIT) if stream is not None else None
    return None


def _beside(own: bytes, shown: IndexFile, index: Index, scratch: Path) -> Iterator[str]:
    """The metadata file, downloaded and compared."""
    place = replace(
        shown, name=f"{shown.name}.metadata", url=f"{shown.url}.metadata", size=None, hashes=shown.metadata or ()
    )
    got = index.fetch(place, scratch)
    for _ in range(TRIES - 1):
        got = index.fetch(place, scratch) if isinstance(got, Refusal) else got
    if isinstance(got, Refusal):
        yield f"the metadata file that the index offers beside it does not come: {got.reason}"
    elif got.read_bytes() != own:
        yield "the metadata file that the index offers beside it is not the one in it: installers believe the index"


def _field(metadata: bytes, name: str) -> str:
    return str(BytesParser(policy=compat32).parsebytes(metadata, headersonly=True).get(name) or "")


def _plain(specifiers: str) -> frozenset[str]:
    """Specifiers in no order and without spaces."""
    return frozenset(filter(None, re.sub(r"\s", "", specifiers).split(",")))
