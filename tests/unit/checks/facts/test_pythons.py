from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.checks.facts import pythons
from pyo3ops.checks.facts.pythons import DeadShim, PathEntry, PythonHome
from pyo3ops.core.pythons import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]

V312 = PythonVersion(12)


def script(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with pyenv's shim of 3.12 and three versions of it, none of them active."""
    home = tmp_path / "home"
    script(home / ".pyenv/shims/python3.12")
    for release in ("3.12.1", "3.12.10", "3.12.9", "3.13.0"):
        script(home / f".pyenv/versions/{release}/bin/python{release.rpartition('.')[0]}")
    (home / ".pyenv/version").write_text("3.13.0\n", encoding="utf-8")
    return home


@pytest.fixture
def dead(home: Path, make_project: MakeProject) -> Callable[..., tuple[DeadShim, ...]]:
    """Ask about the shims in a project below the home folder."""
    root = home / "work/project"
    root.mkdir(parents=True)
    project = make_project(pythons=(V312,))

    def ask(local: str | None = None, *, above: str | None = None, **env: str) -> tuple[DeadShim, ...]:
        for folder, text in ((root, local), (root.parent, above)):
            if text is not None:
                (folder / ".python-version").write_bytes(text.encode())
        return pythons.dead_shims(project, root, {"PATH": str(home / ".pyenv/shims"), **env}, home)

    return ask


Dead = Callable[..., "tuple[DeadShim, ...]"]


def test_a_shim_of_a_version_that_is_not_active(dead: Dead, home: Path) -> None:
    shim = home / ".pyenv/shims/python3.12"
    reason = "a pyenv shim, and the active version is 3.13.0"
    # The newest one, by number.
    assert dead() == (DeadShim(V312, shim, reason, ("3.13.0",), "3.12.10", "global"),)


@pytest.mark.parametrize(
    "text",
    [
        "3.12.1\n",
        "3.13.0\n3.12.9\n",
        "3.12\n",
        "python-3.12.1",
        "python-3.12",
        "# the newest\n\n  3.12.1 with words after it\n",
        "3.12.1\r\n",
        "gone\n3.12.1\n",
        "../escape\n3.12.1\n",
    ],
)
def test_an_active_version(text: str, dead: Dead) -> None:
    assert dead(text) == ()


@pytest.mark.parametrize(
    ("text", "active", "there"),
    [
        ("3.12.7\n", "3.12.7", ()),
        ("3.1\n", "3.1", ()),
        ("3.13.0 3.12.1\n", "3.13.0", ("3.13.0",)),
        ("#3.12.1\n3.13\n", "3.13.0", ("3.13.0",)),
        ("system\n", "system", ("system",)),
        ("", "system", ("system",)),
        ("../versions/3.12.1\n", "system", ("system",)),
        ("..\n", "system", ("system",)),
        ("3.12t\n", "3.12t", ()),
    ],
)
def test_a_version_that_is_not_meant(text: str, active: str, there: tuple[str, ...], dead: Dead, home: Path) -> None:
    (said,) = dead(text)
    assert said.reason == f"a pyenv shim, and the active version is {active}"
    assert (said.active, said.said_by) == (there, str(home / "work/project/.python-version"))


def test_the_nearest_file_counts_before_the_global_one(dead: Dead, home: Path) -> None:
    assert dead(above="3.12.1") == ()
    (said,) = dead("3.13.0", above="3.12.1")
    assert said.said_by == str(home / "work/project/.python-version")


def test_the_variable_counts_before_any_file(dead: Dead) -> None:
    assert dead(PYENV_VERSION="3.13.0:3.12.1") == ()
    (said,) = dead("3.12.1", PYENV_VERSION="3.13")
    assert (said.active, said.said_by) == (("3.13.0",), "PYENV_VERSION")


def test_another_root_of_pyenv(dead: Dead, tmp_path: Path) -> None:
    script(tmp_path / "own/versions/3.12.4/bin/python3.12")
    (tmp_path / "own/version").write_text("3.12", encoding="utf-8")
    assert dead(PYENV_ROOT=str(tmp_path / "own")) == ()


def test_what_is_made_for_testing_is_not_meant(dead: Dead, home: Path) -> None:
    for release in ("3.14.0rc1", "3.14-dev", "3.14.0a1"):
        script(home / f".pyenv/versions/{release}/bin/python3.12")
    assert [shim.active for shim in dead("3.14")] == [()]
    assert dead("3.14-dev") == ()


def test_system_is_what_comes_after_the_shims(dead: Dead, home: Path, tmp_path: Path) -> None:
    script(tmp_path / "usr/bin/python3.12")
    path = os.pathsep.join([str(home / ".pyenv/shims"), str(tmp_path / "usr/bin")])
    assert dead("system", PATH=path) == ()


def test_what_uv_installed_is_no_version_of_pyenv(dead: Dead, home: Path) -> None:
    script(home / ".local/share/uv/python/cpython-3.12.99-linux-x86_64-gnu/bin/python3.12")
    (said,) = dead()
    assert said.release == "3.12.10"


def test_a_shim_of_what_is_installed_no_more(dead: Dead, home: Path) -> None:
    for release in ("3.12.1", "3.12.10", "3.12.9"):
        (home / f".pyenv/versions/{release}/bin/python3.12").unlink()
    (said,) = dead()
    assert said.release is None


def test_other_scripts_are_started(make_project: MakeProject, tmp_path: Path) -> None:
    path = script(tmp_path / "python3.12", "#!/bin/sh\necho 'no such version' >&2\nexit 1\n")
    script(tmp_path / "python3.13")
    project = make_project(pythons=(V312, PythonVersion(13), PythonVersion(8)))
    reason = f"{path} ended with 1: no such version"
    assert pythons.dead_shims(project, tmp_path, {"PATH": str(tmp_path)}, tmp_path) == (DeadShim(V312, path, reason),)


def test_a_binary_is_no_shim(make_project: MakeProject, tmp_path: Path) -> None:
    script(tmp_path / "python3.12", "\x7fELF")
    assert pythons.dead_shims(make_project(pythons=(V312,)), tmp_path, {"PATH": str(tmp_path)}, tmp_path) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_whatever_names_the_version_is_read(dead: Dead, home: Path, content: bytes) -> None:
    (home / ".pyenv/version").write_bytes(content)
    assert len(dead()) <= 1


def test_a_version_file_that_is_a_folder(dead: Dead, home: Path) -> None:
    (home / "work/project/.python-version").mkdir()
    assert [shim.said_by for shim in dead()] == ["global"]


# Variables.


def test_pythonhome(tmp_path: Path) -> None:
    for name in ("lib/python3.12", "lib64/python3.13t", "lib/python3.9"):
        script(tmp_path / name / "os.py")
    assert pythons.pythonhome({"PYTHONHOME": str(tmp_path)}) == PythonHome(
        str(tmp_path), ("python3.12", "python3.13t", "python3.9")
    )
    both = os.pathsep.join([str(tmp_path), "/exec"])
    assert pythons.pythonhome({"PYTHONHOME": both}).libraries == ("python3.12", "python3.13t", "python3.9")


def test_pythonhome_on_windows(tmp_path: Path) -> None:
    script(tmp_path / "Lib/os.py")
    assert pythons.pythonhome({"PYTHONHOME": str(tmp_path)}) == PythonHome(str(tmp_path), ("the Python there",))


@pytest.mark.parametrize("env", [{}, {"PYTHONHOME": ""}])
def test_no_pythonhome(env: dict[str, str]) -> None:
    assert pythons.pythonhome(env) == PythonHome(None)


LONG = "/" + "a" * 5000


@pytest.mark.parametrize("path", ["/gone", LONG, "relative/gone"])
def test_a_pythonhome_without_a_library(path: str) -> None:
    assert pythons.pythonhome({"PYTHONHOME": path}) == PythonHome(path)


def test_pythonpath(make_project: MakeProject, tmp_path: Path) -> None:
    env = {"PYTHONPATH": os.pathsep.join(["", str(tmp_path), LONG, "/gone", ""])}
    assert pythons.pythonpath(env, make_project()) == (PathEntry(str(tmp_path)), PathEntry(LONG), PathEntry("/gone"))
    assert pythons.pythonpath({}, make_project()) == ()


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/usr/lib/python3.11/site-packages", "belongs to Python 3.11, and every other one will look there too"),
        ("/usr/lib/python3.11/dist-packages", "belongs to Python 3.11, and every other one will look there too"),
        ("/usr/lib/python3/dist-packages", None),
        ("/usr/lib/python3.11", None),
    ],
)
def test_a_folder_of_one_python(path: str, fault: str | None, make_project: MakeProject) -> None:
    assert pythons.pythonpath({"PYTHONPATH": path}, make_project()) == (PathEntry(path, fault),)
    alone = make_project(pythons=(PythonVersion(11),))
    assert pythons.pythonpath({"PYTHONPATH": path}, alone) == (PathEntry(path),)


