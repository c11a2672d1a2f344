"""Whatever expression hypothesis makes: the value, or the error, is that of Python's own arithmetic."""

import math

import calculator
import pytest
from hypothesis import given
from hypothesis import strategies as st

# Hundreds of texts each.
pytestmark = pytest.mark.slow

numbers = st.floats(0, 1e6, allow_nan=False).map(repr) | st.integers(0, 10**6).map("{}.0".format)
names = st.sampled_from(["x", "y", "zähler"])
values = st.fixed_dictionaries({name: st.floats(-1e3, 1e3) for name in ("x", "y", "zähler")})


def combined(inner):
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner)
    return (
        pairs.map("({0[0]} {0[1]} {0[2]})".format)
        | st.tuples(st.sampled_from("+-"), inner).map("{0[0]}{0[1]}".format)
        | st.tuples(inner, st.sampled_from(["+", "*"]), inner).map("{0[0]}{0[1]}{0[2]}".format)
    )


expressions = st.recursive(numbers | names, combined, max_leaves=20)


def python(source, variables):
    """What Python says; None where it says what we refuse: complex numbers and infinities."""
    try:
        value = eval(source, {"__builtins__": {}}, dict(variables))  # noqa: S307 - the text is our own
    except ZeroDivisionError:
        return ZeroDivisionError
    except OverflowError:
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


@given(expressions, values)
def test_the_value_is_pythons(source, variables):
    expected = python(source, variables)
    try:
        value = calculator.evaluate(source, **variables)
    except ZeroDivisionError:
        assert expected is ZeroDivisionError or expected is None
    except (ValueError, OverflowError):
        assert not isinstance(expected, float)
    else:
        # Where Python gave up at an infinity on the way, a division by it may have come back finite.
        assert expected is None or value == pytest.approx(expected, rel=1e-12)


@given(expressions, st.lists(st.floats(-1e3, 1e3), max_size=20))
def test_map_and_evaluate_agree(source, column):
    expression = calculator.Expression(source)

    def one_by_one():
        return [expression.evaluate(x=each, y=1.0, zähler=2.0) for each in column]

    if not set(expression.names) <= {"x"}:
        return
    try:
        expected = one_by_one()
    except (ValueError, ArithmeticError) as error:
        with pytest.raises(type(error)):
            expression.map("x", column)
    else:
        assert expression.map("x", column) == expected


@given(st.text())
def test_no_text_does_more_than_raise(source):
    try:
        text = calculator.Expression(source).source
    except calculator.ParseError as error:
        position, text = error.position, source
        assert 0 <= position <= len(source)
    assert text == source
