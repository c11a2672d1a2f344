"""What belongs together: a panic with the traceback of its PanicException, a signal with its stacks, one story each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Sequence

from pyo3ops.debug.crash.ended import is_fatal, is_hang
from pyo3ops.debug.crash.group import (
    HEADLESS,
    Group,
    agree,
    chain,
    first_line,
    is_headless,
    message_of,
    only_panicked,
    other_process,
    overlap,
    panicked_alone,
    same_panic,
    same_thread,
    signal_of,
)
from pyo3ops.debug.crash.story import Kind
from pyo3ops.debug.crash.told import told
from pyo3ops.stacks import readers
from pyo3ops.stacks.readers import Piece

if TYPE_CHECKING:
    from pyo3ops.debug.crash.cleaning import Cleaned
    from pyo3ops.debug.crash.story import Story
    from pyo3ops.stacks.model import Raised

RUST, RESUMED, PYTHON, FAULT = "rust_panic", "resumed_panic", "python_traceback", "faulthandler"
#: What aborts after a panic of the same thread, and says nothing of its own.
_NO_UNWIND = re.compile(
    r"panic in a function that cannot unwind|panic in a destructor during cleanup"
    r"|thread panicked while (?:processing panic|panicking)|panicked while processing panic"
    r"|fatal runtime error|Rust panics must be rethrown|Rust cannot catch foreign exceptions"
)
_POISON = re.compile(r"PoisonError|poisoned")
#: What join() and Tokio's handles give of a thread that panicked.
_JOINED = re.compile(r"JoinError::Panic\(|on an `Err` value: Any \{ \.\. \}")
#: Lines between a panic and the abort or the signal that it ends in, and between two prints of one exception.
NEAR, REPEAT = 60, 400
#: Stories that are told, from the begin of a text and from its end.
MOST = 200
#: Stories that a traceback may still belong to.
_OPEN = 100
_RESUMES = "--- PyO3 is resuming a panic"
_FATAL = "Fatal Python error: "


def stories(cleaned: Cleaned, pieces: Sequence[Piece]) -> tuple[Story, ...]:
    """Each crash of a text, in the order in which they begin; those that were caught come last.

    Of a text with very many, the first and the last `MOST` are told.
    """
    groups = _Joining(cleaned).groups(pieces)
    kept = groups if len(groups) <= 2 * MOST else [*groups[:MOST], *groups[-MOST:]]
    found = [told(group, cleaned) for group in kept]
    whole = any(story.panics for story in found)
    # What the program went on after is not what it ended of, and an exception without its panic may be quoted.
    return tuple(
        sorted(found, key=lambda story: story.logged or (whole and story.kind is Kind.PANIC and not story.panics))
    )


def pieces_of(cleaned: Cleaned) -> list[Piece]:
    """What the readers find; a fatal error is a piece of its own also where a debugger's words are around it."""
    texts = [line.text for line in cleaned.lines]
    cuts = [0, *(index for index, text in enumerate(texts) if index and text.startswith(_FATAL)), len(texts)]
    return [
        Piece(piece.reader, piece.first_line + start, piece.last_line + start, piece.dump)
        for start, end in zip(cuts, cuts[1:])
        for piece in readers.read("\n".join(texts[start:end]))
    ]


