"""The rows of layouts.toml, as the scripts inside a debugger take them."""

from __future__ import annotations

import json

import pytest

from pyo3ops.stacks import layouts

#: Without these nothing of a thread is read.
NEEDED = {
    "runtime": {"interpreters"},
    "interp": {"next", "threads", "modules"},
    "tstate": {"next", "interp", "thread_id"},
    "frame": {"previous", "code", "localsplus"},
    "code": {"filename", "name", "lines", "firstlineno", "argcount"},
    "gil": {"locked", "last_holder", "size"},
    "unicode": {"length", "state", "ascii_size", "compact_size"},
}
each_row = pytest.mark.parametrize("row", layouts.rows(), ids=lambda row: row.python)


def test_every_supported_python_has_a_row() -> None:
    assert [row.python for row in layouts.rows()] == ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.13t"]


@each_row
def test_a_row_has_all_that_is_needed(row: layouts.Row) -> None:
    assert [(name, field) for name in NEEDED for field in NEEDED[name] - row.structs[name].keys()] == []
    assert row.recorded.startswith(row.python.rstrip("t") + ".")
    assert row.recorded.endswith("t") is row.python.endswith("t")


@pytest.mark.parametrize("version", ["3.13"])
def test_a_build_without_the_lock_has_its_own_row(version: str) -> None:
    locked, free = (layouts.as_request()[f"{version}{kind}"]["structs"] for kind in ("", "t"))
    # The heads of objects are larger, the lock can be off, and a thread says whether it is attached.
    assert free["object"]["type"] == locked["object"]["type"] + 16
    assert "enabled" in free["gil"]
    assert "enabled" not in locked["gil"]
    assert "state" in free["tstate"]


@each_row
def test_one_way_leads_to_the_newest_frame(row: layouts.Row) -> None:
    ways = {"frame", "current_frame"} & row.structs["tstate"].keys() or {"cframe"} & row.structs["tstate"].keys()
    assert len(ways) == 1
    assert ways != {"cframe"} or "current_frame" in row.structs["cframe"]


@each_row
def test_one_way_leads_to_the_lock(row: layouts.Row) -> None:
    assert ("gil" in row.structs["runtime"]) is not ("gil" in row.structs["interp"])


def test_the_request_is_json() -> None:
    request = json.loads(json.dumps(layouts.as_request()))
    assert request["3.12"]["structs"]["frame"]["previous"] == 8
