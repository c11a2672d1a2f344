"""`pyo3ops wheels build --engine cibuildwheel`: what is planned for this machine, built and tested by cibuildwheel."""

from __future__ import annotations

import difflib
import hashlib
import shutil
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable, Iterator, Mapping

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import make_empty, own_folder, write_whole
from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.tasks.wheels import cibuildwheel as configuring
from pyo3ops.tools import cibuildwheel as tool
from pyo3ops.tools import containers
from pyo3ops.wheels.cibuildwheel import runs, table
from pyo3ops.wheels.cibuildwheel.findings import Built, findings_of
from pyo3ops.wheels.cibuildwheel.project import configured
from pyo3ops.wheels.cibuildwheel.runs import Here, Order, Outcome, Stopped
from pyo3ops.wheels.members import members

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.tools.containers import Engine
    from pyo3ops.tools.python import Interpreter
    from pyo3ops.wheels.cibuildwheel.arrangement import Identifier, Part
    from pyo3ops.wheels.cibuildwheel.project import Configured

#: Where people tell cibuildwheel their engine and its options, and where it is told ours.
_VARIABLE = "CIBW_CONTAINER_ENGINE"


@dataclass(frozen=True)
class Request:
    """What to build, and in which containers; without `only` all that this machine builds of the plan."""

    env: Mapping[str, str]
    names: tuple[str, ...] = ()
    #: Identifiers such as cp38-manylinux_x86_64; those of other architectures need emulation.
    only: tuple[str, ...] = ()
    #: docker or podman; None takes the first that works.
    engine: str | None = None
    #: "IMAGE", for the manylinux image of this machine's architecture, or "musllinux_x86_64=IMAGE".
    images: tuple[str, ...] = ()
    #: What the engine is told when it makes a container.
    container_options: tuple[str, ...] = ()
    #: Where wheels and logs go; `.pyo3ops/cibuildwheel` in the project without one.
    output: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _Setup:
    """What all members share."""

    root: Path
    here: Here
    python: Interpreter
    engine: Engine | None
    images: Mapping[str, str]
    output: Path
    #: Carried by the containers of this run, so that none is left behind.
    label: str


def run(root: Path, request: Request) -> Report:
    """Build each member's wheels by cibuildwheel, test them there, and hold them against the plan.

    A failure does not stop the others. Raises `UsageError` for an identifier that is not planned and for a folder that
    cannot be made, `ConfigError` where nothing can be planned.
    """
    started = time.monotonic()
    found = [configured(project) for project in members(root, request.env, request.names)]
    _check_only(found, request.only)
    setup = _setup(root, found, request)
    built: list[Built] = []
    if isinstance(setup, _Setup):
        built = [_member(each, setup, request) for each in found]
        findings = [finding for one in built for finding in findings_of(one)]
    else:
        findings = [setup]
    return Report(
        task="wheels build",
        project=root.name if len(found) > 1 else found[0].planned.name,
        host=Host.here(),
        facts=tuple(_facts(setup, built)),
        findings=tuple(findings),
        tables=tuple(_table(one) for one in built if one.began),
        artifacts=tuple(_artifact(wheel) for one in built for wheel in one.wheels),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _check_only(found: Sequence[Configured], only: Sequence[str]) -> None:
    known = {each.name for one in found for each in one.arrangement.identifiers}
    for name in only:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.3)
            raise UsageError(
                f"nothing that is planned is called {name}",
                cause=f"near: {', '.join(near)}" if near else "an identifier is like cp38-manylinux_x86_64",
                command="pyo3ops wheels cibuildwheel",
            )


def _setup(root: Path, found: Sequence[Configured], request: Request) -> _Setup | Finding:
    """What is needed to start, or the finding that says what is missing."""
    here = Here.now()
    python = configuring.runner(request.env)
    if isinstance(python, Finding):
        return python
    engine = None
    images = dict(_image(text, here) for text in request.images)
    if any(each.platform == "linux" for one in found for each in _chosen(one, here, request.only)):
        chosen = _engine(request)
        if isinstance(chosen, Finding):
            return chosen
        engine = chosen
        for image in images.values():
            trouble = _trouble(engine, image, request)
            if trouble is not None:
                return trouble
    return _Setup(root, here, python, engine, images, _output(root, request), f"pyo3ops.run={uuid.uuid4()}")


def _output(root: Path, request: Request) -> Path:
    try:
        folder = request.output or own_folder(root) / "cibuildwheel"
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"nothing can be built here: {reason_of(error, request.output or root)}",
            cause="the folder is not yours to write, or a file has its name",
            command="pyo3ops wheels build --engine cibuildwheel --output DIR",
        ) from None
    return folder.resolve()


def _image(text: str, here: Here) -> tuple[str, str]:
    """Which of cibuildwheel's images an option replaces, and by which."""
    name, sign, image = text.partition("=")
    if sign and name.startswith(("manylinux_", "musllinux_")):
        return name, image
    return f"manylinux_{here.architectures[0]}", text


