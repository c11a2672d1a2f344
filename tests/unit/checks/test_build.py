from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import build
from pyo3ops.checks.facts.machine import ActiveEnvironment
from pyo3ops.checks.verdict import fail, ok, setting, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.project import Backend
from pyo3ops.tools.cc import Link
from pyo3ops.tools.maturin import Maturin
from pyo3ops.tools.system import Installer

if TYPE_CHECKING:
    from pyo3ops.core.project import Project

INSTALLATION = "https://www.maturin.rs/installation"
DEBIAN = Installer("apt-get", "linux")
NO_SESSION = ActiveEnvironment("/venv", None, exists=True, nox_session=False)
SESSION = ActiveEnvironment("/venv", None, exists=True, nox_session=True)
COMPILER = DEBIAN.fix("C compiler")


@pytest.mark.parametrize("backend", [Backend.MATURIN, Backend.SETUPTOOLS_RUST])
def test_backend(backend: Backend, make_project: Callable[..., Project]) -> None:
    assert build.backend(make_project(backend=backend)) == ok(backend.value)


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        (("hatchling", "hatch-rust"), "built by hatchling, hatch-rust"),
        ((), "built by a backend that pyo3ops does not know"),
    ],
)
def test_another_backend(requires: tuple[str, ...], reason: str, make_project: Callable[..., Project]) -> None:
    assert build.backend(make_project(backend=Backend.OTHER, build_requires=requires)) == skip(reason)


def test_no_backend(make_project: Callable[..., Project]) -> None:
    fix = setting(
        "add a [build-system] table to pyproject.toml",
        "pyproject.toml",
        "build-system",
        {"requires": ["maturin>=1.9,<2"], "build-backend": "maturin"},
    )
    example = ["[build-system]", 'requires = ["maturin>=1.9,<2"]', 'build-backend = "maturin"']
    verdict = fail("no [build-system] table names one", fix, example, Location("pyproject.toml"))
    assert build.backend(make_project(backend=Backend.NONE)) == verdict


def test_linker() -> None:
    assert build.linker(Link("cc"), DEBIAN) == ok("cc made a shared object")


@pytest.mark.parametrize(
    ("installer", "fix"),
    [
        (DEBIAN, COMPILER),
        (Installer("brew", "darwin"), Fix("install the Xcode command line tools", ("xcode-select", "--install"))),
        (Installer(None, "linux"), Installer(None, "linux").fix("C compiler")),
    ],
)
def test_no_linker(installer: Installer, fix: Fix) -> None:
    link = Link("clang", "clang cannot be started", missing=True)
    assert build.linker(link, installer) == fail("there is no clang", fix, ["clang cannot be started"])


def test_a_linker_that_fails() -> None:
    link = Link("cc", "cc ended with 1: cannot find crti.o")
    verdict = fail("cc cannot make a shared object", COMPILER, ["cc ended with 1: cannot find crti.o"])
    assert build.linker(link, DEBIAN) == verdict


def test_a_linker_that_hangs_is_not_judged() -> None:
    link = Link("cc", "cc did not answer within 4 s", hung=True)
    assert build.linker(link, DEBIAN) == unknown("cc did not answer within 4 s")


@pytest.mark.parametrize(
    ("requirement", "detail"),
    [
        (">=1.9,<2", "1.16.0, build-system.requires asks for maturin>=1.9,<2"),
        (None, "1.16.0, build-system.requires asks for maturin"),
    ],
)
def test_maturin(requirement: str | None, detail: str, make_project: Callable[..., Project]) -> None:
    assert build.maturin(Maturin("1.16.0"), requirement, NO_SESSION, make_project()) == ok(detail)


@pytest.mark.parametrize("backend", [Backend.SETUPTOOLS_RUST, Backend.OTHER])
def test_maturin_is_not_wanted(backend: Backend, make_project: Callable[..., Project]) -> None:
    verdict = build.maturin(Maturin(missing=True, error="none"), None, NO_SESSION, make_project(backend=backend))
    assert verdict == skip(f"built by {backend.value}")


@pytest.mark.parametrize(("requirement", "wanted"), [(">=1.9,<2", "maturin>=1.9,<2"), (None, "maturin")])
def test_no_maturin(requirement: str | None, wanted: str, make_project: Callable[..., Project]) -> None:
    fix = Fix("install it into the active environment", ("pip", "install", wanted), INSTALLATION)
    verdict = warn("not installed: pip builds with its own copy, `maturin develop` and pyo3ops need one", fix)
    assert build.maturin(Maturin(error="none", missing=True), requirement, NO_SESSION, make_project()) == verdict


def test_no_maturin_beside_a_nox_session(make_project: Callable[..., Project]) -> None:
    verdict = skip("not installed here, and not needed: the sessions that build bring their own")
    assert build.maturin(Maturin(error="none", missing=True), None, SESSION, make_project()) == verdict


def test_a_maturin_that_does_not_answer(make_project: Callable[..., Project]) -> None:
    fix = Fix("install it into the active environment", ("pip", "install", "maturin>=1.9,<2"), INSTALLATION)
    verdict = unknown("maturin --version printed no version", fix)
    maturin = Maturin(error="maturin --version printed no version")
    assert build.maturin(maturin, ">=1.9,<2", NO_SESSION, make_project()) == verdict


@pytest.mark.parametrize("requirement", [">=1.9,<2", ">=nonsense"])
def test_another_maturin_than_asked_for(requirement: str, make_project: Callable[..., Project]) -> None:
    fix = Fix("install it into the active environment", ("pip", "install", f"maturin{requirement}"), INSTALLATION)
    verdict = warn(
        f"1.4.0 is installed, build-system.requires asks for maturin{requirement}",
        fix,
        where=Location("pyproject.toml"),
    )
    assert build.maturin(Maturin("1.4.0"), requirement, NO_SESSION, make_project()) == verdict
