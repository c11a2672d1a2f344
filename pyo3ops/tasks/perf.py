"""Profile each example on both sides of the boundary: folded stacks, a flame graph, the share of each layer."""

from __future__ import annotations

import hashlib
import importlib.util
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.core.run import which
from pyo3ops.profiling import flame_graph, folding, recording
from pyo3ops.profiling.layers import Layer, Sources
from pyo3ops.profiling.recording import Profiler
from pyo3ops.stacks.symbols import Symbols
from pyo3ops.tools import crates, perf
from pyo3ops.wheels import examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.profiling.folding import Profile
    from pyo3ops.profiling.recording import Recorded
    from pyo3ops.tools.environments import Environment
    from pyo3ops.tools.python import Interpreter
    from pyo3ops.wheels.examples import Installed, Places

#: Rows of the top table of one example.
TOP = 12

_EXTRA = "it comes with an extra of pyo3ops, which the session installs by itself"
_GET = "pip install 'pyo3ops[profile]'"


@dataclass(frozen=True)
class Request:
    """What to profile and with which Python; `python` is a version, a path, or None for the one that runs this."""

    env: Mapping[str, str]
    python: str | None = None
    names: tuple[str, ...] = ()
    #: Where recordings and flame graphs go; `.pyo3ops/perf` in the project without one.
    output: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _Outcome:
    """One example, as far as it got."""

    example: Installed
    recorded: Recorded | None = None
    profile: Profile | None = None
    files: tuple[Path, ...] = ()
    error: str | None = None


