from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.release import provenance, verified
from pyo3ops.release.provenance import Publisher, attested
from pyo3ops.release.readback import Read, ReadBack, Verdict
from pyo3ops.tools.index import Refusal
from pyo3ops.tools.simple_page import IndexFile
from tests.unit.release.shelf import FILES, WHEEL, Shelf

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = {"kind": "GitHub", "repository": "owner/spam", "workflow": "release.yml", "environment": None}
GITLAB = {"kind": "GitLab", "repository": "group/sub/spam", "workflow_filepath": ".gitlab-ci.yml"}
GOOGLE = {"kind": "Google", "email": "robot@project.iam.example"}
CIRCLE = {"kind": "CircleCI", "project_id": "a-b", "pipeline_definition_id": "c-d"}
OURS = "https://github.com/owner/spam"


@dataclass(frozen=True)
class Telling(IndexFile):
    """A file of which the index tells where its provenance is."""

    provenance: str = ""


def document(*publishers: dict[str, Any]) -> bytes:
    bundles = [{"publisher": publisher, "attestations": []} for publisher in publishers]
    return json.dumps({"version": 1, "attestation_bundles": bundles}).encode()


def asked(
    tmp_path: Path, served: bytes | Refusal, line: str = "echo OK: x >&2", address: str = "https://index.example/p"
) -> provenance.Attested:
    if sys.platform == "win32":
        pytest.skip("the program of this test is a shell script")
    (tmp_path / "pypi-attestations").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/log\n{line}\n')
    (tmp_path / "pypi-attestations").chmod(0o755)
    shown = Telling(WHEEL, "https://index.example/w", provenance=address)
    back = ReadBack((Read(WHEEL, Verdict.SAME, path=tmp_path / WHEEL),), shown=(shown,))
    shelf = Shelf(FILES, served=lambda _, __: served)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    return attested(back, shelf, tmp_path, env, repository=OURS)[0]


def test_publishers_of_every_kind() -> None:
    found = provenance.publishers(document(GITHUB, GITLAB, GOOGLE, CIRCLE).decode())
    assert found == (
        Publisher("GitHub", "--repository", OURS, "release.yml"),
        Publisher("GitLab", "--repository", "https://gitlab.com/group/sub/spam", ".gitlab-ci.yml"),
        Publisher("Google", "--gcp-service-account", "robot@project.iam.example"),
        Publisher("CircleCI", "", "a-b"),
    )
    assert isinstance(found, tuple)
    assert found[0].shown == f"GitHub: {OURS}, release.yml"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"attestation_bundles": [{}]}', '{"attestation_bundles": [[]]}', "[" * 9999]
)
def test_what_is_no_provenance(text: str) -> None:
    assert provenance.publishers(text) == "it is no provenance as PEP 740 describes it"


def test_nobody_has_signed() -> None:
    assert provenance.publishers('{"attestation_bundles": []}') == "nobody has signed in there"


def test_the_own_repository_has_signed(tmp_path: Path) -> None:
    found = asked(tmp_path, document(GITHUB))
    assert (found.passed, found.publishers[0].who) == (True, OURS)
    told = (tmp_path / "log").read_text().split()
    assert told[:5] == ["verify", "pypi", "--offline", "--repository", OURS]
    said = verified.of_provenance([found])
    assert (said.status, said.detail) == (Status.OK, f"1 of 1: GitHub: {OURS}, release.yml")


def test_a_stranger_has_signed(tmp_path: Path) -> None:
    found = asked(tmp_path, document({**GITHUB, "repository": "stranger/spam"}))
    assert found.passed is False
    assert "stranger/spam signed it" in found.reason
    assert verified.of_provenance([found]).status is Status.FAIL
    # Among several, one that is not ours is enough.
    assert asked(tmp_path, document(GITHUB, {**GITHUB, "repository": "stranger/spam"})).passed is False


def test_a_signature_that_does_not_hold(tmp_path: Path) -> None:
    found = asked(tmp_path, document(GITHUB), "echo 'Verification failed: subject does not match' >&2; exit 1")
    assert (found.passed, found.reason) == (False, "Verification failed: subject does not match")
    assert asked(tmp_path, b"<html>").passed is False


def test_what_nobody_can_say(tmp_path: Path) -> None:
    found = asked(tmp_path, document(GITHUB), "echo 'TUFError: no roots' >&2; exit 1")
    assert (found.passed, verified.of_provenance([found]).status) == (None, Status.SKIP)
    assert asked(tmp_path, document(CIRCLE)).reason == "CircleCI is a publisher that is not verified here"
    assert asked(tmp_path, Refusal("HTTP 502")).reason == "HTTP 502"


def test_most_indexes_have_none(tmp_path: Path) -> None:
    found = asked(tmp_path, document(GITHUB), address="")
    assert (found.publishers, found.passed) == ((), None)
    assert verified.of_provenance([found]).detail == "the index gives no provenance of it"
    assert verified.of_provenance([]).status is Status.SKIP
