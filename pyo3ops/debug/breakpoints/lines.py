"""Lines that no program stops at: behind the last code of a file. Told before the program begins."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.core.errors import UsageError
from pyo3ops.core.run import run
from pyo3ops.debug.breakpoints import near, python_places
from pyo3ops.debug.breakpoints.where import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.debug.breakpoints.command import Command
    from pyo3ops.debug.breakpoints.where import Where

#: Seconds for all files, and bytes of one that are looked at: what is behind them may have any code.
TIMEOUT, LIMIT = 20.0, 16 * 2**20

#: Asks the interpreter of the program, whose compiler decides: nothing of a file is run. One that does not compile,
#: is not there or is too long, has no answer; its program will tell.
_ASKED = """\
import dis, sys
def lines(code):
    for _, line in dis.findlinestarts(code):
        if line:
            yield line
    for each in code.co_consts:
        if hasattr(each, "co_code"):
            yield from lines(each)
def of(path):
    try:
        with open(path, "rb") as file:
            text = file.read(limit + 1)
        return sorted(set(lines(compile(text, path, "exec", 0, True)))) if len(text) <= limit else None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
limit = int(sys.argv[1])
print([of(path) for path in sys.argv[2:]])
"""


def refuse(wheres: Sequence[Where], program: Command, folders: Sequence[Path], env: Mapping[str, str]) -> None:
    """Raise `UsageError` for a line that has no code, nor has any behind it, with the nearest that has.

    So it does for what else files tell of places in Python (python_places.py).
    """
    python_places.refuse(wheres, program, folders, env)
    lined = [(each, python_places.real(each.file or "", folders)) for each in wheres if each.line is not None]
    native = [(where, path) for where, path in lined if path and where.kind is Kind.NATIVE_LINE]
    python = [(where, path) for where, path in lined if path and where.kind is Kind.PYTHON_LINE]
    for where, path in native:
        _refuse_native(where, path)
    if python:
        known = _python_lines([path for _, path in python], program, env)
        for (where, _), lines in zip(python, known):
            if lines is not None and (where.line or 0) > max(lines, default=0):
                raise _refused(where, near.lines(where.line or 0, lines))


def _python_lines(paths: Sequence[str], program: Command, env: Mapping[str, str]) -> Sequence[list[int] | None]:
    # Its site module is left out, and so are the folders that its program imports from.
    argv = [str(program.python), "-I", "-S", "-X", "utf8", "-c", _ASKED, str(LIMIT), *paths]
    said = run(argv, timeout=TIMEOUT, env=env)
    try:
        found = ast.literal_eval(said.out.strip()) if said.ok else []
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        found = []
    return found if isinstance(found, list) else []


def _refuse_native(where: Where, path: str) -> None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a text, as os.path.realpath gives it
            content = file.read(LIMIT + 1)
    except OSError:
        return
    if len(content) > LIMIT:
        return
    text = content.decode("utf-8", "replace")
    lines = text.splitlines()
    written = list(_with_code(lines))
    if (where.line or 0) > max(written, default=0):
        telling = [number for number in written if re.search(r"\w", lines[number - 1])]
        raise _refused(where, near.lines(where.line or 0, telling))


def _with_code(lines: Sequence[str]) -> Iterator[int]:
    """The lines that are neither blank nor a comment, by their looks: only what compiles them knows it all."""
    inside = False
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if inside:
            _, closed, bare = bare.partition("*/")
            inside = not closed
        while bare.startswith("/*"):
            _, closed, bare = bare[2:].partition("*/")
            bare, inside = bare.strip(), not closed
        if bare.strip() and not bare.strip().startswith("//"):
            yield number


def _refused(where: Where, nearest: Sequence[int]) -> UsageError:
    last = f"{where.file}:{nearest[0]}" if nearest else None
    return UsageError(
        f"{where.file} has no code at line {where.line}, or after it",
        cause=f"the last line that has some is {nearest[0]}" if nearest else "it has no code at all",
        command=f"pyo3ops debug breakpoint {last or 'module:function'} -- python script.py",
    )
