"""The letters of a v0 symbol read from its beginning, and what is written of them, within bounds.

A symbol comes from a file that anybody may have made: a few back references in a short one stand for a name without an
end.
"""

from __future__ import annotations

import re
from typing import Callable

#: Levels of types in types; compilers write some thirty.
_DEEPEST = 120
#: Parts of a name that are looked at, those that back references repeat included.
STEPS = 20000
#: Characters of a demangled name.
_LONGEST = 16384
#: What no number of a symbol exceeds.
BIGGEST = 2**64

_DIGITS = {each: value for value, each in enumerate("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,6}")
_NIBBLES = re.compile(r"[0-9a-f]*(?=_)")


class Invalid(Exception):  # noqa: N818 - what a symbol is, not what went wrong
    """No symbol of this mangling, or one beyond the bounds."""


class Letters:
    """Reads a symbol from its beginning and writes its name, both at once, as back references ask for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.said: list[str] = []
        self.silent = False
        self.depth = 0
        self.steps = 0
        self._length = 0
        #: Lifetimes that `for<...>` around here names.
        self.bound = 0

    # Reading.

    def letter(self) -> str:
        """The next letter."""
        if self.at >= len(self.text):
            raise Invalid
        self.at += 1
        return self.text[self.at - 1]

    def eat(self, letter: str) -> bool:
        """Step over a letter, if it is the next one."""
        found = self.text.startswith(letter, self.at)
        self.at += found
        return found

    def base_62(self) -> int:
        """A number that ends with an underscore, which alone is 0."""
        if self.eat("_"):
            return 0
        value = 0
        while not self.eat("_"):
            digit = _DIGITS.get(self.letter())
            if digit is None or value > BIGGEST:
                raise Invalid
            value = value * 62 + digit
        return value + 1

    def numbered(self, letter: str) -> int:
        """A number behind a letter, both of which may be missing: then it is 0."""
        return self.base_62() + 1 if self.eat(letter) else 0

    def identifier(self) -> str:
        """A name with its length before it."""
        coded = self.eat("u")
        length = _NUMBER.match(self.text, self.at)
        if length is None:
            raise Invalid
        self.at = length.end()
        self.eat("_")
        end = self.at + int(length[0])
        name = self.text[self.at : end]
        if end > len(self.text):
            raise Invalid
        self.at = end
        if not coded:
            return name
        # What takes more time than its length.
        self._works(len(name))
        return _decoded(name)

    def nibbles(self) -> str:
        """Hexadecimal digits up to an underscore."""
        match = _NIBBLES.match(self.text, self.at)
        if match is None:
            raise Invalid
        self.at = match.end() + 1
        self._works(len(match[0]) // 16)
        return match[0]

    # Writing.

    def say(self, *words: str) -> None:
        """Write, unless what is read now is not written."""
        if self.silent:
            return
        self._length += sum(map(len, words))
        if self._length > _LONGEST:
            raise Invalid
        self.said.extend(words)

    def quietly(self, read: Callable[[], None]) -> None:
        """Read something that is not written."""
        before, self.silent = self.silent, True
        read()
        self.silent = before

    def deeper(self) -> None:
        """One level more, for every part that may have parts; `Invalid` beyond the bounds."""
        self.depth += 1
        self._works(1)
        if self.depth > _DEEPEST:
            raise Invalid

    def _works(self, steps: int) -> None:
        self.steps += steps
        if self.steps > STEPS:
            raise Invalid

    def referred(self, read: Callable[[], None]) -> None:
        """What stands earlier in the symbol, again."""
        start = self.at - 1
        target = self.base_62()
        if target >= start:
            raise Invalid
        if not self.silent:
            back, self.at = self.at, target
            read()
            self.at = back

    def listed(self, read: Callable[[], object], between: str = ", ") -> int:
        """Parts up to an E; how many they were."""
        count = 0
        while not self.eat("E"):
            if count:
                self.say(between)
            read()
            count += 1
        return count

    def tupled(self, read: Callable[[], None]) -> None:
        """Parts in brackets; a single one has a comma."""
        self.say("(")
        count = self.listed(read)
        self.say(",)" if count == 1 else ")")


def _decoded(name: str) -> str:
    """An identifier beyond ASCII: punycode, whose hyphen is an underscore here."""
    plain, _, rest = name.rpartition("_")
    if not rest:
        raise Invalid
    found = (f"{plain}-{rest}" if plain else rest).encode("ascii").decode("punycode")
    found.encode("utf-8")
    return found
