from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.tasks.wheels.symbols import Request, run


@pytest.mark.parametrize(
    "request_",
    [Request({}), Request({}, listing=True, find="abcd")],
    ids=["none", "two"],
)
def test_one_thing_at_a_time(request_: Request, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one thing to do at a time"):
        run(tmp_path, request_)


def test_a_wheel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no wheel at"):
        run(tmp_path, Request({}, wheels=(tmp_path / "dist",)))


def test_one_bad_wheel_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    for name in ("a.whl", "b.whl"):
        (tmp_path / "dist" / name).write_bytes(b"no wheel")
    report = run(tmp_path, Request({}, wheels=(tmp_path / "dist",)))
    assert [finding.id for finding in report.findings] == ["symbols.wheel", "symbols.wheel"]
    assert report.exit_code == Exit.FAILED
    assert all(finding.fix for finding in report.findings)


def test_an_empty_store(tmp_path: Path) -> None:
    report = run(tmp_path, Request({}, listing=True))
    assert [table.rows for table in report.tables] == [()]
    assert [fact.value for fact in report.facts] == [
        f"{tmp_path}/.pyo3ops/symbols",
        f"gdb -iex 'set debug-file-directory {tmp_path}/.pyo3ops/symbols'",
    ]
    report = run(tmp_path, Request({}, find="abcdef12", store=tmp_path / "other"))
    assert [(each.id, each.status.value) for each in report.findings] == [("symbols.find", "warn")]
    assert report.tables == ()
    assert report.exit_code == Exit.OK
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_none(tmp_path: Path) -> None:
    (tmp_path / ".pyo3ops").touch()
    with pytest.raises(UsageError, match="there is no place for symbols"):
        run(tmp_path, Request({}, wheels=(tmp_path,)))
    assert run(tmp_path, Request({}, listing=True)).tables[0].rows == ()


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="/proc is Linux's")
def test_a_file_that_cannot_be_read_is_not_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read /proc/self/mem: "):
        run(tmp_path, Request({}, find="/proc/self/mem"))


def test_a_file_that_is_not_the_callers_is_not_asked(tmp_path: Path) -> None:
    for name in ("a.so", "a.whl"):
        (tmp_path / name).touch(mode=0)
        # The administrator reads everything: there it is a file of nothing.
        words = "is no library|cannot be read" if os.access(tmp_path / name, os.R_OK) else "cannot (be )?read"
        with pytest.raises(UsageError, match=words):
            run(tmp_path, Request({}, find=str(tmp_path / name)))
