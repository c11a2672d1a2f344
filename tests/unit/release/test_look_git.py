from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pyo3ops.core.config import Config, ReleaseConfig
from pyo3ops.release import look_git
from pyo3ops.tools.git import Nothing, RemoteRefs

from .preflight.sound import GIT, HEAD, OTHER, PROJECT

REFS = RemoteRefs(
    (
        ("refs/heads/main", HEAD),
        ("refs/tags/v1.2.2", "c" * 40),
        ("refs/tags/v1.2.2^{}", OTHER),
        ("refs/tags/docs-3", OTHER),
    ),
    "main",
)


def configured(**settings: Any) -> Any:
    return replace(PROJECT, config=replace(Config(), release=ReleaseConfig(**settings)))


def test_a_tag_is_where_the_clone_and_the_remote_have_it() -> None:
    found = look_git.tags(PROJECT, "1.2.2", GIT, {"v1.2.2": HEAD, "v1.0": OTHER}, REFS)
    assert found.name == "v1.2.2"
    # Behind an annotated tag is the commit.
    assert found.places == (("here", HEAD), ("on origin", OTHER))
    assert found.released == (("v1.0", "1.0"), ("v1.2.2", "1.2.2"))
    assert look_git.tags(PROJECT, "1.2.3", GIT, {}, Nothing("no route")).places == ()


def test_a_configured_spelling_tells_which_tags_are_releases() -> None:
    found = look_git.tags(configured(tag="rel-{version}"), "1.2.3", GIT, {"rel-1.2": HEAD, "v9": HEAD}, None)
    assert (found.name, found.released) == ("rel-1.2.3", (("rel-1.2", "1.2"),))


@pytest.mark.parametrize(
    ("settings", "refs", "state", "wanted"),
    [
        ({"branches": ("stable",)}, REFS, GIT, ("stable",)),
        ({}, REFS, GIT, ("main",)),
        ({}, None, replace(GIT, default_branch="trunk"), ("trunk",)),
        ({}, None, Nothing("none"), ()),
    ],
)
def test_branches_are_configured_or_the_remotes_own(settings: Any, refs: Any, state: Any, wanted: Any) -> None:
    assert look_git.branches(configured(**settings), state, refs) == wanted


def test_a_key_is_asked_for_only_where_tags_are_signed(tmp_path: Any) -> None:
    # Nothing is started: there is no PATH.
    assert look_git.key_missing(PROJECT, GIT, tmp_path, {"PATH": ""}) == ""
    assert "cannot" not in look_git.key_missing(configured(sign=True), GIT, tmp_path, {"PATH": ""})
    assert "is not here" in look_git.key_missing(configured(sign=True), GIT, tmp_path, {"PATH": ""})


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("docs/index.md", "docs/**/*", True),
        ("docs/a/b.md", "docs/**/*", True),
        ("tools/a.py", "tools/*.py", True),
        ("notes.md", "docs/**/*", False),
    ],
)
def test_patterns_of_maturin(name: str, pattern: str, fits: bool) -> None:  # noqa: FBT001 - expected
    assert look_git._fits(name, pattern) is fits


def test_what_maturin_takes_into_an_sdist_beside() -> None:
    rows = ["NEWS", {"path": "docs/*", "format": "sdist"}, {"path": "lib/*", "format": ["wheel", "sdist"]}]
    rows += [{"path": "only", "format": "wheel"}, 3]  # type: ignore[list-item]
    assert look_git._included({"tool": {"maturin": {"include": rows}}}) == ["NEWS", "docs/*", "lib/*"]
    assert look_git._included({"tool": 3}) == []
