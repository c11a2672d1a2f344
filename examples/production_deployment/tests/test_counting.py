import pickle
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from production_deployment import Counts, count, count_file


def in_python(data):
    characters = sum(byte & 0xC0 != 0x80 for byte in data)
    return Counts(data.count(b"\n"), len(data.split()), characters, len(data))


@given(st.binary(max_size=2_000))
def test_it_counts_as_python_does(data):
    assert count(data) == in_python(data)


@given(st.text(max_size=500))
def test_characters_are_those_of_text(text):
    assert count(text.encode("utf-8")).characters == len(text)


@given(st.binary(min_size=200, max_size=800))
def test_words_at_the_edges_of_runs(data):
    # Few kinds of bytes make many words; \x1c and \xa0 are spaces of text, and none of bytes.
    dense = bytes(b" \n\x0b\x1c\xa0a"[byte % 6] for byte in data)
    assert count(dense) == in_python(dense)


def test_a_file_longer_than_a_read(tmp_path):
    # 1 MiB is one read: a word lies across its end.
    data = b"x" * (2**20 - 2) + b" across " + "ä\n".encode() * 300_000
    file = tmp_path / "long"
    file.write_bytes(data)
    assert count_file(file) == count(data) == in_python(data)
    assert count_file(str(file)) == count(data)


@pytest.mark.parametrize("name", ["none", ".", "no/such/folder", "no\udcff"])
def test_errors_are_those_of_open(tmp_path, name):
    path = str(tmp_path / name)
    with pytest.raises(OSError, match=r"\S") as caught:
        count_file(path)
    with pytest.raises(OSError, match=r"\S") as expected:
        open(path, "rb")  # noqa: PTH123, SIM115 - nothing is opened
    assert type(caught.value) is type(expected.value)
    assert caught.value.filename == expected.value.filename
    # Windows has words of its own for what its C library says in those of POSIX.
    if sys.platform != "win32":
        assert caught.value.args == expected.value.args


@pytest.mark.parametrize("wrong", [None, 1, "text", bytearray(b"may change")])
def test_wrong_types_are_type_errors(wrong):
    with pytest.raises(TypeError):
        count(wrong)


def test_counts_are_values():
    one = Counts(1, 2, 3, 4)
    assert one + Counts(bytes=1) == Counts(1, 2, 3, 5)
    assert len({one, Counts(1, 2, 3, 4)}) == 1
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(AttributeError):
        one.lines = 2


@pytest.mark.slow
def test_other_threads_run_while_it_counts():
    data = b"word " * 20_000_000
    seconds, turns = turns_meanwhile(lambda: count(data))
    # A call of Python's own that keeps the GIL for at least as long.
    kept_seconds, kept_turns = turns_meanwhile(lambda: [data.count(b"x") for _ in range(20)])
    assert turns / seconds > 5 * kept_turns / kept_seconds


def turns_meanwhile(call):
    """How long a call takes, and how often another thread gets a turn of a millisecond meanwhile."""
    done, turns = threading.Event(), []

    def work():
        call()
        done.set()

    thread = threading.Thread(target=work)
    began = time.perf_counter()
    thread.start()
    while not done.is_set():
        turns.append(1)
        time.sleep(0.001)
    thread.join()
    return time.perf_counter() - began, len(turns)
