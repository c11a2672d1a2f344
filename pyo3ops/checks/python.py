"""The Pythons that this project is for, as they are found here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, warn
from pyo3ops.core.model import Fix
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.checks.facts.machine import ActiveEnvironment
    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.tools.python import Interpreters
    from pyo3ops.tools.rustc import Rustc

#: What rustc calls a processor, where the platform module of Python calls it otherwise.
_MACHINES: Mapping[str, str] = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "i386": "i686",
    "x86": "i686",
    "armv6l": "arm",
    "armv7l": "armv7",
    "ppc64le": "powerpc64le",
    "riscv64": "riscv64gc",
}


@check("python.interpreters", "an interpreter of each Python", link="https://docs.astral.sh/uv/guides/install-python/")
def interpreters(project: Project, interpreters: Interpreters, uv: str | None) -> Verdict:
    """Each Python of the matrix is found and really starts; a pyenv shim of a version that is not active does not."""
    wanted = project.pythons
    if not wanted:
        return skip("nothing says which Pythons this project is for")
    evidence = [f"{python.version}: {python.release} at {python.path}" for python in interpreters.working]
    evidence += [f"does not run: {dead.path}: {dead.reason}" for dead in interpreters.dead]
    missing = [version for version in wanted if interpreters.of(version) is None]
    source = f"the matrix is read from {project.pythons_from}"
    if not missing:
        return ok(f"{_listed(wanted)} ({source})", evidence)
    fix = _install_python(missing, uv)
    if len(missing) == len(wanted):
        return fail(f"none of {_listed(wanted)} runs here ({source})", fix, evidence)
    return warn(f"no {_listed(missing)} here ({source})", fix, evidence)


@check(
    "python.headers",
    "Python.h where it is needed",
    needs=("python.interpreters", "project.manifest"),
    link="https://docs.python.org/3/extending/extending.html",
)
def headers(project: Project, interpreters: Interpreters) -> Verdict:
    """PyO3 declares the C API itself and needs no headers; a crate that compiles C code against Python does."""
    compiling = sorted({name for ext in project.extensions for name in ext.build_dependencies if name in _C_BUILDERS})
    without = [python for python in interpreters.working if not python.headers]
    if not without:
        return ok(f"found for {_listed([python.version for python in interpreters.working])}")
    names = _listed([python.version for python in without])
    evidence = [f"{python.version}: no Python.h in {python.include}" for python in without]
    if not compiling:
        return skip(f"none for {names}, and none needed: no crate here compiles C code")
    fix = Fix("install the development package of that Python (python3-dev, python3-devel), or one from `uv python`")
    return warn(f"none for {names}, and {', '.join(compiling)} may compile C code against them", fix, evidence)


@check(
    "python.architecture",
    "Python and Rust are for the same processor",
    needs=("python.interpreters", "rust.rustc"),
    link="https://pyo3.rs/latest/building-and-distribution.html#cross-compiling",
)
def architecture(interpreters: Interpreters, rustc: Rustc, env: Mapping[str, str]) -> Verdict:
    """An extension loads only into a Python of its own architecture; an x86_64 one on an arm64 Mac wants its target."""
    if env.get("CARGO_BUILD_TARGET"):
        return skip("CARGO_BUILD_TARGET names another target than the host")
    other = [
        python for python in interpreters.working if _architecture(python.machine, python.bits) != rustc.architecture
    ]
    if not other:
        return ok(rustc.architecture)
    evidence = [f"{python.version} at {python.path}: {python.machine}, {python.bits} bit" for python in other]
    target = _architecture(other[0].machine, other[0].bits) + rustc.host[len(rustc.architecture) :]
    fix = Fix("install that target and build with --target", ("rustup", "target", "add", target), safe=True)
    return warn(f"rustc builds for {rustc.architecture}", fix, evidence)


@check(
    "python.environment",
    "one virtual environment at a time",
    link="https://www.maturin.rs/local_development",
)
def environment(active_environment: ActiveEnvironment, project: Project) -> Verdict:
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
        fix = Fix("leave it (`deactivate`), and make it anew with `uv venv` or `python -m venv .venv`")
        return warn(f"the active environment {active} is gone", fix)
    return ok(active or "none is active")


#: Crates that compile or translate C as part of a build.
_C_BUILDERS = frozenset({"autocxx-build", "autotools", "bindgen", "cc", "cmake", "cxx-build", "meson"})


def _architecture(machine: str, bits: int) -> str:
    name = _MACHINES.get(machine.lower(), machine.lower())
    # A 32-bit Python on a 64-bit kernel is told the kernel's machine.
    return {"x86_64": "i686", "aarch64": "armv7"}.get(name, name) if bits == 32 else name  # noqa: PLR2004 - bits


def _install_python(missing: list[PythonVersion], uv: str | None) -> Fix:
    names = tuple(str(version) for version in missing)
    url = "https://docs.astral.sh/uv/guides/install-python/"
    if uv:
        return Fix("let uv fetch them", ("uv", "python", "install", *names), url, safe=True)
    return Fix(f"install Python {', '.join(names)}: with uv, `uv python install {' '.join(names)}`", url=url)


def _listed(versions: tuple[PythonVersion, ...] | list[PythonVersion]) -> str:
    return ", ".join(str(version) for version in versions)
