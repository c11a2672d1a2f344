"""What the source says of locks: which one a line takes, and which ones a function still has where it stands.

This reads Rust no further than the function that a frame is in. It names the lock, and decides between explanations
that the stacks alone allow; what it does not understand it does not claim.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Collection, Iterator, Sequence

from pyo3ops.stacks.model import Language
from pyo3ops.stacks.verdicts import rust_functions, rust_temporaries
from pyo3ops.stacks.verdicts.rust_functions import SAME_THREAD, SPAWNS
from pyo3ops.stacks.verdicts.rust_guards import Reading
from pyo3ops.stacks.verdicts.rust_moves import UNLOCKS
from pyo3ops.stacks.verdicts.rust_patterns import opens_closure
from pyo3ops.stacks.verdicts.rust_scope import Guard, Held, Sort
from pyo3ops.stacks.verdicts.rust_takes import behind_closure, closing, take_at
from pyo3ops.stacks.verdicts.rust_tokens import tokens

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame
    from pyo3ops.stacks.verdicts.rust_functions import Function
    from pyo3ops.stacks.verdicts.rust_scope import Scope
    from pyo3ops.stacks.verdicts.rust_takes import Take
    from pyo3ops.stacks.verdicts.rust_tokens import Token

#: The lines of a file by its path, None where it cannot be read.
Read = Callable[[str], "Sequence[str] | None"]

#: Lines before and behind a frame's in which its statement begins and ends.
_AROUND = 12
#: Tokens that are looked at for that.
_TOKENS = 2000
_ENDS = frozenset({";", "{", "}"})
_STREAM = re.compile(r"(?:(?:std::)?io::)?(?P<name>std(?:in|out|err))\(\)")
_DETACHES = re.compile(r"\s{0,200}\w{1,80}\.(?:detach|allow_threads)\(")


@dataclass(frozen=True)
class Taken:
    """A lock as the source calls it, and the line (from 1) that takes it; no name where another function takes it."""

    name: str
    line: int
    #: False where it may have been given back, or was moved to where it cannot be followed.
    certain: bool = True
    #: Taken by `read` or `write`, as an RwLock is, and a file. What is waited for that way is an RwLock; of what is
    #: held that way nothing else is in doubt.
    shared: bool = False

    def is_sure(self, wanted: Taken) -> bool:
        """True where it is held for certain, by a thread that has what another waits for: that shows what it is."""
        return self.certain or (self.shared and wanted.shared)

    def may_be(self, other: Taken) -> bool:
        """True where both may name one lock: a field is called by many names, of which the last part is the same."""
        if not self.name or not other.name:
            return True
        ends = {_last(name) for name in (self.name, other.name)}
        return self.name == other.name or (len(ends) == 1 and not self.static and not other.static)

    @property
    def static(self) -> bool:
        """True for a name in capitals, and for a stream: there is one such lock in the whole program."""
        return (
            self.name.startswith("std::io::std")
            or re.fullmatch(r"[A-Z][A-Z0-9_]{1,80}|[A-Z]", re.split(r"\.|::", self.name)[-1]) is not None
        )


def wanted(frame: Frame, read: Read, word: str = "") -> Taken | None:
    """The lock that a waiting frame's own line takes; None where no line can be read, or it takes none or several.

    `word` says what sort of lock is waited for, as the rows of waits.toml have it.
    """
    lines = _lines(frame, read)
    if lines is None or frame.line is None:
        return None
    first = max(0, frame.line - 1 - _AROUND)
    line = frame.line - 1 - first
    every = list(itertools.islice(tokens(lines[first : frame.line + _AROUND]), _TOKENS))
    takes = list(_of_statement(every, line))
    # In a chain of calls what waits may stand before the line, or behind it.
    parts = ([take for at, take in takes if at == line], [take for at, take in takes if at < line])
    chosen = next(filter(None, parts), [take for _, take in takes])
    names = {_plain(take.name) for take in chosen}
    shared = word == "RwLock" and all(take.shared for take in chosen)
    return Taken(names.pop(), frame.line, shared=shared) if len(names) == 1 else None


def _of_statement(every: Sequence[Token], line: int) -> Iterator[tuple[int, Take]]:
    """What a line's statement takes, each with its line."""
    at = here = next((index for index, token in enumerate(every) if token.line >= line), len(every))
    while at > 0 and every[at - 1].text not in _ENDS:
        at -= 1
    for index in range(at, len(every)):
        if index > here and every[index].line > line and every[index - 1].text in _ENDS:
            return
        take = take_at(every, index, {})
        if take is not None and take.waits:
            yield every[index].line, take


def still_held(
    frame: Frame, below: Collection[str], read: Read, *, waiting: bool = False, called: str = ""
) -> tuple[Taken, ...] | None:
    """The locks that the frame's function took before its line and kept, the last one first; None: cannot be read.

    `below` are the functions that run in the same thread: a closure has the guards of the function around it only where
    that is one of them, and not in a thread that it was given to. `waiting` where a lock is waited for in the
    line, which is in a call of the function `called`.
    """
    lines = _lines(frame, read)
    if lines is None or frame.line is None:
        return None
    if rust_functions.is_generated(lines, frame.line):
        return ()
    function = rust_functions.around(lines, frame.line)
    if function is None:
        return None
    closure = "{closure" in frame.function or "{async_block" in frame.function
    reading = Reading(function.every, rust_functions.giving_guards(lines))
    place = _place(function, closure=closure)
    if not reading.until(function.body, place):
        return None
    held = list(_kept(reading, function, below, closure=closure))
    if not closure:
        in_line = _in_line(reading, function, place, waiting=waiting)
        if len(in_line) == 1 and not waiting and rust_temporaries.is_held(function, place, called):
            in_line[0].held = Held.YES
        held += in_line
    known = rust_functions.rw_locks(lines)
    return tuple(_taken(guard, function, known) for guard in reversed(held) if guard.held is not Held.NO)


