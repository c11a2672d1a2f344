from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.tools import attestations
from pyo3ops.tools.attestations import Answer, Inspected

if TYPE_CHECKING:
    from pathlib import Path

# As pypi-attestations 0.0.30 printed it, of a file that was really published; longer lines are cut.
INSPECTED = """\
Warning: The information displayed below are not verified, they are only displayed.
File: pypi_attestations-0.0.19.tar.gz.publish.attestation
Version: 1
Statement:
\tType: https://in-toto.io/Statement/v1
\tSubject:
\t\tpypi_attestations-0.0.19.tar.gz (digest: 9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3)
\tPredicate type: https://in-toto.example/publish/v1
\tPredicate: None
Certificate:
\tSubjects (suitable for `--identity`): ['https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v0.0.19']
\tIssuer: CN=sigstore-intermediate,O=sigstore.dev
\tValidity: 2024-12-04 23:24:01+00:00
Transparency Log (1 entries):
\tLog Index: 153454663
"""
OFFLINE = "TUF repository is loaded in offline mode; updates will not be performed\n"
BACKTRACE = """\
Retrying (Retry(total=2, connect=None, read=None, redirect=None, status=None)) after connection broken by ...
Traceback (most recent call last):
  File "sigstore/_internal/tuf.py", line 129, in __init__
    raise TUFError("Failed to refresh TUF metadata") from e
sigstore.errors.TUFError: Failed to refresh TUF metadata
"""
INVALID = """\
Invalid provenance: 1 validation error for Provenance
attestation_bundles
  Field required [type=missing, input_value={}, input_type=dict]
"""


def ended(code: int | None, err: str = "", ending: Ended = Ended.EXITED) -> Result:
    return Result(("pypi-attestations",), code, "", err, 1.0, ending)


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (ended(0, OFFLINE + "OK: spam-1.0.tar.gz\n"), Answer(passed=True)),
        (
            ended(1, OFFLINE + "Verification failed for spam-1.0.tar.gz: subject does not match distribution digest\n"),
            Answer(
                passed=False,
                reason="Verification failed for spam-1.0.tar.gz: subject does not match distribution digest",
            ),
        ),
        (
            ended(1, 'Verification failed: provenance was signed by repository "a/b", expected "c/b"\n'),
            Answer(
                passed=False, reason='Verification failed: provenance was signed by repository "a/b", expected "c/b"'
            ),
        ),
        (ended(1, INVALID), Answer(passed=False, reason="Invalid provenance: 1 validation error for Provenance")),
        (ended(1, BACKTRACE), Answer(None, "sigstore.errors.TUFError: Failed to refresh TUF metadata")),
        (ended(1, "Provenance file does not exist: nope\n"), Answer(None, "Provenance file does not exist: nope")),
        (ended(None, "", Ended.TIMEOUT), Answer(None, "pypi-attestations did not answer within 1 s")),
        # It ends with 0 for a file that it does not look into.
        (ended(0), Answer(None, "pypi-attestations ended with 0")),
    ],
)
def test_what_verifying_says(result: Result, answer: Answer) -> None:
    assert attestations.parse_verify(result) == answer


def test_what_signing_says() -> None:
    assert attestations.parse_sign(ended(0)) == Answer(passed=True)
    denied = "Failed to detect identity: GitHub: missing or insufficient OIDC token permissions, ..."
    assert attestations.parse_sign(ended(1, denied + "\n")) == Answer(None, denied)
    assert attestations.parse_sign(ended(1, BACKTRACE)).reason.endswith("Failed to refresh TUF metadata")


def test_what_an_attestation_claims() -> None:
    assert attestations.parse_inspect(INSPECTED) == Inspected(
        (("pypi_attestations-0.0.19.tar.gz", "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3"),),
        ("https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v0.0.19",),
        "https://in-toto.example/publish/v1",
    )
    assert attestations.parse_inspect("") == "pypi-attestations printed no attestation"


def test_where_it_is(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path)}
    assert attestations.command(env) is None
    nothing = Answer(None, "pypi-attestations is not here")
    assert attestations.sign(tmp_path / "a.whl", env) == nothing
    assert attestations.verify(tmp_path / "a.whl", tmp_path / "p", ("--repository", "x"), env) == nothing
    assert attestations.inspect(tmp_path / "a.whl.publish.attestation", env) == nothing.reason
    program(tmp_path / "uv", "")
    assert attestations.command(env) == ("uv", "tool", "run", "--offline", "pypi-attestations")
    assert attestations.command(env, online=True) == ("uv", "tool", "run", "pypi-attestations")
    program(tmp_path / "pypi-attestations", "echo OK: a.whl >&2")
    assert attestations.command(env) == ("pypi-attestations",)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert attestations.verify(tmp_path / "a.whl", tmp_path / "p", ("--repository", "x"), env).passed
    assert attestations.inspect(tmp_path / "a.whl", env) == "a.whl is no attestation by its name"


def program(path: Path, line: str) -> None:
    if sys.platform == "win32":
        pytest.skip("the program of this test is a shell script")
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
