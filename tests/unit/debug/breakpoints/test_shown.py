from __future__ import annotations

from pyo3ops.debug.breakpoints import shown
from pyo3ops.debug.breakpoints.records import PythonCall, Stop
from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Seam, Stack, Thread, Variable

OURS = "/x/pyo3ops_breakpoints.py"
N = (Variable("n", "1", "int", argument=True),)


def python(function: str, file: str = "a.py", line: int = 1) -> Frame:
    return Frame(function, Language.PYTHON, file, line)


def c(function: str) -> Frame:
    return Frame(function, Language.C)


def stack(*frames: Frame, tid: int = 1, seams: tuple[Seam, ...] = ()) -> Stack:
    return Stack(Thread(tid), frames, Gil.FREE, seams=seams)


def test_a_stop_begins_where_the_program_was() -> None:
    frames = (c("raise"), python("stop", OURS), python("hit", OURS), c("call_trace"), python("leaf"), c("eval"))
    told = stack(*frames, seams=(Seam(1, "lost"), Seam(6, "end")))
    stop = Stop("python", (0,), tid=1, thread="MainThread", calls=(PythonCall("leaf", "/b/a.py", 1, N),))
    (found,) = shown.of_stop(Dump((stack(tid=2), told)), stop, OURS).stacks
    assert [each.function for each in found.frames] == ["leaf", "eval"]
    assert found.frames[0].variables == N
    assert found.thread == Thread(1, "MainThread", current=True)
    assert (found.gil, found.seams) == (Gil.HELD, (Seam(2, "end"),))


def test_nothing_is_cut_from_a_program_that_has_none_of_ours() -> None:
    told = stack(c("raise"), python("leaf"))
    stop = Stop("native", (0,), tid=1)
    (found,) = shown.of_stop(Dump((told,)), stop, OURS).stacks
    assert [each.function for each in found.frames] == ["raise", "leaf"]
    assert found.gil is Gil.FREE
    (same,) = shown.of_stop(Dump((told,)), stop, None).stacks
    assert same.frames == found.frames


def test_a_run_that_is_ended_shows_every_thread() -> None:
    stacks = (stack(c("a"), tid=2), stack(c("b"), tid=1))
    found = shown.of_stop(Dump(stacks), Stop("timeout", (), tid=1), OURS).stacks
    assert [each.thread.tid for each in found] == [1, 2]


def test_a_thread_of_nothing_but_ours_is_empty() -> None:
    (found,) = shown.of_stop(Dump((stack(python("hit", OURS), c("x")),)), Stop("python", (0,), tid=1), OURS).stacks
    assert found.frames == ()


def test_variables_go_to_the_calls_that_fit() -> None:
    calls = (PythonCall("f", "a.py", 3, N), PythonCall("g", "a.py", 9, N))
    told = stack(python("f", "a.py", 3), c("x"), python("other", "b.py", 3), python("g", "a.py", 9))
    (found,) = shown.of_stop(Dump((told,)), Stop("python", (0,), tid=1, calls=calls), None).stacks
    assert [bool(each.variables) for each in found.frames] == [True, False, False, True]


def test_what_the_interpreter_alone_told() -> None:
    dump = shown.alone(Stop("python", (0,), tid=7, thread="w", calls=(PythonCall("f", "a.py", 3, N),)))
    assert dump.confidence is Confidence.ONE_SIDED
    assert dump.stacks[0].frames == (Frame("f", Language.PYTHON, "a.py", 3, variables=N),)
    assert dump.stacks[0].thread == Thread(7, "w", current=True)