def _taken(guard: Guard, function: Function, rw_locks: Collection[str]) -> Taken:
    """What a guard says; that `read` takes a lock is certain where the file declares an RwLock of that name."""
    name = _plain(guard.lock)
    held = guard.held is Held.YES
    certain = held and (not guard.shared or _last(name) in rw_locks)
    return Taken(name, function.start + 1 + guard.line, certain, held and not certain)


def _place(function: Function, *, closure: bool) -> int:
    """The token that the line begins with, behind blocks that end there; in a closure what that begins with."""
    every, at = function.every, function.first
    while at < len(every) and every[at].line == function.line and _ends_before(every, at):
        at += 1
    if at < len(every) and every[at].line > function.line and at > function.body + 1:
        # Nothing else stands there: what ends with the block is being dropped.
        at = function.first
    behind = (behind_closure(every, index) for index in range(at, len(every)) if _opens(function, index))
    return next(behind, at) if closure else at


def _ends_before(every: Sequence[Token], at: int) -> bool:
    return every[at].text in {"}", "else", "&&"} or (every[at].text == "||" and not opens_closure(every, at))


def _opens(function: Function, at: int) -> bool:
    return function.every[at].line == function.line and opens_closure(function.every, at)


def _kept(reading: Reading, function: Function, below: Collection[str], *, closure: bool) -> Iterator[Guard]:
    """The guards of the scopes that are open, as far as the thread that is there can have them."""
    scopes = reading.scopes.open
    first, sure = 0, 0
    if closure and function.name not in below:
        closures = [depth for depth, scope in enumerate(scopes) if scope.sort is Sort.CLOSURE]
        if not closures and function.is_async:
            # The whole body of such a function is one.
            closures = [0]
        spawned = [depth for depth in closures if SPAWNS.fullmatch(scopes[depth].word)]
        elsewhere = [depth for depth in closures if scopes[depth].word not in SAME_THREAD]
        first = (spawned or closures[:1] or [len(scopes)])[-1]
        sure = max([first, *elsewhere])
    ends = function.every[function.first].text == "}" if function.first < len(function.every) else False
    for depth, scope in enumerate(scopes[first:], first):
        for guard in scope.guards:
            if depth < sure or (ends and _is_innermost(scope, scopes)):
                guard.doubt()
            yield guard


def _is_innermost(scope: Scope, scopes: Sequence[Scope]) -> bool:
    return scope is next((each for each in reversed(scopes) if each.sort is Sort.BLOCK), None)


def _in_line(reading: Reading, function: Function, place: int, *, waiting: bool) -> list[Guard]:
    """What the line itself may have taken already, before the call that it is in; a condition's `wait` gives back."""
    found: list[Guard] = []
    at, depth = place, 0
    every = function.every
    while at < len(every) and depth >= 0 and (depth > 0 or every[at].line == function.line):
        text = every[at].text
        if opens_closure(every, at):
            at = behind_closure(every, at)
            at = closing(every, at) if every[at : at + 1] and every[at].text == "{" else at
            continue
        if depth == 0 and text in _ENDS:
            break
        depth += (text in {"(", "["}) - (text in {")", "]"})
        if text.startswith("wait") or text in UNLOCKS:
            _give_back(reading, at)
        take = take_at(every, at, {})
        if take is not None and (every[at].line == function.line or not waiting):
            found.append(Guard(take.name, every[at].line, Held.PERHAPS, shared=take.shared))
        at += 1
    return found[:-1] if waiting else found


def _give_back(reading: Reading, at: int) -> None:
    """A call has guards for arguments: it gives back their locks, for a while."""
    every = reading.every
    for index in range(at + 1, closing(every, at + 1) + 1 if at + 1 < len(every) else 0):
        known = reading.scopes.named(every[index].text)
        if known is not None and every[at].text in UNLOCKS:
            known[0].doubt()
        elif known is not None:
            known[0].held = Held.NO


def keeps_nothing(frame: Frame, read: Read) -> bool:
    """True where the frame's line begins with the `detach` that is over: no variable takes what comes out of it."""
    lines = _lines(frame, read)
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return False
    before = lines[frame.line - 2][:1000].partition("//")[0] if frame.line > 1 else ""
    begins = not before.strip() or before.rstrip().endswith((";", "{", "}"))
    return begins and _DETACHES.match(lines[frame.line - 1][:1000]) is not None


def _lines(frame: Frame, read: Read) -> Sequence[str] | None:
    if frame.file is None or frame.language is Language.PYTHON:
        return None
    return read(frame.file)


def _last(name: str) -> str:
    """The last part of a lock's name: the field, or the static."""
    return re.split(r"\.|::", name)[-1]


def _plain(name: str) -> str:
    """A lock's name without its calls; that of a stream is the same, however much of its path is written."""
    match = _STREAM.fullmatch(name)
    return stream(match["name"]) if match else name.replace("()", "")


def stream(name: str) -> str:
    """What the lock of a stream is called, of "stderr": "std::io::stderr"."""
    return f"std::io::{name}"


def nothing(_: str) -> None:
    """Reads no file: for dumps whose sources are not here."""
