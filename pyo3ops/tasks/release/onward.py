"""The index that a release is for, kept in mind: in its journal, and in every command that goes on with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.core.errors import ConfigError
from pyo3ops.release.journal import Journal
from pyo3ops.release.model import State
from pyo3ops.tools import web

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.model import Finding


def goes_to(journal: Journal) -> str:
    """Where a release goes by its journal, as `--index` takes it; empty where nothing but the configuration said so."""
    begun = journal.standing.index
    planned = (record for record in reversed(journal.records) if record.event == State.PLANNED.value)
    asked = next((record.said("index") for record in planned), "")
    # Both addresses may have been said, of the upload and of the simple API.
    same = asked.partition(" ")[0].rstrip("/").lower() == begun.rstrip("/").lower()
    return asked if not begun or same else begun


def index_of(folder: Path) -> str:
    """The same of the release in a folder; empty where there is no journal, or none that can be followed."""
    try:
        return goes_to(Journal.open(folder))
    except ConfigError:
        return ""


def plain(index: str | None) -> str:
    """What `--index` was given, without credentials."""
    return " ".join(web.shown(word) if "://" in word else word for word in (index or "").split())


def named(findings: Iterable[Finding], index: str | None) -> Iterator[Finding]:
    """The findings with the index in every command of theirs that asks one, where it is not the configured one."""
    where = plain(index)
    for finding in findings:
        argv = finding.fix.argv if finding.fix else None
        if not where or not argv or argv[:2] != ("pyo3ops", "release") or not _asks(argv):
            yield finding
        else:
            fix = replace(finding.fix, argv=(*argv, "--index", where)) if finding.fix else None
            yield replace(finding, fix=fix)


def _asks(argv: tuple[str, ...]) -> bool:
    elsewhere = {"--index", "--rehearse", "bump", "changelog"}
    return not elsewhere & set(argv)
