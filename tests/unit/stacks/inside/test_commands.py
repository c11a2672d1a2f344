"""What a debugger may be given as a command that has a name from outside in it."""

from __future__ import annotations

import pytest

from pyo3ops.stacks.inside import commands
from pyo3ops.stacks.inside.memory import Unreadable


@pytest.mark.parametrize("path", ["/a b/c.so", '/a"b\\c.so', "/größe/日本.so", "/a'; $(b) `c`.so"])
def test_a_path_is_one_word_whatever_is_in_it(path: str) -> None:
    said = commands.line(f"exec-file {commands.quoted(path)}")
    assert said.startswith('exec-file "')
    assert said[11:-1].replace('\\"', '"').replace("\\\\", "\\") == path


@pytest.mark.parametrize("end", ["\n", "\r", "\0", "\x0b", "\x1b", "\x7f", "\x85"])
def test_a_path_with_a_control_character_is_given_to_no_debugger(end: str) -> None:
    path = f"/tmp/a{end}shell touch owned{end}.so"  # noqa: S108
    for make in (commands.quoted, commands.line):
        with pytest.raises(Unreadable, match=r"no control characters: .*\\") as raised:
            make(path)
        assert end not in str(raised.value)


def test_a_path_that_is_no_text_is_given_to_no_debugger() -> None:
    with pytest.raises(Unreadable, match="UTF-8 alone"):
        commands.quoted("/a\udcff.so")
