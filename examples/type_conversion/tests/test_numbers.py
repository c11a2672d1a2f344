from decimal import Decimal

import pytest
import type_conversion as tc

LARGEST = 2**63 - 1


def test_after_the_largest_integer_comes_the_smallest_or_an_error():
    assert tc.next_i64_wrapping(LARGEST) == -(2**63)
    with pytest.raises(OverflowError, match=r"9223372036854775807 \+ 1 does not fit into 64 bits"):
        tc.next_i64(LARGEST)
    with pytest.raises(OverflowError, match=r"too large|too big"):
        tc.next_i64(2**63)


@pytest.mark.parametrize("after", [tc.next_int, tc.next_int_or_big])
@pytest.mark.parametrize("number", [0, -1, LARGEST - 1, LARGEST, 2**63, -(2**63) - 2, 2**64 - 1, 10**300, -(10**300)])
def test_integers_of_any_size(after, number):
    assert after(number) == number + 1


@pytest.mark.parametrize("after", [tc.next_i64, tc.next_int, tc.next_int_or_big])
@pytest.mark.parametrize("wrong", [1.0, "1", None])
def test_what_is_no_integer(after, wrong):
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        after(wrong)


def test_a_float_argument_rounds_large_integers_in_silence():
    number = 2**53 + 1
    assert tc.twice_f64(number) == 2 * (number - 1)
    assert tc.twice_i128(number) == 2 * number
    with pytest.raises(OverflowError, match="int too large to convert to float"):
        tc.twice_f64(10**400)


def test_128_bits():
    assert tc.twice_i128(2**126 - 1) == 2**127 - 2
    assert tc.twice_i128(-(2**126)) == -(2**127)
    with pytest.raises(OverflowError, match="does not fit into 128 bits"):
        tc.twice_i128(2**126)
    with pytest.raises(OverflowError):
        tc.twice_i128(2**127)


LONG = Decimal("0.1234567890123456789012345678949")


def test_the_bare_decimal_rounds_and_takes_anything_that_looks_like_a_number():
    assert tc.to_decimal_lossy(LONG) == Decimal("0.1234567890123456789012345679")
    assert tc.to_decimal_lossy(0.1 + 0.2) == Decimal("0.30000000000000004")
    assert tc.to_decimal_lossy("1.5") == Decimal("1.5")


def test_the_exact_decimal_does_neither():
    with pytest.raises(ValueError, match="no exact decimal of 96 bits for Decimal"):
        tc.round_to_cents(LONG)
    with pytest.raises(TypeError, match="an amount is a Decimal or an int, not float"):
        tc.round_to_cents(0.5)
    with pytest.raises(TypeError, match="not str"):
        tc.round_to_cents("1.5")


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        (Decimal("1.005"), "1.00"),
        (Decimal("1.015"), "1.02"),
        (Decimal("-2.675"), "-2.68"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-28"), "0.00"),
        (3, "3"),
        (2**96 - 1, str(2**96 - 1)),
    ],
)
def test_cents(amount, cents):
    assert str(tc.round_to_cents(amount)) == cents


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+29", "1E-29", "1E+999999999999", "9E-999999999999"])
def test_decimals_that_have_no_exact_form(amount):
    with pytest.raises(ValueError, match="no exact decimal of 96 bits"):
        tc.round_to_cents(Decimal(amount))


def test_long_numbers_make_short_errors():
    with pytest.raises(ValueError, match="no exact decimal") as caught:
        tc.round_to_cents(Decimal("0." + "1" * 100_000))
    assert len(str(caught.value)) < 200
    with pytest.raises(ValueError, match="no exact decimal"):
        tc.round_to_cents(2**96)
    with pytest.raises(OverflowError):
        tc.round_to_cents(2**128)
