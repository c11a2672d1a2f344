import math
import os
import subprocess
import sys

import pytest
import type_conversion as tc

np = pytest.importorskip("numpy", reason="numpy has no wheel for this Python and platform")

# What Rust panics with: no Exception, so that `except Exception` lets it through.
PANIC = "PanicException"


def test_a_view_is_the_arrays_memory():
    values = np.arange(10.0)
    assert tc.address_of_array(values) == values.ctypes.data
    assert tc.address_of_array(values[3:]) == values.ctypes.data + 24


@pytest.mark.parametrize("add", [tc.sum_array_as_vec, tc.sum_array, tc.sum_array_bare, tc.sum_array_like])
def test_sums(add):
    values = np.arange(10.0)
    assert add(values) == 45.0
    assert add(values[::-3]) == 18.0
    assert add(values[:0]) == 0.0
    assert math.isnan(add(np.array([math.nan, 1.0])))


def test_a_slice_needs_an_array_without_gaps():
    values = np.arange(10.0)
    assert tc.sum_contiguous(values[2:4]) == 5.0
    with pytest.raises(TypeError, match="not contiguous"):
        tc.sum_contiguous(values[::2])
    assert tc.sum_contiguous(np.ascontiguousarray(values[::2])) == 20.0


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.arange(3, dtype="int64"), "1-dimensional int64"),
        (np.zeros((2, 2)), "2-dimensional float64"),
        (np.zeros(2, dtype="float32"), "1-dimensional float32"),
        ([1.0], "list"),
    ],
)
def test_only_our_own_error_says_what_came_instead(values, found):
    with pytest.raises(TypeError, match=f"a one-dimensional array of float64 is needed, not {found}"):
        tc.sum_array(values)
    with pytest.raises(TypeError, match="object is not an instance of 'ndarray'"):
        tc.sum_array_bare(values)


def test_floats_of_another_byte_order_are_refused():
    foreign = np.arange(3.0).astype(np.dtype("f8").newbyteorder())
    with pytest.raises(TypeError, match=r"array of float64 is needed, not 1-dimensional [<>]f8"):
        tc.sum_array(foreign)
    # The buffer protocol of PyO3 0.29 lets one of the two orders through: look at the format yourself.
    with pytest.raises(ValueError, match="another machine's byte order"):
        tc.sum_f64(foreign)
    assert tc.sum_f64(foreign.astype(float)) == 3.0


def test_an_array_like_argument_converts_what_it_has_to():
    assert tc.sum_array_like([1, 2]) == tc.sum_array_like(range(3)) == tc.sum_array_like(np.arange(3)) == 3.0
    with pytest.raises(ValueError, match="could not convert string to float"):
        tc.sum_array_like("x")


def test_two_dimensions():
    values = np.arange(6.0).reshape(2, 3)
    assert tc.row_sums(values).tolist() == [3.0, 12.0]
    assert tc.row_sums(values.T).tolist() == [3.0, 5.0, 7.0]


def test_a_result_takes_over_the_memory_of_the_vec():
    taken, copied = tc.squares_array(5), tc.squares_copied(5)
    assert taken.tolist() == copied.tolist() == tc.squares_list(5) == [0.0, 1.0, 4.0, 9.0, 16.0]
    # Rust's memory has an owner of Rust's; a copy is numpy's own.
    assert type(taken.base).__name__ == "PySliceContainer"
    assert not taken.flags.owndata
    assert copied.base is None
    assert copied.flags.owndata
    taken[0] = 7.0
    assert taken.sum() == 37.0


def test_in_place():
    target = np.zeros(3)
    tc.add_into(target, np.ones(3))
    tc.add_into_or_panic(target, np.ones(3))
    assert target.tolist() == [2.0, 2.0, 2.0]
    halves = np.array([1.0, 2.0, 3.0, 4.0])
    tc.add_into(halves[:2], halves[2:])
    assert halves.tolist() == [4.0, 6.0, 3.0, 4.0]


def readonly():
    values = np.zeros(2)
    values.flags.writeable = False
    return values


SAME = np.zeros(4)


@pytest.mark.parametrize(
    ("target", "other", "error", "message"),
    [
        (readonly(), np.ones(2), TypeError, "not writeable"),
        (SAME, SAME, TypeError, "already borrowed"),
        (SAME[:3], SAME[1:], TypeError, "already borrowed"),
        (np.zeros(2), np.ones(3), ValueError, "lengths differ: 2 and 3"),
    ],
)
def test_what_cannot_be_borrowed_is_an_error_or_a_panic(target, other, error, message):
    with pytest.raises(error, match=message):
        tc.add_into(target, other)
    with pytest.raises(BaseException, match=r"AlreadyBorrowed|NotWriteable|could not broadcast") as caught:
        tc.add_into_or_panic(target, other)
    assert type(caught.value).__name__ == PANIC
    assert not isinstance(caught.value, Exception)


def without_numpy(call):
    code = f"import sys\nsys.modules['numpy'] = None\nimport type_conversion as tc\nprint(tc.{call})"
    env = {**os.environ, "RUST_BACKTRACE": "0"}
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, env=env)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_without_numpy_the_rest_works():
    assert without_numpy("sum_vec([1, 2])").strip() == "3"
    for call in (
        "sum_array([1.0])",
        "squares_array(3)",
        "add_into([1.0], [1.0])",
        "row_sums([[1.0]])",
        "sum_array_like([1.0])",
    ):
        assert "\nModuleNotFoundError: import of numpy halted" in without_numpy(call)
    assert PANIC in without_numpy("sum_array_bare([1.0])")
