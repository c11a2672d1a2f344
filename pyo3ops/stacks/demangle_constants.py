"""Constants in v0 symbols: numbers, characters, strings, and what is built of them."""

from __future__ import annotations

from pyo3ops.stacks.demangle_letters import BIGGEST, Invalid, Letters

_SIGNED, _UNSIGNED = frozenset("aslxni"), frozenset("htmyoj")
_WRITTEN = {"\0": "\\0", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"}


class Constants(Letters):
    """Reads constants; those of a struct or an enum begin with a path."""

    def path(self, *, value: bool) -> None:
        """A path, as who derives from this reads it."""
        raise NotImplementedError

    def constant(self, *, value: bool) -> None:
        """A constant; in braces where it is a generic argument that is no simple `value` in an expression."""
        self.deeper()
        tag = self.letter()
        if tag == "p":
            self.say("_")
        elif tag in _SIGNED or tag in _UNSIGNED:
            self.say("-" if tag in _SIGNED and self.eat("n") else "", _integer(self.nibbles()))
        elif tag == "b":
            self.say(_picked({0: "false", 1: "true"}, self.nibbles()))
        elif tag == "c":
            self.say(_quoted(_character(self.nibbles()), "'"))
        elif tag == "R" and self.eat("e"):
            self.say(_quoted(_string(self.nibbles()), '"'))
        elif tag == "B":
            self.referred(lambda: self.constant(value=value))
        else:
            self.say("" if value else "{")
            self._expression(tag)
            self.say("" if value else "}")
        self.depth -= 1

    def _expression(self, tag: str) -> None:
        if tag == "e":
            self.say("*", _quoted(_string(self.nibbles()), '"'))
        elif tag in "RQ":
            self.say("&" if tag == "R" else "&mut ")
            self.constant(value=True)
        elif tag == "A":
            self.say("[")
            self.listed(lambda: self.constant(value=True))
            self.say("]")
        elif tag == "T":
            self.tupled(lambda: self.constant(value=True))
        elif tag == "V":
            self._variant()
        else:
            raise Invalid

    def _variant(self) -> None:
        self.path(value=True)
        shape = self.letter()
        if shape == "T":
            self.say("(")
            self.listed(lambda: self.constant(value=True))
            self.say(")")
        elif shape == "S":
            self.say(" { ")
            self.listed(self._field)
            self.say(" }")
        elif shape != "U":
            raise Invalid

    def _field(self) -> None:
        self.numbered("s")
        self.say(self.identifier(), ": ")
        self.constant(value=True)


def _integer(nibbles: str) -> str:
    value = int(nibbles or "0", 16)
    return str(value) if value < BIGGEST else f"0x{nibbles}"


def _picked(words: dict[int, str], nibbles: str) -> str:
    word = words.get(int(nibbles or "0", 16))
    if word is None:
        raise Invalid
    return word


def _character(nibbles: str) -> str:
    try:
        found = chr(int(nibbles or "0", 16))
    except (ValueError, OverflowError):
        raise Invalid from None
    found.encode("utf-8")
    return found


def _string(nibbles: str) -> str:
    try:
        return bytes.fromhex(nibbles).decode("utf-8")
    except ValueError:
        raise Invalid from None


def _quoted(text: str, quote: str) -> str:
    written = (
        _WRITTEN.get(each)
        or (f"\\{each}" if each == quote else each if each.isprintable() else f"\\u{{{ord(each):x}}}")
        for each in text
    )
    return f"{quote}{''.join(written)}{quote}"
