"""What a crash is caused by, most likely, and what to do next: rows of causes.toml."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Mapping, Pattern

from pyo3ops.core.model import Status
from pyo3ops.core.toml import load
from pyo3ops.debug.crash import owned
from pyo3ops.debug.crash.story import Kind

if TYPE_CHECKING:
    from pyo3ops.debug.crash.story import Story
    from pyo3ops.stacks.model import Frames

_TABLE = Path(__file__).with_name("causes.toml")
#: Bytes below which an address is taken for null with an offset: the lowest that Linux lets a process map.
NEAR_NULL = 64 * 1024
#: Times that a function is on the stack of a recursion without an end.
DEEP = 40
_FIELDS = ("message", "said", "type", "frames", "text", "not_text")


@dataclass(frozen=True)
class Cause:
    """One row: what has to hold for it, and what it says."""

    id: str
    title: str
    why: str
    next: str
    command: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    #: Patterns by what they are looked for in.
    patterns: tuple[tuple[str, Pattern[str]], ...] = ()
    when: str = ""
    also: bool = False
    status: Status = Status.FAIL

    def fits(self, story: Story) -> bool:
        """True where everything holds that the row asks for."""
        if self.kinds and story.kind not in self.kinds:
            return False
        if self.when and not CONDITIONS[self.when](story):
            return False
        return all(bool(pattern.search(_in(story, name))) is (name != "not_text") for name, pattern in self.patterns)


@functools.lru_cache(maxsize=None)
def causes() -> tuple[Cause, ...]:
    """Every row, in the order of the table."""
    return tuple(_cause(row) for row in load(_TABLE)["cause"])


def cause_of(story: Story) -> Cause:
    """The first row that fits; there is one for each kind."""
    return next(row for row in (*causes(), _NONE) if not row.also and row.fits(story))


def beside(story: Story) -> tuple[Cause, ...]:
    """What else is true of it, in the order of the table."""
    return tuple(row for row in causes() if row.also and row.fits(story))


def _cause(row: Mapping[str, Any]) -> Cause:
    return Cause(
        row["id"],
        row["title"],
        row["why"],
        row["next"],
        tuple(row.get("command", ())),
        tuple(Kind(kind) for kind in row.get("kinds", ())),
        tuple((name, re.compile(row[name], re.MULTILINE)) for name in _FIELDS if name in row),
        row.get("when", ""),
        row.get("also", False),
        Status(row.get("status", "fail")),
    )


_NONE = Cause("unknown", "a crash of no known kind", "The text does not say more.", "Get the stack of both languages.")


def _in(story: Story, name: str) -> str:
    if name == "message":
        return story.message[:4000]
    if name == "said":
        return "\n".join((story.message, *(panic.message for panic in story.panics)))[:20_000]
    if name == "type":
        return story.type
    if name == "frames":
        return "\n".join(frame.function[:300] for frame in _frames(story)[:60])
    return story.text


def _frames(story: Story) -> Frames:
    """The root's own backtrace, where another thread's panic followed from it; else the joined stack."""
    others = any(panic.traceback and panic.thread != story.thread for panic in story.panics)
    raised = story.dump.exception
    while others and raised is not None and raised.origin is not None:
        raised = raised.origin
    return raised.frames if others and raised is not None else story.frames


def _near_null(story: Story) -> bool:
    signal = story.dump.signal
    if signal is not None and signal.address is not None:
        return signal.address < NEAR_NULL
    match = _ADDRESS.search(story.text) or _printed(story.text)
    return match is not None and int(match["address"], 16) < NEAR_NULL


def _printed(text: str) -> re.Match[str] | None:
    """What gdb printed for the address of a fault that somebody asked it for: the values count as they were asked."""
    at = text.find(_SI_ADDR)
    if at < 0:
        return None
    start = text.rfind("\n", 0, at) + 1
    before = len(_PRINT.findall(text[max(start, at - 2000) : at])) - 1
    values = _VALUE.finditer(text, text.find("\n", at) + 1 or len(text))
    match = next(itertools.islice(values, max(0, before), None), None)
    return match if match and match["address"] else None


#: lldb's, the kernel's, gdb's and a sanitizer's words for the address that was used.
_ADDRESS = re.compile(
    r"(?:EXC_BAD_ACCESS \(code=\w{1,30}, address=|segfault at |si_addr = |_addr = |Cannot access memory at address "
    r"|fault address: ?|unknown address |invalid address \(fault address: )(?:0x)?(?P<address>[0-9a-fA-F]{1,16})\b"
)
#: gdb's convenience variable, its commands that number what they print, and such a value.
_SI_ADDR = "$_siginfo._sifields._sigfault.si_addr"
_PRINT = re.compile(r"(?<![\w-])p(?:rint)?(?:/[a-z])? ")
_VALUE = re.compile(r"^\$\d{1,6} = (?:(?:\([^\n]{1,80}\) )?0x(?P<address>[0-9a-f]{1,16})\b)?", re.MULTILINE)


def _deep(story: Story) -> bool:
    """True where the leaf of the stack is one function, or few, over and over."""
    names = [owned.bare_name(frame.function) for frame in story.frames if not frame.glue][: 2 * DEEP]
    return len(names) >= DEEP and max((names.count(name) for name in set(names[:DEEP])), default=0) >= DEEP // 2


def _in_thread(story: Story) -> bool:
    """True for a panic that no Python code was told of and the process survived, as far as the text goes."""
    # Rust started neither the main thread nor one without a name.
    named = bool(story.thread) and not story.thread.startswith("<") and story.thread != "main"
    alone = story.type == "panic" and story.dump.signal is None
    # Its lock was found poisoned by the panic that Python was told of.
    found = any(panic.traceback and panic.thread != story.thread for panic in story.panics)
    return story.kind is Kind.PANIC and named and (alone or found)


def _caught(story: Story) -> bool:
    """True for a panic after which the program went on, or that another exception was raised from."""
    raised = story.dump.exception
    made = raised is not None and raised.relation == "cause" and not raised.type.endswith("PanicException")
    return story.kind is Kind.PANIC and (story.logged or made)


#: What rows ask for by name.
CONDITIONS: Mapping[str, Callable[[Story], bool]] = {
    "near-null": _near_null,
    "deep": _deep,
    "resumed": lambda story: bool(story.resumed),
    "caught": _caught,
    "thread": _in_thread,
}
