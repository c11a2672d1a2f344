"""Python objects out of another process's memory: text and bytes whole, all else as a short, bounded `repr`.

No code of the process runs for it.
"""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import struct
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from .layout import Layout
from .memory import TEXT_LIMIT, Memory, Unreadable

#: Characters of one `repr`, elements of one container, and containers inside one another.
REPR_LIMIT = 120
ELEMENTS = 5
DEPTH = 2
#: Digits of an int that are read; each has 30 bits.
DIGITS = 40
#: Where the two bits before the kind of a str end, which are more in builds without the lock and from 3.14 on.
_KIND_SHIFTS = (2, 8, 16)
#: SIGN_NEGATIVE of pycore_long.h, 3.12 on.
_NEGATIVE = 2
#: Py_TPFLAGS_LONG_SUBCLASS and so on (object.h), which say what an object is laid out as.
_BUILT_IN = {24: "int", 25: "list", 26: "tuple", 27: "bytes", 28: "str", 29: "dict"}
_CODECS = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}


class Objects:
    """Reads the objects of one process."""

    def __init__(self, memory: Memory, layout: Layout) -> None:
        self.memory = memory
        self.layout = layout
        #: Names of types by their addresses.
        self._types: Dict[int, str] = {}

    def type_name(self, address: int) -> str:
        """The name of an object's type."""
        kind = self.memory.pointer(address + self.layout.at("object", "type"))
        if kind not in self._types:
            self._types[kind] = self._name_of_type(kind)
        return self._types[kind]

    def _name_of_type(self, kind: int) -> str:
        """Its name; where the file that has it is not here, what its flags say."""
        try:
            return self.memory.text(self.memory.pointer(kind + self.layout.at("type", "name")))
        except Unreadable:
            flags = self.memory.pointer(kind + self.layout.at("type", "flags"))
            name = next((name for bit, name in _BUILT_IN.items() if flags >> bit & 1), None)
            if name is None:
                raise
            return name

    def _must_be(self, address: int, kind: str) -> None:
        if self.type_name(address) != kind:
            raise Unreadable(f"no {kind} is at {address:#x}")

    def text(self, address: int) -> str:
        """A str, or its first characters."""
        self._must_be(address, "str")
        at = self.layout.at
        length = self.memory.signed(address + at("unicode", "length"))
        state = self.memory.integer(address + at("unicode", "state"))
        kind, compact, ascii_only = _bits(state)
        if length < 0 or not compact:
            raise Unreadable(f"no str is at {address:#x}")
        head = at("unicode", "ascii_size")
        # Two words more for what is not ASCII alone; three before 3.12, which `compact_size` says then.
        start = head if ascii_only else self.layout.structs["unicode"].get("compact_size", head + 16)
        data = self.memory.block(address + start, min(length, TEXT_LIMIT) * kind)
        return data.decode(_CODECS[kind], "replace")

    def data(self, address: int, limit: int = 1 << 20) -> bytes:
        """A bytes object, or its beginning."""
        self._must_be(address, "bytes")
        length = max(0, self.memory.signed(address + self.layout.at("bytes", "length")))
        return self.memory.block(address + self.layout.at("bytes", "data"), min(length, limit))

    def elements(self, address: int, limit: int = ELEMENTS) -> Tuple[int, List[int]]:
        """How many elements a tuple has, and the addresses of the first ones."""
        self._must_be(address, "tuple")
        length = max(0, self.memory.signed(address + self.layout.at("tuple", "length")))
        return length, self.memory.pointers(address + self.layout.at("tuple", "items"), min(length, limit))

    def shown(self, address: int, depth: int = DEPTH) -> str:
        """A bounded `repr`; for what is not of a built-in type, its type and address."""
        try:
            text = self._shown(address, depth)
        except Unreadable:
            text = f"<unreadable at {address:#x}>"
        return text if len(text) <= REPR_LIMIT else text[: REPR_LIMIT - 3] + "..."

    def described(self, address: int) -> Tuple[Optional[str], str]:
        """The type of an object, None where it cannot be read, and its bounded `repr`."""
        try:
            kind: Optional[str] = self.type_name(address)
        except Unreadable:
            kind = None
        return kind, self.shown(address)

    def _shown(self, address: int, depth: int) -> str:
        name = self.type_name(address)
        simple: Dict[str, Callable[[], str]] = {
            "NoneType": lambda: "None",
            "bool": lambda: "True" if self._int(address) != "0" else "False",
            "int": lambda: self._int(address),
            "float": lambda: repr(self._float(address)),
            "str": lambda: repr(self.text(address)),
            "bytes": lambda: repr(self.data(address, REPR_LIMIT)),
        }
        if name in simple:
            return simple[name]()
        holders = {"tuple": self._tuple, "list": self._list, "dict": self._dict}
        if name in holders:
            return holders[name](address, depth) if depth else f"{name}(...)"
        return f"<{name} at {address:#x}>"

    def _int(self, address: int) -> str:
        if self.layout.has("long", "tag"):
            tag = self.memory.pointer(address + self.layout.at("long", "tag"))
            count, negative = tag >> 3, tag & 3 == _NEGATIVE
        else:
            size = self.memory.signed(address + self.layout.at("long", "length"))
            count, negative = abs(size), size < 0
        if count > DIGITS:
            return f"<int of {count} digits of 30 bits>"
        data = self.memory.block(address + self.layout.at("long", "digit"), 4 * count)
        digits = struct.unpack(f"<{count}I", data)
        value = sum(digit << 30 * index for index, digit in enumerate(digits))
        return str(-value if negative else value)

    def _float(self, address: int) -> float:
        data = self.memory.block(address + self.layout.at("float", "value"), 8)
        return float(struct.unpack("<d", data)[0])

    def _tuple(self, address: int, depth: int) -> str:
        length, items = self.elements(address)
        inner = self._joined(length, [self.shown(each, depth - 1) for each in items])
        return f"({inner},)" if length == 1 else f"({inner})"

    def _list(self, address: int, depth: int) -> str:
        length = self.memory.signed(address + self.layout.at("list", "length"))
        items = self.memory.pointer(address + self.layout.at("list", "items")) if length else 0
        first = self.memory.pointers(items, min(length, ELEMENTS)) if length else []
        return f"[{self._joined(length, [self.shown(each, depth - 1) for each in first])}]"

    def _dict(self, address: int, depth: int) -> str:
        pairs = []
        for key, value in self.items(address, 4 * ELEMENTS):
            pairs.append(f"{self.shown(key, depth - 1)}: {self.shown(value, depth - 1)}")
            if len(pairs) == ELEMENTS:
                break
        used = self.memory.signed(address + self.layout.at("dict", "used"))
        return f"{{{self._joined(used, pairs)}}}"

    @staticmethod
    def _joined(length: int, first: List[str]) -> str:
        rest = length - len(first)
        return ", ".join(first + ([f"... {rest} more"] if rest > 0 else []))

    def items(self, address: int, limit: int = ELEMENTS) -> Iterator[Tuple[int, int]]:
        """The addresses of the first keys and values of a dict."""
        at = self.layout.at
        keys = self.memory.pointer(address + at("dict", "keys"))
        return self.pairs(keys, self.memory.pointer(address + at("dict", "values")), limit)

    def pairs(self, keys: int, values: int, limit: int = ELEMENTS * 20) -> Iterator[Tuple[int, int]]:
        """The same of a table of keys; `values` is an array of their values, or 0 where they stand beside the keys."""
        start, size = self._entries(keys)
        count = max(0, min(self.memory.signed(keys + self.layout.at("keys", "entries")), limit))
        words = self.memory.pointers(start, count * size)
        # Since 3.13 a word with their numbers stands before such values.
        first = values + (8 if self.layout.version >= (3, 13) else 0)
        for index in range(count):
            key, value = words[index * size + size - 2 : index * size + size]
            if values:
                value = self.memory.pointer(first + index * 8)
            if key and value:
                yield key, value

    def _entries(self, keys: int) -> Tuple[int, int]:
        """Where the entries of a dict begin, and the words that each has: with the hash, or without (3.11 on)."""
        at = self.layout.at
        if self.layout.has("keys", "size"):
            size = self.memory.signed(keys + at("keys", "size"))
            width = next((each for each in (1, 2, 4) if size <= 256**each - 1), 8)
            return keys + at("keys", "indices") + size * width, 3
        log2_bytes = self.memory.byte(keys + at("keys", "log2_index_bytes"))
        general = self.memory.byte(keys + at("keys", "kind")) == 0
        return keys + at("keys", "indices") + (1 << log2_bytes), 3 if general else 2


def _bits(state: int) -> Tuple[int, bool, bool]:
    """Bytes a character, whether it is compact, and ASCII alone."""
    for shift in _KIND_SHIFTS:
        kind = state >> shift & 7
        if kind in _CODECS:
            return kind, bool(state >> shift & 8), bool(state >> shift & 16)
    raise Unreadable("no str is there")
