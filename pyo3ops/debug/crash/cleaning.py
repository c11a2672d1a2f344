"""Pasted text as the programs wrote it: without colours, and without what runners, containers and loggers put in front.

A map back to the lines that were pasted is kept. Nothing is trusted: lines are cut, and every pattern is linear.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator, NamedTuple, Sequence

from pyo3ops.debug.crash import ipython_log, prefixes, pytest_log, rich_log, wrapped

if TYPE_CHECKING:
    from pyo3ops.debug.crash.prefixes import Removed

#: Characters of a line that are kept; a record of JSON may be longer and is cut when it is several.
LINE_LIMIT = 8_000
RECORD_LIMIT = 400_000

# ECMA-48: string controls (a title, a link), colours and cursor movements, two-character escapes.
_ESCAPES = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|\x1b\[[0-?]{0,40}[ -/]{0,4}[@-~]?|\x1b[ -/]{0,4}[0-~]"
)
#: Colours whose escape character a log viewer or a copy has lost.
_LOST_ESCAPES = re.compile(r"(?:\^\[|\\x1b|\\u001b|\\033|\\e|\u241b)\[[0-9;]{0,20}[mK]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
#: GitLab's marks, GitHub's and Azure's commands to their viewers.
_SECTION = re.compile(r"section_(?:start|end):\d{1,12}:[\w.-]{1,100}(?:\[[^\]]{0,100}\])?\r?")
_COMMAND = re.compile(r"##\[[\w-]{1,20}\] ?|::(?:error|warning|notice|debug|group|endgroup)(?: [^:]{0,300})?:: ?")
_ENTITY = re.compile(r"&(?:lt;module|lt;unnamed|lt;frozen|quot;/|#39;|#x27;)|File &quot;")
_TAGS = re.compile(r"</?(?:pre|code|p|details|summary|span|div)(?: [^<>]{0,200})?>")
_FENCE = re.compile(r"\s{0,40}(?:`{3,8}|~{3,8})[\w+-]{0,20}\s{0,20}$")
#: Line ends that a logger wrote as two characters, in a text that has more of such.
_WRITTEN_ENDS = re.compile(r"\\r?\\n|\\n")
_TELLING = re.compile(r"Traceback \(most recent call last\):\\n|panicked at |Fatal Python error: ")
#: Records of JSON that make a log of them, and where those hold what the program wrote.
_WRAPPED = 3
_HOLDING = ("log", "MESSAGE", "textPayload", "message", "msg", "line", "text")
_QUOTED = 'traceback: Some("'
#: What begins in the middle of a line where a runner had written the beginning of one.
_MIDDLE = re.compile(
    r"(?:(?:Fatal Python error|Windows fatal exception): |Traceback \(most recent call last\):$"
    r"|thread '[^']{0,200}' (?:\(\d{1,19}\) )?panicked at )"
)
#: One of them is in each such line.
_WORDS = ("panicked at ", "Traceback (", "Fatal Python", "Windows fatal")


class Line(NamedTuple):
    """One line: its number in what was pasted, counted from 1, and what the program wrote."""

    number: int
    text: str


@dataclass(frozen=True)
class Cleaned:
    """Lines as the programs wrote them, each program's together, and what was taken off them."""

    lines: tuple[Line, ...]
    removed: tuple[Removed, ...] = ()
    #: Lines of `text`, counted from 1, that nobody wrote: what others than Python show, told as a traceback.
    made: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(line.text for line in self.lines)

    def number(self, line: int) -> int:
        """The pasted line of a line of `text`, both counted from 1; 0 beyond the end."""
        return self.lines[line - 1].number if 0 < line <= len(self.lines) else 0


def cleaned(pasted: str, starts: Sequence[tuple[int, int]] = ((1, 1),)) -> Cleaned:
    """The text as it was before it went through terminals, runners, containers, loggers and clipboards.

    `starts` are lines of it before which some are left out, and the numbers that these have.
    """
    plain = [Line(line.number, _commandless(line.text)) for line in _plain(pasted, starts)]
    bare, removed = prefixes.without([line.text for line in plain])
    lines = [Line(plain[row.at].number if row.at >= 0 else 0, row.text) for row in bare]
    lines = [part for line in lines for part in _parted(line) if not _FENCE.match(part.text)]
    lines = [Line(lines[at].number, text) for at, text in wrapped.joined([line.text for line in lines])]
    whole, made = _with_tests(lines)
    return Cleaned(tuple(_dedented(whole)), removed, made)


def _plain(pasted: str, starts: Sequence[tuple[int, int]]) -> Iterator[Line]:
    entities = _ENTITY.search(pasted) is not None
    lines = pasted.split("\n")
    wrapped = sum(line.startswith('{"') for line in lines) >= _WRAPPED
    numbers = _numbers(len(lines), starts)
    for number, raw in zip(numbers, lines):
        for text in _records(_unwrapped(raw) if wrapped else raw):
            plain = _printable(text)
            if entities:
                plain = html.unescape(_TAGS.sub("", plain))
            yield Line(number, ipython_log.without_links(plain.rstrip()))


