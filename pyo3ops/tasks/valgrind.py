"""Run the tests of each example under valgrind, and tell what its own library loses or touches wrongly."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, reason_of
from pyo3ops.core.files import is_file
from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.memory import watched
from pyo3ops.memory.attribution import Owner, made_by_python
from pyo3ops.memory.findings import allocators, elsewhere, findings
from pyo3ops.memory.loss_records import causes, own_stack
from pyo3ops.tools import crates, programs, valgrind
from pyo3ops.tools.system import installer
from pyo3ops.wheels import examples, trial
from pyo3ops.wheels.examples import Installed
from pyo3ops.wheels.installed import libraries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.config import Config
    from pyo3ops.memory.loss_records import Cause
    from pyo3ops.memory.watched import Watched
    from pyo3ops.stacks.readers.valgrind import Record
    from pyo3ops.tools.programs import Program
    from pyo3ops.tools.python import Interpreter
    from pyo3ops.wheels.examples import Places


@dataclass(frozen=True)
class Request:
    """What to watch and with which Python; `python` is a version, a path, or None for the one that runs this."""

    env: Mapping[str, str]
    python: str | None = None
    names: tuple[str, ...] = ()
    #: Tell where values that were never written come from; takes twice the time.
    track_origins: bool = False
    #: Where records, logs and environments go; `.pyo3ops/valgrind` in the project without one.
    output: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _Outcome:
    """One example, as far as it got."""

    example: Installed
    watched: Watched | None = None
    causes: tuple[Cause, ...] = ()
    others: tuple[Record, ...] = ()
    owner: Owner | None = None
    #: Passed, failed and skipped tests.
    tests: tuple[int, int, int] = (0, 0, 0)
    note: str = ""
    #: Where records and logs are, as they are shown.
    folder: str = ""


def run(root: Path, request: Request) -> Report:
    """Build the chosen examples with line tables and run their tests under valgrind.

    While one is compiled, the one before it is watched. Raises `UsageError` for an unknown example, for a Python that
    is not here and for a folder that cannot be made.
    """
    started = time.monotonic()
    project = discover.read_project(root, request.env)
    folders = examples.chosen(examples.folders(project), request.names)
    interpreter = examples.interpreter(request.python, request.env)
    program = programs.ask("valgrind", request.env)
    facts = [Fact("Python", f"{interpreter.release} at {interpreter.path}")]
    if program.path is None or program.error:
        outcomes = []
        found = [_unusable(program, request)]
    else:
        facts.append(Fact("valgrind", program.release))
        if not _unwritten(interpreter, request):
            facts.append(Fact("memory never written", f"not looked for: Python {interpreter.version} itself uses some"))
        places = examples.places(root, "valgrind", interpreter, request.output)
        outcomes = _outcomes(folders, interpreter, program.path, root=root, places=places, request=request)
        found = [finding for outcome in outcomes for finding in _findings(outcome)]
    return Report(
        task="valgrind",
        project=project.name or root.name,
        host=Host.here(),
        facts=tuple(facts),
        findings=tuple(found),
        tables=(_table(outcomes, interpreter),) if outcomes else (),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _unusable(program: Program, request: Request) -> Finding:
    detail = program.error or "there is no valgrind on PATH; it runs on Linux"
    fix = installer(request.env).fix("valgrind")
    return Finding("valgrind.tool", "valgrind runs", Status.UNKNOWN, detail, fix=fix, link="https://valgrind.org")


def _outcomes(
    folders: Mapping[str, Path],
    interpreter: Interpreter,
    program: str,
    *,
    root: Path,
    places: Places,
    request: Request,
) -> list[_Outcome]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import

    pending = []
    with ThreadPoolExecutor(max_workers=1) as watcher:
        try:
            for name, folder in folders.items():
                output = places.output / name
                example = _built(name, folder, interpreter, output, targets=places.targets, request=request)
                pending.append(
                    watcher.submit(_try, example, interpreter, output, program=program, root=root, request=request)
                )
            return [future.result() for future in pending]
        except BaseException:
            for future in pending:
                future.cancel()
            raise


def _built(
    name: str, folder: Path, interpreter: Interpreter, output: Path, *, targets: Path, request: Request
) -> Installed:
    """The example with line tables, unless it asks for what is not there: a build takes minutes."""
    try:
        _suppressions(folder, discover.read_config_of(folder))
    except ConfigError as error:
        return Installed(name, error=error.message)
    return examples.build(
        name,
        folder,
        interpreter,
        output,
        targets=targets,
        env=request.env,
        symbols=True,
        progress=request.progress,
    )


def _try(
    example: Installed, interpreter: Interpreter, output: Path, *, program: str, root: Path, request: Request
) -> _Outcome:
    request.progress(f"{example.name}: installing")
    installed = examples.install(example, interpreter, output, request.env)
    shown = output.relative_to(root).as_posix() if root in output.parents else str(output)
    if installed.error is not None:
        return _Outcome(installed, folder=shown)
    request.progress(f"{example.name}: testing under valgrind")
    try:
        return replace(_watch(installed, interpreter, output, program, request), folder=shown)
    except OSError as error:
        failed = replace(installed, error=reason_of(error, output))
        return _Outcome(failed, folder=shown)


def _watch(example: Installed, interpreter: Interpreter, output: Path, program: str, request: Request) -> _Outcome:
    project, environment, built = example.project, example.environment, example.built
    if project is None or environment is None or built is None or built.wheel is None:
        raise AssertionError("an example without an error is installed")
    config = project.config.valgrind
    junit = output / "junit.xml"
    argv, note = trial.test_argv(project, environment, junit)
    if argv:
        command = [str(environment.python), *argv, "-p", valgrind.PLUGIN, *config.pytest]
    else:
        modules = sorted({extension.module for extension in project.extensions})
        command = [str(environment.python), "-c", watched.importing(modules)]
    owner = Owner.of(libraries(built.wheel, environment), project.root, crates.packages(project, request.env))
    seen = watched.watch(
        program,
        command,
        output,
        cwd=project.root if argv else output,
        env=environment.env,
        suppressions=_suppressions(project.root, project.config),
        unwritten=_unwritten(interpreter, request),
        track_origins=request.track_origins,
        keep=lambda record: own_stack(record, owner) is not None or _forgotten(record, owner),
        written=(junit,),
    )
    records = seen.reading.records
    return _Outcome(
        example,
        seen,
        causes(records, owner),
        tuple(record for record in records if _forgotten(record, owner)),
        owner,
        trial.counts(junit) if argv else (0, 0, 0),
        note,
    )


def _forgotten(record: Record, owner: Owner) -> bool:
    """What Python made and something forgot: not the library's own, and no other's either."""
    return record.lost and own_stack(record, owner) is None and made_by_python(record.stack)


def _unwritten(interpreter: Interpreter, request: Request) -> bool:
    """Whether use of memory that was never written is looked for."""
    return interpreter.version.minor != valgrind.UNWRITTEN_ZEROS or request.track_origins


def _suppressions(root: Path, config: Config) -> tuple[Path, ...]:
    """The project's own files of suppressions; `ConfigError` where one is not there."""
    names = config.valgrind.suppressions
    missing = next((name for name in names if not is_file(root / name)), None)
    if missing is not None:
        raise ConfigError(f"tool.pyo3ops.valgrind.suppressions names {missing}, which is not there")
    return tuple(root / name for name in names)


