import millrace
import pytest

@pytest.fixture
def lines():
    return ["a;b;c", "d;e"]

def third(line):
    return millrace.field(line, 2)

def test_first_words():
    assert millrace.first_word("abcdef", 3) == "abc"

def test_thirds(lines):
    assert [third(line) for line in lines] == ["c", "f"]

def test_unknown_flag():
    assert not millrace.parse_flag("?")

def test_flags():
    assert millrace.parse_flag("y")