def _numbers(count: int, starts: Sequence[tuple[int, int]]) -> Iterator[int]:
    ends = [*(line for line, _ in starts[1:]), count + 1]
    for (line, number), end in zip(starts, ends):
        yield from range(number, number + end - line)


def _unwrapped(raw: str) -> str:
    """The line that a record of JSON holds, as docker, journald and cloud loggers write them; any other as it is."""
    if not raw.startswith('{"') or len(raw) > RECORD_LIMIT:
        return raw
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    held = next((record[key] for key in _HOLDING if isinstance(record.get(key), str)), None)
    # A record that holds several lines is looked at as a whole: the words may be in any of its texts.
    return raw if held is None or "\n" in held.strip("\r\n") else str(held).rstrip("\r\n")


def _printable(text: str) -> str:
    text = text[:LINE_LIMIT]
    if text.isprintable() and "[" not in text:
        return text
    text = _LOST_ESCAPES.sub("", _ESCAPES.sub("", _SECTION.sub("", text)))
    # What is drawn over and over keeps its last state.
    text = text.rstrip("\r").rpartition("\r")[2]
    return _CONTROLS.sub("", text.replace("\t", "    ") if text.startswith("\t") else text)


def _records(raw: str) -> Sequence[str]:
    """The lines of a message that a logger wrote on one line; any other line as it is."""
    if "\\n" not in raw or len(raw) > RECORD_LIMIT or not _TELLING.search(raw) or not _WRITTEN_ENDS.search(raw):
        return (raw,)
    # Rust's word for an exception has its traceback in quotes, on the one line of a message.
    if _QUOTED in raw and not raw.lstrip().startswith("{"):
        return (raw,)
    start = raw.find("{")
    if start >= 0:
        try:
            record = json.loads(raw[start:])
        except (ValueError, RecursionError):
            record = None
        texts = [each for each in _strings(record) if "\n" in each]
        if texts:
            return [line for text in texts for line in text.split("\n")]
    return _WRITTEN_ENDS.sub("\n", raw).replace('\\"', '"').replace("\\'", "'").split("\n")


def _strings(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < 8:  # noqa: PLR2004 - deeper than any logger nests
        for each in value.values():
            yield from _strings(each, depth + 1)
    elif isinstance(value, list) and depth < 8:  # noqa: PLR2004
        for each in value:
            yield from _strings(each, depth + 1)


def _commandless(text: str) -> str:
    return _COMMAND.sub("", text) if "##[" in text or "::" in text[:80] else text


def _parted(line: Line) -> Iterator[Line]:
    """The line, in two where something that is read begins behind what somebody else had begun to write."""
    telling = len(line.text) < LINE_LIMIT and any(word in line.text for word in _WORDS)
    match = _MIDDLE.search(line.text) if telling else None
    front = line.text[: match.start()] if match else ""
    if match and front.strip(" >") == "" and ">" in front:
        # A quote whose other lines lost their mark.
        yield Line(line.number, line.text[match.start() :])
    elif match and front.strip(" |+>") and not front.rstrip().endswith(("'", '"', "`", "Exception Group")):
        yield Line(line.number, front.rstrip())
        yield Line(line.number, line.text[match.start() :])
    else:
        yield line


def _with_tests(lines: Sequence[Line]) -> tuple[list[Line], frozenset[int]]:
    """The lines with those that tell as a traceback what pytest, IPython and rich show, and which these are."""
    texts = [line.text for line in lines]
    told = {**rich_log.tracebacks(texts), **ipython_log.tracebacks(texts), **pytest_log.tracebacks(texts)}
    found: list[Line] = []
    made: set[int] = set()
    for index, line in enumerate(lines):
        found.append(line)
        more = [Line(lines[at].number, text) for at, text in told.get(index, ())]
        made.update(range(len(found) + 1, len(found) + len(more) + 1))
        found += more
    return found, frozenset(made)


_HEADS = re.compile(
    r"(?P<margin>[ ]{1,40})(?:thread '.{0,200}' .{0,30}(?:panicked at|has overflowed)"
    r"|Fatal Python error: |Current thread 0x"
    r"|Traceback \(most recent call last\):|Stack trace of thread \d"
    r"|(?:Program|Thread \d{1,6}.{0,80}) received signal|#0  |\* thread #)"
)


def _dedented(lines: Sequence[Line]) -> list[Line]:
    """The lines without the margin of a block that is indented as a whole."""
    found = list(lines)
    index = 0
    while index < len(found):
        match = _HEADS.match(found[index].text)
        if match is None:
            index += 1
            continue
        margin = match["margin"]
        end = index
        while end < len(found) and (not found[end].text.strip() or found[end].text.startswith(margin)):
            found[end] = Line(found[end].number, found[end].text[len(margin) :])
            end += 1
        index = max(end, index + 1)
    return found
