"""The command line of a Python program: which interpreter runs it, with which options, and where it imports from."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Seconds that an interpreter may take to tell what it is; it runs the site module of its environment.
TIMEOUT = 20.0

_PROBE = (
    "import sys; print(repr({'executable': sys.executable, 'version': '{}.{}.{}'.format(*sys.version_info[:3]), "
    "'implementation': sys.implementation.name, 'path': sys.path[1:], 'stdlib': sys.prefix}))"
)
_EXAMPLE = "pyo3ops debug breakpoint script.py:30 -- python script.py"
#: Options whose value follows, attached or as the next word.
_WITH_VALUE = "XW"


@dataclass(frozen=True)
class Command:
    """A program that this Python runs; `arguments` are the interpreter's own first."""

    python: Path
    arguments: tuple[str, ...]
    #: "3.12.1"
    version: str
    #: Folders that the program imports from, its own first.
    paths: tuple[Path, ...]
    #: The option by which the interpreter ignores its environment, or its site module.
    closed: str | None = None

    @property
    def monitors(self) -> bool:
        """True where the interpreter has sys.monitoring (3.12 and later)."""
        return tuple(int(each) for each in self.version.split(".")[:2]) >= (3, 12)


def read(words: Sequence[str], env: Mapping[str, str], cwd: Path) -> Command:
    """The command that some words are; raises `UsageError` for what no Python runs."""
    if not words:
        raise UsageError("there is no program to run", cause="it follows two dashes", command=_EXAMPLE)
    argv = _interpreted(words, env, cwd)
    said = run([argv[0], "-c", _PROBE], timeout=TIMEOUT, env=env, cwd=cwd)
    try:
        about = ast.literal_eval(said.out.strip())
        python, version, implementation = Path(about["executable"]), about["version"], about["implementation"]
        entries = [Path(each) for each in about["path"] if each]
    except (ValueError, SyntaxError, KeyError, TypeError):
        raise UsageError(
            f"{words[0]} is no Python that runs",
            cause=said.reason if not said.ok else "it did not describe itself as a Python would",
            command=_EXAMPLE,
        ) from None
    if implementation != "cpython":
        raise UsageError(f"{words[0]} is {implementation}", cause="breakpoints need CPython", command=_EXAMPLE)
    options = _options(argv[1:])
    folder = (cwd / options.script).parent if options.script else cwd
    return Command(python, tuple(argv[1:]), version, (folder, *_imported(entries)), options.closed)


def _imported(entries: Sequence[Path]) -> list[Path]:
    """Without the standard library, which has no Rust."""
    return [each for each in entries if not re.fullmatch(r"lib-dynload|python3\.\d+t?|python3\d+\.zip", each.name)]


@dataclass(frozen=True)
class _Options:
    closed: str | None
    #: None for a module, a -c and standard input.
    script: str | None


def _options(arguments: Sequence[str]) -> _Options:
    """What the options of an interpreter say (the command line section of Python's documentation)."""
    closed = None
    place = 0
    while place < len(arguments):
        word = arguments[place]
        if not word.startswith("-") or word == "-":
            return _Options(closed, None if word == "-" else word)
        place += 1
        if word.startswith("--"):
            place += word == "--check-hash-based-pycs"
            continue
        for at, letter in enumerate(word[1:], 1):
            closed = f"-{letter}" if letter in "IES" and closed is None else closed
            if letter in "cm":
                return _Options(closed, None)
            if letter in _WITH_VALUE:
                place += at == len(word) - 1
                break
    return _Options(closed, None)


def _interpreted(words: Sequence[str], env: Mapping[str, str], cwd: Path) -> list[str]:
    """The words with an interpreter in front, which a script names in its first line."""
    found = which(words[0], env) if "/" not in words[0] else str(cwd / words[0])
    if found is None or not Path(found).is_file():
        script = words[0].endswith(".py")
        raise UsageError(
            f"{words[0]} is not there",
            cause="a script is started by its interpreter" if script else "it is neither on PATH nor a file",
            command=f"pyo3ops debug breakpoint ... -- python {words[0]}" if script else _EXAMPLE,
        )
    if re.fullmatch(r"python(?:3(?:\.\d+)?t?d?)?", Path(found).name):
        return [found, *words[1:]]
    interpreter = _first_line(Path(found), env)
    if interpreter is None:
        raise UsageError(
            f"{words[0]} is not run by a Python",
            cause="the debugger starts the interpreter itself: neither a shell nor a launcher can stand before it",
            command="pyo3ops debug breakpoint ... -- python -m pytest",
        )
    return [*interpreter, found, *words[1:]]


def _first_line(script: Path, env: Mapping[str, str]) -> list[str] | None:
    """The interpreter that a script names; None where that is no Python."""
    try:
        with script.open("rb") as file:
            head = file.read(1024).decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    if not head or not head[0].startswith("#!"):
        return None
    words = head[0][2:].split()
    # What installers write where the path of an interpreter has spaces, or is too long for the kernel.
    through_shell = re.match(r"'''exec' (.{1,900}?) \"\$0\" \"\$@\"", head[1]) if len(head) > 1 else None
    if through_shell:
        words = shlex.split(through_shell[1])
    elif words and Path(words[0]).name == "env":
        program = which(words[-1], env)
        words = [program] if program else []
    return words if words and Path(words[0]).name.startswith("python") else None
