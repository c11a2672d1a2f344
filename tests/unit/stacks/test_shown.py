from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Call, Fact, SourceLine
from pyo3ops.stacks.model import (
    Confidence,
    Dump,
    Frame,
    Gil,
    Language,
    Layer,
    Process,
    Raised,
    Seam,
    Signal,
    Stack,
    Thread,
    Variable,
)
from pyo3ops.stacks.shown import MOST, died_of, traces

if TYPE_CHECKING:
    from pathlib import Path

MAIN = Thread(1, "MainThread", current=True)


def frame(name: str, *, glue: bool = False, line: int | None = None) -> Frame:
    return Frame(name, Language.RUST, "src/lib.rs", line, layer=Layer.CRATE, glue=glue)


def shown(*frames: Frame, all_frames: bool = False, seams: tuple[Seam, ...] = ()) -> tuple[Call, ...]:
    dump = Dump((Stack(MAIN, frames, seams=seams),))
    return traces(dump, all_frames=all_frames, sources=())[0].calls


def names(calls: tuple[Call, ...]) -> list[str]:
    return [f"({each.gap})" if each.gap else each.function for each in calls]


def test_glue_is_hidden_and_counted() -> None:
    dump = Dump((Stack(MAIN, (frame("a"), frame("g", glue=True), frame("b"))),))
    trace = traces(dump, sources=())[0]
    assert (names(trace.calls), trace.hidden, trace.title) == (["a", "b"], 1, "thread 1 (MainThread)")
    whole = traces(dump, all_frames=True, sources=())[0]
    assert (names(whole.calls), whole.hidden) == (["a", "g", "b"], 0)


def test_the_thread_that_died_says_of_what() -> None:
    other = Stack(Thread(2), (frame("b"),))
    died = Signal(11, "SIGSEGV", 0, "a null pointer", "address not mapped")
    found = traces(Dump((other, Stack(MAIN, (frame("a"),))), signal=died), sources=())
    assert [each.title for each in found] == [
        "thread 1 (MainThread), SIGSEGV (address not mapped) at 0x0: a null pointer",
        "thread 2",
    ]


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        (Signal(6, "SIGABRT"), "SIGABRT"),
        (Signal(11, "SIGSEGV", 16), "SIGSEGV at 0x10"),
        (Signal(11, "SIGSEGV", code="general protection"), "SIGSEGV (general protection)"),
    ],
)
def test_of_a_death_is_told_what_is_known(signal: Signal, said: str) -> None:
    assert died_of(signal) == said


def test_a_seam_stands_where_the_frames_are_missing() -> None:
    seams = (Seam(1, "cut"), Seam(2, "no root"))
    assert names(shown(frame("a"), frame("b"), seams=seams)) == ["a", "(cut)", "b", "(no root)"]
    # Also before one that is hidden.
    assert names(shown(frame("a"), frame("g", glue=True), seams=(Seam(1, "cut"),))) == ["a", "(cut)"]


@pytest.mark.parametrize(
    ("functions", "expected"),
    [
        ("ab", ["a", "b"]),
        ("aab", ["a", "a", "b"]),
        ("aaaab", ["a", "(the call above, 3 more times)", "b"]),
        ("xababababy", ["x", "a", "b", "(the 2 calls above, 3 more times)", "y"]),
    ],
)
def test_a_recursion_is_shown_once(functions: str, expected: list[str]) -> None:
    assert names(shown(*map(frame, functions))) == expected


