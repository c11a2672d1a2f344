from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Kind, judge

NEAR = [
    "fn push() {",
    "    let guard = self.items.lock().unwrap();",
    "    consume(guard);",
    "    self.items.lock();",
    "}",
]
FAR = ["fn pull() {", "    let guard = self.items.lock().unwrap();", "    push();", "}"]
LOCK = (
    Frame("syscall", Language.C, layer=Layer.LIBC),
    Frame("std::sys::sync::mutex::futex::Mutex::lock_contended", Language.RUST, layer=Layer.STD, crate="std"),
)


@pytest.mark.parametrize(("gap", "certainty"), [(0, Certainty.DEFINITE), (500, Certainty.PROBABLE)])
def test_what_is_certain_of_a_far_function_makes_nothing_near_certain(gap: int, certainty: Certainty) -> None:
    """The lock that the line's own function took it may have given back; one of that name was taken far away."""
    lines = [*NEAR, *[""] * gap, *FAR]

    def own(function: str, line: int) -> Frame:
        return Frame(f"mine::{function}", Language.RUST, "/home/me/a.rs", line, layer=Layer.CRATE, crate="mine")

    stack = Stack(Thread(1), (*LOCK, own("push", 4), own("pull", 5 + gap + 3)))
    looks = [Dump(stacks=(stack,), source="gdb")] * 2
    (verdict,) = judge(looks, lambda _: lines)

    assert (verdict.kind, verdict.certainty) == (Kind.SELF_DEADLOCK, certainty)
