"""What Rust prints when it panics or gives up, with its backtraces, and what PyO3 says when it passes a panic on.

library/std/src/panicking.rs and library/std/src/sys/backtrace.rs of Rust's sources write them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Frame, Language, Raised, Signal, Thread
from pyo3ops.stacks.readers import python_traceback, text

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "rust_panic"
RESUMED = "resumed_panic"

_THREAD = r"thread '(?P<name>.{0,200})' (?:\((?P<tid>\d{1,19})\) )?"
_PLACE = r"(?P<file>.{1,2000}?):(?P<line>\d{1,9})(?::\d{1,9})?"
#: A panic while another is written has no thread.
_PANICKED = re.compile(rf"\s{{0,40}}(?:{_THREAD})?panicked at {_PLACE}:$")
#: Until Rust 1.72 the message stood on the same line, in quotes, and the place behind it.
_OLD = re.compile(rf"\s{{0,40}}{_THREAD}panicked at '(?P<message>.{{0,3990}})$")
_OLD_PLACE = re.compile(rf"', {_PLACE}$")
_OVERFLOWED = re.compile(rf"\s{{0,40}}{_THREAD}has overflowed its stack$")
#: What is said last, before the process is aborted.
_ABORTS = re.compile(
    r"thread panicked while (?:processing panic|panicking)\. aborting\.|thread caused non-unwinding panic\. aborting\."
    r"|fatal runtime error: .{1,2000}|memory allocation of \d{1,20} bytes failed.{0,100}"
)
_BACKTRACE = "stack backtrace:"
_FRAME = re.compile(r" {0,8}(?P<number>\d{1,5}): {1,30}(?:(?P<address>0x[0-9a-f]{1,16}) - )?(?P<name>.{1,3900})$")
_AT = re.compile(rf" {{1,60}}at {_PLACE}$")
_NOTE = re.compile(r"note: (?:run with|Some details are omitted)")
_RESUMES = "--- PyO3 is resuming a panic after fetching a PanicException from Python. ---"
#: Functions that a panic goes through before it is told, and that the place of a panic is never in.
_MACHINERY = re.compile(
    r"rust_begin_unwind|rust_panic|__rustc::|__rust_end_short_backtrace|std::panicking::(?!try|catch_unwind)"
    r"|std::sys::backtrace|std::sys_common|core::panicking|(?:std|core)::[\w:]{1,100}_fail(?:ed)?\b"
    r"|<?core::(?:result::Result|option::Option)<.{0,100}>::(?:unwrap|expect)"
)
#: Lines of others between two frames.
_FOREIGN = 6
#: Frames of a full backtrace that print it, before the first of those.
_PRINTING = 40


def begins(lines: Lines, at: int) -> bool:
    """True for the first line of a panic, of an overflow, or of an end without either."""
    line = lines[at]
    if "panicked at " in line[:300] or "has overflowed" in line[:300]:
        return any(pattern.match(line) for pattern in (_PANICKED, _OLD, _OVERFLOWED))
    return line.startswith(("thread ", "fatal ", "memory ")) and _ABORTS.fullmatch(line) is not None


def read(lines: Lines, at: int) -> Found:
    """A panic with its message, its place and its backtrace, and the abort that follows where there is one."""
    overflow = _OVERFLOWED.match(lines[at])
    if overflow:
        raised, end = Raised("stack overflow", lines[at].strip(), (), _thread(overflow)), at + 1
    elif _ABORTS.fullmatch(lines[at]):
        raised, end = _with_backtrace(lines, at + 1, Raised("abort", lines[at]))
    else:
        raised, end = _panic(lines, at)
    ended = _ABORTS.fullmatch(lines[end]) if end < len(lines) else None
    aborted = ended is not None or raised.type != "panic"
    return end + (ended is not None), Dump(
        exception=raised,
        signal=Signal(6, "SIGABRT") if aborted else None,
        confidence=Confidence.ONE_SIDED,
        source=NAME,
    )


def place(raised: Raised) -> Frame | None:
    """The frame where a panic began: the first that is not Rust's own machinery."""
    return next((frame for frame in raised.frames if not frame.glue), None)


def resumes(lines: Lines, at: int) -> bool:
    """True for what PyO3 prints before it lets a panic go on that came back through Python."""
    return lines[at] == _RESUMES


def read_resumed(lines: Lines, at: int) -> Found:
    """The traceback of a PanicException that is a panic again."""
    at += 1
    at += at < len(lines) and lines[at].startswith("Python stack trace below")
    if at == len(lines) or not python_traceback.begins(lines, at):
        return at, None
    end, dump = python_traceback.read(lines, at)
    return end, dump and replace(dump, source=RESUMED)


def _panic(lines: Lines, at: int) -> tuple[Raised, int]:
    told = _PANICKED.match(lines[at])
    if told is None:
        return _old_panic(lines, at)
    end = text.message_end(lines, at, _is_end)
    said = text.message(lines[at + 1 : end])
    while end < len(lines) and not lines[end] and end + 1 < len(lines) and _ABORTS.fullmatch(lines[end + 1]):
        end += 1
    return _with_backtrace(lines, end, Raised("panic", said, (_place(told),), _thread(told)))


