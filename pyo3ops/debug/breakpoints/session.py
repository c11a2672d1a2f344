"""One run of a program with breakpoints in both languages: prepared, run under gdb or alone, and read again."""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.core.run import handover, python_env
from pyo3ops.debug.breakpoints import rust_paths, tail
from pyo3ops.debug.breakpoints.records import Seen, read
from pyo3ops.debug.breakpoints.where import Kind
from pyo3ops.stacks import layouts
from pyo3ops.stacks.sources.gdb import INSIDE
from pyo3ops.tools.gdb import script_argv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.run import Result
    from pyo3ops.debug.breakpoints.command import Command
    from pyo3ops.debug.breakpoints.records import Stop
    from pyo3ops.debug.breakpoints.rust_names import Resolved
    from pyo3ops.debug.breakpoints.where import Where

#: The folder that the debugged Python imports its first module from.
BOOTSTRAP = Path(__file__).parents[1] / "inside"
#: What gdb changes in the environment of what it starts.
_OF_GDB = ("LINES", "COLUMNS", "SHELL", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__")


@dataclass(frozen=True)
class Place:
    """One breakpoint; `resolved` for functions in Rust."""

    where: Where
    resolved: Resolved | None = None
    #: The path of the file that is meant; None for a function, and for a file that is not here.
    real: str | None = None


@dataclass(frozen=True)
class Plan:
    """What to run, where to stop, and how often."""

    command: Command
    places: tuple[Place, ...]
    env: Mapping[str, str]
    cwd: Path
    #: Hits of each breakpoint that do not stop.
    ignore: int = 0
    #: Stops at most; None for all.
    limit: int | None = None
    #: Seconds for the whole run.
    timeout: float = 600.0
    interactive: bool = False
    all_threads: bool = False


def run(plan: Plan, gdb: str | None, told: Callable[[int, Stop], None] | None = None) -> Seen:
    """Run the program to its end, with its own streams but for stdout, which goes to stderr, and tell what was seen.

    Without a gdb the interpreter keeps the breakpoints in Python alone. Interactive, the program and gdb have the
    terminal. `told` is told each stop and its number, from 0, when it happens: by another thread, while gdb holds the
    program; without gdb the program runs on meanwhile.
    """
    with _folder(plan) as folder:
        with tail.followed(folder, "records" if gdb is None else "stops", told):
            config = _written(plan, folder, trap=gdb is not None)
            started = time.monotonic()
            result = _handed_over(plan, folder, gdb, config)
            seconds = time.monotonic() - started
        return read(folder, plan, result, seconds)


def _handed_over(plan: Plan, folder: Path, gdb: str | None, config: Path) -> Result:
    if gdb is not None:
        return handover(_gdb_argv(plan, gdb, config), env=_gdb_env(plan.env), cwd=plan.cwd)
    inside = {**plan.env, **_bootstrap(plan, folder)}
    argv = ["/bin/sh", "-c", 'exec "$0" "$@" 1>&2', str(plan.command.python), *plan.command.arguments]
    return handover(argv, env=inside, cwd=plan.cwd, timeout=plan.timeout)


@contextmanager
def _folder(plan: Plan) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pyo3ops-break-", dir=plan.env.get("TMPDIR") or None) as name:
        # Real, for the program asks for the path of its own modules.
        yield Path(name).resolve()


def _written(plan: Plan, folder: Path, *, trap: bool) -> Path:
    """The files that both sides read, and those that they write."""
    for name in ("records", "stops"):
        (folder / name).touch()
    files = {name: str(folder / name) for name in ("enough", "records", "counts", "stops")}
    common = {"ignore": plan.ignore, "limit": plan.limit, **files}
    python = [_python_row(number, place.where, plan.cwd) for number, place in _numbered(plan, python=True)]
    size = 8 * len(plan.places)
    (folder / "counts").write_bytes(bytes(size))
    inside = {**common, "breakpoints": python, "size": size, "trap": trap}
    (folder / "python.json").write_text(json.dumps(inside), encoding="utf-8")
    outside = {
        **common,
        "native": [_native_row(number, place) for number, place in _numbered(plan, python=False)],
        "timeout": plan.timeout,
        "interactive": plan.interactive,
        "environment": _environment(plan, folder),
        "rows": layouts.as_request(),
        "variables": True,
        "bootstrap": str(BOOTSTRAP),
        "package": str(Path(__file__).parents[3]),
        "told": str(folder / tail.TOLD) if (folder / tail.TOLD).exists() else None,
        "shown": str(folder / tail.SHOWN) if (folder / tail.SHOWN).exists() else None,
        "text": "pyo3ops.debug.breakpoints.in_gdb",
    }
    config = folder / "gdb.json"
    config.write_text(json.dumps(outside), encoding="utf-8")
    return config


def _numbered(plan: Plan, *, python: bool) -> list[tuple[int, Place]]:
    return [(number, place) for number, place in enumerate(plan.places) if place.where.kind.is_python == python]


def _python_row(number: int, where: Where, cwd: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"id": number, "line": where.line, "condition": where.condition, "module": where.module}
    if where.file is not None:
        path = cwd / where.file
        # What is not there is the end of a path that the program may import.
        row["file" if path.is_file() else "suffix"] = os.path.realpath(path) if path.is_file() else where.file
    return {**row, "function": where.name or None}


def _native_row(number: int, place: Place) -> dict[str, Any]:
    where, resolved = place.where, place.resolved
    row: dict[str, Any] = {"id": number, "condition": where.condition}
    if where.line is not None:
        return {**row, "kind": "line", "file": where.file, "line": where.line, "real": place.real}
    if resolved is None:
        raise AssertionError("a place in Rust that is no line is resolved before")
    return {
        **row,
        "kind": "function",
        # No function is called as what a panic is called here.
        "functions": [[None if where.kind is Kind.PANIC else each.name, each.symbols] for each in resolved.targets],
        "short": resolved.short,
        "path": rust_paths.plain(rust_paths.tidy(where.name)),
        "files": resolved.files,
    }


def _bootstrap(plan: Plan, folder: Path) -> dict[str, str]:
    """The variables by which the debugged Python starts the breakpoints; it takes them back at once."""
    before = plan.env.get("PYTHONPATH")
    found = {"PYTHONPATH": os.pathsep.join([str(BOOTSTRAP), before] if before else [str(BOOTSTRAP)])}
    found["PYO3OPS_BREAKPOINTS"] = str(folder / "python.json")
    if before is not None:
        found["PYO3OPS_BREAKPOINTS_PATH"] = before
    return found


def _environment(plan: Plan, folder: Path) -> list[list[str | None]]:
    """What the program's environment has that gdb's has not, or has otherwise."""
    changed: dict[str, str | None] = {name: plan.env.get(name) for name in _OF_GDB}
    if _numbered(plan, python=True):
        changed.update(_bootstrap(plan, folder))
    return [[name, value] for name, value in changed.items()]


def _gdb_env(env: Mapping[str, str]) -> dict[str, str]:
    # gdb starts programs by the user's shell, which may be one that knows no redirection as sh does.
    return {**python_env(env), "SHELL": "/bin/sh"}


def _gdb_argv(plan: Plan, gdb: str, config: Path) -> Sequence[str]:
    how = "interactive" if plan.interactive else "run"
    return [
        gdb,
        "-nx",
        "-q",
        *(() if plan.interactive else ("-batch-silent",)),
        "-iex",
        "set auto-load off",
        "-iex",
        "set debuginfod enabled off",
        *script_argv(gdb, INSIDE, f"gdb_break:{how}", config)[-2:],
        "--args",
        str(plan.command.python),
        *plan.command.arguments,
    ]
