from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.tools import gh
from pyo3ops.tools.gh import Asset, Release, Repository, Trouble, WorkflowRun

CRAB = Repository("github.com", "me", "crab")


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://github.com/me/crab.git", CRAB),
        ("https://github.com/me/crab/", CRAB),
        ("git@github.com:me/crab.git", CRAB),
        ("github.com:me/crab", CRAB),
        ("ssh://git@github.com/me/crab.git", CRAB),
        ("ssh://git@ssh.github.com:443/me/crab.git", CRAB),
        ("https://GitHub.com/me/cr.ab", Repository("github.com", "me", "cr.ab")),
        ("https://us.ghe.com/me/crab", Repository("us.ghe.com", "me", "crab")),
        ("https://hub.corp/me/crab", Repository("hub.corp", "me", "crab")),
        ("https://run.corp/me/crab", Repository("run.corp", "me", "crab")),
        ("https://gitlab.com/me/crab", None),
        ("https://github.com.evil.org/me/crab", None),
        ("https://github.com/me/crab/more", None),
        ("https://github.com/me", None),
        ("/a/folder/origin.git", None),
        ("C:/a/folder", None),
        ("file:///me/crab", None),
        ("", None),
    ],
)
def test_repository_of(url: str, repository: Repository | None) -> None:
    env = {"GH_HOST": "hub.corp", "GITHUB_SERVER_URL": "https://run.corp"}
    assert gh.repository_of(url, env) == repository


def test_a_draft_is_made_of_a_tag_that_is_there() -> None:
    words = gh.draft_words(CRAB, "v1.0", "crab 1.0", Path("notes.md"), prerelease=True)
    assert words == (
        "release", "create", "v1.0", "--repo", "github.com/me/crab", "--draft", "--verify-tag", "--prerelease",
        "--title", "crab 1.0", "--notes-file", "notes.md",
    )  # fmt: skip
    assert "--prerelease" not in gh.draft_words(CRAB, "v1.0", "crab 1.0", Path("notes.md"), prerelease=False)


def test_parse_release() -> None:
    assets = [
        {"name": "a.whl", "size": 3, "state": "uploaded", "digest": "sha256:abc"},
        {"name": "b.whl", "size": 0, "state": "starter", "digest": None},
        {"name": "c.whl", "size": 4},
    ]
    text = json.dumps({"url": "https://x", "isDraft": True, "isPrerelease": False, "assets": assets})
    there = (
        Asset("a.whl", 3, "abc", whole=True),
        Asset("b.whl", 0, "", whole=False),
        Asset("c.whl", 4, "", whole=True),
    )
    assert gh.parse_release(text) == Release("https://x", draft=True, prerelease=False, assets=there)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"assets": [1], "url": ""}', '{"assets": [{"name": "a"}]}', "null"])
def test_what_is_no_release(text: str) -> None:
    assert isinstance(gh.parse_release(text), Trouble)
    assert isinstance(gh.parse_run("5", text), Trouble)


def test_parse_run() -> None:
    row = {"conclusion": None, "status": "queued", "headSha": "abc", "event": "push", "workflowName": "w", "url": "u"}
    assert gh.parse_run("5", json.dumps(row)) == WorkflowRun("5", "", "abc", "push", "w", "u")


def failed(err: str, ended: Ended = Ended.EXITED) -> Result:
    return Result(("gh", "auth"), 1, "", err, 0.1, ended)


@pytest.mark.parametrize(
    ("err", "env", "reason", "fix"),
    [
        (
            "You are not logged into any GitHub hosts. To log in, run: gh auth login\n",
            {},
            "is not logged in",
            "log in to",
        ),
        (
            "x.com\n  X Failed to log in to x.com using token (GH_TOKEN)\n  - Active account: true\n",
            {},
            "(GH_TOKEN)",
            "log in",
        ),
        (
            "You are not logged into any GitHub hosts.",
            {"GITHUB_ACTIONS": "true"},
            "not logged in",
            "GH_TOKEN: ${{ github",
        ),
        ("", {}, "gh ended with 1", "log in to"),
    ],
)
def test_why_gh_is_not_ready(err: str, env: dict[str, str], reason: str, fix: str) -> None:
    read = gh.parse_unready(failed(err), "x.com", env)
    assert reason in read.reason
    assert read.fix is not None
    assert fix in read.fix.summary


def test_without_gh() -> None:
    trouble = gh.release(CRAB, "v1", {"PATH": ""})
    assert trouble == gh.unready("github.com", {"PATH": ""})
    assert isinstance(trouble, Trouble)
    assert trouble.reason == "gh is not here"
    assert trouble.fix is not None
