"""The .pdb of a Windows library: which one it was linked with, and its place in a store.

Both files carry one identity, written down by the linker: the CodeView record "RSDS" (GUID, age, name) in the library.
The place, NAME/GUID+AGE/NAME, is that of symbol servers (SymStore), where WinDbg, Visual Studio and lldb look.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.files import is_file

if TYPE_CHECKING:
    from pathlib import Path

_RECORD = re.compile(rb"RSDS(.{16})(.{4})([^\0]{1,1024}\.pdb)\0", re.DOTALL)
_MAGIC = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"
_NAME = re.compile(r"[\w.+-]+\.pdb")
#: Bytes of a library, or of a .pdb, that are looked at.
LIMIT = 2**30


@dataclass(frozen=True)
class Pdb:
    """What a library says of its .pdb; `identity` is GUID and age in hexadecimal, as symbol servers write them."""

    name: str
    identity: str
    guid: bytes

    @property
    def place(self) -> str:
        """Where it lies in a store."""
        return place(self.name, self.identity)


def place(name: str, identity: str) -> str:
    """Where a .pdb lies in a store."""
    return f"{name}/{identity}/{name}"


def of(library: Path) -> Pdb | None:
    """The .pdb that a library was linked with; None for one that names none, and for no library. Raises `OSError`."""
    match = _RECORD.search(_content(library, b"MZ"))
    if match is None:
        return None
    # The linker writes the path that it wrote to, of another machine and with either slash.
    name = re.split(r"[\\/]", match[3].decode("utf-8", "replace"))[-1]
    identity = f"{uuid.UUID(bytes_le=match[1]).hex.upper()}{int.from_bytes(match[2], 'little'):X}"
    return Pdb(name, identity, match[1]) if _NAME.fullmatch(name) else None


def _content(path: Path, magic: bytes) -> bytes:
    """What follows the first bytes of a file, at most `LIMIT`; nothing where it begins otherwise."""
    with path.open("rb") as file:
        return file.read(LIMIT) if file.read(len(magic)) == magic else b""


def beside(wheel: Path, wanted: Pdb) -> Path | None:
    """The .pdb in a wheel's own folder, where it is the one; None for another one of that name, and for none."""
    path = wheel.parent / wanted.name
    try:
        return path if is_file(path) and wanted.guid in _content(path, _MAGIC) else None
    except OSError:
        return None
