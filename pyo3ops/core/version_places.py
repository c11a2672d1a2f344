"""A version that a file states, and where in its text it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.toml_spans import span_of
from pyo3ops.core.version_texts import Found

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project

#: Bytes; files that state a version are sources, manifests and lock files.
LIMIT = 32 * 2**20
MARK = "\ufeff"


class Spelling(Enum):
    """How a version is written in a place."""

    #: PEP 440.
    PYTHON = "1.2.0rc1"
    #: Semantic Versioning, as Cargo has it.
    CARGO = "1.2.0-rc.1"
    #: Its first two numbers.
    SHORT = "1.2"
    #: A requirement of Cargo's.
    PIN = "=1.2.0-rc.1"


@dataclass(frozen=True)
class Stated:
    """A version that a file says; `path` is relative to the project's root, `line` counts from 1."""

    version: str
    path: str
    line: int | None = None
    #: Which of a file's versions it is: "project.version", "__version__", "lock entry of tiny".
    what: str = field(default="", compare=False)


@dataclass(frozen=True)
class Place:
    """A version in the text of a file, from `start` to `end`; the two are one where it is only referred to."""

    stated: Stated
    file: Path
    start: int
    end: int
    spelling: Spelling = Spelling.PYTHON
    #: It repeats what another place decides, as a pin does, and states no version of its own.
    follows: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """What makes it one place, however many rules find it."""
        return str(self.file), self.start


def place_of(  # noqa: PLR0917 - the text and what was found in it go together
    project: Project, file: Path, text: str, found: Found, what: str, spelling: Spelling = Spelling.PYTHON
) -> Place:
    """What was found in a file's text, as a place."""
    stated = Stated(found.version, relative(file, project.root), line_at(text, found.start), what)
    return Place(stated, file, found.start, found.end, spelling, spelling in (Spelling.SHORT, Spelling.PIN))


def in_toml(
    project: Project, file: Path, keys: tuple[str, ...], what: str = "", spelling: Spelling = Spelling.PYTHON
) -> Iterator[Place]:
    """The text of a key of a TOML file, where it has one. Raises `ConfigError` where the file is no TOML."""
    text = exact_text(file)
    span = span_of(text, keys) if text else None
    if span:
        yield place_of(project, file, text, Found(text[slice(*span)], *span), what or ".".join(keys), spelling)


def exact_text(file: Path) -> str:
    """A file's text without a byte order mark; `encoded` makes the same bytes of it. Empty where it is not there."""
    try:
        with file.open("rb") as stream:
            return decoded(stream.read(LIMIT))
    except OSError:
        return ""


def decoded(data: bytes) -> str:
    """The text of bytes, without a byte order mark; what is no UTF-8 is kept."""
    text = data.decode("utf-8", "surrogateescape")
    return text[1:] if text.startswith(MARK) else text


def encoded(text: str, before: bytes) -> bytes:
    """A text as bytes, with a byte order mark where there was one before."""
    mark = MARK if before.startswith(MARK.encode()) else ""
    return (mark + text).encode("utf-8", "surrogateescape")


def line_at(text: str, position: int) -> int:
    """The line, from 1, that a place in a text is in."""
    return text.count("\n", 0, position) + 1


def relative(path: Path, root: Path) -> str:
    """A path as reports have it: from the project's root, where it is below that."""
    return path.relative_to(root).as_posix() if root in path.parents else str(path)
