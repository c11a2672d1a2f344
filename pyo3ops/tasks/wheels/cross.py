"""Build wheels for other machines than this one, hold their tags to be true, and run them under an emulator."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import own_folder
from pyo3ops.core.model import Finding, Fix, Host, Report, Status
from pyo3ops.core.project import Backend
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import cross_report
from pyo3ops.wheels import examples, foreign
from pyo3ops.wheels.cross import looking, rows, ways
from pyo3ops.wheels.cross.attempt import How, Outcome, Ready, attempt
from pyo3ops.wheels.cross.kits import Kits
from pyo3ops.wheels.cross.ways import Missing, Tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.cross.rows import Target
    from pyo3ops.wheels.cross.ways import Present
    from pyo3ops.wheels.foreign import ForeignPython


@dataclass(frozen=True)
class Request:
    """What to build for which targets; without `python` for the version of the foreign one, or of this one."""

    env: Mapping[str, str]
    targets: tuple[str, ...] = ()
    #: Examples of the project; without any the project itself, or all of its examples where it builds no wheel.
    names: tuple[str, ...] = ()
    python: str | None = None
    #: zig, gcc or xwin; without one, what is here.
    tool: str | None = None
    #: Install the wheel for the foreign Python, import it, run its tests.
    run: bool = False
    #: The root of a foreign system, in place of what was unpacked into the cache.
    sysroot: Path | None = None
    #: Where wheels and logs go; `.pyo3ops/cross` in the project without one.
    output: Path | None = None
    #: Where toolchains are unpacked; the user's cache without one.
    cache: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None

    @property
    def kits(self) -> Kits:
        """What is unpacked for cross-building."""
        import platformdirs  # noqa: PLC0415 - few tasks need it

        return Kits(self.cache or Path(platformdirs.user_cache_dir("pyo3ops", appauthor=False), "cross"))


def run(root: Path, request: Request) -> Report:
    """Build the wheels of the chosen targets, one after the other; a failure does not stop the others.

    Raises `UsageError` for an unknown target, tool, example or Python, and for a folder that cannot be made.
    """
    started = time.monotonic()
    tool, version = tool_of(request.tool), version_of(request.python)
    targets = rows.chosen(request.targets)
    if not targets:
        raise UsageError("no target is named", command="pyo3ops wheels cross --list")
    project = discover.read_project(root, request.env)
    folders, place = _folders(project, request), _place(root, request)
    findings: list[Finding] = []
    outcomes: list[Outcome] = []
    for target, present in looking.look(root, targets, request.kits, request.env, request.sysroot):
        ready, found = _ready(target, present, tool, request)
        findings += found
        if ready is not None:
            how = _how(ready, version, root, place, request)
            for name, folder in folders.items():
                outcomes.append(attempt(name, folder, ready, how))
                findings += cross_report.findings(outcomes[-1])
    return Report(
        task="wheels cross",
        project=project.name or root.name,
        host=Host.here(),
        findings=tuple(findings),
        facts=tuple(dict.fromkeys(cross_report.facts(outcomes))),
        tables=(cross_report.table(outcomes),) if outcomes else (),
        artifacts=tuple(cross_report.artifacts(outcomes)),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def tool_of(name: str | None) -> Tool | None:
    """The tool of that name; raises `UsageError` for a name that is none."""
    known = {tool.value: tool for tool in Tool}
    if name is not None and name not in known:
        raise UsageError(f"{name!r} links nothing", cause=f"known: {', '.join(known)}")
    return known[name] if name else None


def version_of(text: str | None) -> PythonVersion | None:
    """The version that is asked for; raises `UsageError` for what is none."""
    try:
        return PythonVersion.parse(text) if text else None
    except ValueError as error:
        cause = "a wheel for another machine is built for a version, not for an interpreter of this one"
        raise UsageError(str(error), cause=cause) from None


def _folders(project: Project, request: Request) -> dict[str, Path]:
    if not request.names and project.backend in (Backend.MATURIN, Backend.SETUPTOOLS_RUST):
        return {project.root.name: project.root}
    return examples.chosen(examples.folders(project), request.names)


def _place(root: Path, request: Request) -> Path:
    try:
        place = request.output or own_folder(root) / "cross"
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"nothing can be built here: {reason_of(error, request.output or root)}",
            cause="the folder is not yours to write, or a file has its name",
            command="pyo3ops wheels cross --output DIR",
        ) from None
    return place


def _how(ready: Ready, version: PythonVersion | None, root: Path, place: Path, request: Request) -> How:
    chosen = version or (ready.python.version if ready.python else PythonVersion(sys.version_info[1]))
    # Not below the folder of one target: what is compiled for this machine is shared, where it can be.
    return How(chosen, place, place / "target", request.env, root, request.sysroot, request.progress)


def _ready(target: Target, present: Present, tool: Tool | None, request: Request) -> tuple[Ready | None, list[Finding]]:
    std, linker = ways.standard_library(target, present), ways.linker(target, present, tool)
    found = [_piece(target, "std", "the standard library is there", std)]
    found.append(_piece(target, "linker", "something links for it", linker))
    python = _foreign(target, present, request) if request.run else None
    if python is not None:
        found.append(_piece(target, "runner", "a foreign Python runs here", python))
    if isinstance(std, Missing) or isinstance(linker, Missing):
        return None, found
    return Ready(target, std, linker, None if isinstance(python, Missing) else python), found


def _foreign(target: Target, present: Present, request: Request) -> ForeignPython | Missing:
    found = ways.runner(target, present)
    if isinstance(found, Missing):
        return found
    emulator, root = found
    programs = looking.pythons(root)
    wanted = [path for path in programs if request.python and path.name == f"python{version_of(request.python)}"]
    for program in [*wanted, *programs][:1]:
        said = foreign.ask(emulator, root, program, request.env)
        fix = Fix("look whether it is whole, and for this target")
        return Missing("runner", said, fix) if isinstance(said, str) else said
    return Missing("runner", f"{root} has no usr/bin/python3.X", Fix("name the root of a system that has Python"))


def _piece(target: Target, name: str, title: str, found: object) -> Finding:
    identity = f"cross.{target.triple}.{name}"
    if isinstance(found, Missing):
        return Finding(identity, title, Status.FAIL, found.detail, fix=found.fix)
    return Finding(identity, title, Status.OK, str(found))
