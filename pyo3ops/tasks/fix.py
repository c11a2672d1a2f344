"""Mend what validate found: make a plan, show it, carry it out where that is wanted, and judge again."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Sequence

from pyo3ops.core import pyo3, toml
from pyo3ops.core.discover import read_project, read_pyproject
from pyo3ops.core.errors import ConfigError, Interrupted, UsageError
from pyo3ops.core.files import home_folder
from pyo3ops.core.model import Cell, Column, Report, Status, Table
from pyo3ops.core.plan import Outcome, State, Step, ordered
from pyo3ops.core.run import python_env, spawn
from pyo3ops.core.run import run as run_program
from pyo3ops.fixes.command import Command, Stage, line
from pyo3ops.fixes.compose import compose
from pyo3ops.fixes.machine import look, own_python, reach
from pyo3ops.tasks import validate
from pyo3ops.tools.rustc import rust_version

if TYPE_CHECKING:
    from pathlib import Path


#: Seconds that one step may take, and that a package manager may take to end when it is asked to: a slow mirror is no
#: hang, and an installation that is killed leaves half of itself behind.
STEP_TIMEOUT, STEP_GRACE = 3600.0, 60.0
#: Seconds for the proof of what a step brought.
PROOF_TIMEOUT = 30.0
#: What one round mended may let the next round's checks see more: rustc first, then its components.
ROUNDS = 4
_COLUMNS = (Column("step"), Column("command"), Column("what for"), Column("result"))


@dataclass(frozen=True)
class Request:
    """How to mend: `confirm` asks the user, and is None where there is nobody to ask."""

    validate: validate.Request
    yes: bool = False
    dry_run: bool = False
    #: Told every line of what runs.
    tell: Callable[[str], None] = lambda _: None
    #: Shown the plan before anything is done.
    show: Callable[[Report], None] = lambda _: None
    confirm: Callable[[str], bool] | None = None


def run(root: Path, request: Request) -> Report:
    """Judge, mend what can be mended, and judge again.

    Raises `UsageError`, with nothing done, where nobody can be asked and `yes` does not stand; `Interrupted`, saying
    what was done until then.
    """
    before = _judged(root, request)
    commands = _plan(root, request, before, refreshed=False)
    if request.dry_run or not _runnable(commands):
        return replace(before, tables=(_table(root, commands), *_notes(root, request)))
    journal: list[tuple[Command, Outcome]] = []
    after = before
    for _ in range(ROUNDS):
        if not _agreed(root, request, after, commands):
            break
        _carry_out(root, request, commands, journal)
        after = _judged(root, request)
        tried = {command.argv for command, _ in journal}
        commands = _plan(root, request, after, refreshed=True)
        commands = tuple(each for each in commands if each.person or each.argv not in tried)
        if not _runnable(commands):
            break
    tables = (_table(root, commands, journal), _changes(before, after), *_notes(root, request))
    return replace(after, tables=tables, seconds=before.seconds + after.seconds)


def _judged(root: Path, request: Request) -> Report:
    env = reach(root, request.validate.env, home_folder(request.validate.env))
    return validate.run(root, replace(request.validate, env=env))


def _plan(root: Path, request: Request, report: Report, *, refreshed: bool) -> tuple[Command, ...]:
    """The commands for all that warns or fails; what `require` raised fails."""
    findings = [each for each in report.findings if each.status in (Status.WARN, Status.FAIL) and each.fix]
    if not findings:
        return ()
    env = reach(root, request.validate.env, home_folder(request.validate.env))
    fixes = [each.fix for each in findings if each.fix]
    machine = look(root, env, fixes, msrv=_msrv(root, env), refreshed=refreshed)
    return compose(findings, machine)


def _msrv(root: Path, env: Mapping[str, str]) -> str:
    """The oldest rustc that the crates and their PyO3 accept; empty where nobody says."""
    project = read_project(root, env, pyproject=read_pyproject(root))
    declared = [ext.rust_version for ext in project.extensions if ext.rust_version] or _declared(root)
    releases = [pyo3.release_of(ext.pyo3.release or "") for ext in project.extensions]
    known = [row.rust_version for row in releases or [pyo3.release_of(_locked_pyo3(root))] if row]
    return max((*declared, *known), key=rust_version, default="")


def _locked_pyo3(root: Path) -> str:
    """The PyO3 of the lock: without cargo there is nobody to ask."""
    rows = _read(root / "Cargo.lock").get("package")
    found = (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
    return next((str(row.get("version")) for row in found if row.get("name") in ("pyo3", "pyo3-ffi")), "")


def _declared(root: Path) -> list[str]:
    """What the manifest in the root declares as rust-version."""
    manifest = _read(root / "Cargo.toml")
    workspace = manifest.get("workspace")
    tables = (manifest.get("package"), workspace.get("package") if isinstance(workspace, dict) else None)
    found = (table.get("rust-version") for table in tables if isinstance(table, dict))
    return [version for version in found if isinstance(version, str)]


def _read(path: Path) -> dict[str, Any]:
    try:
        return toml.load(path) if path.is_file() else {}
    except ConfigError:
        # The checks of the manifest have said so.
        return {}


def _runnable(commands: Sequence[Command]) -> tuple[Command, ...]:
    return tuple(command for command in commands if not command.person)


def _agreed(root: Path, request: Request, report: Report, commands: Sequence[Command]) -> bool:
    """Show the plan and ask; raises `UsageError` where there is nobody to ask."""
    if not request.yes and request.confirm is None:
        steps = "; ".join(_line(each) for each in _runnable(commands))
        raise UsageError(
            f"nothing was run: nobody can be asked without a terminal. The plan was: {steps}",
            cause="stdin or stderr is no terminal",
            command="pyo3ops validate --fix --yes, or --fix --dry-run to see the commands",
        )
    request.show(Report(task="validate", project=report.project, tables=(_table(root, commands),)))
    if request.yes or request.confirm is None:
        return True
    count = len(_runnable(commands))
    return request.confirm(f"Run {'this command' if count == 1 else f'these {count} commands'}? [y/N] ")


def _carry_out(
    root: Path, request: Request, commands: Sequence[Command], journal: list[tuple[Command, Outcome]]
) -> None:
    runnable = {str(number): command for number, command in enumerate(_runnable(commands))}
    steps = [_step(name, command, root, request) for name, command in runnable.items()]
    try:
        for outcome in ordered(steps).carry_out():
            journal.append((runnable[outcome.step.name], outcome))
            if outcome.state in (State.FAILED, State.BLOCKED):
                request.tell(f"{outcome.state.value}: {runnable[outcome.step.name].summary}: {outcome.detail}")
    except (KeyboardInterrupt, Interrupted) as ending:
        raise _interrupted(runnable, journal) from ending


def _interrupted(runnable: Mapping[str, Command], journal: Sequence[tuple[Command, Outcome]]) -> Interrupted:
    done = [command.summary for command, outcome in journal if outcome.state is State.DONE]
    tried = {command.argv for command, _ in journal}
    left = [command for command in runnable.values() if command.argv not in tried]
    half = left[0].argv if left else None
    mend = "dpkg --configure -a, then " if half and "apt-get" in half else ""
    return Interrupted(
        f"interrupted while it was to {left[0].summary if left else 'judge again'}; "
        f"done until then: {'; '.join(done) or 'nothing'}",
        command=f"{mend}pyo3ops validate --fix",
    )


def _step(name: str, command: Command, root: Path, request: Request) -> Step:
    argv = command.argv or ()
    return Step(
        name,
        do=lambda: _run(argv, command, root, request),
        verify=lambda: _unproved(command, root, request),
        needs=command.needs,
        brings=command.brings,
    )


def _run(argv: Sequence[str], command: Command, root: Path, request: Request) -> str | None:
    """Run one command, every line told as it comes; why it failed, or None."""
    env = reach(root, request.validate.env, home_folder(request.validate.env))
    request.tell(f"$ {line(argv, windows=os.name == 'nt')}")
    if argv[0] == "pyo3ops":
        # This very one, which need not be on PATH.
        argv = (sys.executable, "-m", *argv)
    elif command.stage in (Stage.ENVIRONMENT, Stage.TOOLS):
        env = python_env(env)
    last = ""
    try:
        quiet = {**env, "DEBIAN_FRONTEND": "noninteractive"}
        with spawn(argv, timeout=STEP_TIMEOUT, env=quiet, cwd=root, grace=STEP_GRACE) as running:
            for text in running:
                request.tell(text)
                last = text.strip() or last
    except OSError as error:
        return f"{argv[0]} cannot be started: {error.strerror}"
    result = running.result
    return None if result.ok else f"{result.reason}: {last}" if last else result.reason


def _unproved(command: Command, root: Path, request: Request) -> str | None:
    env = python_env(reach(root, request.validate.env, home_folder(request.validate.env)))
    wrong = [name for name, proof in command.proofs if not run_program(proof, timeout=PROOF_TIMEOUT, env=env).ok]
    return f"it ended well, and did not bring {', '.join(wrong)}" if wrong else None


def _table(root: Path, commands: Sequence[Command], journal: Sequence[tuple[Command, Outcome]] = ()) -> Table:
    """What was done, then what is to be done, then what is left to a person."""
    rows: list[tuple[Cell, ...]] = [
        (command.summary, _line(command), ", ".join(command.findings), _result(outcome)) for command, outcome in journal
    ]
    for command in commands:
        result = "for you" if command.person else "left" if journal else "planned"
        rows.append((command.summary, _line(command), ", ".join(command.findings), result))
    note = f"The commands run in {root}." if rows else "Nothing to fix: no warning or failure has a way out."
    return Table("Fixes", _COLUMNS, tuple(rows), note)


def _line(command: Command) -> str:
    argv = command.shown or command.argv
    return line(argv, windows=os.name == "nt") if argv else ""


def _result(outcome: Outcome) -> str:
    return f"{outcome.state.value}: {outcome.detail}" if outcome.detail else outcome.state.value


def _changes(before: Report, after: Report) -> Table:
    """The findings that were something to mend, or have become one."""
    then = {finding.id: finding.status for finding in before.findings}
    rows = tuple(
        (finding.id, was.value if was else None, finding.status.value, finding.detail)
        for finding in after.findings
        for was in [then.get(finding.id)]
        if max(finding.status, was or Status.OK) > Status.SKIP
    )
    columns = (Column("check"), Column("before"), Column("after"), Column("now"))
    return Table("Before and after", columns, rows)


def _notes(root: Path, request: Request) -> Iterator[Table]:
    """What a shell has to be told that was started before the installation."""
    env = request.validate.env
    reached = reach(root, env, home_folder(env))
    known = env.get("PATH", "").split(os.pathsep)
    own = own_python(root) if reached.get("VIRTUAL_ENV") != env.get("VIRTUAL_ENV") else None
    new = [part for part in reached["PATH"].split(os.pathsep) if part and part not in known]
    lines = [f'export PATH="$PATH:{part}"' for part in new if own is None or part != str(own.parent)]
    if own is not None:
        lines.append(f". {line([str(own.parent / 'activate')])}")
    if lines and os.name == "posix":
        note = "The checks above ran as if a shell had these already."
        yield Table("For the shell you are in", (Column("type"),), tuple((each,) for each in lines), note)
