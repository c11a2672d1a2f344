from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import online
from pyo3ops.checks.facts.online import Answer
from pyo3ops.checks.verdict import ok, skip, warn
from pyo3ops.core.model import Fix, Location, Status
from pyo3ops.core.project import Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.maturin import Maturin

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]

SILENT = Answer(None, "cargo did not answer within 20 s")
NEW_PYO3, NEW_MATURIN = Answer("0.30.1"), Answer("1.16.0")
MATURIN = Maturin("1.16.0")
GUIDE = "https://pyo3.rs/latest/migration.html"
CARGO = Location("Cargo.toml")


def test_registries_that_answer() -> None:
    assert online.cargo_registry(NEW_PYO3) == ok("it has PyO3 0.30.1")
    assert online.python_index(NEW_MATURIN) == ok("it has maturin 1.16.0")


def test_registries_that_do_not_answer() -> None:
    for rule in (online.cargo_registry, online.python_index):
        said = rule(SILENT)
        assert (said.status, said.detail) == (Status.WARN, "no answer: cargo did not answer within 20 s")
        assert said.fix is not None
        assert said.fix.argv
        assert not said.fix.mends


def using(make_project: MakeProject, make_extension: MakeExtension, locked: str, lowest: int) -> Project:
    extension = make_extension(pyo3=Pyo3Dependency("*", (locked,), ()))
    return make_project(extensions=(extension,), pythons=(PythonVersion(lowest), PythonVersion(13)))


@pytest.mark.parametrize(
    ("newest", "locked", "lowest"),
    [
        ("0.29.3", "0.29.3", 8),
        ("0.29.9", "0.29.3", 8),
        ("0.28.3", "0.29.3", 8),
        ("0.30.1", "0.29.3", 8),
        ("9.9.9", "0.29.3", 8),
        ("nonsense", "0.29.3", 8),
    ],
    ids=["the same", "a patch", "older", "drops a Python", "not known", "no version"],
)
def test_nothing_newer(
    newest: str, locked: str, lowest: int, make_project: MakeProject, make_extension: MakeExtension
) -> None:
    project = using(make_project, make_extension, locked, lowest)
    said = online.newer(Answer(newest), NEW_MATURIN, MATURIN, project)
    assert said == ok(f"PyO3 {newest}, maturin 1.16.0")


def test_a_newer_pyo3(make_project: MakeProject, make_extension: MakeExtension) -> None:
    project = using(make_project, make_extension, "0.29.3", 9)
    fix = Fix('raise pyo3 to "0.30" in Cargo.toml', url=GUIDE)
    detail = "PyO3 0.30.1 is out, 0.29 is in use"
    assert online.newer(NEW_PYO3, NEW_MATURIN, MATURIN, project) == warn(detail, fix, [detail], CARGO)


@pytest.mark.parametrize(("newest", "here"), [("1.16.0", "1.9.0"), ("1.10", "1.9.9")])
def test_a_newer_maturin(newest: str, here: str, make_project: MakeProject) -> None:
    said = online.newer(SILENT, Answer(newest), Maturin(here), make_project())
    assert (said.status, said.detail) == (Status.WARN, f"maturin {newest} is out, {here} is installed")


@pytest.mark.parametrize("here", [Maturin("2.0.0b1"), Maturin("not a version"), Maturin(error="gone", missing=True)])
def test_a_maturin_that_is_not_behind(here: Maturin, make_project: MakeProject) -> None:
    assert online.newer(SILENT, NEW_MATURIN, here, make_project()) == ok("PyO3 not known, maturin 1.16.0")


def test_nobody_answers(make_project: MakeProject) -> None:
    assert online.newer(SILENT, SILENT, MATURIN, make_project()) == skip("no registry answers")
    nothing = make_project(extensions=())
    assert online.newer(NEW_PYO3, NEW_MATURIN, MATURIN, nothing) == ok("PyO3 0.30.1, maturin 1.16.0")
