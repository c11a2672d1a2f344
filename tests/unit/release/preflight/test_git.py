from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.release.preflight import git as rules
from pyo3ops.tools.git import Nothing, RemoteRefs

from .sound import GIT, HEAD, OTHER, SEALED, given, said, status

FAIL, WARN, OK, SKIP, UNKNOWN = Status.FAIL, Status.WARN, Status.OK, Status.SKIP, Status.UNKNOWN
RULES = [
    getattr(rules, name)
    for name in ["clean", "branch", "behind", "shallow", "identity", "tag", "signing", "remote", "markers"]
]


def state(**changes: Any) -> dict[str, Any]:
    return {"git": replace(GIT, **changes)}


@pytest.mark.parametrize("rule", [*RULES, rules.operation])
def test_without_git_one_finding_alone_says_so(rule: Any) -> None:
    assert status(rule, git=Nothing("git is not here")) is SKIP
    assert said(rules.repository, git=Nothing("git is not here")).detail == "git is not here"


def test_a_repository_has_a_commit() -> None:
    assert said(rules.repository, git=Nothing("none", outside=True)).fix
    assert status(rules.repository, git=Nothing("none", outside=True)) is FAIL
    assert status(rules.repository, **state(head="")) is FAIL


def test_clean_is_what_has_no_changes_and_no_strays() -> None:
    assert said(rules.clean, **state(modified=("b",), staged=("a",))).evidence == ("a", "b")
    assert said(rules.clean, strays=("src/new.rs",)).detail == "1 file that an sdist takes along, and no commit has"
    assert status(rules.clean, overlooked=("Cargo.toml",)) is FAIL
    # What lies beside the project, in the same repository, and what no sdist takes.
    assert status(rules.clean, **state(prefix="sub/", modified=("other/file",))) is OK
    assert "1 file that no sdist takes" in said(rules.clean, **state(untracked=("notes",))).detail


@pytest.mark.parametrize(
    ("changes", "branches", "wanted"),
    [
        ({}, ("main",), OK),
        ({"branch": "side"}, ("main",), FAIL),
        ({"branch": "release/1"}, ("main", "release/*"), OK),
        ({"branch": ""}, ("main",), FAIL),
        ({"branch": "", "tags": ("v1.2.3",)}, ("main",), OK),
        ({"branch": "master"}, (), OK),
        ({"branch": "side"}, (), UNKNOWN),
    ],
)
def test_a_branch_is_one_of_those_that_are_released_from(
    changes: dict[str, Any], branches: tuple[str, ...], wanted: Status
) -> None:
    assert status(rules.branch, branches=branches, **state(**changes)) is wanted


def test_behind_is_told_by_the_remote_alone() -> None:
    assert status(rules.behind) is OK
    assert status(rules.behind, contains_remote=False) is FAIL
    assert status(rules.behind, refs=Nothing("no route")) is FAIL
    assert status(rules.behind, refs=None) is SKIP
    assert status(rules.behind, refs=RemoteRefs((), "main"), contains_remote=False) is OK
    assert status(rules.behind, **state(remote=None)) is SKIP
    assert status(rules.behind, **state(branch="")) is SKIP


def test_a_shallow_clone_warns_unless_the_tag_is_checked_out() -> None:
    assert status(rules.shallow, **state(shallow=True)) is WARN
    assert status(rules.shallow, **state(shallow=True, branch="", tags=("v1.2.3",))) is OK


def test_a_tag_is_free_or_on_this_commit_or_on_the_sealed_one() -> None:
    assert said(rules.tag).detail == "v1.2.3 is free"
    assert status(rules.tag, tagged=(("here", HEAD), ("on origin", HEAD))) is OK
    assert status(rules.tag, tagged=(("here", HEAD), ("on origin", OTHER))) is FAIL
    assert status(rules.tag, tagged=(("here", OTHER),), manifest=replace(SEALED, commit=OTHER)) is OK
    assert status(rules.tag, tag_refused=True) is FAIL


def test_signing_needs_a_key_where_tags_are_signed() -> None:
    assert status(rules.signing) is SKIP
    assert status(rules.signing, key_missing="none", **given(sign=True)) is FAIL
    assert status(rules.signing, key_missing="none", **state(signs_tags=True)) is FAIL
    assert said(rules.signing, **given(sign=True)).detail == f"with the key of {GIT.identity}"


def test_the_rest_says_what_it_says() -> None:
    assert status(rules.identity, **state(identity="")) is FAIL
    assert status(rules.remote, **state(remote=None)) is WARN
    assert said(rules.operation, **state(operation="bisect")).fix.argv == ("git", "bisect", "reset")  # type: ignore[union-attr]
    assert status(rules.operation, **state(operation="rebase")) is FAIL
    assert said(rules.markers, markers=("a", "b")).detail == "2 files with conflict markers"
