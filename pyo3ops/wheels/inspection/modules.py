"""The modules of a Rust crate, followed from its root: which files the compiler will look for, read off the sources.

Only what is certain counts: what stands behind a `cfg`, or inside of a function or a macro, may not be asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Callable, Iterator

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Comments and literals: what stands in them is no code.
_NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\bb?r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\[^\n]{1,9}?|[^\\'\n])'", re.DOTALL
)
_TOKEN = re.compile(
    r"(?P<attribute>#!?\[)|\bmod\s+(?:r#)?(?P<mod>\w+)\s*(?P<end>[;{])"
    r"|\b(?P<include>include_(?:str|bytes))!\s*[(\[{]\s*(?=\")|(?P<open>\{)|(?P<close>\})|(?P<stop>;)"
)
#: Files of one crate that are followed; the largest have a few thousand.
_MOST_FILES = 20_000


@dataclass(frozen=True)
class Named:
    """A file that a source names; one of `candidates` has to be there."""

    source: str
    line: int
    what: str
    candidates: tuple[str, ...]


@dataclass
class _Block:
    """An open brace: of an inline module, or of anything else."""

    module: str | None
    certain: bool


def missing(root: str, read: Callable[[str], str | None], exists: Callable[[str], bool]) -> Iterator[Named]:
    """What the sources of a crate name and nobody has; `root` is its lib.rs, and `read` gives the text of a file."""
    waiting = [root]
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_FILES:
        path = waiting.pop()
        text = None if path in seen else read(path)
        seen.add(path)
        for named in named_files(path, text, is_root=path == root) if text is not None else ():
            found = [each for each in named.candidates if exists(each)]
            if not found:
                yield named
            elif named.what.startswith("mod "):
                waiting += found


def named_files(path: str, text: str, *, is_root: bool) -> Iterator[Named]:
    """The files that one source certainly names: `mod x;`, `include_str!` and `include_bytes!` of a literal."""
    code = _NO_CODE.sub(lambda match: _blank(match.group()), text)
    own_folder = is_root or path.rpartition("/")[2] == "mod.rs"
    base = dirname(path) if own_folder else path[: -len(".rs")]
    attributes: list[str] = []
    blocks: list[_Block] = []
    place = 0
    while True:
        match = _TOKEN.search(code, place)
        if match is None:
            return
        place = match.end()
        line = text.count("\n", 0, match.start()) + 1
        if match["attribute"]:
            place = _closing(code, match.end())
            attributes.append(text[match.start() : place])
            yield from _included(path, attributes[-1], line, blocks)
        elif match["include"]:
            yield from _included(path, text[match.start() : match.end() + 300], line, blocks, attributes)
        elif match["close"]:
            attributes = []
            del blocks[-1:]
        elif match["mod"] and match["end"] == ";":
            if not _conditional(attributes) and all(block.certain and block.module for block in blocks):
                named = Named(path, line, f"mod {match['mod']}", ())
                yield _module(named, match["mod"], attributes, [block.module or "" for block in blocks], base)
            attributes = []
        elif match["stop"]:
            attributes = []
        else:
            blocks.append(_Block(match["mod"], certain=not _conditional(attributes)))
            attributes = []


def _module(named: Named, name: str, attributes: Sequence[str], inside: Sequence[str], base: str) -> Named:
    """The places of `mod name;` in the file of `named`, below the folder that this file's modules are in."""
    path, folder = named.source, join(base, *inside)
    attribute = re.compile(r'#\[\s*path\s*=\s*"([^"]+)"')
    told = next((match[1] for match in map(attribute.match, attributes) if match), "")
    if told:
        # Beside the file itself, unless the module stands in another one of the same file.
        return replace(named, candidates=(normpath(join(folder if inside else dirname(path), told)),))
    return replace(named, candidates=(normpath(join(folder, f"{name}.rs")), normpath(join(folder, name, "mod.rs"))))


def _included(
    path: str, text: str, line: int, blocks: Sequence[_Block], attributes: Sequence[str] = ()
) -> Iterator[Named]:
    match = re.search(r'\b(include_(?:str|bytes))!\s*[(\[{]\s*"([^"\\]+)"\s*,?\s*[)\]}]', text)
    certain = all(block.certain for block in blocks) and not _conditional(attributes)
    if match and certain and not text.startswith(("#[cfg", "#![cfg")) and not match[2].startswith("/"):
        yield Named(path, line, f'{match[1]}!("{match[2]}")', (normpath(join(dirname(path), match[2])),))


def _conditional(attributes: Sequence[str]) -> bool:
    return any(re.match(r"#!?\[\s*(?:cfg|test|doc\s*\()", each) for each in attributes)


def _closing(code: str, place: int) -> int:
    """The place behind the bracket that closes an attribute."""
    depth = 1
    while depth and place < len(code):
        depth += {"[": 1, "]": -1}.get(code[place], 0)
        place += 1
    return place


def _blank(text: str) -> str:
    """The same length and lines without what is said; a literal keeps its first quote."""
    quote = text.find('"')
    blank = re.sub(r"[^\n]", " ", text)
    return blank if quote < 0 or text.startswith("/") else blank[:quote] + '"' + blank[quote + 1 :]
