from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Finding, Status
from pyo3ops.release import verified
from pyo3ops.release.readback import Read, ReadBack, Verdict
from pyo3ops.release.trying import Done, Trial
from tests.unit.release.shelf import FILES, NATIVE, SDIST, WHEEL, entry

if TYPE_CHECKING:
    from pyo3ops.tools.simple_page import IndexFile

SHOWN = tuple(entry(name, data) for name, data in FILES.items())
IDS = ["shown", "bytes", "extra", "told", "yanked"]


def read(name: str, verdict: Verdict = Verdict.SAME, reason: str = "", faults: tuple[str, ...] = ()) -> Read:
    return Read(name, verdict, reason, 2.04, 10, "ab" * 32, faults)


def back(*reads: Read, extra: tuple[str, ...] = (), reason: str = "", shown: tuple[IndexFile, ...] = SHOWN) -> ReadBack:
    missing = tuple(each.name for each in reads if each.verdict is Verdict.MISSING)
    return ReadBack(reads, extra, missing, reason, shown, 1, 3.0)


def statuses(given: ReadBack) -> dict[str, str]:
    found = list(verified.findings(given, "1.0", "what was sealed"))
    assert [finding.id for finding in found] == [f"release.{name}" for name in IDS]
    for finding in found:
        complete(finding)
    return {finding.id.partition(".")[2]: finding.status.value for finding in found if finding.status is not Status.OK}


def complete(finding: Finding) -> None:
    """What is wrong says so, and what to do."""
    if finding.status in {Status.WARN, Status.FAIL}:
        assert finding.fix
    if finding.status in {Status.WARN, Status.FAIL, Status.SKIP, Status.UNKNOWN}:
        assert finding.detail


ALL = (read(NATIVE), read(WHEEL), read(SDIST))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (back(*ALL), {}),
        (back(*ALL[:2], read(SDIST, Verdict.MISSING, "not shown")), {"shown": "fail"}),
        (
            back(read(WHEEL, Verdict.MISSING, "HTTP 503"), reason="HTTP 503", shown=()),
            {"shown": "unknown", "bytes": "skip", "extra": "skip", "told": "skip", "yanked": "skip"},
        ),
        (back(*ALL[:2], read(SDIST, Verdict.OTHER, "other bytes")), {"bytes": "fail"}),
        (back(*ALL[:2], read(SDIST, Verdict.UNREAD, "HTTP 502")), {"bytes": "unknown"}),
        (back(*ALL, extra=("spam-1.0-py2-none-any.whl",)), {"extra": "fail"}),
        (back(*ALL[:2], read(SDIST, faults=("the index tells >=3.12",))), {"told": "fail"}),
        (back(*ALL, shown=(*SHOWN[:2], entry(SDIST, b"x", "broken"))), {"yanked": "warn"}),
    ],
)
def test_each_fault_has_its_finding(given: ReadBack, wrong: dict[str, str]) -> None:
    assert statuses(given) == wrong


def test_other_bytes_say_what_it_means() -> None:
    given = back(*ALL[:2], read(SDIST, Verdict.OTHER, "they have sha256 00"))
    found = list(verified.findings(given, "1.0", "what was sealed"))[1]
    assert found.detail == (
        "2 of 3 downloaded and equal to what was sealed; 1 not: whoever installs these gets what this release never "
        "had, and no upload can replace a file"
    )
    assert found.evidence == (f"{SDIST}: they have sha256 00",)


def test_the_table() -> None:
    given = back(read(WHEEL), read(SDIST, Verdict.MISSING, "not shown"), extra=("spam-1.0.exe",))
    assert verified.table(given).rows == (
        (WHEEL, 10, "abababababab", 2.0, "same bytes"),
        (SDIST, 10, "abababababab", None, "not shown"),
        ("spam-1.0.exe", None, "", None, "not of the release"),
    )


def test_a_trial() -> None:
    idle = Done("smoke test", ok=True, reason="none", idle=True)
    works = Trial("3.13", WHEEL, (Done("a fresh environment", ok=True), Done("imported", ok=True, reason="spam"), idle))
    found = verified.of_trial(works, "1.0")
    assert (found.status, found.detail) == (Status.OK, f"{WHEEL}, imported")
    assert found.evidence == ("a fresh environment: done", "imported: spam", "smoke test: none")
    fails = Trial("3.13", WHEEL, (Done("imported", ok=False, reason="ImportError"),))
    found = verified.of_trial(fails, "1.0")
    complete(found)
    assert (found.status, found.detail) == (Status.FAIL, f"{WHEEL}: imported: ImportError")
    assert verified.of_trial(Trial("3.7", skipped="there is none"), "1.0").status is Status.SKIP
