"""One true stack across Python and Rust: every way between the two, live and in a core, in both profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from pyo3ops.stacks.model import Confidence, Gil
from pyo3ops.stacks.sources import gdb, py_spy, pystack
from pyo3ops.stacks.sources.protocol import Look, Refused, Target

from . import debug_matrix as matrix
from . import pythons
from .conftest import need

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.protocol import Source

LANES = [
    pytest.param((version, profile), id=f"{version}-{profile}", marks=marks)
    for version, marks in pythons.LANES
    for profile in matrix.PROFILES
]
#: py-spy 0.4 of builds without the lock.
_NO_SUCH_PYTHON = "Failed to find python version"


class Looked(NamedTuple):
    """What gdb saw of one program: as it ran, and in the core that it left."""

    live: Raw
    core: Raw
    #: By py-spy and gdb together, and by pystack, each where it is here.
    spied: Raw | None
    stacked: Raw | None


@pytest.fixture(scope="module")
def shared() -> dict[tuple[str, str], Looked]:
    """What was looked at, so that the crate is built and the program started once for each lane."""
    return {}


@pytest.fixture(params=LANES)
def looked(
    request: pytest.FixtureRequest,
    shared: dict[tuple[str, str], Looked],
    tmp_path_factory: pytest.TempPathFactory,
    env: dict[str, str],
) -> Looked:
    """One lane: a Python and a profile."""
    need("gdb", "gcore", "cargo")
    version, profile = request.param
    python = pythons.interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not here")
    if (version, profile) not in shared:
        target = tmp_path_factory.getbasetemp() / f"matrix-{version}"
        folder = matrix.build(python, profile, target, env)
        shared[version, profile] = _look(python, folder, tmp_path_factory.mktemp("core"), env)
    return shared[version, profile]


def _look(python: Path, folder: Path, scratch: Path, env: Mapping[str, str]) -> Looked:
    with matrix.waiting(python, folder, env) as pid:
        live, spied, stacked = (_one(source, Target(pid=pid), env) for source in (gdb, py_spy, pystack))
        file = matrix.core_of(pid, scratch, env)
    try:
        core = _one(gdb, Target(core=file, executable=python.resolve()), env)
    finally:
        file.unlink()
    assert live is not None
    assert core is not None
    return Looked(live, core, spied, stacked)


def _one(source: Source, target: Target, env: Mapping[str, str]) -> Raw | None:
    """What a source sees; None where it is not here, or knows no such Python."""
    found = source.look(target, Look(env=env))
    if isinstance(found, Refused):
        assert found.reason == "missing" or _NO_SUCH_PYTHON in found.said, found
        return None
    return found[0]


@pytest.fixture(params=["live", "core"])
def raw(looked: Looked, request: pytest.FixtureRequest) -> Raw:
    """One look of a lane."""
    return looked.live if request.param == "live" else looked.core


def test_every_stack_is_whole_in_order_and_named(raw: Raw) -> None:
    dump = matrix.whole(raw)
    score = matrix.score(dump)
    assert score.wrong == ()
    assert score.mangled == ()
    assert score.lines >= 0.99 * score.rust
    assert (dump.confidence, [stack.seams for stack in dump.stacks if stack.seams]) == (Confidence.FULL, [])


def test_no_frame_is_lost(raw: Raw) -> None:
    dump = matrix.whole(raw)
    assert len(dump.stacks) == len(raw.threads)
    for thread, stack in zip(raw.threads, dump.stacks):
        calls = [frame for frame in thread.python or () if not frame.shim]
        python = [frame for frame in stack.frames if frame.language.value == "python"]
        assert [(each.function, each.line) for each in python] == [(each.function, each.line) for each in calls]
        loops = sum(frame.function == "_PyEval_EvalFrameDefault" for frame in thread.native)
        assert len(stack.frames) == len(calls) + len(thread.native) - loops


def test_the_thread_that_holds_the_interpreter_is_told(raw: Raw) -> None:
    by_gil = {gil: [stack for stack in matrix.whole(raw).stacks if stack.gil is gil] for gil in Gil}
    assert [stack.frames[-1].function for stack in by_gil[Gil.HELD]] == ["_start"]
    assert len(by_gil[Gil.NONE]) == 1, "the thread that never meets Python"
    assert len(by_gil[Gil.FREE]) == len(matrix.EXPECTED) - 2


def test_what_is_shown_is_the_user_s(raw: Raw) -> None:
    for stack in matrix.whole(raw).stacks:
        shown = [frame for frame in stack.frames if not frame.glue]
        # What the thread waits in, and no more than half of what there is.
        assert shown[0] is stack.frames[0] or "futex" in shown[0].function
        assert len(shown) < 0.6 * len(stack.frames)
        assert not [frame.function for frame in shown if "__pyfunction_" in frame.function]
        assert not [frame.function for frame in shown if "trampoline" in frame.function]


def test_every_frame_has_a_layer(raw: Raw) -> None:
    frames = [frame for stack in matrix.whole(raw).stacks for frame in stack.frames]
    assert [frame.function for frame in frames if frame.layer is None or frame.layer.value == "unclassified"] == []
    assert {frame.crate for frame in frames if frame.crate} >= {"matrix", "pyo3", "std", "core"}


def test_py_spy_with_gdb_s_native_frames_sees_the_same(looked: Looked) -> None:
    if looked.spied is None:
        pytest.skip("py-spy is not here, or knows no such Python")
    score = matrix.score(matrix.whole(looked.spied))
    assert (score.wrong, score.mangled) == ((), ())
    assert score.lines >= 0.99 * score.rust


def test_pystack_joins_in_the_right_order(looked: Looked) -> None:
    if looked.stacked is None:
        pytest.skip("pystack is not here")
    score = matrix.score(matrix.whole(looked.stacked))
    assert score.mangled == ()
    # It has no inlined functions where there is more debug information than lines; the order is right.
    assert score.wrong == () or pystack.NOT_INLINED in looked.stacked.gaps
