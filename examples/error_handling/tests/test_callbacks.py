import traceback
from random import Random

import error_handling
import pytest
from error_handling import Entries, EntriesWrong, LineError, Mapped, MappedWrong, PanicException

ITEMS = [1, 2, 0, 4]


class OurError(Exception):
    pass


def fail_at(wrong, error):
    def callback(item):
        if item == wrong:
            raise error
        return item

    return callback


def names(error):
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_an_exception_goes_through_rust_as_it_is():
    raised = OurError("no", 7)
    with pytest.raises(OurError) as caught:
        error_handling.apply(fail_at(0, raised), ITEMS)
    assert caught.value is raised
    assert names(raised)[-1] == "callback"
    assert error_handling.apply(fail_at(9, raised), ITEMS) == ITEMS


@pytest.mark.parametrize("error", [OurError("no"), KeyboardInterrupt()])
def test_wrong_ok_swallows_even_an_interrupt(error):
    assert error_handling.apply_wrong_ok(fail_at(0, error), ITEMS) == [1, 2, 4]


def test_wrong_unwrap_makes_it_a_panic():
    with pytest.raises(PanicException, match="OurError"):
        error_handling.apply_wrong_unwrap(fail_at(0, OurError("no")), ITEMS)


@pytest.mark.parametrize("error", [OurError("no"), KeyboardInterrupt("no")])
def test_wrong_a_text_has_no_type_and_no_traceback(error):
    with pytest.raises(ValueError, match="no") as caught:
        error_handling.apply_wrong_text(fail_at(0, error), ITEMS)
    assert caught.value.__cause__ is None
    assert "callback" not in names(caught.value)


def test_only_what_is_expected_is_handled():
    assert error_handling.get_or(lambda: {}["a"], 5) == 5
    assert error_handling.get_or(lambda: 6, 5) == 6
    with pytest.raises(ZeroDivisionError):
        error_handling.get_or(lambda: 1 / 0, 5)


@pytest.mark.parametrize("seed", range(50))
def test_an_order_that_contradicts_itself_is_no_panic(seed):
    random = Random(seed)  # noqa: S311 - no secret
    items = list(range(100))
    assert sorted(error_handling.sort_by(lambda *_: random.random() < 0.5, items)) == items
    ordered = [random.randrange(10) for _ in range(100)]
    pairs = list(enumerate(ordered))
    assert error_handling.sort_by(lambda a, b: a[1] < b[1], pairs) == sorted(pairs, key=lambda pair: pair[1])


def test_an_error_of_a_comparison_ends_the_sort():
    assert error_handling.sort_by(lambda a, b: a < b, [3, 1, 2]) == [1, 2, 3]
    assert error_handling.sort_by(lambda a, b: a[0] < b[0], ["b2", "a1", "b1"]) == ["a1", "b2", "b1"]
    calls = []

    def callback(a, b):
        calls.append((a, b))
        return a < b

    with pytest.raises(TypeError, match="not supported between"):
        error_handling.sort_by(callback, [3, "x", 2, 1, 0])
    assert len(calls) <= 2


def test_wrong_a_list_that_is_not_sorted():
    assert error_handling.sort_by_wrong(lambda a, b: a < b, [3, 1, 2]) == [1, 2, 3]
    assert error_handling.sort_by_wrong(lambda a, b: a < b, [3, "x", 2]) == [3, "x", 2]


def test_an_error_is_not_the_end():
    entries = Entries("a = 1\nb = x\nc = 3")
    assert next(entries) == ("a", 1)
    with pytest.raises(LineError, match="line 2"):
        next(entries)
    # As a generator that raised.
    assert list(entries) == []
    assert list(Entries("a = 1\nb = 2")) == [("a", 1), ("b", 2)]


def test_wrong_an_end_that_was_an_error():
    assert list(EntriesWrong("a = 1\nb = x\nc = 3")) == [("a", 1)]


def test_a_stop_iteration_of_the_callback_is_an_error():
    def callback(item):
        return next(iter([])) if item == 2 else item

    def generator():
        for item in ITEMS:
            yield callback(item)

    for mapped in (Mapped(callback, ITEMS), generator()):
        assert next(mapped) == 1
        with pytest.raises(RuntimeError, match="raised StopIteration") as caught:
            next(mapped)
        assert isinstance(caught.value.__cause__, StopIteration)
    with pytest.raises(ZeroDivisionError):
        list(Mapped(lambda item: 1 / item, ITEMS))
    assert list(MappedWrong(callback, ITEMS)) == [1]


def test_an_iterable_that_fails_half_way():
    def generator():
        yield from (1, 2)
        raise OurError

    with pytest.raises(OurError) as caught:
        error_handling.total(generator())
    assert names(caught.value)[-1] == "generator"
    with pytest.raises(TypeError):
        error_handling.total([1, "2"])
    assert error_handling.total(iter([1, 2])) == 3
    with pytest.raises(OverflowError, match="64 bits"):
        error_handling.total([2**63 - 1, 1])
    assert error_handling.total_wrong(generator()) == 3


def test_an_error_in_a_thread_arrives():
    raised = OurError("no")

    def callback():
        raise raised

    with pytest.raises(OurError) as caught:
        error_handling.in_thread(callback)
    assert caught.value is raised
    assert names(raised)[-1] == "callback"
    assert error_handling.in_thread(lambda: 5) == 5
    with pytest.raises(PanicException):
        error_handling.in_thread(lambda: error_handling.nth_wrong([], 0))


def test_wrong_a_thread_whose_error_nobody_hears(capfd):
    seen = []

    def callback():
        seen.append(1)
        raise OurError

    error_handling.in_thread_wrong(callback)
    assert seen == [1]
    assert capfd.readouterr().err == ""
