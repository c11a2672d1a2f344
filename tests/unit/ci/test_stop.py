from __future__ import annotations

from pathlib import Path

import pytest
from stop import CAUSES, Stop, explained


def test_it_says_what_why_and_what_next() -> None:
    stop = Stop("no disk", cause="it fell out", command="look below the table")
    assert str(stop) == "bootstrap: no disk\n  usual cause: it fell out\n  next: look below the table"
    assert str(Stop("no disk")) == "bootstrap: no disk"
    assert stop.exit_code == 2


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("[Errno 30] Read-only file system: '.pyo3ops'", "the checkout cannot be written to"),
        ("[Errno 13] Permission denied: '.pyo3ops'", "the checkout belongs to somebody else"),
        (
            "ERROR: Could not find a version that satisfies the requirement nox==1 (from versions: none)",
            "no network, or a proxy in between",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement nox==9 (from versions: 1, 2)",
            "the package index that pip asks lacks a locked version",
        ),
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]\n(from versions: none)",
            "a proxy that signs connections itself, or a system without CA certificates",
        ),
    ],
)
def test_the_cause_is_read_from_what_was_said(said: str, cause: str) -> None:
    stop = explained("it failed", said, Path("here"))
    assert stop.cause == cause
    assert stop.command


def test_what_nobody_knows_is_shown_without_a_guess() -> None:
    stop = explained("it failed", "\n".join(str(number) for number in range(100)), Path("here"))
    assert stop.message.splitlines() == ["it failed", *(f"    {number}" for number in range(92, 100))]
    assert not stop.cause
    assert not stop.command


def test_every_way_out_can_be_written() -> None:
    assert all(explained("it failed", sign, Path("{odd} folder")).command for sign, _, _ in CAUSES)
