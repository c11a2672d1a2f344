"""The types that tasks return and renderers read: frozen, tuples inside, enums for closed sets."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Union

from pyo3ops.core.exits import Exit

if TYPE_CHECKING:
    from pyo3ops.core.errors import Pyo3opsError

SCHEMA = "pyo3ops/1"

Cell = Union[str, int, float, None]


class Status(Enum):
    """What became of one check, ordered from harmless to worst."""

    OK = "ok"
    SKIP = "skip"
    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"
    CRASH = "crash"

    @property
    def look(self) -> Look:
        """How this status is shown."""
        return LOOKS[self]

    def __lt__(self, other: Status) -> bool:
        return LOOKS[self].weight < LOOKS[other].weight


@dataclass(frozen=True)
class Look:
    """One status as a person sees it; `word` stands in where `icon` cannot be shown."""

    icon: str
    word: str
    colour: str
    weight: int


LOOKS: dict[Status, Look] = {
    Status.OK: Look("✔", "ok", "green", 0),
    Status.SKIP: Look("○", "skip", "bright_black", 1),
    Status.WARN: Look("▲", "warn", "yellow", 2),
    Status.UNKNOWN: Look("?", "unknown", "magenta", 3),
    Status.FAIL: Look("✘", "fail", "red", 4),
    Status.CRASH: Look("☠", "crash", "bold red", 5),
}


@dataclass(frozen=True)
class Fix:
    """The way out of a finding; without `argv` a person must do it."""

    summary: str
    argv: tuple[str, ...] | None = None
    url: str | None = None
    #: True where running `argv` can neither lose anything nor touch what other projects use.
    safe: bool = False
    #: The row of data/packages.json that it brings: which packages do is decided when a plan is made.
    need: str | None = None
    #: False where `argv` only shows more, and mends nothing.
    mends: bool = True


@dataclass(frozen=True)
class Location:
    """A place in the project; `path` is relative to its root, `line` counts from 1."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Finding:
    """What one check or one step found; `id` is dotted and stable."""

    id: str
    title: str
    status: Status
    detail: str = ""
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None
    where: Location | None = None
    #: Wall time in seconds, the tools that this finding waited for not included.
    seconds: float = 0.0
    link: str | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table; `unit` is empty for text and counts."""

    title: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """Measured or counted values; each row has one cell a column."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    #: Numbers of the rows that say something to everybody, where the table is to be looked things up in: the others are
    #: folded, or shown with --verbose alone. None: the table is what the report is about.
    brief: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SourceLine:
    """One line of a source file beside a call; `current` is the one that the call stands at."""

    number: int
    text: str
    current: bool = False


#: Cargo's folder of a registry's crates, and that of the standard library as rustc was built.
_BEFORE_A_CRATE = re.compile(r"^.*[/\\]registry[/\\]src[/\\][^/\\]+[/\\]|^/rustc/[0-9a-f]{8,64}/(?=library/)")


@dataclass(frozen=True)
class Call:
    """One call of a shown stack; with a `gap` it stands for frames that are missing there, and for nothing else."""

    function: str
    #: "python", "rust", "c", "kernel" or "unknown".
    language: str = "unknown"
    #: Whose code it is: "user crate", "pyo3", ...; empty where nobody asked.
    layer: str = ""
    path: str | None = None
    line: int | None = None
    #: The compiler put it into the call after it.
    inlined: bool = False
    #: Written by the user: what a report is about.
    own: bool = False
    module: str | None = None
    address: int | None = None
    build_id: str | None = None
    source: tuple[SourceLine, ...] = ()
    #: Arguments and locals.
    variables: tuple[Fact, ...] = ()
    gap: str = ""

    @property
    def place(self) -> str:
        """Path and line, as far as known; the module where there is no path.

        What cargo and rustc put in front of a crate's own folder is left out: the crate and its version say it all.
        """
        if self.path is None:
            return self.module or ""
        path = _BEFORE_A_CRATE.sub("", self.path)
        return path if self.line is None else f"{path}:{self.line}"


@dataclass(frozen=True)
class Trace:
    """One stack to be shown, most recent call first: of a thread, of an exception, or where a breakpoint stopped."""

    title: str
    calls: tuple[Call, ...] = ()
    #: What is to be known of the whole: who holds the interpreter, what is missing.
    note: str = ""
    #: Calls of the interpreter and of PyO3 that were left out.
    hidden: int = 0


@dataclass(frozen=True)
class Artifact:
    """A file that a task made; `sha256` in hexadecimal."""

    path: str
    kind: str
    sha256: str


@dataclass(frozen=True)
class Fact:
    """Something a task learned that is neither good nor bad: a version, a path."""

    name: str
    value: str


@dataclass(frozen=True)
class Host:
    """The machine and the Python that pyo3ops itself ran on."""

    system: str
    release: str
    machine: str
    python: str
    pyo3ops: str

    @staticmethod
    def here() -> Host:
        """The machine this runs on."""
        import platform  # noqa: PLC0415 - only a report asks

        from pyo3ops import __version__  # noqa: PLC0415 - the package imports nothing of its own at start

        uname = platform.uname()
        return Host(uname.system, uname.release, uname.machine, "{}.{}.{}".format(*sys.version_info[:3]), __version__)


@dataclass(frozen=True)
class Failure:
    """Why a task ended without its report: what happened, the usual cause, the next command to type."""

    message: str
    exit_code: int
    cause: str = ""
    command: str = ""
    #: Path of the log to paste, where the failure is a bug of ours.
    log: str | None = None

    @staticmethod
    def of(error: Pyo3opsError) -> Failure:
        """The same failure as data."""
        return Failure(error.message, int(error.exit_code), error.cause, error.command)

    @property
    def status(self) -> Status:
        """What such an end is worth among findings; what was interrupted is not known."""
        return _ENDINGS.get(self.exit_code, Status.FAIL)


_ENDINGS: dict[int, Status] = {
    Exit.INTERNAL: Status.CRASH,
    Exit.UNKNOWN: Status.UNKNOWN,
    Exit.INTERRUPTED: Status.UNKNOWN,
}


@dataclass(frozen=True)
class Report:
    """All that a task says."""

    task: str
    project: str | None = None
    host: Host | None = None
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    failure: Failure | None = None
    #: Warnings count as failures.
    strict: bool = False
    #: Wall time of the task in seconds.
    seconds: float = 0.0
    #: Stacks, the one that the report is about first.
    traces: tuple[Trace, ...] = ()
    #: What it comes to, in a sentence: for what is no failure, and still what was asked.
    answer: str = ""

    @property
    def worst(self) -> Status:
        """The worst status among the findings; ok without any."""
        return max((finding.status for finding in self.findings), default=Status.OK)

    @property
    def status(self) -> Status:
        """The worst of the findings and of what ended the task: ok only where the exit code is 0."""
        return self.worst if self.failure is None else max(self.worst, self.failure.status)

    @property
    def counts(self) -> dict[Status, int]:
        """How many findings have each status, worst first; statuses that do not occur are left out."""
        statuses = [finding.status for finding in self.findings]
        return {status: statuses.count(status) for status in sorted(set(statuses), reverse=True)}

    @property
    def exit_code(self) -> int:
        """The process exit code that this report stands for."""
        if self.failure is not None:
            return self.failure.exit_code
        counts = self.counts
        if Status.CRASH in counts:
            return Exit.INTERNAL
        if Status.FAIL in counts or (self.strict and Status.WARN in counts):
            return Exit.FAILED
        return Exit.UNKNOWN if Status.UNKNOWN in counts else Exit.OK
