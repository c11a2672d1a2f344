from __future__ import annotations

import pytest

from pyo3ops.release.dates import date_in, like


@pytest.mark.parametrize(
    ("heading", "said", "same"),
    [
        ("[1.2.0] - 2026-01-05", "2026-01-05", "2026-11-08"),
        ("1.2.0 (2026/01/05)", "2026/01/05", "2026/11/08"),
        ("1.2.0 (05.01.2026)", "05.01.2026", "08.11.2026"),
        ("1.2.0 - January 5, 2026", "January 5, 2026", "November 8, 2026"),
        ("1.2.0 (Jan 5, 2026)", "Jan 5, 2026", "Nov 8, 2026"),
        ("1.2.0, 5 January 2026", "5 January 2026", "8 November 2026"),
        ("1.2.0, 5 May 2026", "5 May 2026", "8 November 2026"),
    ],
)
def test_dates(heading: str, said: str, same: str) -> None:
    assert date_in(heading) == said
    assert like(said, "2026-11-08") == same


@pytest.mark.parametrize("heading", ["1.2.0", "2026.9.1", "12.2026.01", "Unreleased"])
def test_no_date(heading: str) -> None:
    assert date_in(heading) == ""
