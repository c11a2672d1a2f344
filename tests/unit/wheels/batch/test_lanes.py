from __future__ import annotations

import sys
import threading
import time

import pytest

from pyo3ops.core import run
from pyo3ops.core.errors import Interrupted
from pyo3ops.wheels.batch import lanes


def test_lanes_run_side_by_side_and_each_in_its_order() -> None:
    together = threading.Barrier(2, timeout=10)
    inside: set[int] = set()
    clashes = []

    def do(job: tuple[int, int]) -> tuple[int, int]:
        lane, number = job
        if lane in inside:
            clashes.append(job)
        inside.add(lane)
        if number == 0:
            # Passed only where both lanes are in here at once.
            together.wait()
        inside.discard(lane)
        return job

    jobs = [[(0, 0), (0, 1)], [(1, 0), (1, 1), (1, 2)]]
    assert lanes.run_lanes(jobs, do, 2) == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert clashes == []


def test_nothing_is_nothing() -> None:
    assert lanes.run_lanes([], lambda job: job, 0) == []


def test_a_bug_stops_what_has_not_begun() -> None:
    begun = []

    def do(job: int) -> int:
        begun.append(job)
        if job == 1:
            raise ZeroDivisionError
        return job

    with pytest.raises(ZeroDivisionError):
        lanes.run_lanes([[0, 1, 2, 3]], do, 1)
    assert begun == [0, 1]


def test_an_interrupt_ends_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    # The door of this process stays open for the tests that follow.
    monkeypatch.setattr(run, "_children", run._Children())
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    results: list[run.Result] = []
    begun: list[int] = []
    ready = threading.Event()

    def do(job: int) -> int:
        begun.append(job)
        if job < 0:
            ready.wait(10)
            raise Interrupted("interrupted")
        threading.Timer(0.3, ready.set).start()
        results.append(run.run(argv, timeout=50, env={}))
        return job

    started = time.monotonic()
    with pytest.raises(Interrupted):
        lanes.run_lanes([[-1], [1, 2]], do, 2)
    assert time.monotonic() - started < 20
    assert [result.ended for result in results] == [run.Ended.SIGNALLED]
    assert 2 not in begun
