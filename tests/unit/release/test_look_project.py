from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.look_project import days_from, licences_missing, log, parse_locked, readme, said
from pyo3ops.release.world import Log

from .preflight.sound import NOW
from .trees import PURE, project, write

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-11-28", 0),
        ("2026/11/29", 1),
        ("2027.11.28", 365),
        ("2026-02-31", None),
        ("November 30th, 2026", 2),
        ("1 Dec 2026", 3),
        ("28.11.2026", 0),
        ("", 0),
    ],
)
def test_days_to_a_date(text: str, days: int | None) -> None:
    assert days_from(text, TODAY) == days


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("- Faster.", "- Faster."),
        ("### Added\n\n### Fixed\n", ""),
        ("Added\n-----\n\n", ""),
        ("<!-- say\nwhat -->\n", ""),
        ("-\n*\n", ""),
        ("### Added\n\n- Ham.\n", "- Ham."),
    ],
)
def test_a_section_of_headings_says_nothing(body: str, text: str) -> None:
    assert said(body) == text


@pytest.mark.parametrize(
    ("err", "stale", "untold"),
    [
        ("error: cannot update the lock file /x/Cargo.lock because --locked was passed to prevent this", 1, ""),
        ("error: the lock file /x/Cargo.lock needs to be updated but --locked was passed to prevent this", 1, ""),
        ("error: attempting to make an HTTP request, but --offline was specified", 0, "why"),
    ],
)
def test_what_cargo_says_of_a_lock(err: str, stale: int, untold: str) -> None:
    found = parse_locked(ok=False, err=err, reason="why")
    assert (len(found[0]), found[1]) == (stale, untold)
    assert parse_locked(ok=True, err=err, reason="why") == ((), "")


def test_a_change_log_has_the_section_of_the_version_or_the_next(tmp_path: Path) -> None:
    write(
        tmp_path,
        {**PURE["hatch"], "NEWS.md": "# News\n\n## Unreleased\n\n- Ham.\n\n## 1.2.3 - 2026-11-28\n\n- Eggs.\n"},
    )
    pure = project(tmp_path, None)
    assert log(pure, "1.2.3", NOW) == Log("NEWS.md", "- Eggs.", "1.2.3 - 2026-11-28", date="2026-11-28", ahead=0)
    assert log(pure, "1.2.4", NOW) == Log("NEWS.md", "- Ham.", "Unreleased", pending=True, ahead=0)
    write(tmp_path, {"NEWS.md": "# News\n\n## 1.2.2\n\n- Old.\n"})
    assert log(pure, "1.2.4", NOW) == Log("NEWS.md")
    (tmp_path / "NEWS.md").unlink()
    assert log(pure, "1.2.4", NOW) == Log()


def test_files_that_pyproject_names(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Spam", encoding="utf-8")
    assert readme(tmp_path, {"project": {"readme": "README.md"}}) == "# Spam"
    assert readme(tmp_path, {"project": {"readme": {"file": "README"}}}) is None
    assert readme(tmp_path, {"project": {"readme": 3}}) is None
    rows = {"license-files": ["README*", "LICENSE", "/etc/*", "**bad**", 3], "license": {"file": "COPYING"}}
    missing = licences_missing(tmp_path, {"project": rows})
    assert "README*" not in missing
    assert {"LICENSE", "/etc/*", "COPYING"} <= set(missing)
    assert licences_missing(tmp_path, {}) == ()