class _Joining:
    """Groups while pieces come; what is open may still get what belongs to it."""

    def __init__(self, cleaned: Cleaned) -> None:
        self._lines = cleaned.lines
        self._groups: list[Group] = []
        #: Markers of PyO3 that stand apart from their tracebacks.
        self._marks = {at + 1 for at, line in enumerate(cleaned.lines) if line.text.startswith(_RESUMES)}

    def groups(self, pieces: Sequence[Piece]) -> list[Group]:
        for piece in pieces:
            if piece.reader == RUST:
                self._panic(piece)
            elif piece.reader in (RESUMED, PYTHON):
                self._traceback(piece)
            elif piece.reader == FAULT:
                self._fault(piece)
            elif piece.reader == HEADLESS:
                self._groups.append(Group(shown=[piece]))
            else:
                self._shown(piece)
        return self._with_poison([panicked_alone(group) if is_headless(group) else group for group in self._groups])

    def _panic(self, piece: Piece) -> None:
        raised = piece.dump.exception
        if raised is None:
            return
        last = self._open(piece, raised)
        if last is None:
            self._groups.append(Group(panics=[piece]))
            return
        if same_panic(last.panics[-1].dump.exception, raised) and not _NO_UNWIND.search(raised.message):
            before = len(last.panics) - 1
            last.repeats[before + 1] = last.repeats.get(before, before)
        last.panics.append(piece)
        last.reaches(piece)

    def _open(self, piece: Piece, raised: Raised) -> Group | None:
        """The story that a panic goes on: that of its thread, if it repeats it or is how the process ends."""
        for group in reversed(self._groups[-8:]):
            if not group.panics or group.traceback or group.fault or piece.first_line - group.last > REPEAT:
                continue
            before = group.panics[-1].dump.exception
            if before is None or not same_thread(before, raised):
                continue
            if group.resumed:
                return None
            if is_fatal(piece.dump, raised) or _NO_UNWIND.search(raised.message) or same_panic(before, raised):
                return group
            # A second one while the first unwinds: nothing else is between them, and the process ends.
            return group if self._ends_soon(piece) else None
        return None

    def _ends_soon(self, piece: Piece) -> bool:
        behind = (line.text for line in self._lines[piece.last_line : piece.last_line + 6])
        return any(_NO_UNWIND.search(text) or "aborting." in text for text in behind)

    def _traceback(self, piece: Piece) -> None:
        raised = piece.dump.exception
        carried = next((each for each in chain(raised) if each.type.endswith("PanicException")), None)
        if carried is not None:
            self._carried(piece, carried, resumed=piece.reader == RESUMED or self._is_marked(piece))
            return
        same = self._same_exception(piece, raised)
        if same is not None:
            same.again.append(piece)
            same.reaches(piece)
        else:
            self._groups.append(Group(traceback=piece))

    def _is_marked(self, piece: Piece) -> bool:
        """True where PyO3's mark stands before it, with others' lines between, and belongs to no other traceback."""
        marks = [line for line in range(max(1, piece.first_line - NEAR), piece.first_line) if line in self._marks]
        taken = {each.first_line for group in self._groups[-_OPEN:] for each in group.resumed[-NEAR:]}
        free = [
            mark for mark in marks if mark not in taken and not any(mark < each < piece.first_line for each in taken)
        ]
        return bool(free)

    def _carried(self, piece: Piece, raised: Raised, *, resumed: bool) -> None:
        """The traceback of a PanicException goes to the panic that it carries."""
        group = self._panicked(raised)
        if group is None:
            same = self._same_exception(piece, piece.dump.exception)
            if same is not None:
                same.again.append(piece)
                same.reaches(piece)
                return
            group = self._headless(piece) or Group()
            if not group.shown:
                self._groups.append(group)
        if resumed:
            group.resumed.append(piece)
        else:
            group.traceback = piece
        group.reaches(piece)

    def _headless(self, piece: Piece) -> Group | None:
        """The backtrace right before, of which nobody knows yet what its panic said."""
        last = self._groups[-1] if self._groups else None
        return last if last and is_headless(last) and piece.first_line - last.last <= NEAR else None

    def _panicked(self, raised: Raised) -> Group | None:
        """The nearest story before whose panic has these words, and which has no last traceback yet."""
        words = first_line(raised.message)
        for group in reversed(self._groups[-_OPEN:]):
            if group.traceback is None and (group.panics or group.resumed):
                said = group.message or message_of(group.resumed[-1] if group.resumed else None)
                if agree(first_line(said), words):
                    return group
        return None

    def _same_exception(self, piece: Piece, raised: Raised | None) -> Group | None:
        """The story of which this is another print: the same words, and calls that go on where those end."""
        for group in reversed(self._groups[-6:]):
            known = group.traceback.dump.exception if group.traceback else None
            if known is None or raised is None or piece.first_line - group.last > REPEAT:
                continue
            if (known.type, known.message) == (raised.type, raised.message) and overlap(known, raised):
                return group
        return None

    def _fault(self, piece: Piece) -> None:
        signal = piece.dump.signal
        if piece.dump.exception is None or piece.dump.exception.type == "Timeout" or not self._groups:
            self._groups.append(Group(fault=piece))
            return
        last = self._groups[-1]
        near = piece.first_line - last.last <= NEAR and last.fault is None and last.traceback is None
        aborted = bool(last.panics) and signal is not None and signal.name == "SIGABRT"
        shown = any(signal and each.dump.signal and each.dump.signal.name == signal.name for each in last.shown)
        if near and (aborted or shown):
            last.fault = piece
            last.reaches(piece)
        else:
            self._groups.append(Group(fault=piece))

    def _shown(self, piece: Piece) -> None:
        signal = piece.dump.signal
        for group in reversed(self._groups[-3:]):
            if piece.first_line - group.last > REPEAT or other_process(group, piece):
                break
            same = any(signal_of(each) == signal_of(piece) for each in (*group.shown, group.fault) if each)
            aborted = bool(group.panics) and signal is not None and signal.name == "SIGABRT" and not group.traceback
            crashed = signal is None and not is_hang(piece) and (group.shown or group.fault)
            if (signal is not None and same) or aborted or crashed or (signal is None and group.shown):
                group.shown.append(piece)
                group.reaches(piece)
                return
        self._groups.append(Group(shown=[piece]))

    def _with_poison(self, groups: Sequence[Group]) -> list[Group]:
        """The groups; a panic that poisoned a lock, or ended a thread, belongs to the one that found it so."""
        found: list[Group] = []
        for group in groups:
            before = found[-1] if found else None
            if before and only_panicked(before) and (_found_poisoned(before, group) or _found_dead(before, group)):
                group.repeats = {
                    index + len(before.panics): of + len(before.panics) for index, of in group.repeats.items()
                }
                group.panics[:0] = before.panics
                found[-1] = group
            else:
                found.append(group)
        return found


def _found_poisoned(before: Group, group: Group) -> bool:
    return _POISON.search(group.message) is not None and not _POISON.search(before.message)


def _found_dead(before: Group, group: Group) -> bool:
    """True where a thread panics because another one did, right before, and it asked for what that one made."""
    one, other = before.panics[-1].dump.exception, group.panics[0].dump.exception if group.panics else None
    if one is None or other is None or same_thread(one, other):
        return False
    near = group.panics[0].first_line - before.last <= NEAR
    return near and _JOINED.search(other.message) is not None and not _JOINED.search(one.message)
