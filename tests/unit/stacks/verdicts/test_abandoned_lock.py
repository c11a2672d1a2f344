from __future__ import annotations

from dataclasses import replace

import pytest

from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Layer, Process, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Kind, judge

STD = "/rustc/0123456789/library/std/src"
RAYON = "/cargo/registry/src/index/rayon-core-1.13.0/src"


def rayon(function: str, file: str) -> Frame:
    return Frame(function, Language.RUST, f"{RAYON}/{file}", layer=Layer.DEPENDENCY, crate="rayon-core")


CONDITION = (
    Frame("syscall", Language.C, layer=Layer.LIBC),
    Frame("std::sys::sync::condvar::futex::Condvar::wait", Language.RUST, f"{STD}/condvar.rs", layer=Layer.STD),
)
OWN = Frame("mine::total", Language.RUST, "/home/me/src/lib.rs", 7, layer=Layer.CRATE, crate="mine")
PYTHON = Frame("main", Language.PYTHON, "/home/me/program.py", 1, layer=Layer.PYTHON)
WAITS = Stack(Thread(1), (*CONDITION, rayon("wait_and_reset", "latch.rs"), OWN, PYTHON), Gil.FREE, waits_at=64)
IDLE = Stack(Thread(2), (*CONDITION, rayon("no_work_found", "sleep/mod.rs"), rayon("main_loop", "registry.rs")))
WORKS = Stack(Thread(2), (OWN, rayon("execute", "job.rs"), rayon("main_loop", "registry.rs")))
ALONE = Stack(Thread(2), (PYTHON,), Gil.HELD)


def looked(*others: Stack) -> list[Dump]:
    return [Dump((WAITS, *others), Process(1), source="gdb")] * 2


def test_a_pool_whose_threads_a_fork_left_behind_never_answers() -> None:
    (verdict,) = judge(looked())

    assert (verdict.kind, verdict.certainty) == (Kind.ABANDONED_LOCK, Certainty.DEFINITE)
    assert verdict.title == "the main thread waits for the threads of a pool (rayon), and the process has none of them"
    assert verdict.detail.startswith("lib.rs:7 total waits for the threads of a pool (rayon)")
    assert verdict.cure is not None


def test_two_that_wait_for_such_a_pool_are_both_told() -> None:
    verdicts = judge(looked(replace(WAITS, thread=Thread(2), waits_at=128)))

    assert [(each.certainty, each.threads) for each in verdicts] == [
        (Certainty.DEFINITE, (Thread(1),)),
        (Certainty.DEFINITE, (Thread(2),)),
    ]


@pytest.mark.parametrize("other", [IDLE, WORKS, Stack(Thread(2), (), confidence=Confidence.PARTIAL)])
def test_a_pool_that_was_made_after_the_fork_works(other: Stack) -> None:
    assert judge(looked(other)) == ()


def test_any_thread_may_have_been_made_one_of_the_pool_s() -> None:
    (verdict,) = judge(looked(ALONE))

    assert verdict.certainty is Certainty.PROBABLE


def test_one_look_at_a_pool_proves_nothing() -> None:
    (verdict,) = judge(looked()[:1])

    assert verdict.certainty is Certainty.PROBABLE


def waits_for_lock(file: str) -> Stack:
    parked = Frame("park", Language.RUST, "/parking_lot_core-0.9.12/src/x.rs", layer=Layer.DEPENDENCY)
    lock = Frame("lock", Language.RUST, f"/cargo/lock_api-0.4.14/src/{file}", layer=Layer.DEPENDENCY)
    own = replace(OWN, line=2)
    syscall = Frame("syscall", Language.C, layer=Layer.LIBC)
    return Stack(Thread(1), (syscall, parked, lock, own, PYTHON), Gil.HELD, waits_at=64)


@pytest.mark.parametrize(
    ("file", "others", "certainty"),
    [
        ("remutex.rs", (), Certainty.DEFINITE),
        # Any function before this one may have taken it, and forgotten the guard.
        ("mutex.rs", (), Certainty.PROBABLE),
        # An object of Python's may have the guard.
        ("remutex.rs", (replace(ALONE, gil=Gil.FREE),), Certainty.PROBABLE),
    ],
)
def test_the_owner_of_a_reentrant_lock_never_waits_for_it(
    file: str, others: tuple[Stack, ...], certainty: Certainty
) -> None:
    looks = [Dump((waits_for_lock(file), *others), Process(1), source="gdb")] * 2
    (verdict,) = judge(looks, lambda _: ["fn total() {", "    *TOTAL.lock()", "}"])

    assert (verdict.kind, verdict.certainty) == (Kind.ABANDONED_LOCK, certainty)
