from __future__ import annotations

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.tools.git_push import Pushed, parse_pushed


def result(out: str, err: str, code: int = 1, ended: Ended = Ended.EXITED) -> Result:
    return Result(("git", "push"), code, out, err, 1.0, ended)


def test_a_push() -> None:
    printed = "To /a/bare\n*\trefs/tags/v1:refs/tags/v1\t[new tag]\n \tabc:refs/heads/main\t123..abc\nDone\n"
    assert parse_pushed(result(printed, "", 0)) == Pushed(ok=True)


def test_an_atomic_push_that_was_too_late() -> None:
    printed = (
        "To /a/bare\n!\tabc:refs/heads/main\t[rejected] (fetch first)\n"
        "!\trefs/tags/v1:refs/tags/v1\t[rejected] (atomic push failed)\nDone\n"
    )
    hints = "error: failed to push some refs to '/a/bare'\nhint: Updates were rejected because ...\n"
    pushed = parse_pushed(result(printed, hints))
    assert not pushed.ok
    assert pushed.refused == (("refs/heads/main", "fetch first"), ("refs/tags/v1", "atomic push failed"))
    assert pushed.reason == "refs/heads/main: fetch first"


@pytest.mark.parametrize(
    ("err", "reason"),
    [
        (
            "remote: error: GH006: Protected branch update failed for refs/heads/main.\nremote: error: more\n",
            "error: GH006: Protected branch update failed for refs/heads/main.",
        ),
        (
            "fatal: unable to access 'https://me:t0ken@host/a/': The requested URL returned error: 403\n",
            "fatal: unable to access 'https://host/a/': The requested URL returned error: 403",
        ),
        (
            "ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote repository.\n",
            "fatal: Could not read from remote repository.",
        ),
        ("", "git ended with 128"),
    ],
)
def test_why_a_push_failed(err: str, reason: str) -> None:
    assert parse_pushed(result("", err, 128)).reason == reason


def test_a_push_without_an_answer() -> None:
    assert "did not answer" in parse_pushed(result("", "", -15, Ended.TIMEOUT)).reason
