"""All crashes of a pasted text, each with its signature, its cause and what else is to be said."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.debug.crash import causes, ended, joined, owned, signature
from pyo3ops.debug.crash.cleaning import Cleaned, Line, cleaned
from pyo3ops.debug.crash.story import Kind, Story
from pyo3ops.stacks import dump_json
from pyo3ops.stacks.model import Dump, Signal

if TYPE_CHECKING:
    from pyo3ops.debug.crash.causes import Cause
    from pyo3ops.debug.crash.signature import Signature
    from pyo3ops.stacks.readers import Piece

#: Lines around a single word of a crash that causes are looked for in.
_AROUND = 12
_FREE_THREADED = re.compile(r"The global interpreter lock \(GIL\) has been enabled to load module")
_SANITIZER = re.compile(
    r"ERROR: (?:Address|Memory|Leak|Thread)Sanitizer: (?P<asan>.{1,200})|WARNING: ThreadSanitizer: (?P<tsan>.{1,200})"
    r"|==\d{1,9}==\s{1,4}(?P<valgrind>Invalid (?:read|write|free).{0,100}"
    r"|Process terminating with default action.{0,100})"
)
#: One of them is in every line that `_in_words` is after.
_WORDS = re.compile(
    r"Segmentation|segfault|Illegal|invalid opcode|Bus error|Floating"
    r"|Abort|SIG|[Ss]ignal|[Ee]xit|[Cc]ode|status|[Kk]ill"
    r"|OOM|oom|free|alloc|munmap|corrupted|smashing|terminate|Sanitizer|==|ImportError"
    r"|ModuleNotFound|memory|global interpreter|0x[cC]0000|\[\d{1,4}\] |zsh: |panicking|panic\."
)
_IMPORT = re.compile(r"(?:E {2,8})?(?P<type>ImportError|ModuleNotFoundError): (?P<message>\S.{1,2000})$")


@dataclass(frozen=True)
class Crash:
    """One crash, and what there is to say of it."""

    story: Story
    signature: Signature
    cause: Cause
    also: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A format that was recognised, with the pasted lines that it is in."""

    name: str
    lines: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Analysis:
    """What a text tells."""

    crashes: tuple[Crash, ...]
    tools: tuple[Tool, ...]
    cleaned: Cleaned


def of(pasted: str, starts: Sequence[tuple[int, int]] = ((1, 1),)) -> Analysis:
    """The crashes of a text, the first of the text first; never raises, in time that grows with the text alone.

    `starts` are lines of it before which some are left out, and the numbers that these have.
    """
    own = _own_dump(pasted)
    if own is not None:
        return own
    clean = cleaned(pasted, starts)
    pieces = joined.pieces_of(clean)
    stories = joined.stories(clean, pieces)
    found = [*stories, *_in_words(clean, stories)]
    return Analysis(tuple(_judged(story) for story in found), _tools(clean, pieces), clean)


def with_dump(crash: Crash, dump: Dump) -> Crash:
    """The crash with the frames of its dump known better; it keeps its name."""
    return replace(crash, story=replace(crash.story, dump=owned.classified(dump)))


def _own_dump(pasted: str) -> Analysis | None:
    """A dump that we wrote ourselves; None for any other text."""
    if dump_json.FORMAT not in pasted[:2000] and dump_json.FORMAT not in pasted[-2000:]:
        return None
    try:
        dump = dump_json.from_text(pasted)
    except ValueError:
        return None
    lines = tuple(Line(number, text) for number, text in enumerate(pasted.split("\n"), 1))
    raised, signal = dump.exception, dump.signal
    # The lines of JSON say nothing to a person: no story quotes them.
    if raised is not None:
        kind = Kind.PANIC if raised.type == "panic" or raised.type.endswith("PanicException") else Kind.EXCEPTION
        story = Story(kind, raised.type, raised.message, dump=owned.classified(dump))
    elif signal is not None:
        story = Story(Kind.SIGNAL, signal.name, ended.words_of(signal.name), dump=owned.classified(dump))
    else:
        story = Story(Kind.HANG, "", "", dump=owned.classified(dump))
    return Analysis((_judged(story),), (Tool(dump_json.FORMAT, ((1, len(lines)),)),), Cleaned(lines))


def _judged(story: Story) -> Crash:
    cause = causes.cause_of(story)
    also = tuple(each for each in causes.beside(story) if each.id != cause.id)
    return Crash(story, signature.of(story), cause, also)


def _tools(clean: Cleaned, pieces: Sequence[Piece]) -> tuple[Tool, ...]:
    ranges: dict[str, list[tuple[int, int]]] = {}
    for piece in pieces:
        ranges.setdefault(piece.reader, []).append((clean.number(piece.first_line), clean.number(piece.last_line)))
    return tuple(Tool(name, tuple(lines)) for name, lines in ranges.items())


def _in_words(clean: Cleaned, stories: tuple[Story, ...]) -> Iterator[Story]:
    """Crashes that only a line tells of: a shell's, a kernel's, the C library's."""
    real = [story for story in stories if story.kind is not Kind.HANG]
    warned = False
    told: Story | None = None
    for index, line in enumerate(clean.lines):
        if not _WORDS.search(line.text):
            continue
        if not warned and _FREE_THREADED.search(line.text):
            warned = True
            yield _story(clean, index, Kind.WARNING, "RuntimeWarning", line.text.strip()[:300])
        elif not real and (told is None or told.kind is Kind.SIGNAL):
            found = _of_line(clean, index, line.text)
            # What says why is worth more than the signal that it ended in.
            told = found if found and (told is None or found.kind is not Kind.SIGNAL) else told
        elif told is not None and told.kind is Kind.KILLED and "OOMKilled" in line.text:
            told = replace(told, message="OOMKilled")
    if told is not None:
        yield told


def _of_line(clean: Cleaned, index: int, text: str) -> Story | None:
    gave_up, tool, imported = ended.GAVE_UP.search(text), _SANITIZER.search(text), _IMPORT.match(text)
    if tool:
        said = tool["asan"] or tool["tsan"] or tool["valgrind"]
        return _story(clean, index, Kind.ABORT, "SIGABRT", said)
    if gave_up:
        return _story(clean, index, Kind.ABORT, "SIGABRT", gave_up["said"].strip())
    if imported:
        return _story(clean, index, Kind.IMPORT, imported["type"], imported["message"])
    killed = ended.KILLED.search(text)
    if killed:
        word = re.search(r"OOMKilled|Killed|oom-kill|Out of memory", killed[0])
        return _story(clean, index, Kind.KILLED, "SIGKILL", word[0] if word else killed[0].strip())
    signal = ended.signal_in(text)
    return _story(clean, index, Kind.SIGNAL, signal[0], signal[1]) if signal else None


def _story(clean: Cleaned, index: int, kind: Kind, type_: str, message: str) -> Story:
    around = clean.lines[max(0, index - _AROUND) : index + _AROUND]
    number = clean.lines[index].number
    dump = Dump(signal=Signal(0, type_)) if type_.startswith("SIG") else Dump()
    text = "\n".join(line.text for line in around)
    return Story(kind, type_, message, dump=dump, lines=(number, number), text=text)
