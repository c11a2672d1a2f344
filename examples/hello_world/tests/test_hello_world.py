import subprocess
import sys
from pathlib import Path

import hello_world
import pytest


def test_hello_greets_by_name():
    assert hello_world.hello("Ada") == "Hello, Ada!"
    assert hello_world.hello("Zoë 🦀") == "Hello, Zoë 🦀!"


@pytest.mark.parametrize("wrong", [None, 1, b"Ada"])
def test_hello_wants_text(wrong):
    with pytest.raises(TypeError, match="str"):
        hello_world.hello(wrong)


@pytest.mark.parametrize(("letter", "expected"), [("a", True), ("U", True), ("b", False), ("é", False)])
def test_is_vowel(letter, expected):
    assert hello_world.is_vowel(letter) is expected


def test_is_vowel_wants_one_character():
    with pytest.raises(ValueError, match="length 1"):
        hello_world.is_vowel("ae")


@pytest.mark.parametrize("text", ["", "rhythm", "Hello, World!", "aeiouAEIOU", "naïve café"])
def test_both_ways_agree_with_python(text):
    expected = sum(letter in "aeiouAEIOU" for letter in text)
    assert hello_world.count_vowels(text) == expected
    assert sum(map(hello_world.is_vowel, text)) == expected


def test_version_is_that_of_the_crate():
    assert hello_world.__version__ == "0.1.0"


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "hello_world", "--allowlist", str(allowed)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