def _engine(request: Request) -> Engine | Finding:
    wanted = request.engine or request.env.get(_VARIABLE, "").partition(";")[0].strip()
    names = (wanted,) if wanted else containers.NAMES
    engines = [containers.ask(name, request.env) for name in names]
    working = next((engine for engine in engines if engine.works), None)
    if working is not None:
        return working
    told = next((engine for engine in engines if engine.error), engines[0])
    reasons = tuple(f"{engine.name}: {engine.error or 'it is not on PATH'}" for engine in engines)
    missing = f"there is neither {' nor '.join(names)}" if len(names) > 1 else f"there is no {names[0]}"
    detail = f"{told.name}: {told.error}" if told.error else missing
    return _engine_finding(detail, reasons, told.fix)


def _engine_finding(detail: str, evidence: tuple[str, ...], fix: Fix | None) -> Finding:
    title = "containers run here"
    return Finding(
        "cibuildwheel.engine", title, Status.FAIL, detail, evidence, fix, link=f"{configuring.LINK}#container-engine"
    )


def _trouble(engine: Engine, image: str, request: Request) -> Finding | None:
    """Why a container of that image does not run, where the image is here: what is not, cibuildwheel fetches."""
    if not containers.has_image(engine, image, request.env):
        return None
    request.progress(f"{engine.name}: trying {image}")
    complaint = containers.trouble(engine, image, request.container_options, request.env)
    if complaint is None:
        return None
    return _engine_finding(f"{engine.name} with {image}: {complaint.words}", (), complaint.fix)


def _chosen(one: Configured, here: Here, only: Sequence[str]) -> tuple[Identifier, ...]:
    wanted = one.arrangement.identifiers
    return tuple(each for each in wanted if (each.name in only if only else here.runs(each)))


def _member(each: Configured, setup: _Setup, request: Request) -> Built:
    output = setup.output / each.name
    one = Built(each, output, _chosen(each, setup.here, request.only), images=setup.images)
    if not one.chosen:
        return one
    try:
        make_empty(output)
        outcomes = tuple(_outcomes(one, setup, request))
    except (OSError, shutil.Error) as error:
        return replace(one, problem=reason_of(error, output))
    contained = setup.engine is not None
    return replace(one, outcomes=outcomes, wheels=tuple(sorted(output.glob("*.whl"))), contained=contained)


def _outcomes(one: Built, setup: _Setup, request: Request) -> Iterator[tuple[Part, str, Outcome]]:
    sources = one.output / "sources"
    try:
        order = _order(one, runs.copy_sources(one.each.project, sources), setup, request)
        for part in one.each.arrangement.parts:
            own = [identifier for identifier in part.identifiers if identifier in one.chosen]
            if own:
                yield (part, *_part(part, own, order, setup, request))
    finally:
        shutil.rmtree(sources, ignore_errors=True)
        if setup.engine is not None:
            containers.remove_labelled(setup.engine, setup.label, request.env)


def _order(one: Built, package: Path, setup: _Setup, request: Request) -> Order:
    config = one.output / "cibuildwheel.toml"
    write_whole(config, table.configuration(one.each.merged))
    engine = ""
    if setup.engine is not None:
        options = (f"--label={setup.label}", *request.container_options)
        engine = tool.container_engine(setup.engine.name, options, request.env.get(_VARIABLE, ""))
    sources = one.output / "sources"
    return Order(sources, package, config, one.output, setup.here.platform, engine, setup.images)


def _part(
    part: Part, identifiers: Sequence[Identifier], order: Order, setup: _Setup, request: Request
) -> tuple[str, Outcome]:
    """The release of cibuildwheel that did it, and what came of it."""
    told = _prefixed(order.output.name, request.progress)
    told(part.line.requirement)
    program = configuring.install(setup.root, part, setup.python, request.env)
    if program.error:
        why = f"{part.line.requirement} cannot be installed: {program.error}"
        return "", Outcome(stops=tuple(Stopped(tag, why) for tag in dict.fromkeys(each.tag for each in identifiers)))
    # `enable` stands in the table where every line of the plan knows the group.
    opted = any(each.python in part.line.opt_in for each in identifiers)
    env = {**request.env, "CIBW_ENABLE": "cpython-freethreading"} if opted else request.env
    return program.release, runs.build(program.script, order, identifiers, env, told)


def _prefixed(name: str, progress: Callable[[str], None]) -> Callable[[str], None]:
    return lambda line: progress(f"{name}: {line}") if line else None


def _facts(setup: _Setup | Finding, built: Sequence[Built]) -> Iterator[Fact]:
    if isinstance(setup, Finding):
        return
    if setup.engine is not None:
        yield Fact("containers", f"{setup.engine.name} {setup.engine.release}")
    for name, image in setup.images.items():
        yield Fact(f"image for {name}", image)
    yield from dict.fromkeys(
        Fact("cibuildwheel", release) for one in built for _, release, _ in one.outcomes if release
    )
    yield Fact("output", str(setup.output))


def _table(one: Built) -> Table:
    columns = (Column("identifier"), Column("wheel"), Column("came to"), Column("time", "s"))
    rows = tuple(
        (ran.identifier, "tested alone" if ran.wheel else "built", "the end" if ran.finished else ran.step, ran.seconds)
        for _, _, outcome in one.outcomes
        for ran in outcome.ran
    )
    return Table(f"{one.each.name} by cibuildwheel", columns, rows, "time: until the next one began, tests with it.")


def _artifact(wheel: Path) -> Artifact:
    return Artifact(str(wheel), "wheel", hashlib.sha256(wheel.read_bytes()).hexdigest())
