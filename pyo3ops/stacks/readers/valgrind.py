"""valgrind's XML: records of memory errors and of lost blocks, with their stacks.

The format is docs/internals/xml-output-protocol4.txt of valgrind's sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Callable, Iterator
from xml.etree import ElementTree as ET

from pyo3ops.stacks.model import Frame, Frames, Language

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of a file that are read, and records that are kept; a suite with 500 kinds of leaks makes 20 MB.
SIZE_LIMIT = 2 * 2**30
RECORD_LIMIT = 10_000
#: Characters of one name: what a generic function is made of can fill a page.
NAME_LIMIT = 2_000

#: What valgrind calls a function that was inlined where it reads no name for it.
_UNNAMED = frozenset({"UnknownInlinedFun", "???"})
_HASH = re.compile(r"::h[0-9a-f]{16}$")


@dataclass(frozen=True)
class Record:
    """One thing that memcheck found; `what` is its own sentence."""

    kind: str
    what: str
    stack: Frames
    #: Of a lost block, with what only it leads to.
    bytes: int = 0
    blocks: int = 0
    #: What else it says, each with a stack: where the block was allocated, or freed.
    notes: tuple[tuple[str, Frames], ...] = ()

    @property
    def lost(self) -> bool:
        """True for memory that nothing points to any more."""
        return self.kind.startswith("Leak_")


@dataclass(frozen=True)
class Reading:
    """One whole file, as far as it goes."""

    records: tuple[Record, ...] = ()
    #: Records of memory errors and of losses in the file, kept or not.
    errors: int = 0
    losses: int = 0
    #: Records that were wanted, and came after `RECORD_LIMIT` others.
    cut: int = 0
    #: The program ended while valgrind watched, and the file has its end.
    complete: bool = False
    #: The name of the signal that ended the program, as in SIGSEGV.
    signal: str | None = None
    #: Suppressions that were used, and how often.
    suppressed: tuple[tuple[str, int], ...] = ()


def read(file: Path, keep: Callable[[Record], bool] = lambda _: True) -> Reading:
    """Read valgrind's XML and keep the records that `keep` wants; a file that ends early is read to its end.

    Raises `OSError` where there is no file.
    """
    records: list[Record] = []
    errors = losses = cut = 0
    signal = None
    suppressed: list[tuple[str, int]] = []
    closed = finished = False
    with file.open("rb") as stream:
        for element in _elements(stream):
            if element is None:
                closed = True
            elif element.tag == "error":
                record = _record(element)
                errors, losses = errors + (not record.lost), losses + record.lost
                if keep(record):
                    cut += len(records) == RECORD_LIMIT
                    records += [record][: RECORD_LIMIT - len(records)]
            elif element.tag == "status":
                finished = _text(element, "state") == "FINISHED"
            elif element.tag == "fatal_signal":
                signal = _text(element, "signame") or "a signal"
            elif element.tag == "suppcounts":
                suppressed = [(_text(pair, "name"), _number(pair, "count")) for pair in element.iter("pair")]
    return Reading(tuple(records), errors, losses, cut, closed and finished, signal, tuple(suppressed))


class _Bounded:
    """The first `SIZE_LIMIT` bytes of a file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = SIZE_LIMIT

    def read(self, size: int = -1) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(size)
        self._left -= len(data)
        return data


def _elements(stream: IO[bytes]) -> Iterator[ET.Element | None]:
    """The elements below the root, each as it is whole, then None where the root is whole too."""
    root: ET.Element | None = None
    depth = 0
    try:
        # Written by the valgrind that was just run; expat refuses entity bombs by itself since 2.4.
        for event, element in ET.iterparse(_Bounded(stream), ("start", "end")):  # noqa: S314
            depth += 1 if event == "start" else -1
            if root is None:
                root = element
            elif event == "end" and depth == 1:
                yield element
                root.clear()
    # The last two are for an encoding that its first line names: unknown, or of several bytes.
    except (ET.ParseError, LookupError, ValueError):
        return
    yield None


def _record(element: ET.Element) -> Record:
    what = ""
    parts: list[tuple[str, Frames]] = []
    for child in element:
        if child.tag in ("what", "xwhat"):
            what = _sentence(child)
        elif child.tag in ("auxwhat", "xauxwhat"):
            parts.append((_sentence(child), ()))
        elif child.tag == "stack":
            text = parts.pop()[0] if parts and not parts[-1][1] else ""
            parts.append((text, tuple(_frames(child))))
    own = parts.pop(0)[1] if parts and not parts[0][0] else ()
    xwhat = element.find("xwhat")
    return Record(
        kind=_text(element, "kind"),
        what=what,
        stack=own,
        bytes=_number(xwhat, "leakedbytes") if xwhat is not None else 0,
        blocks=_number(xwhat, "leakedblocks") if xwhat is not None else 0,
        notes=tuple(parts),
    )


def _frames(stack: ET.Element) -> Iterator[Frame]:
    rows = [(frame, _text(frame, "ip")) for frame in stack.iter("frame")]
    for index, (frame, address) in enumerate(rows):
        # Frames of one address are one call: all but the outermost of them were inlined.
        inlined = index + 1 < len(rows) and rows[index + 1][1] == address
        name = _HASH.sub("", _text(frame, "fn"))
        folder, file = _text(frame, "dir"), _text(frame, "file")
        path = f"{folder}/{file}" if folder and file and not file.startswith("/") else file
        yield Frame(
            function="" if name in _UNNAMED else name,
            language=_language(file),
            file=path or None,
            line=_number(frame, "line") or None,
            module=_text(frame, "obj") or None,
            address=int(address, 16) if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", address) else None,
            inlined=inlined,
        )


def _language(file: str) -> Language:
    if file.endswith(".rs"):
        return Language.RUST
    return Language.C if file.endswith((".c", ".h")) else Language.UNKNOWN


def _sentence(element: ET.Element) -> str:
    return (_text(element, "text") if len(element) else (element.text or "").strip())[:NAME_LIMIT]


def _text(element: ET.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()[:NAME_LIMIT]


def _number(element: ET.Element, name: str) -> int:
    text = _text(element, name)
    return int(text) if re.fullmatch(r"\d{1,18}", text) else 0
