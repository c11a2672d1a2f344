from __future__ import annotations

import platform

import pytest

from pyo3ops import __version__
from pyo3ops.core.errors import ConfigError, Interrupted, Pyo3opsError, UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import LOOKS, Failure, Finding, Host, Location, Report, Status


def report(*statuses: Status, strict: bool = False, failure: Failure | None = None) -> Report:
    findings = tuple(Finding("a.b", "title", status) for status in statuses)
    return Report("task", findings=findings, strict=strict, failure=failure)


def test_statuses_are_ordered_by_how_bad_they_are() -> None:
    assert sorted(Status) == [Status.OK, Status.SKIP, Status.WARN, Status.UNKNOWN, Status.FAIL, Status.CRASH]
    assert set(LOOKS) == set(Status)
    assert all(status.look.word.isascii() for status in Status)


@pytest.mark.parametrize(
    ("statuses", "strict", "expected"),
    [
        ((), False, Exit.OK),
        ((Status.OK, Status.SKIP, Status.WARN), False, Exit.OK),
        ((Status.WARN,), True, Exit.FAILED),
        ((Status.UNKNOWN, Status.WARN), False, Exit.UNKNOWN),
        ((Status.UNKNOWN, Status.WARN), True, Exit.FAILED),
        ((Status.UNKNOWN, Status.FAIL), False, Exit.FAILED),
        ((Status.FAIL, Status.CRASH), False, Exit.INTERNAL),
    ],
)
def test_exit_code(statuses: tuple[Status, ...], strict: bool, expected: Exit) -> None:  # noqa: FBT001
    assert report(*statuses, strict=strict).exit_code == expected


def test_a_failure_decides_the_exit_code() -> None:
    assert report(Status.CRASH, failure=Failure("m", 130)).exit_code == 130


@pytest.mark.parametrize(
    ("code", "status"),
    [(1, Status.FAIL), (2, Status.FAIL), (3, Status.CRASH), (4, Status.UNKNOWN), (130, Status.UNKNOWN)],
)
def test_a_failure_is_never_ok(code: int, status: Status) -> None:
    assert report(Status.OK, failure=Failure("m", code)).status is status
    assert report(Status.CRASH, failure=Failure("m", code)).status is Status.CRASH
    assert report(Status.WARN).status is Status.WARN


def test_worst_and_counts() -> None:
    mixed = report(Status.OK, Status.FAIL, Status.OK)
    assert mixed.worst is Status.FAIL
    assert list(mixed.counts.items()) == [(Status.FAIL, 1), (Status.OK, 2)]
    assert report().worst is Status.OK


def test_location() -> None:
    assert [str(Location("Cargo.toml")), str(Location("Cargo.toml", 3))] == ["Cargo.toml", "Cargo.toml:3"]


def test_host_here() -> None:
    host = Host.here()
    assert (host.system, host.python, host.pyo3ops) == (
        platform.system(),
        platform.python_version().rstrip("+"),
        __version__,
    )


@pytest.mark.parametrize(("kind", "code"), [(UsageError, 2), (ConfigError, 2), (Interrupted, 130), (Pyo3opsError, 1)])
def test_an_error_becomes_a_failure(kind: type[Pyo3opsError], code: int) -> None:
    error = kind("what", cause="why", command="do this")
    assert Failure.of(error) == Failure("what", code, "why", "do this")
    assert str(error) == "what"


def test_every_exit_code_has_a_meaning() -> None:
    assert [code.value for code in Exit] == [0, 1, 2, 3, 4, 130]
    assert all(code.meaning for code in Exit)
