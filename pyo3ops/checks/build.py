"""The tools that turn the crate into a wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, setting, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from pyo3ops.checks.facts.machine import ActiveEnvironment
    from pyo3ops.core.project import Project
    from pyo3ops.tools.cc import Link
    from pyo3ops.tools.macos import MacOs
    from pyo3ops.tools.maturin import Maturin
    from pyo3ops.tools.system import Installer

_PYPROJECT = Location("pyproject.toml")


@check(
    "build.backend",
    "a build backend for Rust",
    link="https://packaging.python.org/en/latest/specifications/pyproject-toml/",
)
def backend(project: Project) -> Verdict:
    """`[build-system]` tells pip what builds this project; without it pip takes setuptools, which knows no Rust."""
    if project.backend in (Backend.MATURIN, Backend.SETUPTOOLS_RUST):
        return ok(project.backend.value)
    if project.backend is Backend.OTHER:
        return skip(f"built by {', '.join(project.build_requires) or 'a backend that pyo3ops does not know'}")
    example = '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"'
    fix = setting(
        "add a [build-system] table to pyproject.toml",
        "pyproject.toml",
        "build-system",
        {"requires": ["maturin>=1.9,<2"], "build-backend": "maturin"},
    )
    return fail("no [build-system] table names one", fix, example.splitlines(), _PYPROJECT)


@check(
    "build.linker",
    "the linker links",
    link="https://doc.rust-lang.org/cargo/reference/config.html#targettriplelinker",
)
def linker(link: Link, installer: Installer) -> Verdict:
    """Rustc links through a C compiler driver: a tiny shared object is compiled and linked with it."""
    if link.error is None:
        return ok(f"{link.program} made a shared object")
    if link.hung:
        return unknown(link.error)
    if link.missing:
        return fail(f"there is no {link.program}", installer.fix("C compiler"), [link.error])
    return fail(f"{link.program} cannot make a shared object", installer.fix("C compiler"), [link.error])


@check("build.xcode", "the Xcode command line tools", link="https://developer.apple.com/xcode/resources/")
def xcode(macos: MacOs | None) -> Verdict:
    """On macOS they bring the compiler driver and the linker; an update of the system may leave them unusable."""
    if macos is None:
        return skip("for macOS alone")
    if macos.error is None:
        return ok(f"macOS {macos.version}, {macos.developer}")
    fix = Fix("install them, and confirm in the window that opens", ("xcode-select", "--install"))
    return fail("not usable: rustc has nothing to link with", fix, [macos.error])


@check(
    "build.maturin",
    "maturin is the one asked for",
    needs=("build.backend",),
    link="https://www.maturin.rs/installation",
)
def maturin(
    maturin: Maturin,
    maturin_requirement: str | None,
    active_environment: ActiveEnvironment,
    project: Project,
) -> Verdict:
    """What pip builds with is fetched as build-system.requires says; `maturin develop` runs the one installed."""
    if project.backend is not Backend.MATURIN:
        return skip(f"built by {project.backend.value}")
    wanted = f"maturin{maturin_requirement or ''}"
    fix = Fix(
        "install it into the active environment", ("pip", "install", wanted), "https://www.maturin.rs/installation"
    )
    if maturin.missing and active_environment.nox_session:
        return skip("not installed here, and not needed: the sessions that build bring their own")
    if maturin.missing:
        return warn("not installed: pip builds with its own copy, `maturin develop` and pyo3ops need one", fix)
    if maturin.error is not None:
        return unknown(maturin.error, fix)
    if maturin.admitted_by(maturin_requirement):
        return ok(f"{maturin.release}, build-system.requires asks for {wanted}")
    return warn(f"{maturin.release} is installed, build-system.requires asks for {wanted}", fix, where=_PYPROJECT)
