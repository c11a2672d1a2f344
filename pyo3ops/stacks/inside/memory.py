"""Another process's memory, however a debugger gives it, and the structures in it."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import struct
from typing import Callable, Dict, List

#: Characters kept of one text of the process: its names and its values may be of any length.
TEXT_LIMIT = 1000


class Unreadable(Exception):  # noqa: N818 - part of a core may be missing, and that is no error
    """No memory is to be had at an address, or what stands there is not what was expected."""


class Record:
    """One structure as it lay in memory, with the offsets of its fields."""

    def __init__(self, data: bytes, offsets: Dict[str, int]) -> None:
        self._data = data
        self._offsets = offsets

    def __contains__(self, field: str) -> bool:
        return field in self._offsets

    def pointer(self, field: str) -> int:
        """A pointer, or another unsigned number of eight bytes."""
        return self._number("<Q", field)

    def integer(self, field: str) -> int:
        """A C int."""
        return self._number("<i", field)

    def byte(self, field: str) -> int:
        """An unsigned number of one byte."""
        return self._number("<B", field)

    def _number(self, form: str, field: str) -> int:
        try:
            return int(struct.unpack_from(form, self._data, self._offsets[field])[0])
        except KeyError:
            raise Unreadable(f"where the field {field} is, nobody knows") from None
        except struct.error:
            raise Unreadable(f"the field {field} is not within its structure") from None


class Memory:
    """Reads by a function of the debugger's; `Unreadable` is raised for what is not there."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read

    def block(self, address: int, size: int) -> bytes:
        """That many bytes."""
        if address <= 0 or size < 0 or address + size > 1 << 64:
            raise Unreadable(f"nothing is at {address:#x}")
        return self._read(address, size) if size else b""

    def pointer(self, address: int) -> int:
        """A pointer, or another unsigned number of eight bytes."""
        return int(struct.unpack("<Q", self.block(address, 8))[0])

    def signed(self, address: int) -> int:
        """A Py_ssize_t."""
        return int(struct.unpack("<q", self.block(address, 8))[0])

    def integer(self, address: int) -> int:
        """A C int."""
        return int(struct.unpack("<i", self.block(address, 4))[0])

    def byte(self, address: int) -> int:
        """An unsigned number of one byte."""
        return self.block(address, 1)[0]

    def pointers(self, address: int, count: int) -> List[int]:
        """An array of pointers."""
        return list(struct.unpack(f"<{count}Q", self.block(address, 8 * count)))

    def record(self, address: int, offsets: Dict[str, int]) -> Record:
        """A structure, read at once as far as its last field, and never beyond its end."""
        last = max((at for field, at in offsets.items() if field != "size"), default=0)
        size = offsets.get("size", 0)
        return Record(self.block(address, min(last + 8, size) if size > last else last + 8), offsets)

    def text(self, address: int) -> str:
        """The characters before a zero byte, or the first of many."""
        kept = b""
        while len(kept) < TEXT_LIMIT:
            # Within a page: the next one may not be there.
            part = self.block(address + len(kept), min(64, 4096 - (address + len(kept)) % 4096))
            kept += part.split(b"\0")[0]
            if b"\0" in part:
                break
        return kept[:TEXT_LIMIT].decode("utf-8", "replace")
