"""Whose function a line of Rust is in, as its source has it: line tables know functions by their last name alone."""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import re
from typing import List, NamedTuple, Optional, Tuple

#: Bytes of a file that are looked at, and letters of what stands before a brace.
LIMIT, _HEADER = 4 * 2**20, 4000
#: What may hold a brace that is none, and what holds code together. Each ends at the end of the text, if not before.
_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\br(?P<hashes>#{0,9})\".*?(?:\"(?P=hashes)|\Z)|\"(?:[^\"\\]|\\.|\\\Z)*(?:\"|\Z)"
    r"|'(?:\\[^\n][^'\n]{0,10}|[^'\\\n])'|[{}()\[\];]",
    re.DOTALL,
)
_FUNCTION = re.compile(r"\bfn\s{1,20}(?:r#)?(\w{1,200})")
_BLOCK = re.compile(r"\bimpl\b")
_GROUP = re.compile(r"\b(?:mod|trait)\s{1,20}(\w{1,200})")


class Item(NamedTuple):
    """A function, a block of them, or what has no name; `names` are a type and a trait, or a name alone."""

    names: Tuple[str, ...]
    is_function: bool
    first: int
    depth: int


def around(text: str, line: int) -> Optional[List[Item]]:
    """The items around a line (from 1), the innermost function last; None outside of all functions."""
    items, header, depth, at, row = [], "", 0, 0, 1  # type: List[Item], str, int, int, int
    for match in _TOKEN.finditer(text):
        piece = match[0]
        header = (header + text[at : match.start()])[-_HEADER:]
        row += text.count("\n", at, match.start())
        if piece == "{":
            items.append(_item(header, row, depth))
            header, depth = "", 0
        elif piece == "}":
            if items:
                last = items[-1]
                if last.is_function and last.first <= line <= row:
                    return [each for each in items if each.names]
                depth = items.pop().depth
            header = ""
        elif piece == ";" and depth == 0:
            header = ""
        elif len(piece) == 1:
            depth += (piece in "([") - (piece in ")]")
            header += piece
        row += piece.count("\n")
        at = match.end()
    return None


def _item(header: str, row: int, depth: int) -> Item:
    function = _FUNCTION.search(header)
    if function is not None:
        return Item((function[1],), is_function=True, first=row - header.count("\n", function.start()), depth=depth)
    block = _BLOCK.search(header)
    names = _of_block(header[block.end() :]) if block is not None else tuple(_GROUP.findall(header)[-1:])
    return Item(names, is_function=False, first=row, depth=depth)


def _of_block(header: str) -> Tuple[str, ...]:
    """The names of a type and its trait: `impl<T> Trait for a::Type<T> where ...`."""
    kept, depth = [], 0
    for place, letter in enumerate(header):
        depth -= letter == ">" and header[place - 1 : place] != "-"
        if depth == 0 and letter not in "<>":
            kept.append(letter)
        depth += letter == "<"
    trait, _, own = re.split(r"\bwhere\b", "".join(kept))[0].rpartition(" for ")
    found = [re.findall(r"\w{1,200}", each)[-1:] for each in (own, trait)]
    return tuple(name for names in found for name in names)


def is_named(text: str, line: int, path: str) -> Optional[bool]:
    """Whether the function that a line is in is called so: `Type::name`, `name`; None where nothing tells."""
    items = around(text, line)
    if not items:
        return None
    wanted = path.split("::")
    if items[-1].names != (wanted[-1],):
        return None
    blocks = items[:-1]
    if len(wanted) == 1:
        return True
    # A module that is a file is not in its text.
    if not blocks:
        return not wanted[-2][:1].isupper()
    return wanted[-2] in blocks[-1].names
