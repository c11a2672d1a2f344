from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.release.attest import Identity, attest, identity
from tests.unit.release.shelf import FILES, SDIST, WHEEL, sha256

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/",
}
#: Signs as pypi-attestations does: beside the file, never over an attestation, and says what it was asked.
SIGNS = """\
echo "$@" >> {log}
case "$1" in
sign) [ -e "$2.publish.attestation" ] && {{ echo "$2.publish.attestation already exists." >&2; exit 1; }}
      sha256sum "$2" > "$2.publish.attestation";;
inspect) read digest path < "$2"
      printf '\\t\\t%s (digest: %s)\\n\\tSubjects (suitable): [%s]\\n' "$(basename $path)" "$digest" "'me'";;
esac
"""


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({}, None),
        ({"CI": "true"}, None),
        (GITHUB, Identity("GitHub Actions")),
        ({"GITLAB_CI": "true", "SIGSTORE_ID_TOKEN": "x"}, Identity("GitLab CI/CD")),
        ({"GOOGLE_SERVICE_ACCOUNT_NAME": "x"}, Identity("Google Cloud")),
    ],
)
def test_who_would_sign(env: dict[str, str], found: Identity | None) -> None:
    assert identity(env) == found


@pytest.mark.parametrize(
    "env", [{"GITHUB_ACTIONS": "true"}, {**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL": ""}, {"GITLAB_CI": "1"}]
)
def test_a_job_that_may_not_sign_is_told_how(env: dict[str, str], tmp_path: Path) -> None:
    found = attest([], tmp_path, env).finding
    assert found.status is Status.SKIP
    assert found.fix
    assert "id" in found.fix.summary


def test_nobody_signs_without_an_identity(tmp_path: Path) -> None:
    log = program(tmp_path)
    (tmp_path / WHEEL).write_bytes(FILES[WHEEL])
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DISPLAY": ":0"}
    signed = attest([tmp_path / WHEEL], tmp_path / "signed", env)
    assert (signed.files, signed.finding.status) == ((), Status.SKIP)
    assert attest([tmp_path / WHEEL], tmp_path / "signed", env, required=True).finding.status is Status.FAIL
    # The program, which would open a browser, was never started.
    assert not log.exists()
    assert not (tmp_path / "signed").exists()


def test_every_file_is_signed_once(tmp_path: Path) -> None:
    log, files = program(tmp_path), []
    for name in (WHEEL, SDIST):
        (tmp_path / name).write_bytes(FILES[name])
        files.append(tmp_path / name)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", **GITHUB}
    place = tmp_path / "signed"
    signed = attest(files, place, env)
    assert signed.finding.status is Status.OK
    assert signed.files == tuple((name, place / f"{name}.publish.attestation") for name in (WHEEL, SDIST))
    assert (place / WHEEL).read_bytes() == FILES[WHEEL]
    assert sha256(FILES[WHEEL]) in signed.files[0][1].read_text()
    assert attest(files, place, env).files == signed.files
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["sign", "sign", "inspect", "inspect"]
    # Beside the files themselves: nothing is copied.
    assert attest(files, tmp_path, env).finding.status is Status.OK
    # What was signed of other bytes is signed again.
    (tmp_path / WHEEL).write_bytes(b"other")
    assert attest(files[:1], tmp_path, env).finding.status is Status.OK
    assert sha256(b"other") in (tmp_path / f"{WHEEL}.publish.attestation").read_text()


def test_a_refusal_is_a_skip_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(FILES[WHEEL])
    program(tmp_path, "echo 'Failed to detect identity: GitHub: OIDC token request timed out' >&2; exit 1")
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", **GITHUB}
    found = attest([tmp_path / WHEEL], tmp_path / "signed", env).finding
    assert (found.status, found.detail.partition(": ")[2]) == (
        Status.SKIP,
        "Failed to detect identity: GitHub: OIDC token request timed out",
    )
    assert attest([tmp_path / WHEEL], tmp_path / "signed", env, required=True).finding.status is Status.FAIL


def test_a_program_that_signs_nothing_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(FILES[WHEEL])
    program(tmp_path, "exit 0")
    found = attest([tmp_path / WHEEL], tmp_path / "signed", {"PATH": f"{tmp_path}:/usr/bin:/bin", **GITHUB})
    assert (found.files, found.finding.status) == ((), Status.SKIP)


def program(folder: Path, lines: str = "") -> Path:
    if sys.platform == "win32":
        pytest.skip("the program of this test is a shell script")
    log = folder / "log"
    path = folder / "pypi-attestations"
    path.write_text(f"#!/bin/sh\n{lines or SIGNS.format(log=log)}\n")
    path.chmod(0o755)
    return log
