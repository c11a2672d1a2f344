"""The Pythons that this project is for, as they are found here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.toolchain import architecture as rust_name
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, warn
from pyo3ops.core.model import Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.checks.facts.pythons import DeadShim
    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.tools.cargo_config import CargoConfig
    from pyo3ops.tools.python import Interpreters
    from pyo3ops.tools.rustc import Rustc
    from pyo3ops.tools.system import Installer


@check("python.interpreters", "an interpreter of each Python", link="https://docs.astral.sh/uv/guides/install-python/")
def interpreters(project: Project, interpreters: Interpreters, uv: str | None, pyenv: str | None) -> Verdict:
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
    fix = _install_python(missing, uv, pyenv)
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
def architecture(interpreters: Interpreters, rustc: Rustc, cargo_config: CargoConfig) -> Verdict:
    """An extension loads only into a Python of its own architecture; an x86_64 one on an arm64 Mac wants its target."""
    chosen = next((target for target in cargo_config.targets if target.value != rustc.host), None)
    if chosen:
        return skip(f"{chosen.source} names another target than the host: {chosen.value}")
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
    "python.shims",
    "what PATH calls python3.X starts",
    needs=("python.interpreters",),
    link="https://github.com/pyenv/pyenv#understanding-python-version-selection",
)
def shims(dead_shims: tuple[DeadShim, ...]) -> Verdict:
    """A pyenv shim of a version that is not active only prints an error, and maturin -i guesses about it then."""
    if not dead_shims:
        return ok("each one that PATH has")
    evidence = [f"{each.path}: {each.reason}" for each in dead_shims]
    names = ", ".join(f"python{each.version}" for each in dead_shims)
    first, asleep = dead_shims[0], [each.release for each in dead_shims if each.release]
    if asleep and first.said_by == "PYENV_VERSION":
        fix = Fix(f"set PYENV_VERSION to {':'.join((*first.active, *asleep))}, or unset it")
    elif asleep:
        # Whichever says it now is the one that is heard.
        verb = "global" if first.said_by == "global" else "local"
        fix = Fix("make them active too", ("pyenv", verb, *first.active, *asleep), safe=False)
    else:
        fix = Fix("take it off PATH, or name the interpreter by its whole path")
    return warn(f"{names} on PATH {'do' if len(dead_shims) > 1 else 'does'} not start", fix, evidence)


@check(
    "python.libpython",
    "a libpython to embed, where the crate embeds Python",
    needs=("python.interpreters", "project.manifest"),
    link="https://pyo3.rs/latest/building-and-distribution.html#statically-embedding-the-python-interpreter",
)
def libpython(project: Project, interpreters: Interpreters) -> Verdict:
    """A program that starts Python itself links libpython; an extension module must not, and needs none."""
    kinds = [f"{python.version}: {'shared' if python.shared else 'static'}" for python in interpreters.working]
    embedding = [ext.crate for ext in project.extensions if "auto-initialize" in ext.pyo3.features]
    static = [python for python in interpreters.working if not python.shared]
    if not embedding:
        return skip("no crate here embeds Python, and an extension module needs no libpython")
    if not static:
        return ok(", ".join(kinds))
    names = _listed([python.version for python in static])
    fix = Fix("use a Python built with --enable-shared: those of `uv python install` and of distributions are")
    return warn(f"{', '.join(embedding)} embeds Python, and {names} has no shared libpython", fix, kinds)


@check(
    "python.venv",
    "each Python can make an environment",
    needs=("python.interpreters",),
    link="https://docs.python.org/3/library/venv.html",
)
def venv(interpreters: Interpreters, uv: str | None, installer: Installer) -> Verdict:
    """Building and testing happen in environments; Debian packs venv and ensurepip apart from Python."""
    without = [python for python in interpreters.working if not python.venv]
    if not without:
        return ok("venv and ensurepip are there")
    names = _listed([python.version for python in without])
    evidence = [f"{python.version} at {python.path}: no venv, or no ensurepip" for python in without]
    if uv:
        return ok(f"uv makes them: {names} cannot", evidence)
    return warn(f"{names} cannot make one, and there is no uv", installer.fix("venv"), evidence)


@check(
    "python.free-threaded",
    "a free-threaded Python is one",
    needs=("python.interpreters",),
    link="https://docs.python.org/3/howto/free-threading-python.html",
)
def free_threaded(
    project: Project, interpreters: Interpreters, env: Mapping[str, str], uv: str | None, pyenv: str | None
) -> Verdict:
    """`3.13t` in the matrix means a Python without the GIL; one with it, or PYTHON_GIL=1, tests something else."""
    wanted = [version for version in project.pythons if version.free_threaded]
    # A 3.13 that turns out to be free-threaded misleads as much as a 3.13t that is not.
    wrong = [
        dead for dead in interpreters.dead if dead.version and any(_twins(dead.version, one) for one in project.pythons)
    ]
    if wrong:
        evidence = [f"{dead.path}: {dead.reason}" for dead in wrong]
        said = f"{wrong[0].path.name} is {wrong[0].version}"
        right = [one for one in project.pythons if interpreters.of(one) is None]
        return warn(said, _install_python(right, uv, pyenv), evidence)
    if not wanted:
        return skip("the matrix has none")
    if env.get("PYTHON_GIL") == "1":
        return warn("PYTHON_GIL=1 switches the GIL on again", Fix("unset PYTHON_GIL"))
    return ok(_listed([version for version in wanted if interpreters.of(version)]) or "none is here")


def _twins(one: PythonVersion, other: PythonVersion) -> bool:
    return one.minor == other.minor and one.free_threaded != other.free_threaded


#: Crates that compile or translate C as part of a build.
_C_BUILDERS = frozenset({"autocxx-build", "autotools", "bindgen", "cc", "cmake", "cxx-build", "meson"})


def _architecture(machine: str, bits: int) -> str:
    name = rust_name(machine)
    # A 32-bit Python on a 64-bit kernel is told the kernel's machine.
    return {"x86_64": "i686", "aarch64": "armv7"}.get(name, name) if bits == 32 else name  # noqa: PLR2004 - bits


def _install_python(missing: list[PythonVersion], uv: str | None, pyenv: str | None) -> Fix:
    names = tuple(str(version) for version in missing)
    url = "https://docs.astral.sh/uv/guides/install-python/"
    if uv:
        return Fix("let uv fetch them", ("uv", "python", "install", *names), url, safe=True)
    if pyenv:
        return Fix("let pyenv compile them", ("pyenv", "install", "--skip-existing", *names), url, safe=True)
    return Fix(f"install Python {', '.join(names)}: with uv, `uv python install {' '.join(names)}`", url=url)


def _listed(versions: tuple[PythonVersion, ...] | list[PythonVersion]) -> str:
    return ", ".join(str(version) for version in versions)
