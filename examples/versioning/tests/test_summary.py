import array
import ctypes
import importlib.metadata
import pickle
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import versioning
from hypothesis import given
from hypothesis import strategies as st
from versioning import Summary, summarize

# Eighths: the standard library of 3.8 finds negative variances of the very smallest floats.
NUMBERS = st.lists(st.integers(-(10**6), 10**6).map(lambda number: number / 8), min_size=2, max_size=50)


@given(NUMBERS)
def test_it_is_what_the_standard_library_says(values):
    summary = summarize(values)
    assert summary.count == len(values)
    assert summary.mean == pytest.approx(statistics.fmean(values), abs=1e-6)
    assert summary.variance == pytest.approx(statistics.variance(values), rel=1e-6, abs=1e-6)
    assert (summary.minimum, summary.maximum) == (min(values), max(values))


@given(NUMBERS, NUMBERS)
def test_two_merged_are_as_one(left, right):
    merged, whole = summarize(left).merged(summarize(right)), summarize(left + right)
    assert merged.count == whole.count
    assert merged.mean == pytest.approx(whole.mean, abs=1e-6)
    assert merged.variance == pytest.approx(whole.variance, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("kind", [list, tuple, iter, lambda values: array.array("d", values), memoryview])
def test_arrays_and_iterables_are_alike(kind):
    values = array.array("d", [1.5, 2.5, 4.0])
    assert summarize(kind(values)) == summarize([1.5, 2.5, 4.0])


def test_an_array_of_other_numbers_is_an_iterable():
    assert summarize(array.array("f", [0.5, 1.5])) == summarize([0.5, 1.5])
    assert summarize(array.array("l", [1, 2])) == summarize([1, 2])


def test_an_array_of_the_other_byte_order_is_an_iterable():
    kind = ctypes.c_double.__ctype_be__ if sys.byteorder == "little" else ctypes.c_double.__ctype_le__
    values = (kind * 2)(1.0, 2.0)
    assert summarize(values) == summarize([1.0, 2.0])
    # A view of it cannot be iterated; nonsense it must not be.
    with pytest.raises(NotImplementedError):
        summarize(memoryview(values))


def test_an_iterable_may_look_at_the_summary_it_goes_into():
    summary = summarize([2.0])
    summary.extend(number - summary.mean for number in [3.0, 4.0])
    assert summary == summarize([2.0, 1.0, 2.0])


def test_numbers_too_large_for_a_mean_are_told_and_change_nothing():
    summary = summarize([1.7e308])
    with pytest.raises(OverflowError, match="too large"):
        summary.add(-1.7e308)
    with pytest.raises(OverflowError, match="too large"):
        summary.merged(summarize([-1.7e308]))
    assert summary == pickle.loads(pickle.dumps(summary)) == summarize([1.7e308])


def test_without_numbers_nothing_is_known():
    empty = Summary()
    assert (empty.count, empty.mean, empty.variance, empty.minimum, empty.maximum) == (0, None, None, None, None)
    assert summarize([3]).variance is None


def test_all_are_taken_in_or_none():
    summary = summarize([1.0])
    with pytest.raises(ValueError, match="number 1 is NaN"):
        summary.extend([2.0, float("nan")])
    with pytest.raises(TypeError):
        summary.extend([2.0, "3"])
    assert summary == summarize([1.0])


def test_one_version_wherever_one_asks():
    manifest = Path(__file__).parents[1].joinpath("Cargo.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{versioning.__version__}"\n' in manifest
    assert importlib.metadata.version("versioning-pyo3ops") == versioning.__version__


def test_build_info_names_what_this_was_built_with():
    info = versioning.build_info()
    lock = Path(__file__).parents[1].joinpath("Cargo.lock").read_text(encoding="utf-8")
    assert f'name = "pyo3"\nversion = "{info["pyo3"]}"\n' in lock
    # Version-specific wheels load where they were built, and have all of that Python's API.
    assert info["abi3"] or info["python"] == sys.version_info[:2]
    assert info["buffers"] is (not info["abi3"] or info["python"] >= (3, 11))
    assert info["free_threaded"] is ("t" in getattr(sys, "abiflags", ""))


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "versioning", "--allowlist", str(allowed)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
