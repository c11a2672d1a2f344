import collections
import math
import random

import pytest
import type_conversion as tc


@pytest.mark.parametrize("add", [tc.sum_vec, tc.sum_list])
def test_sums(add):
    assert add([]) == 0
    assert add([1, -2, True]) == 0
    for wrong in (["1"], [1.0], [None]):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            add(wrong)
    with pytest.raises(OverflowError, match=r"Python int too large|int too big"):
        add([2**63])
    with pytest.raises(OverflowError, match="the sum does not fit into 64 bits"):
        add([2**63 - 1, 1])


def test_a_vec_takes_any_sequence_and_a_list_only_lists():
    assert tc.sum_vec((1, 2)) == tc.sum_vec(range(3)) == 3
    with pytest.raises(TypeError, match="'tuple' object is not an instance of 'list'"):
        tc.sum_list((1, 2))
    for wrong in ({1, 2}, {1: 2}, iter([1, 2])):
        with pytest.raises(TypeError, match="is not an instance of 'Sequence'"):
            tc.sum_vec(wrong)


def test_only_the_list_stops_where_the_answer_is():
    values = [1, 2, -3, 4, "not a number"]
    assert tc.first_negative(values) == 2
    with pytest.raises(TypeError):
        tc.first_negative_in_vec(values)
    assert tc.first_negative_in_vec([1, 2]) is tc.first_negative([]) is None


def test_how_many_elements_are_converted():
    class Number:
        asked = 0

        def __index__(self):
            Number.asked += 1
            return -1

    values = [Number() for _ in range(100)]
    assert tc.first_negative(values) == 0
    assert Number.asked == 1
    assert tc.first_negative_in_vec(values) == 0
    assert Number.asked == 101


def test_a_vec_is_a_copy_and_a_list_is_the_callers_own():
    values = [1, 2]
    assert tc.double_copied(values) == [2, 4]
    assert values == [1, 2]
    assert tc.double_in_place(values) is None
    assert values == [2, 4]
    with pytest.raises(OverflowError):
        tc.double_in_place([2**62])


@pytest.mark.parametrize("price", [tc.price_from_map, tc.price_from_dict])
def test_prices(price):
    assert price({"tea": 2.5, "milk": 1}, "milk") == 1.0
    assert price(collections.OrderedDict(tea=2.5), "tea") == 2.5
    with pytest.raises(KeyError, match="cake"):
        price({"tea": 2.5}, "cake")
    with pytest.raises(TypeError, match="'UserDict' object is not an instance of 'dict'"):
        price(collections.UserDict(tea=2.5), "tea")


def test_a_map_asks_every_entry_and_a_dict_one():
    prices = {"tea": 2.5, "cake": "sold out", 3: 4.0}
    assert tc.price_from_dict(prices, "tea") == 2.5
    with pytest.raises(TypeError, match="must be real number, not str"):
        tc.price_from_map(prices, "tea")
    with pytest.raises(TypeError, match="must be real number, not str"):
        tc.price_from_dict(prices, "cake")


def test_the_order_of_the_dict_that_comes_back():
    words = [f"word {number}" for number in range(100)] * 2
    random.Random(1).shuffle(words)  # noqa: S311 - any order but the sorted one
    arrival = list(dict.fromkeys(words))
    assert list(tc.count_in_order(words)) == arrival
    assert list(tc.count_sorted(words)) == sorted(arrival)
    hashed = [list(tc.count_hashed(words)) for _ in range(2)]
    # By chance the same: once in 100! times.
    assert hashed[0] != hashed[1]
    counts = dict.fromkeys(arrival, 2)
    assert tc.count_hashed(words) == tc.count_sorted(words) == tc.count_in_order(words) == counts


def test_sets():
    allowed = {1, 2, 3}
    assert tc.contains_in_hash_set(allowed, 2) is tc.contains_in_set(allowed, 2) is True
    assert tc.contains_in_hash_set(allowed, 4) is tc.contains_in_set(allowed, 4) is False
    assert tc.contains_in_hash_set(frozenset(allowed), 2)
    with pytest.raises(TypeError, match="'frozenset' object is not an instance of 'set'"):
        tc.contains_in_set(frozenset(allowed), 2)
    with pytest.raises(TypeError, match="'list' object is not an instance of 'set'"):
        tc.contains_in_hash_set([1, 2], 2)


def test_a_hash_set_asks_every_element():
    mixed = {1, "one"}
    assert tc.contains_in_set(mixed, 1)
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        tc.contains_in_hash_set(mixed, 1)


def test_a_tuple_has_its_length_and_its_type():
    assert tc.length_of_tuple((2, 3, 6)) == tc.length_of_array([2, 3, 6]) == tc.length_of_array((2, 3, 6)) == 7.0
    assert math.isnan(tc.length_of_array([math.nan, 0, 0]))
    with pytest.raises(TypeError, match="'list' object is not an instance of 'tuple'"):
        tc.length_of_tuple([2, 3, 6])
    with pytest.raises(ValueError, match="expected tuple of length 3, but got tuple of length 2"):
        tc.length_of_tuple((2, 3))
    with pytest.raises(ValueError, match=r"expected a sequence of length 3 \(got 4\)"):
        tc.length_of_array([2, 3, 6, 0])


def test_none_and_nothing_are_two_things():
    assert tc.timeout_ambiguous() == tc.timeout_ambiguous(None) == 30.0
    assert tc.timeout_or_never() == 30.0
    assert tc.timeout_or_never(None) is None
    assert tc.timeout_or_never(1) == 1.0
