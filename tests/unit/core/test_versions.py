from __future__ import annotations

import pytest

from pyo3ops.core.versions import compare, is_development, newest_tag, released_in


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        ("1.0.0-rc.1", "1.0.0rc1", 0),
        ("1.0.0-beta.2", "1.0.0b2", 0),
        ("1.0", "1.0.0", 0),
        ("0.9", "0.10", -1),
        ("1.0.0", "1.0.0-rc.1", 1),
        ("1.0.0+local", "1.0.0", 1),
        ("weekly", "1.0", None),
        ("2026.9.1", "1.0.0", None),
        ("2026.9.1", "2026.8", 1),
    ],
)
def test_compare(one: str, other: str, order: int | None) -> None:
    assert compare(one, other) == order


def test_is_development() -> None:
    assert [is_development(text) for text in ("1.0", "1.0rc1", "1.1.dev0", "1.0.0-alpha.1", "1.0.post1", "odd")] == [
        False,
        True,
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("tags", "top", "newest"),
    [
        (("v0.9.0", "v0.10.0", "nightly"), True, ("v0.10.0", "0.10.0")),
        (("0.1", "release-0.2"), True, ("release-0.2", "0.2")),
        (("v1.0.0-rc.1",), True, ("v1.0.0-rc.1", "1.0.0rc1")),
        (("v2.0.0", "crab-v1.0.0", "lobster-3.0"), True, ("crab-v1.0.0", "1.0.0")),
        (("v2.0.0", "py-1.4.0"), True, ("py-1.4.0", "1.4.0")),
        (("v2.0.0", "lobster-v1.0.0"), True, None),
        (("lobster@3.0.0",), True, None),
        (("v2.0.0",), False, None),
        (("v2.0.0", "crab/v1.0.0"), False, ("crab/v1.0.0", "1.0.0")),
        (("big_crab-v1.0.0",), False, ("big_crab-v1.0.0", "1.0.0")),
        ((), True, None),
    ],
)
def test_newest_tag(tags: tuple[str, ...], top: bool, newest: tuple[str, str] | None) -> None:  # noqa: FBT001
    assert newest_tag(tags, {"crab", "big-crab"}, top=top) == newest


@pytest.mark.parametrize(
    ("text", "found", "pending"),
    [
        ("# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-01-01\n## [1.1.0]\n", ("1.2.0", 5), True),
        ("# Changelog\n\n## 1.2.0 - 2026-01-01\n", ("1.2.0", 3), False),
        ("## v1.2.0 (2026-01-01)\n", ("1.2.0", 1), False),
        ("# Version 1.2\n", ("1.2", 1), False),
        ("## crab 1.2.0\n", ("1.2.0", 1), False),
        ("## [1.2.0](https://x/compare) (2026-01-01)\n", ("1.2.0", 1), False),
        ("## 1.3.0 (unreleased)\n\n## 1.2.0\n", ("1.2.0", 3), True),
        ("Changelog\n=========\n\n.. _v1:\n\n50.0.2 - 2026-09-30\n~~~~~~~~~~~~~~~~~~~\n", ("50.0.2", 6), False),
        ("1.0.0rc1 2026-09-30\n-------------------\n", ("1.0.0rc1", 1), False),
        ("# Notes\n\n## 3.8 support is gone\n\n### 1.0.0\n", ("1.0.0", 5), False),
        ("All notable changes\n\nversion 1.0 was nice\n", None, False),
        ("", None, False),
    ],
)
def test_released_in(text: str, found: tuple[str, int] | None, pending: bool) -> None:  # noqa: FBT001
    assert released_in(text) == (found, pending)
