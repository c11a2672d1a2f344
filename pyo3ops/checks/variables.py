"""Which Python the environment's variables mean, and what they do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, warn
from pyo3ops.core.model import Fix
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from pyo3ops.checks.facts.machine import ActiveEnvironment
    from pyo3ops.checks.facts.pythons import PathEntry, PythonHome
    from pyo3ops.core.project import Project
    from pyo3ops.tools.python import Interpreters


@check(
    "python.environment",
    "one virtual environment at a time",
    link="https://www.maturin.rs/local_development",
)
def environment(active_environment: ActiveEnvironment, project: Project, uv: str | None) -> Verdict:
    """`maturin develop` installs into the active environment, and refuses to choose between two of them."""
    virtualenv, conda = active_environment.virtualenv, active_environment.conda
    if active_environment.nox_session:
        return skip("a Nox session made the active environment")
    if virtualenv and conda and virtualenv != conda:
        fix = Fix("leave one of them: `conda deactivate`, or `deactivate` for the virtual environment")
        evidence = [f"VIRTUAL_ENV={virtualenv}", f"CONDA_PREFIX={conda}"]
        judge = fail if project.backend is Backend.MATURIN else warn
        return judge("VIRTUAL_ENV and CONDA_PREFIX are both set", fix, evidence)
    active = virtualenv or conda
    if active and not active_environment.exists:
        argv = (uv, "venv", active) if uv else ("python3", "-m", "venv", active)
        fix = Fix("make it anew, or leave it (`deactivate`)", argv, safe=True)
        return warn(f"the active environment {active} is gone", fix)
    return ok(active or "none is active")


@check(
    "python.pythonhome",
    "PYTHONHOME is not set",
    link="https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHOME",
)
def pythonhome(pythonhome: PythonHome) -> Verdict:
    """It makes every interpreter look for its standard library in one folder: all but that one's own do not start."""
    if pythonhome.path is None:
        return ok("not set")
    fix = Fix("unset PYTHONHOME")
    if not pythonhome.libraries:
        return fail(f"PYTHONHOME={pythonhome.path} has no standard library: no Python starts", fix)
    return warn(f"PYTHONHOME={pythonhome.path}: only {', '.join(pythonhome.libraries)} starts", fix)


@check(
    "python.pythonpath",
    "PYTHONPATH hides nothing",
    link="https://docs.python.org/3/using/cmdline.html#envvar-PYTHONPATH",
)
def pythonpath(pythonpath: tuple[PathEntry, ...]) -> Verdict:
    """Folders in it come before what is installed: a copy of this project there is imported in place of the wheel."""
    wrong = [entry for entry in pythonpath if entry.fault]
    if not wrong:
        return ok(", ".join(entry.path for entry in pythonpath) or "not set")
    evidence = [f"{entry.path}: {entry.fault}" for entry in wrong]
    return warn(f"{wrong[0].path} {wrong[0].fault}", Fix("unset PYTHONPATH, or take those folders out of it"), evidence)


@check(
    "python.externally-managed",
    "pip may install",
    needs=("python.interpreters",),
    link="https://packaging.python.org/en/latest/specifications/externally-managed-environments/",
)
def externally_managed(
    interpreters: Interpreters,
    active_environment: ActiveEnvironment,
    uv: str | None,
    has_own_environment: bool,  # noqa: FBT001 - a fact
) -> Verdict:
    """Distributions mark their Python so that pip refuses to install outside an environment (PEP 668)."""
    managed = [python for python in interpreters.working if python.managed]
    if not managed or len(managed) < len(interpreters.working):
        return ok("there is a Python that no distribution manages")
    if active_environment.virtualenv or active_environment.conda:
        return ok("an environment is active")
    if uv or has_own_environment:
        return ok("uv makes environments" if uv else "the project has a .venv")
    python = managed[-1]
    evidence = [f"{python.version} at {python.path} is managed by the system" for python in managed]
    fix = Fix("make an environment here", (str(python.path), "-m", "venv", ".venv"), safe=True)
    return warn("pip refuses to install here, and no environment is active", fix, evidence)
