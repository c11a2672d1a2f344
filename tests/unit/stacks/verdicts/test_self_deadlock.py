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


TREE = [
    "struct Tree(RwLock<u64>, RwLock<u64>);",
    "fn sum() {",
    "    let nodes = self.0.read();",
    "    below()",
    "}",
    "fn below() {",
    "    self.{field}.read();",
    "}",
    "fn grow() {",
    "    self.0.write();",
    "}",
]


def reads_twice(field: str, *, second: bool = False) -> list[tuple[Kind, Certainty, tuple[int | None, ...]]]:
    def own(function: str, line: int) -> Frame:
        return Frame(f"mine::{function}", Language.RUST, "/home/me/a.rs", line, layer=Layer.CRATE, crate="mine")

    def waits(how: str) -> tuple[Frame, ...]:
        name = f"std::sys::sync::rwlock::futex::RwLock::{how}_contended"
        return (LOCK[0], Frame(name, Language.RUST, layer=Layer.STD, crate="std"))

    reader = Stack(Thread(1), (*waits("read"), own("below", 7), own("sum", 4)), waits_at=64)
    writer = Stack(Thread(2), (*waits("write"), own("grow", 10)), waits_at=68)
    other = Stack(Thread(2), reader.frames, waits_at=128)
    looks = [Dump(stacks=(reader, other if second else writer), source="gdb")] * 2
    found = judge(looks, lambda _: [line.replace("{field}", field) for line in TREE])
    return [(each.kind, each.certainty, tuple(one.tid for one in each.threads)) for each in found]


def test_who_reads_twice_waits_for_himself_and_the_writer_stands_by() -> None:
    assert reads_twice("0") == [(Kind.SELF_DEADLOCK, Certainty.PROBABLE, (1,))]


def test_another_field_is_another_lock() -> None:
    assert not any(kind is Kind.SELF_DEADLOCK for kind, _, _ in reads_twice("1"))


def test_two_that_each_have_a_lock_of_that_name_are_a_circle() -> None:
    """Of two trees, each may want the other's."""
    assert [(kind, certainty) for kind, certainty, _ in reads_twice("0", second=True)] == [
        (Kind.LOCK_CYCLE, Certainty.PROBABLE)
    ]


def test_what_waits_in_a_closure_of_a_line_is_not_taken_by_the_line() -> None:
    """Its owner may be anywhere at the moment."""
    lines = ["fn push() {", "    py.detach(|| LOCK.lock().unwrap().push(1));", "}"]
    closure = Frame("{closure#0}", Language.RUST, "/home/me/a.rs", 2, layer=Layer.CRATE, crate="mine")
    detach = Frame("pyo3::marker::Python::detach", Language.RUST, layer=Layer.PYO3)
    push = Frame("mine::push", Language.RUST, "/home/me/a.rs", 2, layer=Layer.CRATE, crate="mine")
    waiting = Stack(Thread(1), (*LOCK, closure, detach, push), waits_at=64)
    moving = Stack(Thread(2), (closure, detach, push))
    looks = [Dump(stacks=(waiting, moving), source="gdb")] * 2

    assert judge(looks, lambda _: lines) == ()
