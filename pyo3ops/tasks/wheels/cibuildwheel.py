"""`pyo3ops wheels cibuildwheel`: `[tool.cibuildwheel]` from the plan, shown, written or checked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import home_folder, own_folder, write_whole
from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Location, Report, Status, Table
from pyo3ops.tools import cibuildwheel as tool
from pyo3ops.tools import python as python_tool
from pyo3ops.wheels.cibuildwheel import table
from pyo3ops.wheels.cibuildwheel.keys import as_toml, floor_troubles
from pyo3ops.wheels.cibuildwheel.project import configured
from pyo3ops.wheels.members import members

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.tools.python import Interpreter
    from pyo3ops.wheels.cibuildwheel.arrangement import Part
    from pyo3ops.wheels.cibuildwheel.project import Configured

LINK = "https://cibuildwheel.pypa.io/en/stable/options/"


class Action(Enum):
    """What is done with the table."""

    SHOW = "show"
    WRITE = "write"
    CHECK = "check"


@dataclass(frozen=True)
class Request:
    """Whose table, and what to do with it; `identifiers` asks cibuildwheel itself what it would build by it."""

    env: Mapping[str, str]
    names: tuple[str, ...] = ()
    action: Action = Action.SHOW
    identifiers: bool = False
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Derive the table of each member, and show it, write it, or say where the file differs.

    Raises `ConfigError` where nothing can be planned or a file cannot be changed.
    """
    started = time.monotonic()
    found = [configured(project) for project in members(root, request.env, request.names)]
    findings = [finding for each in found for finding in _findings(each, request)]
    if request.identifiers:
        findings += list(_agreements(root, found, request))
    return Report(
        task="wheels cibuildwheel",
        project=root.name if len(found) > 1 else found[0].planned.name,
        host=Host.here(),
        facts=tuple(fact for each in found for fact in _facts(each)),
        findings=tuple(findings),
        tables=tuple(_table(each) for each in found) if request.action is Action.SHOW else (),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _facts(each: Configured) -> Iterator[Fact]:
    for part in each.arrangement.parts:
        yield Fact(f"{each.name} with {part.line.requirement}", f"{len(part.identifiers)} identifiers")


def _table(each: Configured) -> Table:
    columns = (Column("key"), Column("value"), Column("why"))
    rows = tuple((row.name, as_toml(row.value), row.why) for row in each.settings)
    return Table(f"[tool.cibuildwheel] of {each.name}", columns, rows)


def _findings(each: Configured, request: Request) -> Iterator[Finding]:
    if request.action is Action.WRITE and each.merged.stale:
        each.write()
    yield _in_step(each, request.action)
    yield from _kept(each)
    yield from _shortcomings(each)


def _in_step(each: Configured, action: Action) -> Finding:
    identity, title = f"cibuildwheel.config.{each.name}", f"[tool.cibuildwheel] of {each.name} says what is planned"
    where = Location("pyproject.toml")
    if not each.merged.stale:
        return Finding(identity, title, Status.OK, f"{len(each.settings)} keys", where=where, link=LINK)
    if action is Action.WRITE:
        return Finding(identity, title, Status.OK, f"written: {len(each.settings)} keys", where=where, link=LINK)
    fix = Fix("write it", ("pyo3ops", "wheels", "cibuildwheel", "--write"), safe=True)
    if action is Action.SHOW and not each.merged.there:
        return Finding(identity, title, Status.SKIP, "there is none", fix=fix, where=where, link=LINK)
    status = Status.FAIL if action is Action.CHECK else Status.WARN
    detail = "it is not what the plan comes to" if each.merged.there else "there is none"
    return Finding(identity, title, status, detail, each.merged.difference("pyproject.toml"), fix, where, link=LINK)


def _kept(each: Configured) -> Iterator[Finding]:
    for key, theirs, ours in each.merged.kept:
        yield Finding(
            f"cibuildwheel.own.{each.name}.{key}",
            f"{key} of {each.name} fits the plan",
            Status.WARN,
            "the project has a value of its own, which is left alone",
            (f"here: {theirs}", f"by the plan: {ours}"),
            Fix(f"take the line with {key} away, or write `# {table.MARK}` behind it, then --write"),
            Location("pyproject.toml"),
        )


def _shortcomings(each: Configured) -> Iterator[Finding]:
    for wheel, why in each.arrangement.without:
        fix = Fix("build it here", ("pyo3ops", "wheels", "cross", "--target", wheel.target), safe=True)
        identity = f"cibuildwheel.without.{each.name}.{wheel.target}"
        yield Finding(identity, f"cibuildwheel builds {wheel}", Status.WARN, why, fix=fix)
    for identifier, why in each.arrangement.untested:
        fix = Fix("test that wheel where that Python is", ("pyo3ops", "wheels", "test"), safe=True)
        identity = f"cibuildwheel.untested.{each.name}.{identifier}"
        yield Finding(identity, f"{identifier} is tested", Status.WARN, why, fix=fix)
    for why in floor_troubles(each.planned, each.arrangement):
        fix = Fix("plan what the image reaches: manylinux or musllinux of [tool.pyo3ops.wheels]")
        identity = f"cibuildwheel.floor.{each.name}.{why.partition(':')[0]}"
        yield Finding(identity, "images are as old as the plan promises", Status.WARN, why, fix=fix)


def _agreements(root: Path, found: list[Configured], request: Request) -> Iterator[Finding]:
    python = runner(request.env)
    if isinstance(python, Finding):
        yield python
        return
    for each in found:
        for part in each.arrangement.parts:
            yield _agreement(root, each, part, python, request)


def _agreement(root: Path, each: Configured, part: Part, python: Interpreter, request: Request) -> Finding:
    """Cibuildwheel's own answer beside the plan, for each platform."""
    title = f"{part.line.name} builds what is planned of {each.name}"
    identity = f"cibuildwheel.identifiers.{each.name}.{part.line.recorded.partition('.')[0]}"
    request.progress(f"{each.name}: asking {part.line.name}")
    program = install(root, part, python, request.env)
    if program.error:
        return Finding(identity, title, Status.UNKNOWN, program.error, fix=_install_fix(part))
    config = own_folder(root) / "cibuildwheel.toml"
    write_whole(config, table.configuration(each.merged))
    planned = {row.name for row in part.identifiers}
    asked: set[str] = set()
    for platform in ("linux", "macos", "windows"):
        names, error = tool.identifiers(program.script, each.project.root, config, platform, request.env)
        if error:
            return Finding(identity, title, Status.FAIL, f"{platform}: {error}", fix=_own_fix())
        asked.update(names)
    different = [f"planned alone: {name}" for name in sorted(planned - asked)]
    # Another part of the plan is the affair of another line.
    others = {row.name for other in each.arrangement.parts for row in other.identifiers}
    different += [f"cibuildwheel alone: {name}" for name in sorted(asked - others)]
    detail = f"{program.release}: {len(planned)} identifiers"
    if not different:
        return Finding(identity, title, Status.OK, detail)
    detail = f"{program.release}: {len(different)} of {len(planned | asked)} identifiers differ"
    return Finding(identity, title, Status.FAIL, detail, tuple(different), _own_fix())


def _own_fix() -> Fix:
    return Fix(
        "look for keys of the project's own that select otherwise", ("pyo3ops", "wheels", "cibuildwheel"), safe=True
    )


def _install_fix(part: Part) -> Fix:
    return Fix("see why it cannot be installed", ("pip", "download", "--no-deps", part.line.requirement), mends=False)


def install(root: Path, part: Part, python: Interpreter, env: Mapping[str, str]) -> tool.Cibuildwheel:
    """The newest release of that line, installed below the project's own folder; `UsageError` where nothing can be."""
    try:
        folder = own_folder(root) / "tools" / part.line.name.replace(" ", "-")
        return tool.installed(part.line, folder, python, env)
    except OSError as error:
        raise UsageError(
            f"no environment for cibuildwheel can be made: {reason_of(error, root)}",
            cause="the folder is not yours to write",
        ) from None


def runner(env: Mapping[str, str]) -> Interpreter | Finding:
    """A Python that runs cibuildwheel, or the finding that there is none."""
    working = python_tool.find(tool.RUNS_ON, env, home_folder(env)).working
    if working:
        return working[0]
    fix = Fix("install one beside the project's", ("uv", "python", "install", str(tool.RUNS_ON[0])))
    detail = "there is none from 3.11 to 3.14 here; the project's own Pythons do not matter"
    return Finding("cibuildwheel.python", "a Python that runs cibuildwheel", Status.FAIL, detail, fix=fix)
