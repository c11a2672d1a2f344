"""A recursion used the stack up, in one language or through both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.model import Language
from pyo3ops.stacks.verdicts import people, raised
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Verdict

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Stack
    from pyo3ops.stacks.verdicts.scene import Scene

#: Calls of one place from which on they count as a recursion.
_REPEATS = 30
#: Bytes between the address that was touched and the stack pointer, at most.
_NEAR = 2**20
_BOTH = Cure(
    "bound the recursion: PyO3 counts no calls of Rust, and the stack may end before Python's own limit is reached",
    'py.import("sys")?.getattr("getrecursionlimit")',
    "https://docs.python.org/3/library/sys.html#sys.setrecursionlimit",
)
_ONE = Cure("bound the recursion, and say so with an exception", 'return Err(PyRecursionError::new_err("too deep"));')


def judged(scene: Scene) -> Iterator[Verdict]:
    """A verdict where the process died below its stack, or says that it did, in a recursion."""
    dump = scene.last
    said = next((each for each in raised.all_of(dump.exception) if _says(each.type, each.message)), None)
    died = next((stack for stack in dump.stacks if stack.thread.current), dump.stacks[0] if dump.stacks else None)
    below = _below_stack(dump)
    if said is None and not (below and died is not None):
        return
    repeats = _repeats(died) if died is not None else ()
    if said is None and not repeats and "overflow" not in _points(dump):
        return
    told = said is not None and raised.is_of_rust(said)
    yield _verdict(dump, died, repeats, definite=bool(below and repeats) or told)


def _says(type_: str, message: str) -> bool:
    return type_ == "stack overflow" or "has overflowed its stack" in message[:4000]


def _points(dump: Dump) -> str:
    return (dump.signal.points_to or "") if dump.signal else ""


def _below_stack(dump: Dump) -> bool:
    """True where the address that was touched lies at the stack's end."""
    signal = dump.signal
    if signal is None or signal.name not in {"SIGSEGV", "SIGBUS"}:
        return False
    if "stack overflow" in _points(dump):
        return True
    pointers = [each.value for each in dump.registers if each.name in {"rsp", "sp", "esp"}]
    return signal.address is not None and any(abs(signal.address - pointer) < _NEAR for pointer in pointers)


def _repeats(stack: Stack) -> tuple[int, ...]:
    """Where the user's functions that are called over and over stand for the first time, from the leaf."""
    own = people.own(stack.frames)
    keys = [(stack.frames[at].file, people.function_at(stack.frames, at)) for at in own]
    often = {key for key, count in Counter(keys).items() if count >= _REPEATS}
    first: dict[tuple[str | None, str], int] = {}
    for at, key in zip(own, keys):
        if key in often:
            first.setdefault(key, at)
    return tuple(first.values())


def _verdict(dump: Dump, died: Stack | None, repeats: tuple[int, ...], *, definite: bool) -> Verdict:
    frames = died.frames if died is not None else ()
    languages = {frames[at].language is Language.PYTHON for at in repeats}
    both = len(languages) > 1
    round_ = " and ".join(people.place(frames, at) for at in repeats[:4]) or "a function"
    through = "through Python and Rust" if both else "in Python" if languages == {True} else "in Rust"
    evidence = [
        f"{sum(frames[at].function == frame.function for frame in frames)} calls of {frames[at].function}"
        for at in repeats[:4]
    ]
    if dump.signal is not None:
        evidence.append(f"{dump.signal.name}: {_points(dump) or 'the address lies at the end of the stack'}")
    return Verdict(
        Kind.STACK_OVERFLOW,
        Certainty.DEFINITE if definite else Certainty.PROBABLE,
        f"the stack is full: a recursion {through}" if repeats else "the stack is full",
        f"{round_} called {'each other' if both else 'itself'} until the stack was full",
        (died.thread,) if died is not None else (),
        cure=_BOTH if both else _ONE,
        evidence=tuple(evidence),
    )
