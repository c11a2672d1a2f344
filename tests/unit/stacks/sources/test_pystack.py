"""What pystack prints, as threads whose two sides are joined already."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.stacks.merge import merged
from pyo3ops.stacks.model import Gil, Language
from pyo3ops.stacks.raw import NativeFrame, PythonFrame
from pyo3ops.stacks.sources import pystack
from pyo3ops.stacks.sources.protocol import Look, Refused, Target

RECORDED = sorted((Path(__file__).parents[3] / "data/stacks/readers/pystack").glob("*.txt"))
PRINTED = """\
Traceback for thread 8 (python) [Has the GIL] (most recent call last):
    (Python) File "/p/a.py", line 9, in main
        work()
    (C) File "src/lib.rs", line 72, in my_crate::__pyfunction_work::h9e6b03cfc1346f85 (/p/my_crate.so)
    (C) File "src/lib.rs", line 75, in work (inlined) (/p/my_crate.so)
    (C) File "std/functions.rs", line 5, in _RNvNtNtCsjrHSEGnQ3l9_3std6thread9functions5sleep (/p/my_crate.so)

Traceback for thread 9 (other) [] (most recent call last):
    (Python) File "/p/a.py", line 4, in f
"""


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.name)
def test_recorded_output(file: Path) -> None:
    raw = pystack.read(file.read_text("utf-8"))
    assert raw is not None
    assert any(each.joined for each in raw.threads)
    assert not any("17h" in frame.function for stack in merged(raw).stacks for frame in stack.frames)


def test_a_thread_leaf_first() -> None:
    raw = pystack.read(PRINTED)
    assert raw is not None
    joined = raw.threads[0].joined
    assert [each.function for each in joined] == [
        "std::thread::functions::sleep",
        "work",
        "my_crate::__pyfunction_work",
        "main",
    ]
    assert [type(each) for each in joined] == [NativeFrame, NativeFrame, NativeFrame, PythonFrame]
    assert isinstance(joined[1], NativeFrame)
    assert (joined[1].inlined, joined[1].module, joined[1].language) == (True, "/p/my_crate.so", Language.RUST)
    assert [each.gil for each in raw.threads] == [Gil.HELD, Gil.FREE]
    assert raw.gaps == (pystack.LEFT_OUT,)


def test_what_is_missing_is_said() -> None:
    raw = pystack.read(PRINTED.replace(" (inlined)", ""))
    assert raw is not None
    assert raw.gaps == (pystack.NOT_INLINED, pystack.LEFT_OUT)


@pytest.mark.parametrize("text", ["", "nothing", "Traceback (most recent call last):\n"])
def test_what_is_no_thread_is_none(text: str) -> None:
    assert pystack.read(text) is None


@given(st.lists(st.sampled_from([*PRINTED.splitlines(), "", "    ", "💀"])))
def test_any_order_of_lines_is_read(lines: list[str]) -> None:
    raw = pystack.read("\n".join(lines))
    if raw is not None:
        merged(raw)


def program(folder: Path, out: str, err: str, code: int) -> dict[str, str]:
    """An environment whose pystack writes two texts."""
    script = folder / "pystack"
    lines = ("import sys", f"sys.stdout.write({out!r})", f"sys.stderr.write({err!r})", f"sys.exit({code})")
    script.write_text("\n".join((f"#!{sys.executable}", *lines, "")), "utf-8")
    script.chmod(0o755)
    return {"PATH": str(folder)}


def test_what_cannot_be_looked_at_is_a_value(tmp_path: Path) -> None:
    target = Target(pid=7)
    assert pystack.look(target, Look({"PATH": str(tmp_path)})) == Refused("missing", "pystack is not on PATH")
    refused = pystack.look(target, Look(program(tmp_path, "", "💀 Engine error: Operation not permitted 💀", 1)))
    assert refused == Refused("denied", "💀 Engine error: Operation not permitted 💀")
    assert pystack.look(target, Look(program(tmp_path, "", "", 0))) == Refused("broken", "pystack printed no thread")
    unable = pystack.look(Target(), Look(program(tmp_path, "", "", 0)))
    assert unable == Refused("unable", "neither a process nor a core was named")


def test_as_many_looks_as_were_asked_for(tmp_path: Path) -> None:
    raws = pystack.look(Target(pid=7), Look(program(tmp_path, PRINTED, "", 0), looks=2, pause=0))
    assert not isinstance(raws, Refused)
    assert len(raws) == 2
    assert [raw.process.pid for raw in raws] == [7, 7]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the processes of this system are not read here")
def test_who_sleeps_is_told_by_the_kernel(tmp_path: Path) -> None:
    # A process that runs, whose threads 8 and 9 do not.
    raws = pystack.look(Target(pid=os.getpid()), Look(program(tmp_path, PRINTED, "", 0)))

    assert not isinstance(raws, Refused)
    assert [thread.asleep for thread in raws[0].threads] == [True, True]
