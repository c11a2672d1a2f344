from __future__ import annotations

import pytest

from pyo3ops.tools.git import parse_ignoring


@pytest.mark.parametrize(
    ("printed", "pattern"),
    [
        (".gitignore:3:Cargo.lock\tCargo.lock\n", ".gitignore:3: Cargo.lock"),
        ("/home/me/.config/git/ignore:1:*.lock\tCargo.lock\n", "/home/me/.config/git/ignore:1: *.lock"),
        (".gitignore:4:!Cargo.lock\tCargo.lock\n", None),
        ("", None),
        ("fatal: not a git repository\n", None),
    ],
)
def test_parse_ignoring(printed: str, pattern: str | None) -> None:
    assert parse_ignoring(printed) == pattern