@pytest.mark.parametrize(
    ("library", "hides"),
    [(None, True), ("crab/_native.abi3.so", False), ("crab/inner/_native.pyd", False), ("other.so", True)],
)
def test_a_copy_of_the_package(
    library: str | None,
    hides: bool,  # noqa: FBT001
    make_project: MakeProject,
    make_extension: Callable[..., Extension],
    tmp_path: Path,
) -> None:
    script(tmp_path / "crab/__init__.py")
    if library:
        script(tmp_path / library)
    project = make_project(extensions=(make_extension(module="crab.inner._native"),))
    fault = "has crab without its library, and hides the one that is installed" if hides else None
    assert pythons.pythonpath({"PYTHONPATH": str(tmp_path)}, project) == (PathEntry(str(tmp_path), fault),)


def test_a_module_without_a_name(
    make_project: MakeProject, make_extension: Callable[..., Extension], tmp_path: Path
) -> None:
    script(tmp_path / "__init__.py")
    project = make_project(extensions=(make_extension(module=".native"),))
    assert pythons.pythonpath({"PYTHONPATH": str(tmp_path)}, project) == (PathEntry(str(tmp_path)),)


@pytest.mark.parametrize("name", [".venv", "venv", "env"])
def test_an_environment_of_its_own(name: str, tmp_path: Path) -> None:
    assert not pythons.has_own_environment(tmp_path)
    (tmp_path / name).mkdir()
    assert not pythons.has_own_environment(tmp_path)
    script(tmp_path / name / "pyvenv.cfg")
    assert pythons.has_own_environment(tmp_path)
