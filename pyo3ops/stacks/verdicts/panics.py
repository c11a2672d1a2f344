"""Panics that end the process: in a destructor while another one unwinds, and in a function that must not unwind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.model import Layer
from pyo3ops.stacks.verdicts import people, raised
from pyo3ops.stacks.verdicts.model import Certainty, Cure, Kind, Verdict

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames, Thread
    from pyo3ops.stacks.verdicts.scene import Scene

_DROP = Cure(
    "let nothing panic in `drop`: log, or ask std::thread::panicking() first",
    "if !std::thread::panicking() { ... }",
    "https://doc.rust-lang.org/std/ops/trait.Drop.html#panics",
)
_FFI = Cure(
    'catch the panic before it reaches C, or declare the function extern "C-unwind" where its caller can take it',
    "std::panic::catch_unwind(|| ...)",
    "https://doc.rust-lang.org/nomicon/ffi.html#ffi-and-unwinding",
)


@dataclass(frozen=True)
class _End:
    """One way in which a panic ends the process, by its message or by the function that says it."""

    kind: Kind
    message: re.Pattern[str]
    function: re.Pattern[str]
    title: str
    cure: Cure


#: library/core/src/panicking.rs and library/std/src/panicking.rs: messages and functions, since Rust 1.77 and before.
_ENDS = (
    _End(
        Kind.PANIC_IN_DROP,
        re.compile(
            r"panic in a destructor during cleanup|thread panicked while (?:processing panic|panicking)\. aborting\."
        ),
        re.compile(r"(?:core::panicking::)?panic_in_cleanup"),
        "a destructor panicked while a panic unwound, and the process was aborted",
        _DROP,
    ),
    _End(
        Kind.PANIC_ACROSS_FFI,
        re.compile(r"panic in a function that cannot unwind"),
        re.compile(r"(?:core::panicking::)?panic_cannot_unwind"),
        "a panic reached a function that must not unwind, and the process was aborted",
        _FFI,
    ),
)


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for each of the two ends that the messages or the frames of the dead thread show."""
    for end in _ENDS:
        said = next(
            (each for each in raised.all_of(scene.last.exception) if end.message.search(each.message[:4000])), None
        )
        if said is not None:
            evidence = f"it said: {said.message.strip()[:200]}"
            yield _verdict(end, said.frames, said.thread, evidence, definite=raised.is_of_rust(said))
            continue
        for stack in scene.last.stacks:
            at = _at(stack.frames, end)
            if at is not None:
                evidence = f"{stack.frames[at].function} is on the stack"
                yield _verdict(end, stack.frames[at:], stack.thread, evidence, definite=True)
                break


def _at(frames: Frames, end: _End) -> int | None:
    """Where Rust's library says that it ends."""
    std = (at for at, frame in enumerate(frames) if frame.layer in {Layer.STD, None})
    return next((at for at in std if end.function.fullmatch(frames[at].function)), None)


def _verdict(end: _End, frames: Frames, thread: Thread | None, evidence: str, *, definite: bool) -> Verdict:
    own = people.own(frames)
    where = f"{people.place(frames, own[0])}: " if own else ""
    return Verdict(
        end.kind,
        Certainty.DEFINITE if definite else Certainty.PROBABLE,
        end.title,
        f"{where}{end.title}; no exception was raised, for there was nobody to raise it to",
        (thread,) if thread is not None else (),
        cure=end.cure,
        evidence=(evidence,),
    )
