from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks.facts import PROVIDERS, machine
from pyo3ops.checks.facts.machine import ActiveEnvironment, Folder
from pyo3ops.core import pyo3
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend, Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.cargo import Cargo
from pyo3ops.tools.cc import Link
from pyo3ops.tools.maturin import Maturin
from pyo3ops.tools.python import Interpreters
from pyo3ops.tools.rustc import Rustc
from pyo3ops.tools.system import Installer

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]

GIVEN = {"root", "env", "home", "progress"}


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has nothing on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return {"PATH": str(folder)}


def program(env: dict[str, str], name: str, output: str) -> Path:
    """Put a program on the PATH of `env` that prints one line."""
    path = Path(env["PATH"], name)
    path.write_text(f"#!/bin/sh\necho '{output}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_provider_is_named_after_its_fact_and_asks_for_facts(name: str) -> None:
    provider = PROVIDERS[name]
    assert provider.__name__ == name
    assert provider.__doc__
    assert set(inspect.signature(provider).parameters) <= GIVEN | set(PROVIDERS)


def test_no_fact_needs_itself() -> None:
    left = {name: set(inspect.signature(provider).parameters) - GIVEN for name, provider in PROVIDERS.items()}
    while left:
        free = {name for name, needs in left.items() if not needs & set(left)}
        assert free, f"a circle: {sorted(left)}"
        left = {name: needs for name, needs in left.items() if name not in free}


def test_tools_that_are_not_there(tmp_path: Path, bare: dict[str, str]) -> None:
    def missing(tool: str) -> str:
        return f"{tool} cannot be started: No such file or directory: {tool}"

    assert machine.rustc(tmp_path, bare) == Rustc(error=missing("rustc"), missing=True)
    assert machine.cargo(tmp_path, bare) == Cargo(error=missing("cargo"), missing=True)
    assert machine.maturin(bare) == Maturin(error=missing("maturin"), missing=True)
    assert machine.link(tmp_path, bare) == Link("cc", missing("cc"), missing=True)
    assert machine.installer(bare) == Installer(None)
    assert machine.uv(bare) is None


def test_tools_that_are_there(tmp_path: Path, bare: dict[str, str]) -> None:
    uv = program(bare, "uv", "uv 0.5")
    program(bare, "cargo", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)")
    program(bare, "maturin", "maturin 1.16.0")
    program(bare, "pacman", "pacman")
    assert machine.cargo(tmp_path, bare) == Cargo((1, 95, 0), "1.95.0")
    assert machine.maturin(bare) == Maturin("1.16.0")
    assert machine.installer(bare) == Installer("pacman")
    assert machine.uv(bare) == str(uv)


def test_the_linker_of_the_host_s_target(tmp_path: Path, bare: dict[str, str]) -> None:
    program(bare, "rustc", "release: 1.95.0\nhost: x86_64-unknown-linux-gnu")
    env = {**bare, "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER": "my-linker"}
    link = machine.link(tmp_path, env)
    assert (link.program, link.missing) == ("my-linker", True)


def test_pyproject(tmp_path: Path) -> None:
    assert machine.pyproject(tmp_path) == {}
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "crab"\n', encoding="utf-8")
    assert machine.pyproject(tmp_path) == {"project": {"name": "crab"}}
    (tmp_path / "pyproject.toml").write_text("[project", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"pyproject\.toml is not TOML"):
        machine.pyproject(tmp_path)


def test_project(tmp_path: Path, bare: dict[str, str]) -> None:
    pyproject = {"project": {"name": "crab"}, "build-system": {"requires": ["maturin"], "build-backend": "maturin"}}
    project = machine.project(tmp_path, bare, pyproject)
    assert (project.name, project.backend, project.extensions) == ("crab", Backend.MATURIN, ())
    assert project.metadata_error == f"there is no {tmp_path / 'Cargo.toml'}"


def test_interpreters_are_started_once(make_project: MakeProject, tmp_path: Path, bare: dict[str, str]) -> None:
    declared = Interpreters((PythonVersion(8), PythonVersion(13)), (), ())
    assert machine.interpreters(make_project(), declared, bare, tmp_path) is declared


def test_interpreters_of_another_matrix_than_declared(
    make_project: MakeProject, tmp_path: Path, bare: dict[str, str]
) -> None:
    here = PythonVersion(sys.version_info[1])
    found = machine.interpreters(make_project(pythons=(here,)), Interpreters((), (), ()), bare, tmp_path)
    assert (found.wanted, [each.version for each in found.working]) == ((here,), [here])


@pytest.mark.parametrize(
    ("classifiers", "wanted"),
    [
        ([f"Programming Language :: Python :: 3.{sys.version_info[1]}"], (PythonVersion(sys.version_info[1]),)),
        ([], ()),
    ],
)
def test_declared_interpreters(
    classifiers: list[str], wanted: tuple[PythonVersion, ...], tmp_path: Path, bare: dict[str, str]
) -> None:
    found = machine.declared_interpreters({"project": {"classifiers": classifiers}}, bare, tmp_path)
    assert (found.wanted, tuple(each.version for each in found.working)) == (wanted, wanted)


def test_pyo3_releases(make_project: MakeProject, make_extension: Callable[..., Extension]) -> None:
    extensions = tuple(
        make_extension(pyo3=Pyo3Dependency(requirement, (), ()))
        for requirement in ("^0.29", "0.22", "0.29.1", "0.99", "*")
    )
    found = machine.pyo3_releases(make_project(extensions=extensions))
    assert found == (pyo3.release_of("0.22"), pyo3.release_of("0.29"))


@pytest.mark.parametrize(
    ("requires", "specifier"),
    [
        (("maturin>=1.9,<2",), ">=1.9,<2"),
        (("setuptools>=60", "maturin >= 1.9 , < 2 ; python_version > '3'"), ">= 1.9 , < 2"),
        (("maturin[patchelf]~=1.9",), "~=1.9"),
        (("maturin (>=1.9,<2)",), ">=1.9,<2"),
        (("Maturin==1.9",), "==1.9"),
        (("maturin",), None),
        (("maturin @ https://a.example/maturin.whl",), None),
        (("maturin-import-hook>=0.1", "maturin_extra==1", "maturin2", "maturin.x"), None),
        (("not a requirement >= 1",), None),
        ((), None),
    ],
)
def test_maturin_requirement(requires: tuple[str, ...], specifier: str | None, make_project: MakeProject) -> None:
    assert machine.maturin_requirement(make_project(build_requires=requires)) == specifier


def test_cargo_home(tmp_path: Path) -> None:
    assert machine.cargo_home({}, tmp_path) == Folder(tmp_path / ".cargo", None, tmp_path)
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    assert machine.cargo_home({"CARGO_HOME": str(chosen)}, tmp_path) == Folder(chosen, None, chosen)
    assert list(tmp_path.iterdir()) == [chosen]
    assert list(chosen.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    # Not by permissions, which root has all of.
    blocked = tmp_path / "file"
    blocked.touch()
    assert machine.cargo_home({"CARGO_HOME": str(blocked)}, tmp_path) == Folder(blocked, "not a directory", blocked)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no file system here that takes no file")  # noqa: PTH112
def test_a_file_system_that_takes_no_file(tmp_path: Path) -> None:
    folder = machine.cargo_home({"CARGO_HOME": "/proc/self/cargo"}, tmp_path)
    assert (folder.path, folder.existing) == (Path("/proc/self/cargo"), Path("/proc/self"))
    assert folder.error


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "target"),
        ({"CARGO_TARGET_DIR": "elsewhere"}, "elsewhere"),
        ({"CARGO_BUILD_TARGET_DIR": "other"}, "other"),
        ({"CARGO_TARGET_DIR": "elsewhere", "CARGO_BUILD_TARGET_DIR": "other"}, "elsewhere"),
        ({"CARGO_TARGET_DIR": ""}, "target"),
    ],
)
def test_target_folder(env: dict[str, str], expected: str, make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(root=tmp_path, target_directory=tmp_path / "target")
    assert machine.target_folder(project, env) == Folder(tmp_path / expected, None, tmp_path)


def test_no_target_folder(make_project: MakeProject) -> None:
    assert machine.target_folder(make_project(target_directory=None), {}) is None


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, ActiveEnvironment(None, None, exists=True, nox_session=False)),
        ({"VIRTUAL_ENV": "", "CONDA_PREFIX": ""}, ActiveEnvironment(None, None, exists=True, nox_session=False)),
        ({"VIRTUAL_ENV": "/"}, ActiveEnvironment("/", None, exists=True, nox_session=False)),
        ({"VIRTUAL_ENV": "/gone/venv"}, ActiveEnvironment("/gone/venv", None, exists=False, nox_session=False)),
        ({"CONDA_PREFIX": "/"}, ActiveEnvironment(None, "/", exists=True, nox_session=False)),
        (
            {"VIRTUAL_ENV": "/gone/venv", "CONDA_PREFIX": "/"},
            ActiveEnvironment("/gone/venv", "/", exists=False, nox_session=False),
        ),
        ({"NOX_CURRENT_SESSION": "tests"}, ActiveEnvironment(None, None, exists=True, nox_session=True)),
    ],
)
def test_active_environment(env: dict[str, str], expected: ActiveEnvironment) -> None:
    assert machine.active_environment(env) == expected


