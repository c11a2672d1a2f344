# ruff: noqa: ANN001, ANN201
import debugging_example


def helper(value):
    return value + 1


def test_one():
    assert helper(2) == 3


def test_two():
    assert debugging_example.own_pointer() == 0
