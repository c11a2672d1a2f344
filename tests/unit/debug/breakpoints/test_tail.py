from __future__ import annotations

import json
import os
import select
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.debug.breakpoints import records, tail

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.debug.breakpoints.records import Stop

STOP = {
    "event": "stop", "kind": "native", "ids": [1], "tid": 7, "raw": None, "problem": None, "seconds": 0.01,
}  # fmt: skip
HIT = {"event": "hit", "ids": [0], "tid": 7, "ident": 1, "thread": "MainThread", "calls": []}


class Told:
    """What was told, and a way to wait for so many of them."""

    def __init__(self) -> None:
        self.stops: list[tuple[int, Stop]] = []
        self.changed = threading.Condition()

    def __call__(self, number: int, stop: Stop) -> None:
        with self.changed:
            self.stops.append((number, stop))
            self.changed.notify_all()

    def wait(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.stops) >= count, 20)


def add(file: Path, text: str) -> None:
    with file.open("a") as stream:
        stream.write(text)


def line(said: Any) -> str:
    return json.dumps(said) + "\n"


def answered(folder: Path) -> bytes:
    """Say that something was written, and wait for the answer, as gdb does."""
    told, shown = (os.open(folder / name, os.O_RDWR | os.O_NONBLOCK) for name in (tail.TOLD, tail.SHOWN))
    try:
        os.write(told, b".")
        assert select.select([shown], [], [], 20)[0]
        return os.read(shown, 100)
    finally:
        os.close(told)
        os.close(shown)


def test_a_stop_is_told_before_whoever_wrote_it_is_answered(tmp_path: Path) -> None:
    told = Told()
    with tail.followed(tmp_path, "stops", told):
        add(tmp_path / "stops", line(STOP))
        assert answered(tmp_path) == b"."
        assert [(number, stop.kind) for number, stop in told.stops] == [(0, "native")]
        add(tmp_path / "stops", line({"event": "places", "places": []}) + "no json\n" + line(STOP))
        assert answered(tmp_path) == b"."
        assert [number for number, _ in told.stops] == [0, 1]


def test_half_of_a_record_waits_for_the_rest(tmp_path: Path) -> None:
    told, whole = Told(), line(STOP)
    with tail.followed(tmp_path, "stops", told):
        add(tmp_path / "stops", line(STOP) + whole[:20])
        assert answered(tmp_path) == b"."
        assert len(told.stops) == 1
        add(tmp_path / "stops", whole[20:-1])
        assert answered(tmp_path) == b"."
        assert len(told.stops) == 1
        add(tmp_path / "stops", "\n")
        assert answered(tmp_path) == b"."
        assert told.stops[1][1].tid == 7


def test_what_the_interpreter_wrote_is_found_without_a_word(tmp_path: Path) -> None:
    told = Told()
    with tail.followed(tmp_path, "records", told):
        add(tmp_path / "records", line({"event": "started"}) + line(HIT))
        told.wait(1)
    assert told.stops[0][1].thread == "MainThread"


def test_what_came_last_is_told_at_the_end(tmp_path: Path) -> None:
    told = Told()
    with tail.followed(tmp_path, "stops", told):
        add(tmp_path / "stops", 3 * line(STOP))
    assert [number for number, _ in told.stops] == [0, 1, 2]


def test_stops_and_bytes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "STOPS", 2)
    told = Told()
    with tail.followed(tmp_path, "stops", told):
        add(tmp_path / "stops", 5 * line(STOP))
        assert answered(tmp_path) == b"."
    assert len(told.stops) == 2
    monkeypatch.setattr(records, "LIMIT", len(line(STOP)))
    other, again = tmp_path / "other", Told()
    other.mkdir()
    with tail.followed(other, "stops", again):
        add(other / "stops", 2 * line(STOP))
        assert answered(other) == b"."
    assert len(again.stops) == 1


def test_an_error_is_raised_at_the_end_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    def told(_: int, __: Stop) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), tail.followed(tmp_path, "stops", told):  # noqa: PT012 - it is raised behind it
        add(tmp_path / "stops", line(STOP))
        assert answered(tmp_path) == b"."
        add(tmp_path / "stops", line(STOP))
        assert answered(tmp_path) == b"."


def test_nobody_to_tell_needs_no_pipe(tmp_path: Path) -> None:
    with tail.followed(tmp_path, "stops", None):
        assert list(tmp_path.iterdir()) == []
