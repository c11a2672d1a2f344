from __future__ import annotations

from typing import TYPE_CHECKING, Any

import figures
import pytest
from figures import Row

if TYPE_CHECKING:
    from pathlib import Path


def run(ratio: float, low: float, high: float) -> dict[str, Any]:
    return {
        "name": "one call",
        "against": "Python",
        "rust_ns": 100.0 / ratio,
        "other_ns": 100.0,
        "ratio": ratio,
        "low": low,
        "high": high,
    }


def test_runs_are_joined_by_their_medians_and_widest_spread() -> None:
    row = figures.joined((run(2, 1.5, 3), run(4, 3, 9), run(5, 1.9, 6)))
    assert row == Row("one call", "Python", 25.0, 100.0, 4.0, 1.5, 9.0)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0.5, "0.5 ns"), (91.4, "91 ns"), (2869776, "2.9 ms"), (999_999, "1,000 µs"), (3e9, "3 s")],
)
def test_times_are_told_in_their_unit(nanoseconds: float, text: str) -> None:
    assert figures.time(nanoseconds) == text


@pytest.fixture
def readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "examples/a").mkdir(parents=True)
    file = tmp_path / "examples/a/README.md"
    file.write_text("# a\n\n<!-- generated: measured -->\nold\n<!-- /generated -->\n\nend\n", encoding="utf-8")
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    return file


def test_what_is_written_is_found_by_the_check(readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("one call", "the wrong way: `Vec<u8>`", 25.0, 1e5, 4000.0, 1500.0, 9000.0)
    # One name twice, against two others.
    same = Row("one call", "Python", 25.0, 50.0, 2.0, 1.0, 3.0)
    assert figures.written({"a": [row, same]}, "3.11") == 0
    text = readme.read_text(encoding="utf-8")
    assert "| one call | the wrong way: `Vec<u8>` | 25 ns | 100 µs | 4,000 (1,500 to 9,000) |\n" in text
    assert "old" not in text
    assert text.endswith("<!-- /generated -->\n\nend\n")
    assert figures.checked({"a": [row, same]}) == 0
    assert figures.checked({"a": [row._replace(ratio=9500.0)]}) == 1
    assert "a: one call: 9,500, stated 1500 to 9000" in capsys.readouterr().out


def test_a_row_that_the_readme_does_not_have_lies_outside(readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = Row("another", "Python", 1.0, 1.0, 1.0, 1.0, 1.0)
    assert figures.checked({"a": [row]}) == 1
    assert "0 of 1 rows" in capsys.readouterr().out
    assert readme.is_file()


def test_a_readme_without_a_place_is_an_error(readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme.write_text("# a\n", encoding="utf-8")
    assert figures.written({"a": []}, "3.11") == 1
    assert "has no block" in capsys.readouterr().err
    assert readme.read_text(encoding="utf-8") == "# a\n"
