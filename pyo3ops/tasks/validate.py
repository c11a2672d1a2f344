"""Judge whether this machine can build, test and ship this project."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable

from pyo3ops.checks.engine import LIMIT, Engine
from pyo3ops.checks.facts import PROVIDERS
from pyo3ops.checks.registry import all_checks
from pyo3ops.core.files import home_folder
from pyo3ops.core.model import Column, Fact, Host, Report, Table
from pyo3ops.core.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.checks.registry import Check
    from pyo3ops.core.project import Project


@dataclass(frozen=True)
class Request:
    """What to judge by; `env` is the environment of the caller."""

    env: Mapping[str, str]
    selection: Selection = field(default_factory=Selection)
    strict: bool = False
    #: Which checks run beside the usual ones: "deep", "online".
    modes: frozenset[str] = frozenset()
    #: Seconds that one fact or rule may take.
    limit: float = LIMIT
    #: Told what is going on, where that takes long.
    progress: Callable[[str], None] = lambda _: None
    #: Called while the probes run; see `Engine.run`.
    meanwhile: Callable[[], object] = lambda: None


def run(root: Path, request: Request) -> Report:
    """Run the chosen checks on the project in `root`.

    Raises `UsageError` for an unknown check and `ConfigError` where the project's files cannot be read, or name one.
    """
    started = time.monotonic()
    checks = all_checks()
    known = [row.id for row in checks]
    request.selection.verify(known)
    home = home_folder(request.env)
    given = {"root": root, "env": request.env, "home": home, "progress": request.progress}
    engine = Engine(checks, PROVIDERS, given, limit=request.limit)
    findings = engine.run(_chosen(checks, request), also=["project"], meanwhile=request.meanwhile)
    project: Project = engine.fact("project")
    config = project.config.validate
    own = Selection(config.select, config.ignore, config.require)
    own.verify_keys(known, "tool.pyo3ops.validate", "pyo3ops validate --list-checks")
    selection = request.selection.merged(own)
    return Report(
        task="validate",
        project=project.name or root.name,
        host=Host.here(),
        facts=_facts(engine, project),
        findings=selection.apply(findings),
        strict=request.strict or config.strict,
        seconds=time.monotonic() - started,
    )


def listing() -> Report:
    """Every check with what it is for."""
    rows = tuple(
        (row.id, row.title, ", ".join(row.needs), f"--{row.mode}" if row.mode else "", row.why) for row in all_checks()
    )
    columns = (Column("check"), Column("title"), Column("needs"), Column("with"), Column("why"))
    return Report(task="validate", tables=(Table("Checks", columns, rows),))


def _chosen(checks: tuple[Check, ...], request: Request) -> tuple[str, ...]:
    """The ids to run: a check with a mode only where that mode, or the check itself, is asked for."""
    usual = [
        row.id for row in checks if row.mode is None or row.mode in request.modes or row.id in request.selection.select
    ]
    return request.selection.chosen(usual)


def _facts(engine: Engine, project: Project) -> tuple[Fact, ...]:
    rows = {
        "PyO3": ", ".join(
            sorted({v for ext in project.extensions for v in ext.pyo3.locked or (ext.pyo3.requirement,)})
        ),
        "modules": ", ".join(ext.module for ext in project.extensions),
        "macOS": engine.known("macos", "version"),
        "rustc": engine.known("rustc", "release"),
        "cargo": engine.known("cargo", "release"),
        "maturin": engine.known("maturin", "release"),
        "Pythons": ", ".join(python.release for python in engine.known("interpreters", "working") or ()),
    }
    return tuple(Fact(name, value) for name, value in rows.items() if value)
