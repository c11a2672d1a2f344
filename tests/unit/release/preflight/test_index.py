from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.release.preflight import index
from pyo3ops.release.world import Asked
from pyo3ops.tools.index import Refusal

from .sound import SDIST, SEALED, TARGET, WHEEL, public, said, status

FAIL, WARN, OK, SKIP = Status.FAIL, Status.WARN, Status.OK, Status.SKIP
SAME = (public(WHEEL, sha256="1" * 64), public(SDIST, sha256="2" * 64))
SILENT = Refusal("no route")


@pytest.mark.parametrize("rule", [index.names, index.still_open, index.yanked, index.done])
def test_a_silent_index_is_said_once(rule: Any) -> None:
    assert status(rule, listing=SILENT) is SKIP
    assert status(rule, listing=Refusal("not there", absent=True)) is OK


def test_an_index_answers() -> None:
    assert status(index.reachable, listing=SILENT) is FAIL
    assert status(index.reachable, listing=Refusal("new", absent=True)) is OK
    assert status(index.reachable, listing=SILENT, asked=Asked(offline=True)) is SKIP
    found = said(index.reachable, target="nobody knows pipy")
    assert found.fix
    assert found.fix.argv == ("pyo3ops", "release", "--rehearse")


@pytest.mark.parametrize(
    ("listing", "manifest", "wanted"),
    [
        ((), None, OK),
        (SAME[:1], None, FAIL),
        (SAME, None, SKIP),
        (SAME[:1], SEALED, OK),
        ((public(WHEEL, sha256="3" * 64),), SEALED, FAIL),
        ((public("spam-1.2.3-cp313-cp313-win_amd64.whl", sha256="3" * 64),), SEALED, FAIL),
        ((public(WHEEL),), SEALED, OK),
        ((public("spam-1.2.2.tar.gz", sha256="3" * 64),), SEALED, OK),
    ],
)
def test_names_are_free_or_have_the_sealed_bytes(listing: Any, manifest: Any, wanted: Status) -> None:
    assert status(index.names, listing=listing, manifest=manifest) is wanted


@pytest.mark.parametrize(
    ("uploaded", "pypi", "other"),
    [("2026-11-20T00:00:00Z", OK, OK), ("2026-11-01T00:00:00.123456Z", FAIL, WARN), ("", OK, OK), ("soon", OK, OK)],
)
def test_a_release_is_open_for_two_weeks(uploaded: str, pypi: Status, other: Status) -> None:
    listing = (public(SDIST, uploaded=uploaded),)
    assert status(index.still_open, listing=listing, target=replace(TARGET, name="pypi", is_pypi=True)) is pypi
    assert status(index.still_open, listing=listing) is other
    assert status(index.still_open, listing=(public(SDIST, uploaded=uploaded), public(WHEEL))) is OK


def test_a_yanked_version_is_not_completed() -> None:
    assert "without a reason" in said(index.yanked, listing=(public(SDIST, yanked=""),)).detail
    assert status(index.yanked, listing=(public("spam-1.2.2.tar.gz", yanked="bad"),)) is OK


def test_what_is_public_is_done() -> None:
    assert status(index.done, listing=SAME) is FAIL
    assert status(index.done, listing=SAME, manifest=SEALED) is OK
    assert status(index.done, listing=SAME[:1]) is OK
