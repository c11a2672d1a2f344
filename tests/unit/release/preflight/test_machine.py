from __future__ import annotations

import pytest

from pyo3ops.core.model import Status
from pyo3ops.release.lock import HeldBy, Holder, Unavailable
from pyo3ops.release.model import State
from pyo3ops.release.preflight import machine
from pyo3ops.release.world import Asked, Crates
from pyo3ops.tools.git import Nothing

from .sound import given, said, status

FAIL, WARN, OK, SKIP, UNKNOWN = Status.FAIL, Status.WARN, Status.OK, Status.SKIP, Status.UNKNOWN
HELD = HeldBy("refs/pyo3ops/release/spam/1.2.3", "a" * 40, Holder("Me", "here", "now", "journal-1", "b" * 40))


def test_a_client_is_here() -> None:
    assert status(machine.client, tools=frozenset()) is FAIL
    assert said(machine.client, tools=frozenset({"uv"})).detail == "uv"
    assert status(machine.client, **given(client="uv")) is FAIL


@pytest.mark.parametrize(("ahead", "wanted"), [(None, SKIP), (-299.0, OK), (301.0, FAIL), (-3600.0, FAIL)])
def test_a_clock_is_right_within_minutes(ahead: float | None, wanted: Status) -> None:
    assert status(machine.clock, ahead=ahead) is wanted


def test_a_slow_clock_is_called_behind() -> None:
    assert "3600 s behind the index's" in said(machine.clock, ahead=3600.0).detail


@pytest.mark.parametrize(("free", "wanted"), [(2**40, OK), (2**30, WARN), (2**20, FAIL)])
def test_a_disk_has_room(free: int, wanted: Status) -> None:
    assert status(machine.disk, free=free) is wanted


def test_a_journal_can_be_followed() -> None:
    assert said(machine.journal, state=State.SEALED).detail == "sealed"
    damaged = said(machine.journal, journal_error="line 2 is damaged")
    assert damaged.status is FAIL
    assert damaged.fix
    assert damaged.fix.argv == ("pyo3ops", "release", "--recover")


def test_a_lock_is_free_or_ours() -> None:
    assert status(machine.holder) is OK
    held = said(machine.holder, held=HELD)
    assert held.status is FAIL
    assert held.fix
    assert held.fix.argv == ("pyo3ops", "release", "--resume", "--break-lock")
    assert status(machine.holder, held=HELD, asked=Asked(journal="journal-1")) is OK
    assert status(machine.holder, held=HeldBy("ref", "a", None), asked=Asked(journal="journal-1")) is FAIL
    assert status(machine.holder, held=Unavailable("no route")) is UNKNOWN
    assert status(machine.holder, git=Nothing("none")) is SKIP


def test_crates_are_where_others_have_them() -> None:
    assert status(machine.crates, crates=Crates(1)) is OK
    assert status(machine.crates, crates=Crates(1, outside=("../ham",))) is FAIL
    assert status(machine.crates, crates=Crates(1, ignored=("ham",))) is FAIL
    assert status(machine.sources, crates=Crates(from_git=("ham of x",))) is WARN
    assert status(machine.patches, crates=Crates(replaced=((".cargo/config.toml", "patch"),))) is WARN