def run(root: Path, request: Request) -> Report:
    """Build each chosen example with line tables, install it, run its benchmark under a profiler.

    That is perf where the interpreter has trampolines (3.12 and later), py-spy otherwise and where perf may not record.
    Raises `UsageError` for an unknown example, for a Python that is not here, and without either profiler.
    """
    started = time.monotonic()
    project = discover.read_project(root, request.env)
    folders = examples.chosen(examples.folders(project), request.names)
    interpreter = examples.interpreter(request.python, request.env)
    profiler, refused = _profiler(interpreter.version, request.env)
    places = examples.places(root, "perf", interpreter, request.output)
    outcomes = [
        _profiled(name, folder, interpreter, profiler, places, request=request) for name, folder in folders.items()
    ]
    return Report(
        task="perf",
        project=project.name or root.name,
        host=Host.here(),
        facts=(Fact("Python", f"{interpreter.release} at {interpreter.path}"), Fact("profiler", profiler.value)),
        findings=(*refused, *(_finding(outcome, root) for outcome in outcomes)),
        tables=tuple(_tables(outcomes, profiler, interpreter)),
        artifacts=tuple(_artifact(file) for outcome in outcomes for file in outcome.files),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _profiler(version: PythonVersion, env: Mapping[str, str]) -> tuple[Profiler, tuple[Finding, ...]]:
    """The profiler to use, and a finding where it is not the one that this Python is best seen with."""
    best = recording.wanted(version)
    reason = None if best is Profiler.PY_SPY else perf.refusal(env)
    if best is not Profiler.PY_SPY and reason is None:
        if importlib.util.find_spec("symbolic") is None:
            raise UsageError("symbolic, which reads debug information, is not installed", cause=_EXTRA, command=_GET)
        return best, ()
    if which("py-spy", env) is None:
        said = f"perf cannot record here ({reason}), and py-spy" if reason else "py-spy"
        raise UsageError(
            f"{said} is not installed",
            cause=_EXTRA,
            command=_GET,
        )
    if reason is None:
        return Profiler.PY_SPY, ()
    fix = Fix(
        "see what keeps perf from recording", ("pyo3ops", "validate", "--select", "profile"), safe=True, mends=False
    )
    title = "perf records here"
    detail = f"{reason}; py-spy took its place: {Profiler.PY_SPY.note}"
    return Profiler.PY_SPY, (Finding("perf.profiler", title, Status.WARN, detail, fix=fix),)


def _profiled(
    name: str,
    folder: Path,
    interpreter: Interpreter,
    profiler: Profiler,
    places: Places,
    *,
    request: Request,
) -> _Outcome:
    place = places.output / name
    built = examples.build(
        name,
        folder,
        interpreter,
        place,
        targets=places.targets,
        env=request.env,
        symbols=True,
        progress=request.progress,
    )
    example = examples.install(built, interpreter, place, request.env)
    if example.error is not None or example.environment is None or example.project is None:
        return _Outcome(example, error=example.error)
    command = _command(example.project, example.environment)
    if command is None:
        wanted = " ".join(example.project.config.perf.script)
        return _Outcome(example, error=f"there is neither {wanted} nor a folder of tests with pytest to run")
    request.progress(f"{name}: profiling {command[-1]}")
    try:
        recorded = recording.record(profiler, command, place, cwd=folder, env=example.environment.env)
        return _read(example, recorded, place, request)
    except OSError as error:
        return _Outcome(example, error=reason_of(error, place))


def _command(project: Project, environment: Environment) -> tuple[str, ...] | None:
    """What is profiled: the configured script, or else the tests."""
    script, *arguments = project.config.perf.script or ("",)
    if script and (project.root / script).is_file():
        return (str(environment.python), str(project.root / script), *arguments)
    pytest = environment.python.with_name("pytest" + environment.python.suffix)
    if any((project.root / name).is_dir() for name in ("tests", "test")) and pytest.exists():
        return (str(environment.python), str(pytest), "-p", "no:cacheprovider")
    return None


def _read(example: Installed, recorded: Recorded, place: Path, request: Request) -> _Outcome:
    if recorded.error is not None or example.environment is None or example.project is None:
        return _Outcome(example, recorded, error=recorded.error)
    request.progress(f"{example.name}: reading the samples")
    symbols = Symbols((example.environment.folder,))
    sources = _sources(example.project, request.env)
    try:
        stacks = ((symbols.expanded(sample.stack), sample.count) for sample in recording.samples(recorded, request.env))
        profile = folding.profile_of(stacks, sources)
    except ValueError as error:
        return _Outcome(example, recorded, error=f"what {recorded.profiler.value} recorded cannot be read: {error}")
    if not profile.samples:
        return _Outcome(example, recorded, error="no sample was taken: it ended too soon")
    title = f"{example.name} on {place.parent.name}"
    graph = flame_graph.render(profile, title, _told(profile, recorded))
    files = (place / "stacks.folded", place / "flame_graph.html")
    for file, text in zip(files, (folding.text_of(profile), graph)):
        write_whole(file, text.encode("utf-8"))
    return _Outcome(example, recorded, profile, files)


def _sources(project: Project, env: Mapping[str, str]) -> Sources:
    packages = crates.packages(project, env)
    locks = {extension.lock for extension in project.extensions if extension.lock}
    return Sources(
        {each.folder: each.library for each in packages if each.own},
        {each.folder: each.library for each in packages if not each.own},
        frozenset(name for lock in locks for name in discover.locked_versions(lock)),
    )


def _told(profile: Profile, recorded: Recorded) -> str:
    note = f"; {recorded.profiler.note}" if recorded.profiler.note else ""
    return f"{profile.samples} samples in {recorded.seconds:.1f} s, by {recorded.profiler.value}{note}."


def _finding(outcome: _Outcome, root: Path) -> Finding:
    name = outcome.example.name
    identity, title = f"perf.{name}", f"{name} was profiled"
    recorded = outcome.recorded
    if outcome.profile is None or recorded is None:
        tail = outcome.example.tail or (recorded.tail if recorded else ())
        fix = Fix("see whether it runs without a profiler", ("pyo3ops", "examples", name, "--bench"), mends=False)
        if outcome.example.built is None:
            fix = examples.MISSING
        return Finding(identity, title, Status.FAIL, outcome.error or "", tail, fix)
    graph = outcome.files[-1]
    shown = graph.relative_to(root) if root in graph.parents else graph
    return Finding(identity, title, Status.OK, f"{_told(outcome.profile, recorded)} {shown}", seconds=recorded.seconds)


def _tables(outcomes: Sequence[_Outcome], profiler: Profiler, interpreter: Interpreter) -> Iterator[Table]:
    profiles = {outcome.example.name: outcome.profile for outcome in outcomes if outcome.profile}
    for name, profile in profiles.items():
        yield _layers(name, profile, profiler, interpreter)
        columns = (Column("function"), Column("layer"), Column("self", "%"), Column("total", "%"))
        rows = tuple(
            (row.name, row.layer.value, _share(row.own, profile), _share(row.total, profile))
            for row in folding.top(profile)[:TOP]
        )
        yield Table(f"{name}: where its samples end", columns, rows)


def _layers(name: str, profile: Profile, profiler: Profiler, interpreter: Interpreter) -> Table:
    shown = [layer for layer in Layer if profile.own[layer] or profile.charged[layer]]
    columns = (Column("layer"), Column("where", "%"), Column("for whom", "%"))
    rows = tuple(
        (layer.value, _share(profile.own[layer], profile), _share(profile.charged[layer], profile)) for layer in shown
    )
    note = "where: what the processor was in; for whom: libc and the kernel counted as their caller."
    note = f"{note} {profiler.note[:1].upper()}{profiler.note[1:]}." if profiler.note else note
    return Table(f"{name}: layers of {profile.samples} samples on Python {interpreter.version}", columns, rows, note)


def _share(count: int, profile: Profile) -> float:
    return 100 * count / profile.samples


def _artifact(file: Path) -> Artifact:
    kind = {".folded": "folded stacks", ".html": "flame graph"}[file.suffix]
    return Artifact(str(file), kind, hashlib.sha256(file.read_bytes()).hexdigest())
