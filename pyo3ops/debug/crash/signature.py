"""A crash's name: equal for the same crash on other machines and Pythons, with a backtrace and without one.

It is made of how the program ended, of the words with what varies taken out of them, of the file in which a panic was
raised, and of the user's innermost functions. Python's functions count where there are any: Rust's are only printed
where RUST_BACKTRACE says so. Lines, addresses, hashes, folders and versions do not count.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.debug.crash import owned
from pyo3ops.debug.crash.story import Kind
from pyo3ops.stacks.model import Language

if TYPE_CHECKING:
    from pyo3ops.debug.crash.story import Story
    from pyo3ops.stacks.model import Frame

#: The user's functions that count, innermost first, and characters of the words.
DEPTH, WORDS = 5, 160

#: Rust's word for an exception has its whole traceback in it; which exception it is, is enough.
_PYERR = re.compile(r"(PyErr \{ type: <class )'([\w.]{1,200})'>.*")
_VARIES = (
    # Before numbers are taken out: what is in quotes may be anybody's data, but types and code in backticks are not.
    (re.compile(r"""(?<![\w`])(?:'[^'\n]{0,300}'|"[^"\n]{0,300}")"""), "'..'"),
    (re.compile(r"0x[0-9a-fA-F]{1,16}"), "0x.."),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "uuid"),
    (re.compile(r"(?:[A-Za-z]:)?(?:[/\\][\w.+@~-]{1,100}){2,40}"), "path"),
    (re.compile(r"\d{1,40}(?:[.,]\d{1,40})?"), "N"),
    (re.compile(r"\s{1,40}"), " "),
)
#: "panicked at" names the file that was compiled: in the registry, in a toolchain, in a folder of somebody's. Folders
#: that a crate's files lie in, those that lie deepest first.
_FOLDERS = ("/src/", "/tests/", "/benches/", "/examples/")


@dataclass(frozen=True)
class Signature:
    """`id` is to be searched for, `text` says what it is made of."""

    id: str
    text: str


def of(story: Story) -> Signature:
    """The signature of a crash."""
    text = " | ".join(
        part for part in (_end(story), _words(story), _file(story), " < ".join(_functions(story))) if part
    )
    return Signature(f"crash-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}", text)


def _end(story: Story) -> str:
    if story.kind is Kind.PANIC:
        return "panic"
    if story.kind is Kind.EXCEPTION:
        return " > ".join(_raised(story))
    # "PyThreadState_Get: no current thread" has other words in each Python.
    return story.type.rpartition(".")[2] or story.kind.value


def _raised(story: Story) -> tuple[str, ...]:
    """The types of a chain of exceptions, the root first."""
    found = []
    raised = story.dump.exception
    while raised is not None:
        found.append(raised.type.rpartition(".")[2])
        raised = raised.origin
    return tuple(reversed(found)) or (story.type,)


def _words(story: Story) -> str:
    if story.kind in (Kind.SIGNAL, Kind.FATAL, Kind.HANG, Kind.KILLED):
        return ""
    words = story.message.partition("\n")[0][:1000]
    if story.type.endswith("RecursionError"):
        # Where the limit was met is a matter of chance.
        return ""
    if story.kind is Kind.IMPORT:
        words = re.sub(r"^\S{0,300}\.(?:so|pyd|dylib)\S{0,100}: ", "", words)
    words = _PYERR.sub(r"\1\2", words)
    for pattern, word in _VARIES:
        words = pattern.sub(word, words)
    return words.strip()[:WORDS]


def _file(story: Story) -> str:
    """Of a panic the file, without the folder that it was compiled in."""
    if story.kind is not Kind.PANIC or not story.place:
        return ""
    file = story.place.rpartition(":")[0].replace("\\", "/")
    folder, at = next(((each, at) for each in _FOLDERS for at in (f"/{file}".rfind(each),) if at >= 0), ("", -1))
    return file[at:] if folder else file.rpartition("/")[2]


def _functions(story: Story) -> tuple[str, ...]:
    own = owned.own(story.frames)
    python = [frame for frame in own if frame.language is Language.PYTHON]
    if story.kind is Kind.PANIC and not python:
        # Whether there is a backtrace is a matter of the environment; the thread's name is not.
        return (story.thread,) if story.thread else ()
    names = tuple(_unrepeated(_name(frame) for frame in python or own))
    if story.kind is Kind.SIGNAL and own and own[0].language is Language.RUST and python:
        # A debugger saw more than Python did: in which of Rust's functions it was.
        names = (_name(own[0]), *names)
    return names[:DEPTH]


def _unrepeated(names: Iterator[str]) -> Iterator[str]:
    """The names, of a recursion one."""
    before = ""
    for name in names:
        if name and name != before:
            yield name
        before = name


#: A notebook's cells, whose numbers and files are new each time.
_CELL = re.compile(r"(?:Cell|Input) In ?\[\d{1,9}\]|<ipython-input-[\w-]{1,60}>|\d{3,20}\.py")


def _name(frame: Frame) -> str:
    file = _CELL.sub("<cell>", (frame.file or "").replace("\\", "/").rpartition("/")[2])
    return (
        f"{file}:{owned.bare_name(frame.function)}"
        if frame.language is Language.PYTHON
        else owned.bare_name(frame.function)
    )
