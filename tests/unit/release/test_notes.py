"""Change logs in the styles that projects write: found, cut, and cut again without a change."""

from __future__ import annotations

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.release.notes import at, cut, newest, section, unreleased

KEEP = """\
# Changelog

## [Unreleased]

### Added

- a new thing

## [1.2.0] - 2026-01-05

### Fixed

- an old thing

## [1.1.0] - 2025-01-05

- older

[Unreleased]: https://example.org/compare/v1.2.0...HEAD
[1.2.0]: https://example.org/compare/v1.1.0...v1.2.0
[1.1.0]: https://example.org/releases/v1.1.0
"""

#: What is open, as written and as it is once 1.3.0 was cut on 2026-11-28.
STYLES = {
    "plain": ("# Changelog\n\n# Unreleased\n\n* new\n\n# 1.2.0\n\n* old\n", "# Unreleased\n\n# 1.3.0\n\n* new\n"),
    "v": (
        "## Unreleased\n- new\n\n## v1.2.0 (2026-01-05)\n- old\n",
        "## Unreleased\n\n## v1.3.0 (2026-11-28)\n- new\n",
    ),
    "named": ("## main\n- new\n\n## tiny 1.2.0 / 2026-01-05\n", "## main\n\n## tiny 1.3.0 / 2026-11-28\n- new\n"),
    "underlined": (
        "Changes\n=======\n\nUnreleased\n----------\n\n* new\n\n1.2.0 (2026-01-05)\n------------------\n\n* old\n",
        "Unreleased\n----------\n\n1.3.0 (2026-11-28)\n------------------\n\n* new\n",
    ),
    "words": (
        "## Unreleased\n- new\n## 1.2.0 - January 5, 2026\n",
        "## Unreleased\n\n## 1.3.0 - November 28, 2026\n- new\n",
    ),
    "linked": (
        (
            "## [Unreleased](https://example.org/compare/1.2.0...HEAD)\n\n- new\n\n"
            "## [1.2.0](https://example.org/compare/1.1.0...1.2.0) - 2026-01-05\n"
        ),
        (
            "## [Unreleased](https://example.org/compare/1.3.0...HEAD)\n\n"
            "## [1.3.0](https://example.org/compare/1.2.0...1.3.0) - 2026-11-28\n\n- new\n"
        ),
    ),
    "tree": (
        "## Unreleased\n\n- new\n\n## [1.2.0](https://example.org/tree/1.2.0) - 2026-01-05\n",
        "## Unreleased\n\n## [1.3.0](https://example.org/tree/1.3.0) - 2026-11-28\n\n- new\n",
    ),
    "numbered": (
        "## 1.3.0 (unreleased)\n\n- new\n\n## 1.2.0 (2026-01-05)\n\n- old\n",
        "## 1.3.0 (2026-11-28)\n\n- new\n",
    ),
    "numbered, with a notice": (
        (
            "Log\n===\n\n.. _v1-3-0:\n\n1.3.0 - `main`_\n~~~~~~~~~~~~~~~\n\n"
            ".. note:: This version is not yet released and is\n"
            "          under active development.\n\n* new\n\n.. _v1-2-0:\n\n"
            "1.2.0 - 2026-01-05\n~~~~~~~~~~~~~~~~~~\n\n* old\n"
        ),
        ".. _v1-3-0:\n\n1.3.0 - 2026-11-28\n~~~~~~~~~~~~~~~~~~\n\n* new\n\n.. _v1-2-0:\n",
    ),
    "the first release": (
        "# Changelog\n\n## [Unreleased]\n\n- new\n",
        "## [Unreleased]\n\n## [1.3.0] - 2026-11-28\n\n- new\n",
    ),
    "no end of the last line": ("## Unreleased\n\n- new", "## Unreleased\n\n## 1.3.0 - 2026-11-28\n\n- new"),
}


