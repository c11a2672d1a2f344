from __future__ import annotations

import pytest

from pyo3ops.release.headings import headings


def found(text: str) -> list[tuple[str, int]]:
    return [(each.text, each.level) for each in headings(text.splitlines(keepends=True))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n\n## B ##\n### C\n#hash\n", [("A", 1), ("B", 2), ("C", 3)]),
        ("A\n=\n", []),
        ("A\n===\n\nB\n---\n\nC\n---\n", [("A", 1), ("B", 2), ("C", 2)]),
        ("A\n---\n\nB\n~~~\n", [("A", 1), ("B", 2)]),
        ("# A\n\nB\n---\n", [("A", 1), ("B", 2)]),
        ("===\nA\n===\n\nB\n===\n", [("A", 1), ("B", 2)]),
        ("- item\n---\n", []),
        ("text\n\n---\n\nmore\n", []),
        ("```\n# A\n~~~\n```\n# B\n", [("B", 1)]),
        ("~~~~\n# A\n~~~\n# B\n~~~~\n# C\n", [("C", 1)]),
        ("<!-- # A -->\n<!--\n## B\n-->\n## C\n", [("C", 2)]),
        ("A long title of a table's row\n~~~~\n", []),
        ("# A\r\n\r\nB\r\n---\r\n", [("A", 1), ("B", 2)]),
        ("", []),
    ],
)
def test_headings(text: str, expected: list[tuple[str, int]]) -> None:
    assert found(text) == expected


def test_a_heading_like_another() -> None:
    lines = "## A\n===\nB\n===\n\nCC\n~~\n~~~\n".splitlines(keepends=True)
    marked, over = headings(lines)[:2]
    assert marked.written("1.0", "\n") == ["## 1.0\n"]
    assert over.written("1.0.0", "\r\n") == ["=====\r\n", "1.0.0\r\n", "=====\r\n"]
