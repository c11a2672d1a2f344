"""What py-spy prints as one side of a stack, joined to gdb's native frames."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.stacks.merge import merged
from pyo3ops.stacks.model import Confidence, Gil, Process, Thread
from pyo3ops.stacks.raw import NativeFrame, Raw, RawThread
from pyo3ops.stacks.sources import py_spy
from pyo3ops.stacks.sources.protocol import Look, Refused, Target

RECORDED = sorted((Path(__file__).parents[3] / "data/stacks/readers/py_spy_json").glob("[pl]*.txt"))
PYTHON = "/usr/lib/libpython3.12.so.1.0"


def row(name: str, **flags: bool) -> dict[str, object]:
    return {"name": name, "filename": "/p/a.py", "line": 3, "locals": None, **flags}


def document(*frames: dict[str, object], **rest: object) -> str:
    thread = {
        "pid": 7,
        "thread_id": 140,
        "thread_name": "MainThread",
        "os_thread_id": 8,
        "active": True,
        "owns_gil": True,
    }
    return json.dumps([{**thread, "frames": list(frames), "process_info": None, **rest}])


def read(text: str) -> Raw:
    raw = py_spy.read(text)
    assert raw is not None
    return raw


def native(*names: str, tid: int | None = 8, ident: int | None = None) -> RawThread:
    modules = {"_PyEval_EvalFrameDefault": PYTHON, "_start": "/usr/bin/python3.12"}
    frames = tuple(NativeFrame(each, 1, modules.get(each, "/p/a.so")) for each in names)
    return RawThread(Thread(tid, ident=ident), frames, gil=Gil.UNKNOWN)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.name)
def test_recorded_documents(file: Path) -> None:
    raw = read(file.read_text("utf-8"))
    assert raw.threads
    assert all(thread.python for thread in raw.threads)
    assert raw.gaps[0] == py_spy.PYTHON_ONLY
    assert merged(raw).confidence is Confidence.ONE_SIDED


def test_a_thread() -> None:
    thread = read(
        document(row("b", is_entry=False, is_shim_entry=False), row("a", is_entry=False, is_shim_entry=True))
    ).threads[0]
    assert thread.thread == Thread(8, "MainThread", 140)
    assert thread.gil is Gil.HELD
    assert [(frame.function, frame.line, frame.entry) for frame in thread.python or ()] == [
        ("b", 3, False),
        ("a", 3, True),
    ]


def test_the_other_threads_are_free_where_one_holds_the_interpreter() -> None:
    both = [json.loads(document(row("a", is_entry=True), owns_gil=held))[0] for held in (True, False)]
    assert [each.gil for each in read(json.dumps(both)).threads] == [Gil.HELD, Gil.FREE]
    assert [each.gil for each in read(document(row("a", is_entry=True), owns_gil=False)).threads] == [Gil.UNKNOWN]


def test_values_of_locals() -> None:
    local = {"name": "n", "addr": 1, "arg": True, "repr": "3"}
    frame = (read(document({**row("a", is_entry=True), "locals": [local]})).threads[0].python or ())[0]
    assert [(each.name, each.value, each.argument) for each in frame.variables] == [("n", "3", True)]


def test_an_old_py_spy_marks_nothing_and_says_so() -> None:
    assert py_spy.UNMARKED in read(document(row("b"), row("a"))).gaps
    assert py_spy.UNMARKED not in read(document(row("a", is_entry=True))).gaps


def test_both_sides() -> None:
    python = read(document(row("b", is_entry=True), row("a", is_entry=True)))
    other = native("leaf", "_PyEval_EvalFrameDefault", "middle", "_PyEval_EvalFrameDefault", "_start")
    alone = native("work", tid=9)
    raw = py_spy.with_native(python, Raw(Process(7, "/usr/bin/python3.12", python="3.12.1"), (other, alone), "gdb"))
    dump = merged(raw)
    assert [frame.function for frame in dump.stacks[0].frames] == ["leaf", "b", "middle", "a", "_start"]
    assert [frame.function for frame in dump.stacks[1].frames] == ["work"]
    assert [stack.gil for stack in dump.stacks] == [Gil.HELD, Gil.NONE]
    assert (dump.confidence, dump.source, dump.process.python) == (Confidence.FULL, "py-spy", "3.12.1")
    assert dump.gaps == (py_spy.TWO_MOMENTS,)


def test_threads_meet_by_python_s_number_as_well() -> None:
    python = read(document(row("a", is_entry=True), os_thread_id=None))
    raw = py_spy.with_native(python, Raw(Process(7), (native("_PyEval_EvalFrameDefault", "_start", ident=140),), "gdb"))
    assert len(raw.threads) == 1
    assert raw.threads[0].thread == Thread(8, "MainThread", 140)


def test_no_thread_is_lost() -> None:
    python = read(document(row("a", is_entry=True), os_thread_id=77, thread_id=78))
    raw = py_spy.with_native(python, Raw(Process(7), (native("leaf"),), "gdb"))
    assert [each.thread.tid for each in raw.threads] == [77, 8]
    assert merged(raw).stacks[0].confidence is Confidence.ONE_SIDED


@given(st.text())
def test_any_text_is_a_document_or_none(text: str) -> None:
    assert py_spy.read(text) is None or text.lstrip().startswith("[")


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(["pid", "thread_id", "frames", "name", "filename", "line", "locals"]), each
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_a_document_or_none(value: object) -> None:
    py_spy.read(json.dumps(value))


def program(folder: Path, text: str, code: int = 0, out: str = "") -> dict[str, str]:
    """An environment whose py-spy prints a text on stderr, and `out` on stdout."""
    script = folder / "py-spy"
    says = f"sys.stderr.write({text!r})\nsys.stdout.write({out!r})\nsys.exit({code})\n"
    script.write_text(f"#!{sys.executable}\nimport sys\n{says}", "utf-8")
    script.chmod(0o755)
    return {"PATH": str(folder)}


def test_what_cannot_be_looked_at_is_a_value(tmp_path: Path) -> None:
    target = Target(pid=7)
    assert py_spy.look(target, Look({"PATH": str(tmp_path)})) == Refused("missing", "py-spy is not on PATH")
    denied = py_spy.look(target, Look(program(tmp_path, "Permission Denied: Try running again", 1)))
    assert denied == Refused("denied", "Permission Denied: Try running again")
    assert py_spy.look(target, Look(program(tmp_path, "", 0))) == Refused("broken", "py-spy printed no threads")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the processes of this system are not read here")
def test_who_sleeps_is_told_by_the_kernel(tmp_path: Path) -> None:
    # A process that runs, whose thread 8 does not.
    raws = py_spy.look(Target(pid=os.getpid()), Look(program(tmp_path, "", out=document(row("main")))))

    assert not isinstance(raws, Refused)
    assert [thread.asleep for thread in raws[0].threads] == [True]
