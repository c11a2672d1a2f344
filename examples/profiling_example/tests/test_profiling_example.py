import ctypes
import hashlib
import json
import subprocess
import sys
from array import array
from pathlib import Path

import profiling_example
import pytest

ROOT = Path(__file__).parents[1]


def test_a_list_is_taken():
    assert profiling_example.take([1, 2.5]) == 2
    with pytest.raises(TypeError):
        profiling_example.take(["1"])


def test_scale_both_ways():
    assert profiling_example.scale([1, 2.5], 2) == [2.0, 5.0]
    numbers = array("d", [1.0, 2.5])
    assert profiling_example.scale_in_place(numbers, 2) is None
    assert list(numbers) == [2.0, 5.0]


@pytest.mark.parametrize("wrong", [array("f", [1.0]), b"12345678", [1.0]])
def test_only_floats_that_can_be_written_to_are_scaled_in_place(wrong):
    with pytest.raises((BufferError, TypeError)):
        profiling_example.scale_in_place(wrong, 2.0)


def test_what_cannot_be_written_to_stays_as_it_is():
    numbers = array("d", [1.0])
    with pytest.raises(BufferError, match="can be written to"):
        profiling_example.scale_in_place(memoryview(numbers).toreadonly(), 2.0)
    assert numbers[0] == 1.0


def splitmix(rounds):
    state, mask = 0x9E3779B97F4A7C15, 2**64 - 1
    for number in range(rounds):
        state ^= number
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & mask
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & mask
        state ^= state >> 31
    return state


def test_the_crate_mixes():
    assert [profiling_example.mix(rounds) for rounds in (0, 1, 50)] == [splitmix(rounds) for rounds in (0, 1, 50)]


def test_the_dependency_hashes():
    assert profiling_example.digest(0) == hashlib.sha256().hexdigest()
    assert profiling_example.digest(3) == hashlib.sha256(bytes(3 * 1024)).hexdigest()


def test_libc_finds_nothing():
    assert profiling_example.search(4) is False
    with pytest.raises(ValueError, match="can be searched"):
        profiling_example.search(0)
    with pytest.raises(ValueError, match="can be searched"):
        profiling_example.search(2**54)


def test_version_is_that_of_the_crate():
    assert profiling_example.__version__ == "0.1.0"


@pytest.mark.slow
def test_the_shares_are_those_that_were_planted():
    argv = [sys.executable, str(ROOT / "workload.py"), "1", "--json"]
    said = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    assert sum(said["planted"].values()) == 100
    assert said["planted"].keys() == said["measured"].keys()
    # On a machine that does other things meanwhile; what a profiler is scored against is what was measured.
    for name, share in said["planted"].items():
        assert said["measured"][name] == pytest.approx(share, abs=12), said


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "profiling_example", "--allowlist", str(allowed)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_floats_of_the_other_byte_order_are_refused_and_stay():
    kind = ctypes.c_double.__ctype_be__ if sys.byteorder == "little" else ctypes.c_double.__ctype_le__
    values = (kind * 2)(1.0, 2.0)
    with pytest.raises(ValueError, match="byte order"):
        profiling_example.scale_in_place(memoryview(values), 2.0)
    assert list(values) == [1.0, 2.0]
