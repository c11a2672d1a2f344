from __future__ import annotations

import pytest

from pyo3ops.release.notes import cut, section, unreleased
from pyo3ops.release.unreleased import NEW, put

GROUPS = "### Added\n\n- one\n\n### Fixed\n\n- two"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", NEW + "\n### Added\n\n- one\n\n### Fixed\n\n- two\n"),
        (
            "# Log\n\n## [Unreleased]\n\n### Added\n\n- zero\n\n## [1.0]\n",
            "# Log\n\n## [Unreleased]\n\n### Added\n\n- zero\n- one\n\n### Fixed\n\n- two\n\n## [1.0]\n",
        ),
        (
            "# Log\n\n# 1.0\n\n* old\n* older\n",
            "# Log\n\n# Unreleased\n\n## Added\n\n* one\n\n## Fixed\n\n* two\n\n# 1.0\n\n* old\n* older\n",
        ),
        (
            "# Log\n\n## [1.0](https://example.org)\n\n### Fixed:\n\n- x\n",
            (
                "# Log\n\n## Unreleased\n\n### Added\n\n- one\n\n### Fixed\n\n- two\n\n"
                "## [1.0](https://example.org)\n\n### Fixed:\n\n- x\n"
            ),
        ),
        ("# Log", "# Log\n\n## [Unreleased]\n\n### Added\n\n- one\n\n### Fixed\n\n- two\n"),
        (
            "Log\n===\n\n.. _v1-0:\n\n1.0\n~~~\n\n* old\n",
            "Log\n===\n\nUnreleased\n~~~~~~~~~~\n\n* one\n* two\n\n.. _v1-0:\n\n1.0\n~~~\n\n* old\n",
        ),
        (
            "Log\n===\n\n1.0\n---\n\nFixed\n~~~~~\n\n* x\n",
            (
                "Log\n===\n\nUnreleased\n----------\n\nAdded\n~~~~~\n\n* one\n\nFixed\n~~~~~\n\n* two\n\n1.0\n---\n\n"
                "Fixed\n~~~~~\n\n* x\n"
            ),
        ),
    ],
    ids=["nothing", "groups", "stars", "linked", "no releases", "titles without groups", "titles"],
)
def test_put(text: str, expected: str) -> None:
    assert put(text, GROUPS) == expected
    opened = unreleased(put(text, GROUPS))
    assert opened is not None
    assert "one" in opened.body
    made = cut(put(text, GROUPS), "1.1", "2026-11-28")
    assert section(made, "1.1") is not None


def test_line_ends_are_the_files() -> None:
    text = "# Log\r\n\r\n## 1.0\r\n\r\n- old\r\n"
    assert put(text, GROUPS) == put(text.replace("\r\n", "\n"), GROUPS).replace("\n", "\r\n")


def test_entries_of_no_group() -> None:
    text = "## Unreleased\n\n### Fixed\n\n- old\n"
    assert put(text, "- one\n- two") == "## Unreleased\n\n- one\n- two\n\n### Fixed\n\n- old\n"
    assert put("## Unreleased\n\n- old\n", "- one") == "## Unreleased\n\n- old\n- one\n"


def test_nothing_to_put() -> None:
    assert put("# Log\n", "") == "# Log\n"
