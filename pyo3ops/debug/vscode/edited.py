"""Entries put into a list of a JSONC document, with every other character of it left where it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from typing import TYPE_CHECKING, Any

from pyo3ops.core import jsonc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"


@dataclass(frozen=True)
class Edited:
    """The document after the edit, and what became of each entry, by its name."""

    text: str
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    #: Ours by its name, and not as we would write it: left alone unless told otherwise.
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Span:
    """A value and where it stands in the text."""

    start: int
    end: int
    value: Any


def edited(
    text: str, key: str, name: str, entries: Sequence[Mapping[str, Any]], *, replace: bool, version: str
) -> Edited:
    """The document with `entries` in its list `key`; `name` is the field that entries are known by.

    An empty text becomes a document with `version`. An entry that is there and differs is replaced where `replace` is
    set. Raises `ValueError` for what is no JSON with comments, is no object, or has something else under that key.
    """
    if not text.strip():
        document = {"version": version, key: list(entries)}
        whole = json.dumps(document, indent=4, ensure_ascii=False) + "\n"
        return Edited(whole, tuple(str(each[name]) for each in entries))
    # Places are counted without the mark that some editors begin a file with.
    mark = text[: len(text) - len(text.lstrip("\ufeff"))]
    text = text[len(mark) :]
    added, replaced, kept = [], [], []
    for entry in entries:
        there = _found(_elements(text, key), name, entry[name])
        if there is None:
            text = _inserted(text, key, entry)
            added.append(str(entry[name]))
        elif there.value == entry:
            continue
        elif replace:
            text = text[: there.start] + _written(entry, _indent(text, there.start)) + text[there.end :]
            replaced.append(str(entry[name]))
        else:
            kept.append(str(entry[name]))
    return Edited(mark + text, tuple(added), tuple(replaced), tuple(kept))


def _found(elements: Sequence[_Span], name: str, wanted: object) -> _Span | None:
    return next((each for each in elements if isinstance(each.value, dict) and each.value.get(name) == wanted), None)


def _elements(text: str, key: str) -> list[_Span]:
    """The elements of a list of the document; none where the document has no such list."""
    place = _list(text, key)
    return [] if place is None else list(_items(jsonc.plain(text), place.start))


def _list(text: str, key: str) -> _Span | None:
    plain = jsonc.plain(text)
    start = _skipped(plain, 0)
    if not isinstance(jsonc.loads(text), dict):
        raise ValueError("it is no object")  # noqa: TRY004 - one error for whatever is wrong with a file
    found = next((span for each, span in _pairs(plain, start) if each == key), None)
    if found is not None and not isinstance(found.value, list):
        raise ValueError(f'its "{key}" is no list')
    return found


def _pairs(plain: str, start: int) -> Iterator[tuple[str, _Span]]:
    """The keys of the object that begins at `start`, each with its value."""
    place = _skipped(plain, start + 1)
    while plain[place] != "}":
        key, place = _DECODER.raw_decode(plain, place)
        place = _skipped(plain, _skipped(plain, place) + 1)
        value, end = _DECODER.raw_decode(plain, place)
        yield key, _Span(place, end, value)
        place = _next(plain, end)


def _items(plain: str, start: int) -> Iterator[_Span]:
    """The elements of the list that begins at `start`."""
    place = _skipped(plain, start + 1)
    while plain[place] != "]":
        value, end = _DECODER.raw_decode(plain, place)
        yield _Span(place, end, value)
        place = _next(plain, end)


def _next(plain: str, end: int) -> int:
    place = _skipped(plain, end)
    return _skipped(plain, place + 1) if plain[place] == "," else place


def _skipped(plain: str, place: int) -> int:
    while place < len(plain) and plain[place] in _BLANK:
        place += 1
    if place >= len(plain):
        raise JSONDecodeError("the text ends too early", plain, len(plain))
    return place


def _inserted(text: str, key: str, entry: Mapping[str, Any]) -> str:
    """The text with an entry at the end of the list, which is made where there is none."""
    place = _list(text, key)
    if place is None:
        opening = _skipped(jsonc.plain(text), 0)
        rest = "," if next(_pairs(jsonc.plain(text), opening), None) else ""
        return f'{text[: opening + 1]}\n    "{key}": [\n        {_written(entry, 8)}\n    ]{rest}{text[opening + 1 :]}'
    elements = list(_items(jsonc.plain(text), place.start))
    if not elements:
        indent = _indent(text, place.start) + 4
        inner = f"\n{' ' * indent}{_written(entry, indent)}\n{' ' * (indent - 4)}"
        return text[: place.start + 1] + inner + text[place.start + 1 :]
    last = elements[-1]
    indent = _indent(text, last.start)
    # Before whatever follows the last entry: its own trailing comma, a comment.
    return f"{text[: last.end]},\n{' ' * indent}{_written(entry, indent)}{text[last.end :]}"


def _indent(text: str, place: int) -> int:
    """The blanks in front of the line that `place` stands in."""
    line = text[text.rfind("\n", 0, place) + 1 : place]
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())


def _written(entry: Mapping[str, Any], indent: int) -> str:
    return json.dumps(entry, indent=4, ensure_ascii=False).replace("\n", "\n" + " " * indent)
