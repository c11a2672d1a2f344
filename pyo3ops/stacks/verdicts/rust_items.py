"""What stands between the statements of a block in the tokens of Rust, and is none: attributes and items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.verdicts.rust_takes import closing
from pyo3ops.stacks.verdicts.rust_tokens import Kind

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.rust_tokens import Token

_ITEMS = frozenset({"fn", "impl", "struct", "enum", "trait", "mod", "macro_rules", "static", "const", "use", "type"})
#: Words before the keyword of an item, which alone begin something else.
_BEFORE = frozenset({"const", "unsafe", "async", "extern"})
#: Items that have a brace in them, and end with a semicolon.
_WITH_BRACES = frozenset({"use", "static", "const", "type"})
#: Tokens of a path that something is assigned to.
_PATH = 60


def item_at(every: Sequence[Token], at: int) -> str:
    """The keyword of the item that begins at a place; empty for a statement."""
    for index in range(at, at + len(_BEFORE) + 1):
        word, behind = _text(every, index), _text(every, index + 1)
        if word == "union" and _is_name(every, index + 1) and _text(every, index + 2) in {"{", "<"}:
            return word
        if word == "extern" and _is_value(every, index + 1):
            return word
        if word in _BEFORE and behind in _BEFORE | {"fn", "impl", "trait"}:
            continue
        return word if word in _ITEMS and not (word == "const" and behind == "{") else ""
    return ""


def behind_item(every: Sequence[Token], at: int, word: str) -> int:
    """Behind an item that begins at a place, by its keyword: nothing of what is around it is in it."""
    while at < len(every):
        text = _text(every, at)
        if text == ";":
            return at + 1
        if text in {"(", "[", "{"}:
            at = closing(every, at)
            if text == "{" and word not in _WITH_BRACES:
                break
        at += 1
    return at + 1


def behind_attribute(every: Sequence[Token], at: int) -> int:
    """Behind `#[...]` or `#![...]`; the place itself where no attribute begins there."""
    opening = at + 1 + (_text(every, at + 1) == "!")
    return closing(every, opening) + 1 if _text(every, at) == "#" and _text(every, opening) == "[" else at


def is_cfg(every: Sequence[Token], at: int) -> bool:
    """True for the attribute by which what follows is there in some builds alone."""
    return _text(every, at + 1) == "[" and _text(every, at + 2) == "cfg"


def is_assigned(every: Sequence[Token], at: int) -> bool:
    """True where a statement begins that assigns to a field or to what a reference leads to, and not to a variable."""
    end = min(len(every), at + _PATH)
    first = at
    while at < end and _text(every, at) != "=":
        text = _text(every, at)
        if text in {"(", "["} and at > first:
            at = closing(every, at)
        elif text not in {".", "::", "*"} and every[at].kind not in {Kind.NAME, Kind.VALUE}:
            return False
        at += 1
    return at < end and at > first + 1 and _text(every, first) != "let"


def _text(every: Sequence[Token], at: int) -> str:
    return every[at].text if 0 <= at < len(every) else ""


def _is_name(every: Sequence[Token], at: int) -> bool:
    return at < len(every) and every[at].kind is Kind.NAME


def _is_value(every: Sequence[Token], at: int) -> bool:
    return at < len(every) and every[at].kind is Kind.VALUE
