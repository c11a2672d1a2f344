"""Build the release wheel of each example for one interpreter, install it alone, run its tests."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.core import discover
from pyo3ops.core.errors import reason_of
from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.wheels import examples, trial
from pyo3ops.wheels.trial import Tested

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.tools.python import Interpreter
    from pyo3ops.wheels.build import Built
    from pyo3ops.wheels.examples import Installed, Places


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

    example: Installed
    tested: Tested = field(default_factory=Tested)
    rows: tuple[dict[str, Any], ...] = ()
    problem: str | None = None

    @property
    def error(self) -> str | None:
        return self.example.error or self.tested.error or self.problem


def run(root: Path, request: Request) -> Report:
    """Build, install and test the chosen examples; a failure does not stop the others.

    While one is compiled, the one before it is tested; benchmarks have the machine to themselves. Raises `UsageError`
    for an unknown example and for a Python that is not here.
    """
    started = time.monotonic()
    project = discover.read_project(root, request.env)
    folders = examples.chosen(examples.folders(project), request.names)
    interpreter = examples.interpreter(request.python, request.env)
    places = examples.places(root, "examples", interpreter, request.output)
    outcomes = _outcomes(folders, interpreter, places, request)
    if request.bench:
        outcomes = [_measured(outcome, request) for outcome in outcomes]
    return Report(
        task="examples",
        project=project.name or root.name,
        host=Host.here(),
        facts=(Fact("Python", f"{interpreter.release} at {interpreter.path}"),),
        findings=tuple(_finding(outcome) for outcome in outcomes),
        tables=tuple(_tables(outcomes, interpreter)),
        artifacts=tuple(
            _artifact(outcome.example.built.wheel)
            for outcome in outcomes
            if outcome.example.built and outcome.example.built.wheel
        ),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _outcomes(
    folders: Mapping[str, Path], interpreter: Interpreter, places: Places, request: Request
) -> list[_Outcome]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import

    pending = []
    with ThreadPoolExecutor(max_workers=1) as tester:
        try:
            for name, folder in folders.items():
                example = examples.build(
                    name,
                    folder,
                    interpreter,
                    places.output / name,
                    targets=places.targets,
                    env=request.env,
                    progress=request.progress,
                )
                pending.append(tester.submit(_try, example, interpreter, places.output / name, request))
            return [future.result() for future in pending]
        except BaseException:
            for future in pending:
                future.cancel()
            raise


def _try(example: Installed, interpreter: Interpreter, output: Path, request: Request) -> _Outcome:
    request.progress(f"{example.name}: installing and testing")
    installed = examples.install(example, interpreter, output, request.env)
    if installed.error is not None or installed.project is None or installed.environment is None:
        return _Outcome(installed)
    try:
        return _Outcome(installed, trial.test(installed.project, installed.environment, output))
    except OSError as error:
        return _Outcome(installed, problem=reason_of(error, output))


def _measured(outcome: _Outcome, request: Request) -> _Outcome:
    example = outcome.example
    if outcome.error is not None or example.project is None or example.environment is None:
        return outcome
    request.progress(f"{example.name}: measuring")
    rows, problem = trial.benchmark(example.project, example.environment)
    return replace(outcome, rows=rows, problem=f"benchmark: {problem}" if problem else None)


def _finding(outcome: _Outcome) -> Finding:
    example, tested, error = outcome.example, outcome.tested, outcome.error
    built = example.built
    identity, title = f"examples.{example.name}", f"{example.name} builds, installs and passes its tests"
    seconds = (built.seconds if built else 0.0) + tested.seconds
    if error is None:
        tag = "-".join(built.wheel.stem.split("-")[-3:]) if built and built.wheel else ""
        detail = f"{tag}: {tested.note or f'{tested.passed} tests passed'}"
        return Finding(identity, title, Status.OK, detail, seconds=seconds)
    evidence = example.tail or tested.tail
    return Finding(identity, title, Status.FAIL, error, evidence, _fix(error, built), seconds=seconds)


def _fix(error: str, built: Built | None) -> Fix:
    if error.startswith("maturin cannot be started"):
        return Fix("install maturin", ("pip", "install", "maturin"), "https://www.maturin.rs/installation", safe=True)
    if built is None:
        return examples.MISSING
    return Fix(f"read the whole log in {built.log.parent}")


def _tables(outcomes: Sequence[_Outcome], interpreter: Interpreter) -> Iterator[Table]:
    columns = (
        Column("example"),
        Column("crates"),
        Column("compile", "s"),
        Column("wheel", "s"),
        Column("passed"),
        Column("skipped"),
        Column("tests", "s"),
    )
    note = "crates: how many rustc compiled; wheel: what packing it took after that."
    rows = tuple(_row(outcome) for outcome in outcomes)
    yield Table(f"Examples on Python {interpreter.version}", columns, rows, note)
    measured = [
        (outcome.example.name, *(row[key] for key in trial.ROW)) for outcome in outcomes for row in outcome.rows
    ]
    if measured:
        names = ("example", "what", "against", "Rust", "other", "ratio", "low", "high")
        units = {"Rust": "ns", "other": "ns"}
        note = (
            "Medians of interleaved rounds on this machine, nine of ten between low and high; above 1 Rust is faster."
        )
        titles = tuple(Column(name, units.get(name, "")) for name in names)
        yield Table(f"Against Python {interpreter.version} and others", titles, tuple(measured), note)


def _row(outcome: _Outcome) -> tuple[str | float | int | None, ...]:
    built, tested = outcome.example.built, outcome.tested
    return (
        outcome.example.name,
        built.compiled if built else None,
        built.compiling if built else None,
        built.seconds - built.compiling if built else None,
        tested.passed,
        tested.skipped,
        tested.seconds,
    )


def _artifact(wheel: Path) -> Artifact:
    return Artifact(str(wheel), "wheel", hashlib.sha256(wheel.read_bytes()).hexdigest())