def test_pyo3_config_file(tmp_path: Path) -> None:
    file = tmp_path / "pyo3.txt"
    file.touch()
    assert machine.pyo3_config_file({"PYO3_CONFIG_FILE": str(file)}) == str(file)
    assert machine.pyo3_config_file({"PYO3_CONFIG_FILE": str(tmp_path / "gone")}) is None
    assert machine.pyo3_config_file({"PYO3_CONFIG_FILE": str(tmp_path)}) is None
    assert machine.pyo3_config_file({}) is None


@pytest.mark.parametrize(
    ("requires_python", "lowest"),
    [
        (">=3.8", PythonVersion(8)),
        (">=3.8.1", PythonVersion(8)),
        (">3.8", PythonVersion(8)),
        (">=3.9,<3.13", PythonVersion(9)),
        ("!=3.0.*,!=3.1.*", PythonVersion(2)),
        ("~=3.11", PythonVersion(11)),
        ("==3.10.*", PythonVersion(10)),
        (">=3", PythonVersion(0)),
        (">=4", None),
        ("3.8 or so", None),
        (None, None),
    ],
)
def test_lowest_admitted(requires_python: str | None, lowest: PythonVersion | None, make_project: MakeProject) -> None:
    assert machine.lowest_admitted(make_project(requires_python=requires_python)) == lowest


