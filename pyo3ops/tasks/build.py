"""An optimised, editable build of every extension module into the active environment."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.core.project import Backend
from pyo3ops.core.run import Result, spawn, which
from pyo3ops.core.run import run as run_program
from pyo3ops.tools import environments, maturin
from pyo3ops.wheels import trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.tools.environments import Environment

#: Seconds; see wheels/build.py.
TIMEOUT = 3600.0


@dataclass(frozen=True)
class Request:
    """`env` is the caller's, which names the active environment."""

    env: Mapping[str, str]
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Build the project in `root` into the active environment, then import what was built.

    Raises `UsageError` where no environment is active.
    """
    started = time.monotonic()
    project = discover.read_project(root, request.env)
    target = _active(request.env)
    findings = [_build(project, target, request)]
    if findings[0].status is Status.OK:
        findings.append(_import(project, target))
    return Report(
        task="build",
        project=project.name or root.name,
        host=Host.here(),
        facts=(Fact("environment", str(target.folder)),),
        findings=tuple(findings),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _active(env: Mapping[str, str]) -> Environment:
    folder = env.get("VIRTUAL_ENV") or env.get("CONDA_PREFIX")
    if not folder or not Path(folder).is_dir():
        raise UsageError(
            "no virtual environment is active" if not folder else f"the active environment {folder} is gone",
            cause="an editable build goes into one",
            command="python -m venv .venv && . .venv/bin/activate",
        )
    # Both set would make maturin refuse; the virtual environment is the inner one.
    return environments.environment(Path(folder), env)


def _build(project: Project, target: Environment, request: Request) -> Finding:
    identity, title = "build.editable", "the extension builds into the active environment"
    if project.metadata_error is not None:
        fix = Fix("see what is missing", ("pyo3ops", "validate"), safe=True)
        return Finding(identity, title, Status.FAIL, f"cargo metadata: {project.metadata_error}", fix=fix)
    lines: list[str] = []
    argv = _argv(project, target)
    try:
        with spawn(argv, timeout=TIMEOUT, env=target.env, cwd=project.root) as running:
            for line in running:
                lines.append(line)
                request.progress(line.strip())
    except OSError as error:
        fix = Fix("install it into the environment", ("pip", "install", argv[0]), safe=True)
        return Finding(identity, title, Status.FAIL, f"{argv[0]} cannot be started: {error.strerror}", fix=fix)
    return _judged(identity, title, running.result, lines)


def _argv(project: Project, target: Environment) -> list[str]:
    uv = which("uv", target.env)
    if project.backend is Backend.MATURIN:
        return maturin.develop_argv("maturin", uv=uv is not None)
    # Any other backend: an editable install as it defines it, which setuptools-rust optimises when asked to.
    installer = (
        [uv, "pip", "install", "--python", str(target.python)] if uv else [str(target.python), "-m", "pip", "install"]
    )
    return [*installer, "--no-deps", "--editable", "."]


def _judged(identity: str, title: str, result: Result, lines: list[str]) -> Finding:
    if result.ok:
        return Finding(identity, title, Status.OK, f"by {' '.join(result.argv[:2])}", seconds=result.seconds)
    fix = Fix("see whether something is missing here", ("pyo3ops", "validate"), safe=True)
    return Finding(identity, title, Status.FAIL, result.reason, tuple(lines[-25:]), fix, seconds=result.seconds)


def _import(project: Project, target: Environment) -> Finding:
    identity, title = "build.import", "what was built can be imported"
    modules = sorted({extension.module for extension in project.extensions})
    if not modules:
        return Finding(identity, title, Status.SKIP, "no crate here is an extension module of PyO3")
    # Away from the project's folder, where a package of the same name would be found first.
    code = f"import importlib\nfor name in {modules!r}:\n    print(importlib.import_module(name).__file__)"
    result = run_program([str(target.python), "-c", code], timeout=trial.IMPORT_TIMEOUT, env=target.env, cwd=os.sep)
    if result.ok:
        return Finding(identity, title, Status.OK, ", ".join(modules), tuple(result.out.split("\n")[:-1]))
    fix = Fix("see whether something is missing here", ("pyo3ops", "validate"), safe=True)
    return Finding(identity, title, Status.FAIL, result.reason, tuple(result.err.splitlines()), fix)
