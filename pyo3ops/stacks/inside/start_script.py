"""What /bin/sh does between gdb and the program that it starts: the environment, and where stdout goes."""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import re
import shlex
from typing import Iterable, Iterator, Optional, Tuple

#: What a shell takes for the name of a variable.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")


def text(environment: Iterable[Tuple[str, Optional[str]]], *, to_stderr: bool) -> str:
    """A script that becomes the program of its arguments; None takes a variable away.

    gdb's own command for it would run what stands behind a line break in a value, and loses spaces at its end.
    """
    return "\n".join([*_lines(environment), 'exec "$@" 1>&2' if to_stderr else 'exec "$@"', ""])


def _lines(environment: Iterable[Tuple[str, Optional[str]]]) -> Iterator[str]:
    for name, value in environment:
        if not _NAME.match(name):
            raise ValueError(f"no shell has a variable {name!a}")
        yield f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