def _findings(outcome: _Outcome) -> Iterator[Finding]:
    example, seen = outcome.example, outcome.watched
    identity = f"valgrind.{example.name}"
    title = f"{example.name} {'is imported' if outcome.note else 'passes its tests'} under valgrind"
    built = example.built.seconds if example.built else 0.0
    if seen is None or outcome.owner is None:
        fix = Fix("build and test it without valgrind", ("pyo3ops", "examples", example.name), safe=True, mends=False)
        fix = fix if example.built else examples.MISSING
        yield Finding(identity, title, Status.FAIL, example.error or "", example.tail, fix, seconds=built)
        return
    status, why = seen.verdict
    if status is Status.OK and seen.result.code == watched.NO_TESTS:
        status, why = Status.WARN, "no test was left to run"
    record = f"{outcome.folder}/valgrind.xml"
    yield Finding(
        identity,
        title,
        status,
        why or _summary(outcome),
        seen.tail if why else (),
        _fix(status, why, example.name, outcome.folder),
        seconds=built + seen.plain.seconds + seen.result.seconds,
    )
    yield from findings(identity, outcome.causes, outcome.owner, name=example.name, record=record)
    yield from elsewhere(identity, outcome.others, record=record)
    yield from allocators(identity, outcome.owner)


def _summary(outcome: _Outcome) -> str:
    passed = outcome.note or f"{outcome.tests[0]} tests passed"
    return passed if outcome.causes else f"{passed}, and nothing of its own is lost or touched wrongly"


def _fix(status: Status, why: str, name: str, folder: str) -> Fix | None:
    if status is Status.OK:
        return None
    if "without valgrind, too" in why:
        return Fix("mend the tests first", ("pyo3ops", "examples", name), safe=True, mends=False)
    if status is Status.WARN:
        return Fix("look at `pytest` in [tool.pyo3ops.valgrind]: its arguments leave every test out")
    if "instruction" in why:
        return Fix("build for every machine: no `target-cpu=native` in RUSTFLAGS or .cargo/config.toml, no AVX-512")
    if status is Status.UNKNOWN:
        return Fix(f'watch fewer tests: `pytest = ["-m", "not slow"]` in [tool.pyo3ops.valgrind]; see {folder}')
    return Fix(f"read {folder}/valgrind.log; a test that measures time or starts processes can be marked and left out")


def _table(outcomes: Sequence[_Outcome], interpreter: Interpreter) -> Table:
    columns = (
        Column("example"),
        Column("passed"),
        Column("failed"),
        Column("plain", "s"),
        Column("valgrind", "s"),
        Column("errors"),
        Column("lost", "bytes"),
        Column("blocks"),
        Column("others"),
    )
    note = "Errors and losses are those of the example's own library; others counts the records of everybody else."
    rows = tuple(_row(outcome) for outcome in outcomes)
    return Table(f"Under valgrind, Python {interpreter.version}", columns, rows, note)


def _row(outcome: _Outcome) -> tuple[str | float | int | None, ...]:
    seen, name = outcome.watched, outcome.example.name
    if seen is None:
        return (name, *[None] * 8)
    lost = [cause for cause in outcome.causes if cause.record.lost]
    return (
        name,
        *outcome.tests[:2],
        seen.plain.seconds,
        seen.result.seconds,
        len(outcome.causes) - len(lost),
        sum(cause.bytes for cause in lost),
        sum(cause.blocks for cause in lost),
        seen.reading.errors + seen.reading.losses - sum(cause.ways for cause in outcome.causes),
    )
