"""Verdicts that need no looks: exceptions, aborts, overflows."""

from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Raised, Register, Signal, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Kind, judge

PYTHON = Frame("again", Language.PYTHON, "/home/me/program.py", 10, layer=Layer.PYTHON)
RUST = Frame("mine::recurse", Language.RUST, "/home/me/src/lib.rs", 5, layer=Layer.CRATE)
DEEP = Stack(Thread(1, current=True), (RUST, PYTHON) * 100)
SEGV = Signal(11, "SIGSEGV", address=0x7FFE0000)


def kinds(dump: Dump) -> list[tuple[Kind, Certainty]]:
    return [(each.kind, each.certainty) for each in judge([dump])]


@pytest.mark.parametrize("message", ["Already borrowed", "Already mutably borrowed"])
def test_a_borrow_is_told_wherever_it_stands_in_a_chain(message: str) -> None:
    borrowed = Raised("RuntimeError", message, (PYTHON, RUST))
    dump = Dump(exception=Raised("ValueError", "no", relation="cause", origin=borrowed))
    (verdict,) = judge([dump])

    assert (verdict.kind, verdict.certainty) == (Kind.BORROW, Certainty.DEFINITE)
    assert verdict.detail.startswith("program.py:10 again: ")


@pytest.mark.parametrize(
    ("line", "certainty"),
    [
        ("    return account.balance", Certainty.DEFINITE),
        ('    raise RuntimeError("Already borrowed")', Certainty.PROBABLE),
        ("    received = yield", Certainty.PROBABLE),
        ("    return future.result()", Certainty.PROBABLE),
        ("", Certainty.PROBABLE),
        (None, Certainty.PROBABLE),
    ],
)
def test_a_borrow_that_python_may_have_raised_is_not_proven(line: str | None, certainty: Certainty) -> None:
    dump = Dump(exception=Raised("RuntimeError", "Already borrowed", (PYTHON,)))
    (verdict,) = judge([dump], lambda _: None if line is None else [*[""] * 9, line])

    assert (verdict.kind, verdict.certainty) == (Kind.BORROW, certainty)


@pytest.mark.parametrize(
    "leaf", [RUST, Frame("mine::pay [pyo3]", layer=Layer.PYO3), Frame("pyo3::pycell::borrow", Language.RUST)]
)
def test_a_frame_of_rust_proves_a_borrow(leaf: Frame) -> None:
    (verdict,) = judge([Dump(exception=Raised("RuntimeError", "Already borrowed", (leaf, PYTHON)))])

    assert verdict.certainty is Certainty.DEFINITE


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("panic in a destructor during cleanup", Kind.PANIC_IN_DROP),
        ("panic in a function that cannot unwind", Kind.PANIC_ACROSS_FFI),
        ("thread 'main' has overflowed its stack", Kind.STACK_OVERFLOW),
    ],
)
def test_words_of_rust_in_an_exception_of_python_prove_nothing(message: str, kind: Kind) -> None:
    assert kinds(Dump(exception=Raised("RuntimeError", message, (PYTHON,)))) == [(kind, Certainty.PROBABLE)]
    assert kinds(Dump(exception=Raised("RuntimeError", message, (PYTHON, RUST)))) == [(kind, Certainty.DEFINITE)]


@pytest.mark.parametrize(
    "raised", [Raised("ValueError", "Already borrowed"), Raised("RuntimeError", "Already borrowed a book")]
)
def test_other_exceptions_are_no_borrow(raised: Raised) -> None:
    assert judge([Dump(exception=raised)]) == ()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("panic in a destructor during cleanup", Kind.PANIC_IN_DROP),
        ("thread panicked while processing panic. aborting.", Kind.PANIC_IN_DROP),
        ("panic in a function that cannot unwind", Kind.PANIC_ACROSS_FFI),
    ],
)
def test_what_a_panic_says_last_tells_how_it_ended(message: str, kind: Kind) -> None:
    assert kinds(Dump(exception=Raised("panic", message))) == [(kind, Certainty.DEFINITE)]


def test_an_abort_is_told_by_its_frames() -> None:
    panic = Frame("core::panicking::panic_cannot_unwind", Language.RUST, layer=Layer.STD)
    (verdict,) = judge([Dump((Stack(Thread(1), (panic, RUST)),))])

    assert verdict.kind is Kind.PANIC_ACROSS_FFI
    assert "lib.rs:5 recurse" in verdict.detail


def test_a_recursion_that_died_below_its_stack_is_an_overflow() -> None:
    pointer = (Register("rsp", 0x7FFE0010),)
    (verdict,) = judge([Dump((DEEP,), signal=SEGV, registers=pointer)])

    assert (verdict.kind, verdict.certainty) == (Kind.STACK_OVERFLOW, Certainty.DEFINITE)
    assert "through Python and Rust" in verdict.title
    assert "lib.rs:5 recurse and program.py:10 again" in verdict.detail


@pytest.mark.parametrize(
    "dump",
    [
        Dump((DEEP,), signal=SEGV),
        Dump((DEEP,), signal=SEGV, registers=(Register("rsp", 0x1000),)),
        Dump((DEEP,), signal=Signal(6, "SIGABRT"), registers=(Register("rsp", 0x7FFE0010),)),
        Dump((Stack(Thread(1), (RUST, PYTHON)),), signal=SEGV, registers=(Register("rsp", 0x7FFE0010),)),
        Dump((DEEP,)),
    ],
)
def test_deep_stacks_and_other_faults_are_no_overflow(dump: Dump) -> None:
    assert judge([dump]) == ()


def test_rust_says_itself_that_its_stack_is_full() -> None:
    said = Raised("stack overflow", "thread 'worker' has overflowed its stack")

    assert kinds(Dump(exception=said)) == [(Kind.STACK_OVERFLOW, Certainty.DEFINITE)]


def test_a_chain_without_end_is_left_off() -> None:
    raised = Raised("ValueError", "0")
    for _ in range(1000):
        raised = Raised("ValueError", "x", origin=raised, group=(raised,))

    assert judge([Dump(exception=raised)]) == ()
