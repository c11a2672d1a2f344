from __future__ import annotations

from pyo3ops.debug.breakpoints import near


def test_functions_with_a_name_like_it() -> None:
    paths = ["mine::Shape::area", "mine::count", "other::aria", "mine::Shape::area"]
    assert near.functions("area", paths) == ["mine::Shape::area", "other::aria"]
    assert near.functions("mine::Shape::arae", paths)[0] == "mine::Shape::area"
    assert near.functions("zzzzz", paths) == []


def test_lines_on_both_sides() -> None:
    assert near.lines(5, [1, 3, 8, 9]) == (3, 8)
    assert near.lines(3, [1, 3, 8]) == (1, 3)
    assert near.lines(99, [1, 3]) == (3,)
    assert near.lines(1, []) == ()