def test_a_very_long_stack_is_cut_in_its_middle() -> None:
    calls = shown(*(frame(f"f{number}") for number in range(3 * MOST)))
    assert len(calls) == MOST + 1
    assert calls[MOST // 2].gap == "800 calls more (--dump FILE has them all)"
    assert (calls[0].function, calls[-1].function) == ("f0", f"f{3 * MOST - 1}")


def test_who_has_the_interpreter_comes_after_the_thread_that_is_asked_about() -> None:
    threads = (
        Stack(Thread(3), (), Gil.NONE),
        Stack(Thread(2), (), Gil.FREE, Confidence.PARTIAL),
        Stack(Thread(4), (), Gil.HELD),
        Stack(MAIN, (), Gil.WAITED_FOR),
    )
    assert [(each.title, each.note) for each in traces(Dump(threads))] == [
        ("thread 1 (MainThread)", "waits for the interpreter"),
        ("thread 4", "holds the interpreter"),
        ("thread 2", "detached from the interpreter; partial: frames are missing"),
        ("thread 3", "unknown to Python"),
    ]
    attached = traces(Dump(threads, Process(free_threaded=True)))
    assert [each.note for each in attached][:2] == ["waits to attach", "attached"]


def test_the_exception_comes_first_with_what_it_came_from() -> None:
    panic = Raised("panic", "index out of bounds", (frame("lib"),))
    main = Frame("main", Language.PYTHON, "a.py", 3)
    raised = Raised("PanicException", "index out of bounds", (main,), relation="panic", origin=panic)
    found = traces(Dump((Stack(MAIN, ()),), exception=raised), sources=())
    assert [each.note for each in found] == ["", "the panic that the one above carries", ""]
    assert [each.title for each in found] == [
        "PanicException: index out of bounds",
        "panic: index out of bounds",
        "thread 1 (MainThread)",
    ]


def test_source_is_read_around_the_users_own_calls(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("".join(f"line {number}\n" for number in range(1, 10)), encoding="utf-8")
    own = Frame("f", Language.PYTHON, "app.py", 5, layer=Layer.PYTHON, variables=(Variable("n", "3"),))
    other = Frame("g", Language.C, "app.py", 5, layer=Layer.CPYTHON)
    call, beside = traces(Dump((Stack(MAIN, (own, other)),)), sources=(tmp_path,))[0].calls
    assert call.source == tuple(SourceLine(each, f"line {each}", each == 5) for each in range(3, 8))
    assert call.variables == (Fact("n", "3"),)
    assert beside.source == ()


@pytest.mark.parametrize("name", ["../secret.py", "/etc/passwd", "secret.txt", "a\0.py", "missing.py"])
def test_text_from_outside_opens_no_file_beyond_the_project(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("password\n", encoding="utf-8")
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "secret.txt").write_text("password\n", encoding="utf-8")
    (inside / "link.py").symlink_to(tmp_path / "secret.py")
    for each in (name, str(tmp_path / "secret.py"), "link.py"):
        own = Frame("f", Language.PYTHON, each, 1, layer=Layer.PYTHON)
        assert traces(Dump((Stack(MAIN, (own,)),)), sources=(inside,))[0].calls[0].source == ()


def test_a_quoted_line_stands_in_for_a_file_that_is_not_here() -> None:
    own = Frame("f", Language.PYTHON, "gone.py", 5, layer=Layer.PYTHON, source="x = 1")
    assert shown(own)[0].source == (SourceLine(5, "x = 1", current=True),)


def test_threads_that_do_the_same_are_one() -> None:
    frames = (frame("wait", line=3),)
    pool = tuple(Stack(Thread(number), frames, Gil.FREE) for number in range(2, 12))
    titles = [each.title for each in traces(Dump((Stack(MAIN, (frame("main"),)), *pool)), sources=())]
    assert titles == ["thread 1 (MainThread)", "10 threads: 2, 3, 4 and 7 more"]
    assert len(traces(Dump(pool[:3]), sources=())) == 3


@pytest.mark.parametrize(
    "name",
    [
        "attach<debugging_example::hang::lock_then_attach::{closure#0}::{closure_env#0}, ()>",
        "pyo3::marker::Python::attach",
        "<pyo3::marker::Python<'_>>::attach::<A, B>",
    ],
)
def test_the_closure_of_pyo3s_ways_in_is_not_told(name: str) -> None:
    (call,) = shown(Frame(name, Language.RUST, layer=Layer.PYO3))
    assert call.function == "Python::attach"
    (own,) = shown(Frame(name, Language.RUST, layer=Layer.CRATE))
    assert own.function == name
