"""An index in memory, and files for it: what it shows and serves is what a test puts there."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable

from pyo3ops.release.index import Answer, Sent
from pyo3ops.release.model import Manifest, SealedFile
from pyo3ops.tools.index import Refusal
from pyo3ops.tools.simple_page import IndexFile

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.index import Listing

METADATA = "Metadata-Version: 2.1\nName: spam\nVersion: {version}\nRequires-Python: >=3.8, <4\n"
WHEEL = "spam-1.0-py3-none-any.whl"
NATIVE = "spam-1.0-cp38-cp38-manylinux_2_17_x86_64.whl"
SDIST = "spam-1.0.tar.gz"


def wheel(version: str = "1.0", body: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in {
            "spam.py": f"answer = 42\n{body}",
            f"spam-{version}.dist-info/METADATA": METADATA.format(version=version),
        }.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return packed.getvalue()


def sdist(version: str = "1.0") -> bytes:
    packed, text = io.BytesIO(), METADATA.format(version=version).encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo(f"spam-{version}/PKG-INFO")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return packed.getvalue()


FILES = {NATIVE: wheel(body="native = True\n"), WHEEL: wheel(), SDIST: sdist()}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sealed(files: dict[str, bytes], version: str = "1.0") -> Manifest:
    rows = (
        SealedFile(name, len(data), sha256(data), hashlib.blake2b(data, digest_size=32).hexdigest())
        for name, data in files.items()
    )
    return Manifest("spam", version, "", tuple(rows))


def entry(name: str, data: bytes, yanked: str | None = None) -> IndexFile:
    return IndexFile(
        name, f"https://index.example/{name}", (("sha256", sha256(data)),), ">=3.8,<4", yanked, len(data), "2026-01-02"
    )


@dataclass
class Ticking:
    """A clock that only sleeping moves."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Shelf:
    """An index; `listings` are answers to the first looks, the last of them to all that follow."""

    files: dict[str, bytes]
    listings: list[Listing] = field(default_factory=list)
    #: What a download gives in the place of the file, by name and number of the download.
    served: Callable[[str, int], bytes | Refusal | None] = lambda _, __: None
    shown: str = "the shelf"
    asked: int = 0
    fetched: list[str] = field(default_factory=list)

    def listing(self, project: str) -> Listing:
        assert project == "spam"
        self.asked += 1
        if self.listings:
            return self.listings[min(self.asked, len(self.listings)) - 1]
        return tuple(entry(name, data) for name, data in self.files.items())

    def upload(self, path: Path, file: SealedFile) -> Answer:
        return Answer(Sent.REFUSED, f"{path} {file.name}: this index is read alone")

    def fetch(self, file: IndexFile, folder: Path) -> Path | Refusal:
        self.fetched.append(file.name)
        answer = self.served(file.name, self.fetched.count(file.name))
        if isinstance(answer, Refusal):
            return answer
        data = answer if answer is not None else self.files.get(file.name)
        if data is None:
            return Refusal(f"{file.name}: HTTP 404", absent=True)
        path = folder / file.name
        path.write_bytes(data)
        return path
