"""Wheels and source distributions taken apart, changed, and put together again."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import subprocess
import tarfile
import tempfile
import warnings
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The time of every member, as a zip archive counts it: a corpus differs by what was planted alone.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class File(NamedTuple):
    """A file as it is shipped."""

    name: str
    data: bytes


def edited(data: bytes, *changes: tuple[str, str]) -> bytes:
    """Text with each pattern replaced once; a pattern that is not there is an error, since nothing would be planted."""
    text = data.decode("utf-8")
    for pattern, replacement in changes:
        text, count = re.subn(pattern, lambda _, new=replacement: new, text, count=1, flags=re.MULTILINE)  # type: ignore[misc]
        assert count == 1, f"{pattern!r} is not in\n{text[:2000]}"
    return text.encode("utf-8")


def readelf(data: bytes, *options: str) -> str:
    """What readelf says of a library."""
    return program("readelf", *options, data=data)


def program(*argv: str, data: bytes) -> str:
    """What a program prints of a library, whose path is its last argument."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.so"
        path.write_bytes(data)
        return subprocess.run([*argv, str(path)], check=True, stdout=subprocess.PIPE, timeout=60).stdout.decode()


def rewritten(data: bytes, *argv: str) -> bytes:
    """A library after strip or objcopy, whose last argument is its path, has changed it in place."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.so"
        path.write_bytes(data)
        subprocess.run([*argv, str(path)], check=True, timeout=60)
        return path.read_bytes()


def string_in_place(data: bytes, old: str, new: str) -> bytes:
    """A library with one string of its tables changed to another that is not longer; the rest becomes NUL."""
    before, after = old.encode() + b"\0", new.encode() + b"\0"
    assert len(after) <= len(before), new
    assert data.count(before) == 1, f"{old} is {data.count(before)} times in the library"
    return data.replace(before, after.ljust(len(before), b"\0"))


@dataclass(frozen=True)
class Wheel:
    """A wheel with one extension module; members in the order of the archive."""

    name: str
    members: Mapping[str, bytes]

    @classmethod
    def read(cls, path: Path) -> Wheel:
        with zipfile.ZipFile(path) as archive:
            return cls(path.name, {name: archive.read(name) for name in archive.namelist()})

    @property
    def info(self) -> str:
        return next(name for name in self.members if name.endswith(".dist-info/METADATA")).rpartition("/")[0]

    @property
    def module(self) -> str:
        """The name of the member that is the extension module."""
        return next(name for name in self.members if name.startswith("tiny/_native.") and name.endswith(".so"))

    @property
    def library(self) -> bytes:
        return self.members[self.module]

    @property
    def tag(self) -> str:
        return "-".join(self.name[: -len(".whl")].split("-")[-3:])

    @property
    def file(self) -> File:
        """The archive as it is: RECORD says what it said."""
        return self.zipped(self.members)

    def zipped(self, members: Mapping[str, bytes], *, twice: Mapping[str, bytes] | None = None) -> File:
        """An archive of these members under the wheel's name; `twice` follows, whatever names are there already."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Duplicate name")
            for name, data in (*members.items(), *(twice or {}).items()):
                member = zipfile.ZipInfo(name, _EPOCH)
                member.external_attr = (0o40755 << 16 | 0x10) if name.endswith("/") else 0o100644 << 16
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, data)
        return File(self.name, buffer.getvalue())

    def sealed(self, algorithm: str = "sha256") -> Wheel:
        """The wheel with the RECORD that is true of it, as its last member."""
        record = f"{self.info}/RECORD"
        rows = [
            f"{name},{algorithm}={_digest(algorithm, data)},{len(data)}"
            for name, data in self.members.items()
            if name != record
        ]
        kept = {name: data for name, data in self.members.items() if name != record}
        return replace(self, members={**kept, record: "\n".join([*rows, f"{record},,", ""]).encode()})

    def having(self, added: Mapping[str, bytes]) -> Wheel:
        """With members added or exchanged, and RECORD true."""
        return replace(self, members={**self.members, **added}).sealed()

    def lacking(self, *prefixes: str) -> Wheel:
        """Without the members that start so, each of which must be there, and RECORD true."""
        for prefix in prefixes:
            assert any(name.startswith(prefix) for name in self.members), f"there is no {prefix} to remove"
        kept = {name: data for name, data in self.members.items() if not name.startswith(prefixes)}
        return replace(self, members=kept).sealed()

    def moved(self, old: str, new: str) -> Wheel:
        """With another prefix of names, at the place in the archive where they were, and RECORD true."""
        assert any(name.startswith(old) for name in self.members), f"there is no {old} to rename"
        return replace(
            self,
            members={
                new + name[len(old) :] if name.startswith(old) else name: data for name, data in self.members.items()
            },
        ).sealed()

    def linked(self, library: bytes) -> Wheel:
        """With another library as the module."""
        assert library != self.library
        return self.having({self.module: library})

    def tagged(self, tag: str) -> Wheel:
        """Under another tag (a compressed set, too), in its name and in WHEEL."""
        assert tag != self.tag
        stem = self.name[: -len(f"-{self.tag}.whl")]
        return replace(self, name=f"{stem}-{tag}.whl").saying(tag)

    def saying(self, tag: str) -> Wheel:
        """With the Tag lines of this set in WHEEL, and the old name."""
        python, abi, platforms = tag.split("-")
        lines = "".join(f"Tag: {python}-{abi}-{platform}\n" for platform in platforms.split("."))
        return self.editing("WHEEL", (r"^(Tag: .*\n)+", lines))

    def editing(self, file: str, *changes: tuple[str, str]) -> Wheel:
        """With text of a file in the dist-info changed, and RECORD true."""
        member = f"{self.info}/{file}"
        return self.having({member: edited(self.members[member], *changes)})


def _digest(algorithm: str, data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Sdist:
    """A source distribution; names are relative to the one folder that it holds."""

    name: str
    members: Mapping[str, bytes]

    @classmethod
    def read(cls, path: Path) -> Sdist:
        with tarfile.open(path) as archive:
            files = [member for member in archive.getmembers() if member.isfile()]
            data = {member.name.partition("/")[2]: archive.extractfile(member) for member in files}
            return cls(path.name, {name: file.read() for name, file in data.items() if file})

    @property
    def file(self) -> File:
        return self.tarred({})

    def tarred(self, links: Mapping[str, str]) -> File:
        """The archive, with symbolic links beside the members."""
        top = self.name[: -len(".tar.gz")]
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed, tarfile.open(
            fileobj=packed, mode="w"
        ) as archive:
            for name, data in self.members.items():
                member = tarfile.TarInfo(f"{top}/{name}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
            for name, target in links.items():
                member = tarfile.TarInfo(f"{top}/{name}")
                member.type, member.linkname = tarfile.SYMTYPE, target
                archive.addfile(member)
        return File(self.name, buffer.getvalue())

    def having(self, added: Mapping[str, bytes]) -> Sdist:
        return replace(self, members={**self.members, **added})

    def lacking(self, *names: str) -> Sdist:
        """Without these members, each of which must be there."""
        assert set(names) <= set(self.members), f"{sorted(self.members)} has not all of {names}"
        return replace(self, members={name: data for name, data in self.members.items() if name not in names})

    def editing(self, name: str, *changes: tuple[str, str]) -> Sdist:
        return self.having({name: edited(self.members[name], *changes)})
