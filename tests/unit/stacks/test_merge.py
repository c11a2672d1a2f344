"""Native and Python frames of a thread become one stack: in order, nothing lost, nothing told twice."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.stacks.merge import merged
from pyo3ops.stacks.model import Confidence, Gil, Language, Module, Process, Seam, Signal, Thread
from pyo3ops.stacks.raw import NativeFrame, PythonFrame, Raw, RawThread

PYTHON = "/usr/lib/libpython3.12.so.1.0"
LIBC = "/lib/x86_64-linux-gnu/libc.so.6"
CRATE = "/srv/site-packages/crate.so"


def n(function: str | None, module: str | None = CRATE, **rest: object) -> NativeFrame:
    return NativeFrame(function, 0x1000, module, **rest)  # type: ignore[arg-type]


LOOP = n("_PyEval_EvalFrameDefault", PYTHON)
START = n("_start", "/usr/bin/python3.12")


def p(function: str, *, entry: bool = True, shim: bool = False) -> PythonFrame:
    return PythonFrame(function, "app.py", 1, entry=entry, shim=shim)


SHIM = p("<shim>", entry=False, shim=True)


def thread(native: list[NativeFrame], python: list[PythonFrame] | None, **rest: object) -> RawThread:
    values = {"gil": Gil.HELD, **rest}
    return RawThread(Thread(1), tuple(native), None if python is None else tuple(python), **values)  # type: ignore[arg-type]


def raw(*threads: RawThread) -> Raw:
    return Raw(Process(1), threads, "test")


def stack(
    native: list[NativeFrame], python: list[PythonFrame] | None, **rest: object
) -> tuple[list[str], Confidence, tuple[Seam, ...]]:
    dump = merged(raw(thread(native, python, **rest)))
    found = dump.stacks[0]
    return [frame.function for frame in found.frames], found.confidence, found.seams


def test_every_call_enters_the_loop_to_3_10() -> None:
    native = [n("leaf"), LOOP, n("call", PYTHON), LOOP, n("middle"), LOOP, START]
    assert stack(native, [p("c"), p("b"), p("a")]) == (
        ["leaf", "c", "call", "b", "middle", "a", "_start"],
        Confidence.FULL,
        (),
    )


def test_calls_share_a_loop_in_3_11() -> None:
    native = [n("leaf"), LOOP, n("middle"), LOOP, START]
    python = [p("d", entry=False), p("c"), p("b", entry=False), p("a")]
    assert stack(native, python)[0] == ["leaf", "d", "c", "middle", "b", "a", "_start"]


@pytest.mark.parametrize("entry", [True, False], ids=["entries marked too", "shims alone"])
def test_a_shim_closes_a_segment_from_3_12(*, entry: bool) -> None:
    native = [n("leaf"), LOOP, n("middle"), LOOP, START]
    python = [p("d", entry=False), p("c", entry=entry), SHIM, p("b", entry=False), p("a", entry=entry), SHIM]
    assert stack(native, python) == (["leaf", "d", "c", "middle", "b", "a", "_start"], Confidence.FULL, ())


def test_a_shim_at_the_top_is_a_loop_that_has_no_call_yet() -> None:
    native = [LOOP, n("middle"), LOOP, START]
    assert stack(native, [SHIM, p("a"), SHIM]) == (["middle", "a", "_start"], Confidence.FULL, ())


def test_the_sentinel_below_the_first_call_is_no_loop() -> None:
    assert stack([n("leaf"), LOOP, START], [p("a"), SHIM, SHIM])[:2] == (["leaf", "a", "_start"], Confidence.FULL)


@pytest.mark.parametrize(
    "name",
    [
        "_PyEval_EvalFrameDefault.cold",
        "_PyEval_EvalFrameDefault.constprop.0",
        "_PyEval_EvalFrameDefault.lto_priv.0",
        "_PyEval_EvalFrameDefault.lto_priv.0.cold",
        "_TAIL_CALL_CALL_FUNCTION_EX",
        "_TAIL_CALL_SEND.llvm.1234567",
    ],
)
def test_the_loop_has_many_names(name: str) -> None:
    assert stack([n("leaf"), n(name, PYTHON), START], [p("a")])[0] == ["leaf", "a", "_start"]


@pytest.mark.parametrize(
    "name", ["_PyEval_EvalFrame", "_PyEval_Vector", "PyEval_EvalCode", "my_PyEval_EvalFrameDefault"]
)
def test_what_only_leads_to_the_loop_is_none(name: str) -> None:
    assert stack([n("leaf"), LOOP, n(name, PYTHON), START], [p("a")])[0] == ["leaf", "a", name, "_start"]


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("/usr/bin/python3.13", True),
        ("/usr/bin/python3", True),
        ("/opt/python/bin/python3.13t", True),
        ("/usr/lib/libpython3.8.so.1.0", True),
        ("/usr/lib/libpython3.14td.so", True),
        ("/srv/python-tools/crate.so", False),
        ("/srv/site-packages/libpythonic.so", False),
        (None, False),
    ],
)
def test_the_loop_is_in_the_interpreter_alone(module: str | None, *, found: bool) -> None:
    names, confidence, _ = stack([n("leaf"), n("_PyEval_EvalFrameDefault", module), START], [p("a")])
    assert (confidence is Confidence.FULL) is found
    assert ("_PyEval_EvalFrameDefault" not in names) is found


def test_an_inlined_loop_and_the_frame_around_it_are_one() -> None:
    native = [
        n("leaf"),
        n("Py_DECREF", PYTHON, inlined=True),
        n("_PyEval_EvalFrameDefault", PYTHON, inlined=True),
        n("_PyEval_EvalFrame", PYTHON, inlined=True),
        n("_PyEval_EvalFrameDefault", PYTHON),
        n("next", PYTHON),
        START,
    ]
    names, confidence, _ = stack(native, [p("a")])
    assert (names, confidence) == (["leaf", "Py_DECREF", "a", "_PyEval_EvalFrame", "next", "_start"], Confidence.FULL)


def test_a_loop_that_a_tail_call_left_alone_is_two() -> None:
    assert stack([n("leaf"), LOOP, LOOP, START], [p("b"), p("a")])[0] == ["leaf", "b", "a", "_start"]


def test_an_instruction_and_the_loop_that_started_it_are_one() -> None:
    native = [n("leaf"), n("_TAIL_CALL_CALL", PYTHON), LOOP, n("middle"), n("_TAIL_CALL_SEND", PYTHON), LOOP, START]
    assert stack(native, [p("b"), p("a")])[:2] == (["leaf", "b", "middle", "a", "_start"], Confidence.FULL)


def test_a_call_that_is_being_entered_is_no_misfit() -> None:
    entering = stack([LOOP, n("middle"), LOOP, START], [p("a")])
    assert entering == (["_PyEval_EvalFrameDefault", "middle", "a", "_start"], Confidence.FULL, ())
    pushed = stack([n("_PyEval_Vector", PYTHON), LOOP, START], [p("b"), p("a")])
    assert pushed == (["b", "_PyEval_Vector", "a", "_start"], Confidence.FULL, ())


def test_a_truncated_unwinding_is_paired_from_the_leaf_and_says_so() -> None:
    names, confidence, seams = stack([n("leaf"), LOOP, n("middle")], [p("c"), p("b"), p("a")], cut="inner frame")
    assert names == ["leaf", "c", "middle", "b", "a"]
    assert confidence is Confidence.PARTIAL
    assert seams == (Seam(3, "native frames are missing: 2 evaluation frames are not among them (inner frame)"),)


def test_one_missing_below_an_unknown_root_is_a_truncated_unwinding_too() -> None:
    names, confidence, seams = stack([n("leaf"), LOOP, n("middle")], [p("b"), p("a")])
    assert (names, confidence) == (["leaf", "b", "middle", "a"], Confidence.PARTIAL)
    assert seams == (Seam(3, "native frames are missing: 1 evaluation frame is not among them"),)


def test_an_unwinding_that_was_cut_below_all_of_python_is_partial() -> None:
    names, confidence, seams = stack([n("leaf"), LOOP], [p("a")], cut="no more frames")
    assert (names, confidence, seams) == (
        ["leaf", "a"],
        Confidence.PARTIAL,
        (Seam(2, "native frames are missing: no more frames"),),
    )


def test_a_loop_without_a_name_joins_nothing() -> None:
    names, confidence, seams = stack([n("leaf"), n(None, PYTHON), START], [p("a")])
    assert (names, confidence) == (["leaf", "0x1000", "_start", "a"], Confidence.PARTIAL)
    assert seams[0].at == 3


def test_loops_without_calls_stay_native() -> None:
    names, confidence, seams = stack([LOOP, n("x"), LOOP, n("y"), LOOP, START], [p("a")])
    assert names == ["_PyEval_EvalFrameDefault", "x", "_PyEval_EvalFrameDefault", "y", "a", "_start"]
    assert (confidence, seams) == (Confidence.PARTIAL, (Seam(0, "2 evaluation frames have no Python call"),))


def test_a_chain_that_broke_off_before_its_root_is_paired_from_the_leaf() -> None:
    names, confidence, seams = stack([n("l"), LOOP, n("x"), LOOP, n("y"), LOOP, START], [p("c"), SHIM])
    assert (names[:2], confidence) == (["l", "_PyEval_EvalFrameDefault"], Confidence.PARTIAL)
    names, confidence, seams = stack(
        [n("l"), LOOP, n("x"), LOOP, n("y"), LOOP, n("z"), LOOP, START], [p("d"), SHIM, p("c")]
    )
    assert names == ["l", "d", "x", "c", "y", "_PyEval_EvalFrameDefault", "z", "_PyEval_EvalFrameDefault", "_start"]
    assert (confidence, seams[0].at) == (Confidence.PARTIAL, 9)


THREE = [n("l"), LOOP, n("x"), LOOP, n("y"), LOOP, START]


def test_an_unreadable_chain_is_paired_from_the_leaf_and_says_where_it_ends() -> None:
    names, confidence, seams = stack(THREE, [p("leaf"), SHIM, p("mid"), SHIM], python_cut="unreadable: main")
    assert names == ["l", "leaf", "x", "mid", "y", "_PyEval_EvalFrameDefault", "_start"]
    assert (confidence, seams) == (Confidence.PARTIAL, (Seam(4, "unreadable: main"),))


@pytest.mark.parametrize("python", [[p("leaf"), p("mid"), p("main")], [p("leaf"), SHIM, p("mid"), SHIM, p("main")]])
def test_an_unreadable_chain_is_never_whole(python: list[PythonFrame]) -> None:
    names, confidence, seams = stack(THREE, python, python_cut="unreadable")
    assert names == ["l", "leaf", "x", "mid", "y", "main", "_start"]
    assert (confidence, seams) == (Confidence.PARTIAL, (Seam(6, "unreadable"),))


def test_both_sides_cut_are_paired_from_the_leaf_and_both_say_so() -> None:
    native, python = [n("l"), LOOP, n("x")], [p("leaf"), SHIM, p("mid"), SHIM]
    names, confidence, seams = stack(native, python, cut="inner frame", python_cut="unreadable")
    assert (names, confidence) == (["l", "leaf", "x", "mid"], Confidence.PARTIAL)
    missing = "native frames are missing: 1 evaluation frame is not among them (inner frame)"
    assert seams == (Seam(3, missing), Seam(4, "unreadable"))
    seams = stack([n("l"), LOOP, n("x")], python[:2], cut="inner frame", python_cut="unreadable")[2]
    assert seams == (Seam(2, "unreadable"), Seam(3, "native frames are missing: inner frame"))


def test_a_chain_of_which_nothing_was_read_is_not_whole() -> None:
    assert stack([n("work"), START], [], python_cut="unreadable")[1:] == (
        Confidence.PARTIAL,
        (Seam(0, "unreadable"),),
    )
    assert stack(THREE, [], python_cut="unreadable")[1] is Confidence.ONE_SIDED
    assert stack(THREE, [SHIM], python_cut="unreadable")[1] is Confidence.PARTIAL


@pytest.mark.parametrize("shims", [True, False])
def test_a_loop_without_a_name_between_others_shifts_nothing_and_says_so(*, shims: bool) -> None:
    native = [n("l"), LOOP, n("x"), n(None, PYTHON), n("y"), LOOP, START]
    python = [call for name in ("leaf", "mid", "main") for call in ([p(name), SHIM] if shims else [p(name)])]
    names, confidence, seams = stack(native, python)
    assert names == ["l", "leaf", "x", "mid", "0x1000", "y", "main", "_start"]
    text = "native frames have no name: 1 evaluation frame is probably among them"
    assert (confidence, seams) == (Confidence.PARTIAL, (Seam(4, text),))


def test_a_frame_without_a_name_elsewhere_is_no_loop() -> None:
    native = [n("_PyEval_Vector", PYTHON), LOOP, n(None, CRATE), START]
    assert stack(native, [p("b"), p("a")])[1:] == (Confidence.FULL, ())
    # All loops have their calls.
    assert stack([n("l"), LOOP, n(None, PYTHON), START], [p("a")])[1:] == (Confidence.FULL, ())


def test_a_thread_that_python_does_not_know_is_whole() -> None:
    assert stack([n("work"), n("clone3", LIBC)], None, gil=Gil.NONE) == (["work", "clone3"], Confidence.FULL, ())


def test_a_thread_without_calls_is_whole() -> None:
    assert stack([n("work"), n("clone3", LIBC)], [], gil=Gil.FREE)[1] is Confidence.FULL


def test_a_thread_whose_python_was_not_read_is_one_sided() -> None:
    assert stack([n("leaf"), LOOP, START], None, gil=Gil.UNKNOWN)[1] is Confidence.ONE_SIDED
    assert stack([n("leaf"), LOOP, START], None, gil=Gil.NONE)[1] is Confidence.ONE_SIDED


def test_python_alone_is_one_sided() -> None:
    assert stack([], [p("b"), SHIM, p("a"), SHIM]) == (["b", "a"], Confidence.ONE_SIDED, ())


def test_what_a_source_joined_stays_as_it_is() -> None:
    calls = (n("_ZN5crate4leaf17h0123456789abcdefE"), p("b"), n("middle"), p("a"))
    dump = merged(raw(RawThread(Thread(1), joined=calls)))
    assert [frame.function for frame in dump.stacks[0].frames] == ["crate::leaf", "b", "middle", "a"]
    assert dump.confidence is Confidence.FULL
    assert merged(raw(RawThread(Thread(1), joined=(p("a"),)))).confidence is Confidence.ONE_SIDED


def test_all_else_is_handed_on() -> None:
    signal = Signal(11, "SIGSEGV")
    modules = (Module(CRATE, build_id="abcd"),)
    call = n("_RNvCs1_5crate4leaf", file="src/lib.rs", line=7)
    dump = merged(Raw(Process(7), (thread([call, START], [], waits_at=5),), "gdb", modules, signal, gaps=("locals",)))
    leaf = dump.stacks[0].frames[0]
    assert (leaf.function, leaf.symbol, leaf.language) == ("crate::leaf", "_RNvCs1_5crate4leaf", Language.RUST)
    assert (leaf.file, leaf.line, leaf.build_id, leaf.address, leaf.module) == ("src/lib.rs", 7, "abcd", 0x1000, CRATE)
    assert (dump.process.pid, dump.source, dump.modules, dump.signal) == (7, "gdb", modules, signal)
    assert (dump.gaps, dump.stacks[0].waits_at) == (("locals",), 5)


def test_a_dump_is_as_sure_as_its_least_sure_stack() -> None:
    whole, alone = thread([n("leaf"), LOOP, START], [p("a")]), thread([], [p("a")])
    assert merged(raw(whole)).confidence is Confidence.FULL
    assert merged(raw(whole, alone)).confidence is Confidence.ONE_SIDED
    assert merged(raw()).confidence is Confidence.ONE_SIDED


# Whatever comes in.

natives = st.builds(
    NativeFrame,
    st.sampled_from(
        [
            "leaf",
            "_PyEval_EvalFrameDefault",
            "_PyEval_EvalFrameDefault.cold",
            "_PyEval_Vector",
            "_start",
            "_TAIL_CALL_A",
            None,
        ]
    ),
    st.integers(0, 2**64),
    st.sampled_from([PYTHON, CRATE, None]),
    inlined=st.booleans(),
)
pythons = st.builds(
    PythonFrame, st.sampled_from("abc"), st.just("app.py"), st.integers(1, 99), st.booleans(), st.booleans()
)


@given(
    st.lists(natives, max_size=24),
    st.one_of(st.none(), st.lists(pythons, max_size=24)),
    st.sampled_from([None, "cut"]),
    st.sampled_from([None, "unreadable"]),
)
def test_no_frame_is_lost_or_told_twice(
    native: list[NativeFrame], python: list[PythonFrame] | None, cut: str | None, python_cut: str | None
) -> None:
    frames = merged(raw(thread(native, python, cut=cut, python_cut=python_cut))).stacks[0].frames
    said = [(frame.function, frame.line) for frame in frames if frame.language is Language.PYTHON]
    assert said == [(frame.function, frame.line) for frame in python or () if not frame.shim]
    addresses = iter(frame.address for frame in native)
    kept = [frame for frame in frames if frame.language is not Language.PYTHON]
    # In order: each one that is left stands after the one before it.
    assert all(any(address == frame.address for address in addresses) for frame in kept)
    others = [each for each in native if each.function in {"leaf", "_PyEval_Vector", "_start", None}]
    assert [
        frame.address
        for frame in kept
        if "EvalFrameDefault" not in frame.function and "_TAIL_CALL" not in frame.function
    ] == [each.address for each in others]


@given(
    st.lists(natives, max_size=24),
    st.lists(pythons, max_size=24),
    st.sampled_from([None, "cut"]),
    st.sampled_from([None, "unreadable"]),
)
def test_a_seam_lies_within_the_stack_and_makes_it_partial(
    native: list[NativeFrame], python: list[PythonFrame], cut: str | None, python_cut: str | None
) -> None:
    found = merged(raw(thread(native, python, cut=cut, python_cut=python_cut))).stacks[0]
    assert list(found.seams) == sorted(found.seams, key=lambda seam: seam.at)
    assert found.confidence is not Confidence.FULL or (cut is None and python_cut is None)
    assert all(0 <= seam.at <= len(found.frames) for seam in found.seams)
    assert not (found.seams and found.confidence is Confidence.FULL)


@st.composite
def truths(draw: st.DrawFn) -> tuple[list[NativeFrame], list[PythonFrame], list[str]]:
    """A stack as it really is, and its two sides as an interpreter of some version shows them."""
    rule = draw(st.sampled_from(["3.8", "3.11", "3.12"]))
    native: list[NativeFrame] = [n(f"leaf{i}") for i in range(draw(st.integers(0, 3)))]
    truth = [each.function or "" for each in native]
    python: list[PythonFrame] = []
    for at in range(draw(st.integers(1, 8))):
        calls = 1 if rule == "3.8" else draw(st.integers(1, 4))
        names = [f"p{at}.{i}" for i in range(calls)]
        python += [p(name, entry=name == names[-1]) for name in names]
        python += [SHIM] if rule == "3.12" else []
        native.append(LOOP)
        between = [f"n{at}.{i}" for i in range(draw(st.integers(0, 3)))]
        native += [n(name) for name in between]
        truth += [*names, *between]
    return [*native, START], python, [*truth, "_start"]


@given(truths())
def test_a_whole_stack_comes_out_as_it_is(truth: tuple[list[NativeFrame], list[PythonFrame], list[str]]) -> None:
    native, python, expected = truth
    assert stack(native, python) == (expected, Confidence.FULL, ())


@given(truths(), st.data())
def test_a_cut_chain_is_right_from_the_leaf_to_the_seam(
    truth: tuple[list[NativeFrame], list[PythonFrame], list[str]], data: st.DataObject
) -> None:
    native, python, expected = truth
    kept = data.draw(st.integers(1, len(python)))
    names, confidence, seams = stack(native, python[:kept], python_cut="unreadable")
    assert confidence is Confidence.PARTIAL
    assert names[: seams[0].at] == expected[: seams[0].at]


@given(truths(), st.data())
def test_a_cut_stack_is_right_from_the_leaf_to_the_seam(
    truth: tuple[list[NativeFrame], list[PythonFrame], list[str]], data: st.DataObject
) -> None:
    native, python, expected = truth
    kept = data.draw(st.integers(1, len(native) - 1))
    names, confidence, seams = stack(native[:kept], python, cut="no memory")
    assert confidence is Confidence.PARTIAL
    if any(frame is LOOP for frame in native[:kept]):
        assert names[: seams[0].at] == expected[: seams[0].at]


def test_time_grows_with_the_frames() -> None:
    def seconds(size: int) -> float:
        native = [n("leaf"), LOOP] * size + [START]
        python = [p("a")] * size
        started = time.perf_counter()
        merged(raw(thread(native, python)))
        return time.perf_counter() - started

    small, large = min(seconds(500) for _ in range(3)), min(seconds(4000) for _ in range(3))
    assert large < small * 8 * 4
