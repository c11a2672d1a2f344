from __future__ import annotations

import time

import pytest

from pyo3ops.release.clock import SystemClock, read, written


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2027-01-15T08:00:00Z", 1_800_000_000.0),
        ("2027-01-15T08:00:00.123456Z", 1_800_000_000.0),
        ("2027-01-15T08:00:00.1+00:00", 1_800_000_000.0),
        ("2027-01-15T09:00:00+01:00", 1_800_000_000.0),
        ("2027-01-15T08:00:00", 1_800_000_000.0),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59Z", None),
        ("1969-12-31T23:59:59Z", None),
    ],
)
def test_times_are_read(text: str, seconds: float | None) -> None:
    assert read(text) == seconds


def test_times_are_written_as_they_are_read() -> None:
    assert written(1_800_000_000.9) == "2027-01-15T08:00:00Z"
    assert read(written(1_800_000_000.0)) == 1_800_000_000.0


def test_the_clock_of_the_system_runs() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.001)
    assert before < clock.now() <= time.time()
