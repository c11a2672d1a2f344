"""Rust's v0 mangling, read after its grammar (RFC 2603, and the rustc book, "v0 Symbol Format")."""

from __future__ import annotations

import re
from typing import Callable, Mapping

from pyo3ops.stacks.demangle_constants import Constants
from pyo3ops.stacks.demangle_letters import STEPS, Invalid

_BASIC = {
    "a": "i8", "b": "bool", "c": "char", "d": "f64", "e": "str", "f": "f32", "h": "u8", "i": "isize", "j": "usize",
    "l": "i32", "m": "u32", "n": "i128", "o": "u128", "p": "_", "s": "i16", "t": "u16", "u": "()", "v": "...",
    "x": "i64", "y": "u64", "z": "!",
}  # fmt: skip
_SPECIAL = {"C": "closure", "S": "shim"}
_PREFIX = re.compile(r"_{0,2}R(?=[A-Z])")


def demangled(symbol: str) -> str | None:
    """The path that a symbol stands for, without hashes; None for what is no such symbol."""
    prefix = _PREFIX.match(symbol)
    if prefix is None or not symbol.isascii():
        return None
    bare, _, _ = symbol[prefix.end() :].partition(".")
    reader = _Reader(bare)
    try:
        reader.path(value=True)
        if reader.at < len(bare):
            # The crate that generic code was compiled for.
            with_crate = len(reader.said)
            reader.quietly(lambda: reader.path(value=False))
            del reader.said[with_crate:]
    except (Invalid, RecursionError, UnicodeError):
        return None
    return "".join(reader.said) if reader.at == len(bare) else None


class _Reader(Constants):
    """Reads a symbol and writes its name, both at once, as back references ask for."""

    # Paths.

    def path(self, *, value: bool) -> None:
        """A path; `value` where it stands in an expression, whose generics take a `::`."""
        self.deeper()
        tag = self.letter()
        if tag == "C":
            self.numbered("s")
            self.say(self.identifier())
        elif tag == "N":
            self._nested(value=value)
        elif tag in "MXY":
            self._implementation(tag)
        elif tag == "I":
            self.path(value=value)
            self.say("::<" if value else "<")
            self.listed(self._argument)
            self.say(">")
        elif tag == "B":
            self.referred(lambda: self.path(value=value))
        else:
            raise Invalid
        self.depth -= 1

    def _nested(self, *, value: bool) -> None:
        space = self.letter()
        if not space.isalpha():
            raise Invalid
        self.path(value=value)
        number = self.numbered("s")
        name = self.identifier()
        if space.isupper():
            self.say("::{", _SPECIAL.get(space, space), f":{name}" if name else "", f"#{number}}}")
        elif name:
            self.say("::", name)

    def _implementation(self, tag: str) -> None:
        if tag != "Y":
            # Where the `impl` block stands.
            self.numbered("s")
            self.quietly(lambda: self.path(value=False))
        self.say("<")
        self._type()
        if tag != "M":
            self.say(" as ")
            self.path(value=False)
        self.say(">")

    def _argument(self) -> None:
        if self.eat("L"):
            self._lifetime(self.base_62())
        elif self.eat("K"):
            self.constant(value=False)
        else:
            self._type()

    def _lifetime(self, index: int) -> None:
        depth = self.bound - index
        if depth < 0:
            raise Invalid
        letter = "_" if not index else chr(ord("a") + depth) if depth < 26 else f"_{depth}"  # noqa: PLR2004 - letters
        self.say("'", letter)

    # Types.

    def _type(self) -> None:
        self.deeper()
        tag = self.letter()
        if tag in _BASIC:
            self.say(_BASIC[tag])
        elif tag in self._TYPES:
            self._TYPES[tag](self, tag)
        else:
            self.at -= 1
            self.path(value=False)
        self.depth -= 1

    def _reference(self, tag: str) -> None:
        self.say("&")
        lifetime = self.base_62() if self.eat("L") else 0
        if lifetime:
            self._lifetime(lifetime)
            self.say(" ")
        if tag == "Q":
            self.say("mut ")
        self._type()

    def _pointer(self, tag: str) -> None:
        self.say("*const " if tag == "P" else "*mut ")
        self._type()

    def _array(self, tag: str) -> None:
        self.say("[")
        self._type()
        if tag == "A":
            self.say("; ")
            self.constant(value=True)
        self.say("]")

    def _pattern(self, _: str) -> None:
        self._type()
        self.say(" is ")
        self._alternative()

    def _alternative(self) -> None:
        self.deeper()
        tag = self.letter()
        if tag == "R":
            self.constant(value=False)
            self.say("..=")
            self.constant(value=False)
        elif tag == "O":
            self._alternative()
            while not self.eat("E"):
                self.say(" | ")
                self._alternative()
        elif tag == "N":
            self.say("!null")
        else:
            raise Invalid
        self.depth -= 1

    def _function(self, _: str) -> None:
        self._in_binder(self._signature)

    def _signature(self) -> None:
        if self.eat("U"):
            self.say("unsafe ")
        if self.eat("K"):
            self.say('extern "', "C" if self.eat("C") else self.identifier().replace("_", "-"), '" ')
        self.say("fn(")
        self.listed(self._type)
        self.say(")")
        if not self.eat("u"):
            self.say(" -> ")
            self._type()

    def _dynamic(self, _: str) -> None:
        self.say("dyn ")
        self._in_binder(lambda: self.listed(self._trait, " + "))
        if not self.eat("L"):
            raise Invalid
        lifetime = self.base_62()
        if lifetime:
            self.say(" + ")
            self._lifetime(lifetime)

    def _trait(self) -> None:
        opened = self._open_path()
        while self.eat("p"):
            self.say(", " if opened else "<")
            opened = True
            self.say(self.identifier(), " = ")
            self._type()
        if opened:
            self.say(">")

    def _open_path(self) -> bool:
        """A path whose generics stay open for what is bound behind it; True where it has some."""
        opened = False
        if self.eat("B"):

            def again() -> None:
                nonlocal opened
                self.deeper()
                opened = self._open_path()
                self.depth -= 1

            self.referred(again)
        elif self.eat("I"):
            self.path(value=False)
            self.say("<")
            self.listed(self._argument)
            opened = True
        else:
            self.path(value=False)
        return opened

    def _in_binder(self, read: Callable[[], object]) -> None:
        count = self.numbered("G")
        if self.steps + count > STEPS:
            raise Invalid
        if count and not self.silent:
            self.say("for<")
            for index in range(count):
                self.say(", " if index else "")
                self.bound += 1
                self._lifetime(1)
            self.say("> ")
        elif count:
            self.bound += count
        read()
        self.bound -= count

    def _tuple(self, _: str) -> None:
        self.tupled(self._type)

    def _again(self, _: str) -> None:
        self.referred(self._type)

    _TYPES: Mapping[str, Callable[[_Reader, str], None]] = {
        "R": _reference,
        "Q": _reference,
        "P": _pointer,
        "O": _pointer,
        "A": _array,
        "S": _array,
        "T": _tuple,
        "F": _function,
        "D": _dynamic,
        "W": _pattern,
        "B": _again,
    }
