"""The pieces of one crash while they are gathered, and how two of them are known to be of the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.model import Raised

if TYPE_CHECKING:
    from pyo3ops.stacks.readers import Piece

#: Readers of a backtrace without its begin, and of what systemd writes.
HEADLESS, CORE = "rust_backtrace", "coredumpctl"


@dataclass
class Group:
    """The pieces of one crash, in the order of the text."""

    panics: list[Piece] = field(default_factory=list)
    #: Tracebacks of the PanicException, innermost first, that PyO3 printed on the way.
    resumed: list[Piece] = field(default_factory=list)
    #: The last traceback, or the only one.
    traceback: Piece | None = None
    #: The same exception printed again, by a logger for one.
    again: list[Piece] = field(default_factory=list)
    fault: Piece | None = None
    shown: list[Piece] = field(default_factory=list)
    #: Panics that are others' prints once more: index of the piece to index of the panic.
    repeats: dict[int, int] = field(default_factory=dict)

    #: The last line of all.
    last: int = 0

    def __post_init__(self) -> None:
        """Count what it is made with."""
        self.last = max((piece.last_line for piece in self.pieces), default=0)

    def reaches(self, piece: Piece) -> None:
        """Note how far the story goes."""
        self.last = max(self.last, piece.last_line)

    @property
    def pieces(self) -> list[Piece]:
        """All of them, by their first line."""
        found = [*self.panics, *self.resumed, *self.again, *self.shown]
        found += [each for each in (self.traceback, self.fault) if each]
        return sorted(found, key=lambda piece: piece.first_line)

    @property
    def message(self) -> str:
        """The words of its last panic, which a PanicException carries."""
        raised = self.panics[-1].dump.exception if self.panics else None
        return raised.message if raised else ""


def chain(raised: Raised | None) -> Iterator[Raised]:
    """An exception, those of its group, and what it came from."""
    while raised is not None:
        yield raised
        for each in raised.group:
            yield from chain(each)
        raised = raised.origin


def message_of(piece: Piece | None) -> str:
    """What was raised in a piece, in words."""
    raised = piece.dump.exception if piece else None
    return raised.message if raised else ""


def first_line(message: str) -> str:
    """The first line of a message."""
    return message.strip().partition("\n")[0].strip()


def agree(one: str, other: str) -> bool:
    """True for the same words; one may be cut, as pytest's summary and loggers do."""
    if one == other:
        return True
    short, long = sorted((one.rstrip(".\u2026 "), other.rstrip(".\u2026 ")), key=len)
    return len(short) > 20 and long.startswith(short)  # noqa: PLR2004 - fewer are in any message


def same_thread(one: Raised, other: Raised) -> bool:
    """True where both are of one thread, as far as is known."""
    if one.thread is None or other.thread is None:
        return True
    if one.thread.tid is not None and other.thread.tid is not None:
        return one.thread.tid == other.thread.tid
    return one.thread.name == other.thread.name


def same_panic(one: Raised | None, other: Raised) -> bool:
    """True for one panic printed twice: the same words from the same place."""
    return one is not None and first_line(one.message) == first_line(other.message) and _place(one) == _place(other)


def _place(raised: Raised) -> tuple[str | None, int | None]:
    frame = next((each for each in raised.frames if not each.glue and each.file), None)
    return (frame.file, frame.line) if frame else (None, None)


def overlap(one: Raised, other: Raised) -> bool:
    """True where both have calls in common, or one has none: the same exception on its way out."""
    first = {(each.function, each.file) for each in one.frames}
    second = {(each.function, each.file) for each in other.frames}
    if not (first and second):
        return True
    return bool(first & second) or one.origin is not None or other.origin is not None


def signal_of(piece: Piece) -> str | None:
    """The name of a piece's signal."""
    return piece.dump.signal.name if piece.dump.signal else None


def only_panicked(group: Group) -> bool:
    """True for a story that is nothing but panics so far."""
    return bool(group.panics) and not (group.resumed or group.traceback or group.fault or group.shown)


def other_process(group: Group, piece: Piece) -> bool:
    """True where systemd wrote both, each of a process of its own."""
    pids = [each.dump.process.pid for each in (*group.shown, piece) if each.reader == CORE]
    return piece.reader == CORE and len(set(pids) - {None}) > 1


def is_headless(group: Group) -> bool:
    """True for a backtrace of a panic without its begin, and nothing else."""
    return [piece.reader for piece in group.pieces] == [HEADLESS]


def panicked_alone(group: Group) -> Group:
    """Such a backtrace as the panic that it is of: no text tells what that said."""
    piece = group.shown[0]
    dump = piece.dump
    panic = Raised("panic", "", dump.stacks[0].frames)
    return Group(panics=[replace(piece, dump=replace(dump, stacks=(), exception=panic))])
