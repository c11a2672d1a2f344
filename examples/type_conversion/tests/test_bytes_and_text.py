import ctypes
import subprocess
import sys

import pytest
import type_conversion as tc

DATA = b"0123456789" * 20
# Where CPython keeps the bytes of a `bytes` object.
ADDRESS = id(DATA) + bytes.__basicsize__ - 1

utf8 = ctypes.pythonapi.PyUnicode_AsUTF8AndSize
utf8.argtypes = [ctypes.py_object, ctypes.c_void_p]
utf8.restype = ctypes.c_void_p


def test_a_slice_is_the_object_and_a_vec_is_a_copy():
    assert tc.address_of_slice(DATA) == ADDRESS
    assert tc.address_of_vec(DATA) != ADDRESS


def test_a_cow_copies_only_what_could_change():
    assert tc.address_of_cow(DATA) == (ADDRESS, True)
    assert tc.address_of_cow(bytearray(DATA))[1] is False
    assert tc.address_of_cow([1, 2])[1] is False


@pytest.mark.parametrize("other", [bytearray(b"a"), memoryview(b"a"), [1], "a"])
def test_a_slice_takes_bytes_alone(other):
    with pytest.raises(TypeError, match="is not an instance of 'bytes'"):
        tc.address_of_slice(other)


def test_a_vec_takes_any_sequence_but_text():
    for other in (bytearray(b"a"), memoryview(b"a"), [1], (1,), range(3)):
        assert tc.address_of_vec(other) > 0
    with pytest.raises(OverflowError, match="out of range"):
        tc.address_of_vec([256])
    with pytest.raises(TypeError, match="Can't extract `str` to `Vec`"):
        tc.address_of_vec("a")


def test_a_blob_keeps_the_object_and_a_copied_blob_does_not():
    data = bytes(range(200))
    before = sys.getrefcount(data)
    blob = tc.Blob(data)
    assert sys.getrefcount(data) == before + 1
    assert blob.address == tc.address_of_slice(data)
    copied = tc.CopiedBlob(data)
    assert sys.getrefcount(data) == before + 1
    assert copied.address != tc.address_of_slice(data)
    del data
    assert blob.sum() == sum(range(200))


def test_a_blob_does_not_follow_a_bytearray():
    data = bytearray(b"\x01\x02")
    blob = tc.Blob(data)
    data[0] = 100
    assert blob.sum() == 3


def test_both_results_are_the_same_bytes():
    assert tc.filled_copied(3, 7) == tc.filled_in_place(3, 7) == b"\x07\x07\x07"
    assert tc.filled_copied(0, 7) == tc.filled_in_place(0, 7) == b""


def run(code):
    argv = [sys.executable, "-c", "import type_conversion as tc\n" + code]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


PEAK = """
from pathlib import Path
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
tc.{name}({megabytes} << 20, 7)
print((peak() - before) / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of the process is read from /proc")
def test_the_copy_is_there_at_the_peak():
    megabytes = 64
    peaks = {}
    for name in ("filled_copied", "filled_in_place"):
        done = run(PEAK.format(name=name, megabytes=megabytes))
        assert done.returncode == 0, done.stderr
        peaks[name] = float(done.stdout)
    assert peaks["filled_copied"] > 1.8 * megabytes
    assert peaks["filled_in_place"] < 1.2 * megabytes


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no module `resource`")
def test_without_memory_rust_aborts_and_python_raises():
    no_core = "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    aborted = run(no_core + "tc.filled_copied(1 << 62, 7)")
    assert aborted.returncode < 0
    assert "memory allocation of 4611686018427387904 bytes failed" in aborted.stderr
    raised = run("tc.filled_in_place(1 << 62, 7)")
    assert (raised.returncode, raised.stderr.splitlines()[-1]) == (1, "MemoryError")


@pytest.mark.parametrize("text", ["plain", "gr\xfcn", "\u4f60\u597d", "\U0001f980"])
def test_a_str_is_the_objects_own_utf8_and_a_string_is_a_copy(text):
    text = text * 50
    assert tc.address_of_str(text) == utf8(text, None)
    assert tc.address_of_cow_str(text) == (utf8(text, None), True)
    assert tc.address_of_string(text) != utf8(text, None)


@pytest.mark.parametrize("cross", [tc.address_of_str, tc.address_of_string])
def test_text_beyond_ascii_keeps_its_utf8_after_the_first_crossing(cross):
    # Made anew, so that no other test has crossed with it before.
    ascii_text, text = "".join(["e"] * 1000), "".join(["\xe9"] * 1000)
    sizes = sys.getsizeof(ascii_text), sys.getsizeof(text)
    cross(ascii_text)
    cross(text)
    assert sys.getsizeof(ascii_text) == sizes[0]
    # Two bytes for each letter, and a zero at the end.
    assert sys.getsizeof(text) == sizes[1] + 2001


def test_what_is_no_utf8():
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        tc.address_of_str("\ud800")
    with pytest.raises(TypeError, match="'bytes' object is not an instance of 'str'"):
        tc.address_of_str(b"a")


def test_a_backed_word_comes_back_as_the_same_object():
    words = ["a" * length for length in (3, 300, 30)]
    assert tc.longest_backed(words) is words[1]
    assert tc.longest_owned(words) == words[1]
    assert tc.longest_owned(words) is not words[1]


@pytest.mark.parametrize("longest", [tc.longest_backed, tc.longest_owned])
def test_words_that_are_none(longest):
    with pytest.raises(ValueError, match="no words"):
        longest([])
    with pytest.raises(TypeError, match="'int' object is not an instance of 'str'"):
        longest(["a", 1])
    # A str is a sequence of str: most often a forgotten pair of brackets, and refused.
    with pytest.raises(TypeError, match="Can't extract `str`"):
        longest("abc")


def test_a_line_holds_the_text_itself():
    text = " ".join(["some", "words"] * 10)
    line = tc.Line(text)
    assert line.text is text
    assert line.words() == 20
