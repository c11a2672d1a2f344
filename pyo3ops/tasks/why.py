"""Tell the cause of an error that a tool printed, its cure, and the command to type."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Callable, TextIO

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Location, Report, Status, Table
from pyo3ops.diagnosis import log
from pyo3ops.diagnosis.causes import causes
from pyo3ops.diagnosis.search import diagnose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.diagnosis.log import Line
    from pyo3ops.diagnosis.search import Diagnosis, Match

#: How a log comes here: errors are written on stderr, which a plain pipe leaves out.
USAGE = "cargo build 2>&1 | pyo3ops why"
#: Lines between two words of progress.
_EVERY = 100_000
#: What may stand in a command that is shown to be typed: no option, no control character, nothing a shell would act on.
_SAFE = re.compile(r"[\w./:@+~\\][\w./:@+~\\=-]{0,199}", re.ASCII)


@dataclass(frozen=True)
class Request:
    """The log to read, and the name that findings call it."""

    stream: BinaryIO
    name: str
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@contextlib.contextmanager
def opened(name: str, stdin: TextIO | None) -> Iterator[tuple[BinaryIO, str]]:
    """The log's bytes, and what findings call it; `-` is what is piped in.

    Raises `UsageError` for a file that cannot be read, and where nothing is piped in.
    """
    if name == "-":
        if stdin is None or stdin.isatty():
            raise UsageError("there is no log to read", cause="name a file, or pipe the output in", command=USAGE)
        yield stdin.buffer, "stdin"
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        cause = "it is a folder" if Path(name).is_dir() else "a misspelt name, or another folder"
        raise UsageError(f"cannot read {name}: {error.strerror}", cause=cause, command=USAGE) from None
    with stream:
        yield stream, name


def run(_root: Path, request: Request) -> Report:
    """Search the log for known causes.

    A cause fails the report. Raises `UsageError` for a log that is empty, and for one that cannot be read.
    """
    started = time.monotonic()
    try:
        diagnosis = diagnose(_told(log.lines(request.stream), request.progress), causes())
    except OSError as error:
        raise UsageError(f"cannot read {request.name}: {error.strerror}", command=USAGE) from None
    if not diagnosis.lines:
        raise UsageError(
            f"{request.name} is empty", cause="errors go to stderr, which a pipe takes only with 2>&1", command=USAGE
        )
    return Report(
        task="why",
        host=Host.here(),
        facts=(Fact("log", request.name), Fact("lines", f"{diagnosis.lines:,}")),
        findings=_findings(diagnosis, request.name),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def listing() -> Report:
    """Every known cause with its cure."""
    rows = tuple((f"why.{row.id}", row.title, row.cause_text(), row.cure_text()) for row in causes())
    columns = (Column("finding"), Column("what"), Column("cause"), Column("cure"))
    return Report(task="why", tables=(Table("Known causes", columns, rows),))


def _told(lines: Iterator[Line], progress: Callable[[str], None]) -> Iterator[Line]:
    for count, line in enumerate(lines, 1):
        if count % _EVERY == 0:
            progress(f"{line.number:,} lines")
        yield line


def _findings(diagnosis: Diagnosis, name: str) -> tuple[Finding, ...]:
    found = tuple(_finding(match, name) for match in diagnosis.matches)
    if any(finding.status is Status.FAIL for finding in found) or (found and not diagnosis.suspects):
        return found
    return (*found, _unknown(diagnosis, name))


def _finding(match: Match, name: str) -> Finding:
    cause = match.cause
    often = f" (in {match.count} places)" if match.count > 1 else ""
    words = {**cause.words, **{key: _short(value) for key, value in match.groups.items()}}
    return Finding(
        id=f"why.{cause.id}",
        title=cause.title,
        status=cause.status,
        detail=f"{cause.cause_text(words)}{often}",
        evidence=tuple(_short(line, 400) for line in match.evidence),
        fix=Fix(cause.cure_text(words), _argv(match), cause.source),
        where=Location(name, match.first),
        link=cause.source,
    )


def _argv(match: Match) -> tuple[str, ...] | None:
    """The command with what the log says filled in; None where that could do more than the command is for."""
    cause = match.cause
    if not cause.command or not cause.applies(sys.platform):
        return None
    words = {**cause.words, **match.groups}
    if not all(_SAFE.fullmatch(words.get(name, "")) for name in cause.places()):
        return None
    return cause.argv(words)


def _short(text: str, limit: int = 120) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit]}\u2026"


def _unknown(diagnosis: Diagnosis, name: str) -> Finding:
    lines = tuple(f"{number}: {_short(text, 400)}" for number, text in diagnosis.suspects)
    detail = (
        "no cause known here is in this log; these lines look like the error"
        if lines
        else "nothing in this log looks like an error"
    )
    summary = (
        "read the first of them; then ask the environment" if lines else f"give the whole output, with stderr: {USAGE}"
    )
    return Finding(
        "why.unrecognised",
        "the cause is known",
        Status.UNKNOWN,
        detail,
        lines,
        Fix(summary, ("pyo3ops", "validate"), safe=True),
        Location(name, diagnosis.suspects[0][0]) if lines else None,
    )
