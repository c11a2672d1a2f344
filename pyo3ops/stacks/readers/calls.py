"""How debuggers write one call: `name (argument=value, ...) at file:line`."""

from __future__ import annotations

import re
from typing import Iterator

from pyo3ops.stacks.model import Variable
from pyo3ops.stacks.readers import text

_PLACE = re.compile(r"at (?P<file>\S.{0,3000}?):(?P<line>\d{1,9})(?::\d{1,9})?(?: \[\w{1,20}\]){0,4}$")
_ARGUMENT = re.compile(r"(?P<name>[\w.$@]{1,200})(?:=| = )(?P<value>.{0,4000})$", re.DOTALL)
#: Arguments of one call that are kept.
_LIMIT = 50


def opened(call: str) -> int:
    """Where the arguments of a call begin: the first round bracket after a name; -1 where there are none.

    Names of Rust and C++ have brackets of their own.
    """
    depth = 0
    for index, character in enumerate(call):
        if character in "<[{" or (character == "(" and depth):
            depth += 1
        elif character in "]})" or (character == ">" and call[index - 1 : index] not in {"-", "="}):
            depth = max(0, depth - 1)
        elif character == "(" and index and not call.startswith("(anonymous", index):
            return index
        elif character == "(":
            depth += 1
    return -1


def place(rest: str) -> tuple[str | None, int | None]:
    """The file and line that a call ends with."""
    start = rest.rfind(" at ")
    match = _PLACE.match(rest[start + 1 :]) if start >= 0 or rest.startswith("at ") else None
    return (match["file"], int(match["line"])) if match else (None, None)


def arguments(written: str) -> tuple[Variable, ...]:
    """The arguments between the brackets of a call."""
    found: dict[str, Variable] = {}
    for _, part in zip(range(_LIMIT), _split(written)):
        each = variable(part, argument=True)
        # What was handed over comes second, where what it is now is not known.
        if each and (each.name not in found or found[each.name].value == "<optimized out>"):
            found[each.name] = each
    return tuple(found.values())


def variable(written: str, *, argument: bool = False) -> Variable | None:
    """One `name=value`, with its value cut short; None where it is none."""
    match = _ARGUMENT.match(written.strip())
    if match is None:
        return None
    name, value = match["name"], match["value"]
    # gdb writes `name=name@entry=value` where it only knows what was handed over.
    value = value[len(name) + 7 :] if value.startswith(f"{name}@entry=") else value
    return Variable(name.partition("@")[0], value[: text.VALUE_LIMIT], argument=argument)


def _split(written: str) -> Iterator[str]:
    """The parts between commas that stand outside of brackets and quotes."""
    depth, start, quote = 0, 0, ""
    for index, character in enumerate(written):
        if quote:
            # gdb and lldb write a quote inside of a string with a backslash.
            quote = "" if character == quote and written[index - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character in "([{<":
            depth += 1
        elif character in ")]}>":
            depth = max(0, depth - 1)
        elif character == "," and not depth:
            yield written[start:index]
            start = index + 1
    yield written[start:]
