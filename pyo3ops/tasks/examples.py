"""Build the release wheel of each example for one interpreter, install it alone, run its tests.

A project without a folder of examples is its own only example: so any PyO3 project gets its wheel built, installed,
imported and tested.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.core import discover
from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import home_folder, own_folder
from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.core.project import Backend
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import which
from pyo3ops.tools import python as python_tool
from pyo3ops.wheels import trial
from pyo3ops.wheels.build import Built, build_wheel
from pyo3ops.wheels.trial import Tested

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.project import Project
    from pyo3ops.tools.python import Interpreter


@dataclass(frozen=True)
class Request:
    """What to build and for which Python; `python` is a version, a path, or None for the one that runs this."""

    env: Mapping[str, str]
    python: str | None = None
    names: tuple[str, ...] = ()
    bench: bool = False
    #: Where wheels, logs and environments go; `.pyo3ops/examples` in the project without one.
    output: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _Outcome:
    """One example, as far as it got."""

    name: str
    built: Built | None = None
    tested: Tested = field(default_factory=Tested)
    rows: tuple[dict[str, Any], ...] = ()
    error: str | None = None


def run(root: Path, request: Request) -> Report:
    """Build, install and test the chosen examples one after the other; a failure does not stop the next.

    Raises `UsageError` for an unknown example and for a Python that is not here.
    """
    started = time.monotonic()
    project = discover.read_project(root, request.env)
    folders = _chosen(_folders(project), request.names)
    interpreter = _interpreter(request)
    output = (request.output or root / ".pyo3ops" / "examples") / interpreter.version.tag
    outcomes = [
        _make(name, folder, interpreter, root=root, output=output / name, request=request)
        for name, folder in folders.items()
    ]
    return Report(
        task="examples",
        project=project.name or root.name,
        host=Host.here(),
        facts=(Fact("Python", f"{interpreter.release} at {interpreter.path}"),),
        findings=tuple(_finding(outcome) for outcome in outcomes),
        tables=tuple(_tables(outcomes, interpreter)),
        artifacts=tuple(_artifact(each.built.wheel) for each in outcomes if each.built and each.built.wheel),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _folders(project: Project) -> dict[str, Path]:
    """The examples by name: folders with a Cargo.toml and a pyproject.toml; without any, the project itself."""
    folder = project.root / project.config.examples.folder
    found = {path.parent.name: path.parent for path in sorted(folder.glob("*/pyproject.toml"))}
    found = {name: path for name, path in found.items() if (path / "Cargo.toml").is_file()}
    return found or {project.name or project.root.name: project.root}


def _chosen(folders: dict[str, Path], names: Sequence[str]) -> dict[str, Path]:
    unknown = [name for name in names if name not in folders]
    if unknown:
        raise UsageError(f"there is no example {unknown[0]!r}", cause=f"known: {', '.join(folders)}")
    return {name: folder for name, folder in folders.items() if not names or name in names}


def _interpreter(request: Request) -> Interpreter:
    import sys  # noqa: PLC0415 - for the one path

    wanted = request.python or sys.executable
    home = home_folder(request.env)
    try:
        version = PythonVersion.parse(wanted)
    except ValueError:
        found = python_tool.probe(Path(which(wanted, request.env) or wanted), request.env)
        if isinstance(found, python_tool.DeadInterpreter):
            raise UsageError(f"{wanted} is no Python that runs: {found.reason}") from None
        return found
    working = python_tool.find([version], request.env, home).of(version)
    if working is None:
        raise UsageError(f"there is no Python {version} here", command=f"uv python install {version}")
    return working


def _make(name: str, folder: Path, interpreter: Interpreter, *, root: Path, output: Path, request: Request) -> _Outcome:
    try:
        project = discover.read_project(folder, request.env)
        if project.metadata_error is not None:
            return _Outcome(name, error=f"cargo metadata: {project.metadata_error}")
        if project.backend is Backend.NONE:
            return _Outcome(name, error="pyproject.toml names no build backend")
        built = build_wheel(
            project,
            interpreter,
            output,
            targets=own_folder(root) / "target",
            env=request.env,
            progress=request.progress,
        )
        if built.wheel is None:
            return _Outcome(name, built)
        return _try(name, project, built, interpreter, output=output, request=request)
    except OSError as error:
        return _Outcome(name, error=f"{error.filename or output}: {error.strerror}")


def _try(
    name: str, project: Project, built: Built, interpreter: Interpreter, *, output: Path, request: Request
) -> _Outcome:
    assert built.wheel is not None  # noqa: S101 - for the type checker; _make looked
    request.progress(f"{name}: installing and testing")
    environment, error = trial.install(project, built.wheel, interpreter, output / "venv", request.env)
    if error:
        return _Outcome(name, built, error=error)
    loaded = trial.imported(project, environment, output)
    if not loaded.ok:
        return _Outcome(name, built, Tested(tail=tuple(loaded.err.splitlines())), error=f"import: {loaded.reason}")
    tested = trial.test(project, environment, output)
    rows: tuple[dict[str, Any], ...] = ()
    if request.bench and tested.error is None:
        request.progress(f"{name}: measuring")
        rows, problem = trial.benchmark(project, environment)
        if problem:
            return _Outcome(name, built, tested, error=f"benchmark: {problem}")
    return _Outcome(name, built, tested, rows)


def _finding(outcome: _Outcome) -> Finding:
    built, tested = outcome.built, outcome.tested
    error = outcome.error or (built.error if built else None) or tested.error
    identity, title = f"examples.{outcome.name}", f"{outcome.name} builds, installs and passes its tests"
    seconds = (built.seconds if built else 0.0) + tested.seconds
    if error is None:
        detail = tested.note or f"{tested.passed} tests passed"
        return Finding(identity, title, Status.OK, detail, seconds=seconds)
    evidence = (built.tail if built and built.error else tested.tail) or ()
    return Finding(identity, title, Status.FAIL, error, evidence, _fix(error, built), seconds=seconds)


def _fix(error: str, built: Built | None) -> Fix:
    if error.startswith("maturin cannot be started"):
        return Fix("install maturin", ("pip", "install", "maturin"), "https://www.maturin.rs/installation", safe=True)
    if built is None:
        return Fix("see what is missing here", ("pyo3ops", "validate"), safe=True)
    return Fix(f"read the whole log in {built.log.parent}")


def _tables(outcomes: Sequence[_Outcome], interpreter: Interpreter) -> Iterator[Table]:
    columns = (
        Column("example"),
        Column("wheel tag"),
        Column("build", "s"),
        Column("compiled"),
        Column("passed"),
        Column("failed"),
        Column("skipped"),
        Column("tests", "s"),
    )
    yield Table(f"Examples on Python {interpreter.version}", columns, tuple(_row(outcome) for outcome in outcomes))
    measured = [(outcome.name, *(row[key] for key in trial.ROW)) for outcome in outcomes for row in outcome.rows]
    if measured:
        names = (Column("example"), Column("what"), Column("Rust", "ns"), Column("Python", "ns"), Column("ratio"))
        note = "Medians of interleaved rounds on this machine; ratio is Python over Rust, above 1 Rust is faster."
        yield Table(f"Against pure Python {interpreter.version}", names, tuple(measured), note)


def _row(outcome: _Outcome) -> tuple[str | float | int | None, ...]:
    built, tested = outcome.built, outcome.tested
    return (
        outcome.name,
        "-".join(built.wheel.stem.split("-")[-3:]) if built and built.wheel else None,
        built.seconds if built else None,
        built.compiled if built else None,
        tested.passed,
        tested.failed,
        tested.skipped,
        tested.seconds,
    )


def _artifact(wheel: Path) -> Artifact:
    return Artifact(str(wheel), "wheel", hashlib.sha256(wheel.read_bytes()).hexdigest())
