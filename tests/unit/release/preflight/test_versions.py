from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.core.project import Backend, Extension, Pyo3Dependency
from pyo3ops.core.version_places import Stated
from pyo3ops.release.preflight import log, versions
from pyo3ops.release.world import Lock, Log

from .sound import PROJECT, SOUND, public, said, status, table

FAIL, WARN, OK, SKIP = Status.FAIL, Status.WARN, Status.OK, Status.SKIP
EXTENSION = Extension(
    "spam",
    "1.2.3",
    "2021",
    None,
    PROJECT.root / "Cargo.toml",
    "spam",
    ("cdylib",),
    "spam",
    (),
    Pyo3Dependency("0.29", (), ()),
    (),
    None,
)
BUILT = replace(PROJECT, extensions=(EXTENSION,), backend=Backend.MATURIN)


@pytest.mark.parametrize(
    ("version", "is_valid", "is_final"),
    [
        ("1.2.3", OK, OK),
        ("1.2.3rc1", OK, OK),
        ("1.2.3-rc.1", OK, OK),
        ("1.2.3.dev4", OK, WARN),
        ("0.0.0", OK, WARN),
        ("1.2.3+local", FAIL, SKIP),
        ("1.2.3-nightly.4", FAIL, SKIP),
        ("", FAIL, SKIP),
    ],
)
def test_a_version_is_one_that_indexes_take_and_somebody_chose(
    version: str, is_valid: Status, is_final: Status
) -> None:
    assert status(versions.valid, version=version) is is_valid
    assert status(versions.final, version=version) is is_final


@pytest.mark.parametrize(
    ("public_ones", "tags", "wanted"),
    [
        ([], [], OK),
        (["1.2.2"], ["1.2.1"], OK),
        (["1.2.3"], ["1.2.3"], OK),
        (["1.2.4"], [], FAIL),
        ([], ["1.2.4"], FAIL),
        # A release of an older line, beside a newer one.
        (["1.2.2", "1.3.0", "2.0"], [], OK),
        (["1.1", "1.3"], [], FAIL),
        (["2.0"], [], FAIL),
        (["1.2.3rc1"], [], OK),
    ],
)
def test_a_version_goes_forward_in_its_line(public_ones: list[str], tags: list[str], wanted: Status) -> None:
    listing = tuple(public(f"spam-{version}.tar.gz") for version in public_ones)
    released = tuple((f"v{version}", version) for version in tags)
    assert status(versions.monotonic, listing=listing, released=released) is wanted


@pytest.mark.parametrize(
    ("crate", "wheel", "wanted"),
    [("0.50.2", "50.0.2", OK), ("0.1.0", "5.0.0", OK), ("0.2.0", "0.1.0", FAIL), ("0.1.0", "0.1.1", FAIL)],
)
def test_a_crate_may_count_in_a_way_of_its_own(crate: str, wheel: str, wanted: Status) -> None:
    rows = (Stated(wheel, "pyproject.toml", 3), Stated(crate, "src/Cargo.toml", 3), Stated(crate, "Cargo.lock", 9))
    assert status(versions.drift, current=wheel, stated=rows) is wanted
    # Where the crate has the wheel's version, nothing else may say another one.
    assert status(versions.drift, current=crate, stated=(rows[1], rows[0])) is FAIL


def test_drift_is_any_other_version_and_not_another_spelling() -> None:
    rows = (*SOUND.stated, Stated("1.2.4", "spam/__init__.py", 1))
    assert said(versions.drift, stated=rows).evidence == ("spam/__init__.py:1: 1.2.4",)
    spelt = (Stated("1.0.0rc1", "pyproject.toml"), Stated("1.0.0-rc.1", "Cargo.toml"))
    assert status(versions.drift, current="1.0.0rc1", stated=spelt) is OK
    assert status(versions.drift, current="") is SKIP


@pytest.mark.parametrize(
    ("rows", "project", "wanted"),
    [
        (table(dynamic=["version"]), PROJECT, FAIL),
        (table(version=None), PROJECT, FAIL),
        (table(version=None, dynamic=["version"]), PROJECT, OK),
        (table(version=None, dynamic=["version"]), replace(BUILT, version=None), FAIL),
        ({"pyproject": {}}, PROJECT, SKIP),
    ],
)
def test_a_version_is_written_once(rows: dict[str, Any], project: Any, wanted: Status) -> None:
    assert status(versions.dynamic, project=project, **rows) is wanted


def test_a_lock_is_there_and_in_step() -> None:
    assert status(versions.lock_current) is SKIP
    assert status(versions.lock_current, project=BUILT) is WARN
    assert status(versions.lock_current, project=BUILT, lock=Lock(there=True)) is OK
    assert status(versions.lock_current, project=BUILT, lock=Lock(there=True, stale=("pyo3",))) is FAIL
    assert "offline" in said(versions.lock_current, project=BUILT, lock=Lock(there=True, untold="offline")).detail


def test_the_complete_set_is_known() -> None:
    assert said(versions.planned).detail == "2 files"
    assert said(versions.planned, expected="no Python").status is FAIL


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (Log(error="there is no NEWS"), FAIL),
        (Log(), WARN),
        (Log("NEWS"), FAIL),
        (Log("NEWS", " \n", "1.2.3"), FAIL),
        (Log("NEWS", "- Faster.", "Unreleased", pending=True), OK),
    ],
)
def test_the_change_log_says_what_is_new(known: Log, wanted: Status) -> None:
    assert status(log.entry, log=known) is wanted


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (Log(), SKIP),
        (Log("NEWS", "a", "Unreleased", pending=True), SKIP),
        (Log("NEWS", "a", "1.2.3"), OK),
        (Log("NEWS", "a", "1.2.3", date="2026-02-31"), WARN),
        (Log("NEWS", "a", "1.2.3", date="2027-11-28", ahead=365), WARN),
        (Log("NEWS", "a", "1.2.3", date="2026-11-29", ahead=1), OK),
    ],
)
def test_the_date_of_a_section_has_been(known: Log, wanted: Status) -> None:
    assert status(log.date, log=known) is wanted
