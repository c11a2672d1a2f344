from __future__ import annotations

from typing import TYPE_CHECKING

import generate
import pytest

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """\
mod a {
    // ANCHOR: outer
    fn one() {}

    // ANCHOR: inner
    fn two() {}
    // ANCHOR_END: inner
    // ANCHOR_END: outer
}
"""


@pytest.fixture(autouse=True)
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    (tmp_path / "lib.rs").write_text(SOURCE, encoding="utf-8")


def test_a_part_of_a_file_is_included_without_its_marks() -> None:
    assert generate.include("lib.rs#outer") == "```rust\nfn one() {}\n\nfn two() {}\n```\n"
    assert generate.include("lib.rs#inner") == "```rust\nfn two() {}\n```\n"


def test_the_block_keeps_its_place() -> None:
    text = "<!-- generated: include lib.rs#inner -->\nold\n<!-- /generated -->\n"
    assert generate.regenerated(text) == text.replace("old", "```rust\nfn two() {}\n```")


@pytest.mark.parametrize("place", ["lib.rs#gone", "lib.rs"])
def test_a_part_that_is_not_there_is_an_error(place: str) -> None:
    with pytest.raises(LookupError, match=r"lib\.rs has no ANCHOR"):
        generate.include(place)
