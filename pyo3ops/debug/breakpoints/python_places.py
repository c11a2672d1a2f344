"""Places in Python that nothing stops at, by what files say: conditions, functions and files that are not there."""

from __future__ import annotations

import ast
import difflib
import itertools
import json
import os
from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.core.errors import UsageError
from pyo3ops.core.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.debug.breakpoints.command import Command
    from pyo3ops.debug.breakpoints.where import Where

#: Seconds for all of them, bytes of one file, and folders that a file is looked for in.
TIMEOUT, LIMIT, FOLDERS = 20.0, 16 * 2**20, 5000
#: Names that are told.
TOLD = 5
_NO_PACKAGES = frozenset({"__pycache__", "site-packages", "dist-packages"})

#: Asks the interpreter of the program, whose compiler decides: nothing of a file is run. None where it cannot tell.
_ASKED = """\
import json, sys
def names(code, inside):
    for each in code.co_consts:
        if hasattr(each, "co_code"):
            name = inside + each.co_name
            yield name
            yield from names(each, name + ".")
def of(path):
    try:
        with open(path, "rb") as file:
            text = file.read(limit + 1)
        return sorted(set(names(compile(text, path, "exec", 0, True), ""))) if len(text) <= limit else None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
def wrong(text):
    try:
        compile(text, "", "eval", 0, True)
    except (SyntaxError, ValueError) as error:
        return getattr(error, "msg", None) or str(error)
    except (RecursionError, MemoryError):
        return None
limit, files, conditions = json.loads(sys.argv[1])
print(ascii([[of(each) for each in files], [wrong(each) for each in conditions], sys.path]))
"""


def real(file: str, folders: Sequence[Path]) -> str | None:
    """The file that is meant, if it is here: as it was typed in one of some folders."""
    paths = (folder / file for folder in folders)
    return next((os.path.realpath(path) for path in paths if path.is_file()), None)


def refuse(wheres: Sequence[Where], program: Command, folders: Sequence[Path], env: Mapping[str, str]) -> None:
    """Raise `UsageError` for a condition that is no Python, and a function or a file that is not there."""
    python = [each for each in wheres if each.kind.is_python]
    conditions = [each for each in python if each.condition]
    known = [(each, real(each.file, folders[:1])) for each in python if each.file]
    functions = [(each, path) for each, path in known if path and each.line is None]
    absent = [each for each, path in known if path is None]
    if not (conditions or functions or absent):
        return
    named, wrong, library = _asked(
        [path for _, path in functions], [each.condition or "" for each in conditions], program, env
    )
    for where, why in zip(conditions, wrong):
        if why:
            raise _refused(f"the condition `{where.condition}` is no Python", why, where.text)
    for (where, _), names in zip(functions, named):
        if names is not None and where.name not in names:
            raise _no_function(where, names)
    for where in absent:
        if library and not _is_importable(where.file or "", [*map(str, program.paths), *library]):
            raise _refused(
                f"there is no file {where.file}", "it is neither here nor where the program imports from", None
            )


def _asked(
    files: Sequence[str], conditions: Sequence[str], program: Command, env: Mapping[str, str]
) -> tuple[list[list[str] | None], list[str | None], list[str]]:
    # Its site module is left out, and so are the folders that its program imports from.
    question = json.dumps([LIMIT, files, conditions])
    said = run([str(program.python), "-I", "-S", "-X", "utf8", "-c", _ASKED, question], timeout=TIMEOUT, env=env)
    try:
        names, wrong, path = ast.literal_eval(said.out.strip()) if said.ok else ([], [], [])
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return [], [], []
    return names, wrong, path


def _no_function(where: Where, names: Sequence[str]) -> UsageError:
    there = [each for each in names if "<" not in each]
    alike = difflib.get_close_matches(where.name, there, TOLD, 0.5) or there[:TOLD]
    cause = f"it has {', '.join(alike)}" if alike else "it has none"
    return _refused(f"{where.file} has no function {where.name}", cause, f"{where.file}::{alike[0]}" if alike else None)


def _refused(message: str, cause: str, place: str | None) -> UsageError:
    command = f"pyo3ops debug breakpoint {place or 'script.py:30'} -- python script.py"
    return UsageError(message, cause=cause, command=command)


def _is_importable(file: str, paths: Sequence[str]) -> bool:
    """False where no file below the folders that are imported from ends so; true where they are too many to tell."""
    if os.path.isabs(file):  # noqa: PTH117 - texts, as os.walk gives them
        return False
    folders = list(itertools.islice(_folders(paths), FOLDERS + 1))
    return len(folders) > FOLDERS or any(os.path.isfile(os.path.join(each, file)) for each in folders)  # noqa: PTH113, PTH118


def _folders(paths: Sequence[str]) -> Iterator[str]:
    for path in dict.fromkeys(paths):
        for folder, below, _ in os.walk(path):
            # What is installed is imported from where it is, which is among the paths: not from below the library's.
            below[:] = [name for name in below if name not in _NO_PACKAGES]
            yield folder
