from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools import python

HERE = PythonVersion.parse(f"3.{sys.version_info[1]}")
#: One that this machine surely has not, so that only the test's own files are found.
OTHER = PythonVersion(70)


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def speaking(version: str) -> str:
    """A program that describes itself as the probe script would."""
    said = {
        "implementation": "cpython",
        "version": version,
        "free_threaded": False,
        "executable": "",
        "include": "/include",
        "headers": False,
        "shared": False,
        "venv": True,
        "managed": False,
        "compiler": "GCC 12.2.0",
        "libpython": "/lib/libpython3.70.so",
        "frame_pointers": False,
        "trampoline": False,
        "machine": "x86_64",
        "bits": 64,
    }
    return f'echo "{said!r}"'


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"PATH": str(tmp_path / "bin") + os.pathsep + "/usr/bin:/bin", "HOME": str(tmp_path)}


def test_a_shim_comes_last(tmp_path: Path) -> None:
    shim = program(tmp_path / "shims/python3.70", "exit 127")
    old = program(tmp_path / ".pyenv/versions/3.70.1/bin/python3.70", "")
    new = program(tmp_path / ".pyenv/versions/3.70.12/bin/python3.70", "")
    env = {"PATH": str(shim.parent)}
    assert list(python.candidates(OTHER, env, tmp_path)) == [new, old, shim]


def test_path_comes_before_installed_ones(tmp_path: Path, env: dict[str, str]) -> None:
    first = program(tmp_path / "bin/python3.70", "")
    uv = program(tmp_path / ".local/share/uv/python/cpython-3.70.2-linux-x86_64-gnu/bin/python3.70", "")
    assert list(python.candidates(OTHER, env, tmp_path)) == [first, uv]


def test_the_active_environment_comes_first(tmp_path: Path, env: dict[str, str]) -> None:
    program(tmp_path / "bin/python3.70", "")
    active = program(tmp_path / "venv/bin/python3.70", "")
    assert next(python.candidates(OTHER, {**env, "VIRTUAL_ENV": str(tmp_path / "venv")}, tmp_path)) == active


def test_free_threaded_is_another_version(tmp_path: Path) -> None:
    program(tmp_path / ".pyenv/versions/3.70.1/bin/python3.70", "")
    free = program(tmp_path / ".pyenv/versions/3.70.1t/bin/python3.70t", "")
    found = list(python.candidates(PythonVersion(70, free_threaded=True), {"PATH": ""}, tmp_path))
    assert found == [free]


def test_a_dead_shim_is_named(tmp_path: Path) -> None:
    shim = program(tmp_path / "shims/python3.70", "echo 'pyenv: python3.70: command not found' >&2; exit 127")
    found = python.find([OTHER], {"PATH": f"{shim.parent}:/bin:/usr/bin"}, tmp_path)
    reason = f"{shim} ended with 127: pyenv: python3.70: command not found"
    assert found == python.Interpreters((OTHER,), (), (python.DeadInterpreter(shim, reason),))


def test_the_first_that_works_is_taken_and_no_failure_told(tmp_path: Path, env: dict[str, str]) -> None:
    program(tmp_path / "bin/python3.70", "exit 1")
    works = program(tmp_path / ".pyenv/versions/3.70.1/bin/python3.70", speaking("3.70.1"))
    found = python.find([OTHER], env, tmp_path)
    assert [(row.path, row.release) for row in found.working] == [(works, "3.70.1")]
    assert found.dead == ()
    assert found.of(OTHER) == found.working[0]
    assert found.of(PythonVersion(71)) is None


def test_a_python_of_another_version_is_not_taken(tmp_path: Path, env: dict[str, str]) -> None:
    liar = program(tmp_path / "bin/python3.70", speaking("3.71.0"))
    found = python.find([OTHER], env, tmp_path)
    assert found.dead == (python.DeadInterpreter(liar, "is cpython 3.71", PythonVersion(71)),)


def test_a_python_that_hangs_is_dead(tmp_path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "TIMEOUT", 0.3)
    hangs = program(tmp_path / "bin/python3.70", "sleep 60")
    (dead,) = python.find([OTHER], env, tmp_path).dead
    assert dead == python.DeadInterpreter(hangs, f"{hangs} did not answer within 0 s")


def test_this_python_is_found_and_described() -> None:
    found = python.probe(Path(sys.executable), os.environ)
    assert isinstance(found, python.Interpreter)
    assert found.version.minor == HERE.minor
    assert found.release == "{}.{}.{}".format(*sys.version_info[:3])


def test_nothing_wanted_starts_nothing() -> None:
    assert python.find([], {}, Path("/")) == python.Interpreters((), (), ())
