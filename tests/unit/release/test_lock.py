from __future__ import annotations

import pytest

from pyo3ops.release.lock import Held, HeldBy, Holder, host_of, parse_text, ref_of, text_of

HOLDER = Holder("A <a@b>", "laptop", "2026-01-02T03:04:05Z", "j1", "abc")


def test_a_lock_says_who_has_it() -> None:
    assert parse_text(text_of(HOLDER)) == HOLDER
    assert str(HOLDER) == "A <a@b> on laptop since 2026-01-02T03:04:05Z"


def test_nobody_writes_more_than_their_line() -> None:
    sly = Holder("A\njournal: j2", "h\x1b[31m", "w" * 1000, "j1", "")
    read = parse_text(text_of(sly))
    assert read == Holder("A journal: j2", "h [31m", "w" * 300, "j1", "")


@pytest.mark.parametrize("text", ["", "fix a typo", "journal: j1", "pyo3ops: a release is under way\n\nwho: x"])
def test_what_is_no_lock_of_ours(text: str) -> None:
    assert parse_text(text) is None
    assert "somebody who left no name" in HeldBy("r", "o", parse_text(text)).reason


@pytest.mark.parametrize(
    ("project", "version", "ref"),
    [
        ("Crab_py", "1.2.3rc1", "refs/pyo3ops/release/crab-py/1.2.3rc1"),
        ("crab.py", "1!2.0+a.b", "refs/pyo3ops/release/crab-py/1!2.0+a.b"),
        ("crab", "../x y", "refs/pyo3ops/release/crab/--x-y"),
    ],
)
def test_one_ref_a_version(project: str, version: str, ref: str) -> None:
    assert ref_of(project, version) == ref


def test_hosts() -> None:
    run = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "me/crab"}
    assert host_of(run) == "me/crab run 7"
    assert host_of({})


def test_how_far_a_lock_reaches() -> None:
    assert Held("r", "o", "origin").note == "r on origin"
    assert "other machines do not see it" in Held("r", "o", "").note