@pytest.mark.parametrize("name", STYLES)
def test_cut(name: str) -> None:
    text, expected = STYLES[name]
    found = cut(text, "1.3.0", "2026-11-28")
    assert expected in found
    assert found.count("- new") + found.count("* new") == 1
    # What was there stays, in its order.
    left = iter(found.splitlines())
    assert all(line in left for line in text.splitlines() if "old" in line or "1.2.0 (" in line)
    assert cut(found, "1.3.0", "2027-01-01") == found
    cut_out = section(found, "1.3.0")
    assert cut_out is not None
    assert cut_out.body[2:] == "new"
    assert cut_out.date or name == "plain"


@pytest.mark.parametrize("name", STYLES)
def test_line_ends_stay(name: str) -> None:
    text, _ = STYLES[name]
    assert cut(text.replace("\n", "\r\n"), "1.3.0", "2026-11-28") == cut(text, "1.3.0", "2026-11-28").replace(
        "\n", "\r\n"
    )


def test_keep_a_changelog() -> None:
    expected = KEEP.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.3.0] - 2026-11-28\n").replace(
        "v1.2.0...HEAD\n", "v1.3.0...HEAD\n[1.3.0]: https://example.org/compare/v1.2.0...v1.3.0\n"
    )
    assert cut(KEEP, "1.3.0", "2026-11-28") == expected


def test_links_to_releases_without_one_for_what_is_open() -> None:
    text = "## Unreleased\n\n- new\n\n## [1.2.0]\n\n- old\n\n[1.2.0]: https://example.org/releases/v1.2.0\n"
    found = cut(text, "1.3.0", "2026-11-28")
    assert "## [1.3.0]\n\n- new\n" in found
    assert found.endswith(
        "\n\n[1.3.0]: https://example.org/releases/v1.3.0\n[1.2.0]: https://example.org/releases/v1.2.0\n"
    )


def test_what_a_log_says() -> None:
    assert newest(KEEP) == "1.2.0"
    opened = unreleased(KEEP)
    assert opened is not None
    assert (opened.heading, opened.body, opened.line, opened.date) == (
        "[Unreleased]",
        "### Added\n\n- a new thing",
        3,
        "",
    )
    found = section(KEEP, "v1.2")
    assert found is not None
    assert (found.body, found.date, found.line) == ("### Fixed\n\n- an old thing", "2026-01-05", 9)
    last = section(KEEP, "1.1.0")
    assert last is not None
    assert last.body == "- older"
    assert section(KEEP, "1.0.0") is None
    assert [each.line for each in at(KEEP)] == [3, 9, 15]


def test_cargos_spelling_is_the_same_version() -> None:
    found = section("## 1.2.0-rc.1\n\n- new\n", "1.2.0rc1")
    assert found is not None
    assert found.body == "- new"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Changelog\n\nNothing yet.\n",
        "Everything is in the releases on the web.\n",
        "## 1.2.0\n\n### Next steps\n\n- none\n",
        "```\n## Unreleased\n- new\n```\n",
    ],
)
def test_without_an_open_section_nothing_is_cut(text: str) -> None:
    assert unreleased(text) is None
    with pytest.raises(UsageError, match="none that is open"):
        cut(text, "1.3.0", "2026-11-28")


@pytest.mark.parametrize("text", ["## Unreleased\n", "## Unreleased\n\n\n## 1.2.0\n\n- old\n"])
def test_an_empty_section_is_not_cut(text: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        cut(text, "1.3.0", "2026-11-28")


def test_sections_inside_a_release_are_not_releases() -> None:
    text = "# 1.2.0\n\n## Python 3.13\n\n- wheels\n\n## 3.0 of the format\n\n- read\n\n# 1.1.0\n"
    found = section(text, "1.2.0")
    assert found is not None
    assert found.body.startswith("## Python 3.13")
    assert found.body.endswith("- read")
    assert section(text, "3.0") is None