def _old_panic(lines: Lines, at: int) -> tuple[Raised, int]:
    """A message in quotes, of one line or of several, as they were written until 1.72."""
    first = _OLD.match(lines[at])
    if first is None:
        raise AssertionError("what begins a panic is one")
    rest = first["message"]
    said: list[str] = []
    for index in range(at, min(len(lines), at + text.MESSAGE_LINES)):
        rest = lines[index] if said else rest
        end = rest.rfind("', ")
        place = _OLD_PLACE.match(rest[end:]) if end >= 0 else None
        if place:
            raised = Raised("panic", text.message([*said, rest[:end]]), (_place(place),), _thread(first))
            return _with_backtrace(lines, index + 1, raised)
        if said and text.begins(rest):
            break
        said.append(rest)
    return Raised("panic", first["message"], (), _thread(first)), at + 1


def _is_end(line: str) -> bool:
    return line == _BACKTRACE or _NOTE.match(line) is not None or _ABORTS.fullmatch(line) is not None


def _thread(match: re.Match[str]) -> Thread | None:
    """The thread; Rust has a name for those that have none."""
    name = match["name"]
    if name is None:
        return None
    return Thread(int(match["tid"]) if match["tid"] else None, None if name in {"<unnamed>", "<unknown>"} else name)


def _place(match: re.Match[str]) -> Frame:
    return Frame("", Language.RUST, match["file"], int(match["line"]))


def _with_backtrace(lines: Lines, at: int, raised: Raised) -> tuple[Raised, int]:
    if at < len(lines) and lines[at] == _BACKTRACE:
        frames, at = frames_from(lines, at + 1)
        raised = replace(raised, frames=_marked(frames, raised.frames[0]) if raised.frames else frames)
    while at < len(lines) and _NOTE.match(lines[at]):
        at += 1
    return raised, at


def is_frame(line: str) -> bool:
    """True for a numbered call of a backtrace."""
    return _FRAME.match(line) is not None


def without_machinery(frames: Frames) -> Frames:
    """The calls that led to a panic; none where nothing of the panic's own is among the first ones."""
    if not any(_MACHINERY.match(frame.function) for frame in frames[:_PRINTING]):
        return ()
    return frames[_machinery(frames) :]


def frames_from(lines: Lines, at: int) -> tuple[Frames, int]:
    """The frames of a backtrace, and the line after them."""
    frames: list[Frame] = []
    while at < len(lines):
        # Other threads write while a backtrace is written.
        at += _foreign(lines, at, len(frames))
        line = lines[at]
        located, named = _AT.match(line), _FRAME.match(line)
        if located and frames:
            # Older ones wrote the places of inlined calls below one name, the innermost first.
            if frames[-1].file is None:
                frames[-1] = _located(frames[-1], located)
        elif named:
            address = int(named["address"], 16) if named["address"] else None
            # A full backtrace ends with the address 0, which is nobody's.
            if address != 0:
                frames.append(text.native("" if named["name"] == "<unknown>" else named["name"], address=address))
        elif frames and re.match(r" {12,60}\S", line):
            # A full backtrace writes the calls that were inlined at one address below each other.
            frames.append(text.native(line.strip().lstrip("- ")))
        else:
            break
        at += 1
    return _with_inlined(frames[: text.FRAME_LIMIT]), at


def _foreign(lines: Lines, at: int, count: int) -> int:
    """How many lines at a place are somebody else's: those before the next frame, where it comes soon."""
    if _FRAME.match(lines[at]) or lines[at].startswith("            "):
        return 0
    for more in range(1, min(_FOREIGN, len(lines) - at - 1) + 1):
        line = lines[at + more]
        if text.begins(lines[at + more - 1]) or line == _BACKTRACE:
            return 0
        match = _FRAME.match(line)
        if match:
            # Inlined calls have no number of their own in a full backtrace.
            return more if int(match["number"]) <= count and (int(match["number"]) or not count) else 0
    return 0


def _located(frame: Frame, match: re.Match[str]) -> Frame:
    file = match["file"]
    return replace(frame, file=file, line=int(match["line"]), language=text.language_of(file))


def _with_inlined(frames: list[Frame]) -> Frames:
    """The frames, of which all but the last at one address were inlined."""
    following = [*frames[1:], Frame("")]
    return tuple(
        replace(frame, inlined=frame.address is not None and frame.address == after.address)
        for frame, after in zip(frames, following)
    )


def _marked(frames: Frames, told: Frame) -> Frames:
    """The frames with Rust's own machinery marked as such, and the place of the panic among them."""
    for index, frame in enumerate(frames):
        if frame.line == told.line and frame.file and _same(frame.file, told.file or ""):
            return tuple(replace(each, glue=True) for each in frames[:index]) + frames[index:]
    count = _machinery(frames)
    # Without debug information nobody knows in which of the frames it is.
    return (*(replace(each, glue=True) for each in frames[:count]), told, *frames[count:])


def _machinery(frames: Frames) -> int:
    """How many of the frames are there because of the panic."""
    ours = [_MACHINERY.match(frame.function) is not None for frame in frames[: 2 * _PRINTING]]
    start = ours.index(True) if True in ours[:_PRINTING] else 0
    return next((index for index in range(start, len(ours)) if not ours[index]), len(ours))


def _same(path: str, told: str) -> bool:
    """True where one path is the end of the other."""
    long, short = path.replace("\\", "/"), told.replace("\\", "/")
    short = short[2:] if short.startswith("./") else short
    return long == short or long.endswith("/" + short.lstrip("/"))
