"""Commands for a debugger that have text of the process in them: no path may become a command of its own."""

import unicodedata

from .memory import Unreadable


def line(command: str) -> str:
    """The command as it is; raises `Unreadable` for what a debugger would take for several, or cannot be given at all.

    A file may be called anything: behind a line break in its name, gdb runs what follows.
    """
    if any(unicodedata.category(each) == "Cc" for each in command):
        raise Unreadable(f"a debugger is given no control characters: {command!a}")
    try:
        command.encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable(f"a debugger is given UTF-8 alone: {command!a}") from None
    return command


def quoted(path: str) -> str:
    """A path as gdb takes it among the words of a command; raises `Unreadable` as `line` does."""
    return '"{}"'.format(line(path).replace("\\", "\\\\").replace('"', '\\"'))