@pytest.mark.parametrize(
    ("requires_python", "refused"),
    [
        (">=3.8", ()),
        (">=3.9", (PythonVersion(8),)),
        (">=3.8,<3.13", (PythonVersion(13), PythonVersion(13, free_threaded=True))),
        (None, ()),
        ("3.8 or so", None),
        (">=4", None),
    ],
)
def test_refused_pythons(
    requires_python: str | None, refused: tuple[PythonVersion, ...] | None, make_project: MakeProject
) -> None:
    pythons = (PythonVersion(8), PythonVersion(13), PythonVersion(13, free_threaded=True))
    assert machine.refused_pythons(make_project(requires_python=requires_python, pythons=pythons)) == refused


def test_stale_locks(make_project: MakeProject, make_extension: Callable[..., Extension], tmp_path: Path) -> None:
    lock = tmp_path / "Cargo.lock"
    lock.write_text('[[package]]\nname = "crab"\nversion = "0.0.9"\n', encoding="utf-8")
    project = make_project(extensions=(make_extension(lock=lock),))
    assert machine.stale_locks(project) == ("crab is 0.1.0, the lock has 0.0.9",)
    lock.write_text('[[package]]\nname = "crab"\nversion = "0.1.0"\n', encoding="utf-8")
    assert machine.stale_locks(project) == ()
