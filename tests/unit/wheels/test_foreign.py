from __future__ import annotations

import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import run
from pyo3ops.tools.environments import Environment
from pyo3ops.wheels import foreign
from pyo3ops.wheels.cross import rows
from pyo3ops.wheels.foreign import ForeignPython

if TYPE_CHECKING:
    from pyo3ops.core.project import Project

DATA = Path(__file__).parents[2] / "data/tools/cross"
PLACES = (Path("/qemu"), Path("/arm"), Path("/arm/usr/bin/python3.11"))
PYTHON = ForeignPython(*PLACES, PythonVersion(11), "3.11.2", "aarch64", ("glibc", (2, 36)))
METADATA = """\
Metadata-Version: 2.4
Requires-Dist: attrs>=20
Requires-Dist: colorama ; platform_machine == 'x86_64'
Requires-Dist: hypothesis ; extra == 'test'
Requires-Dist: sphinx ; extra == 'docs'
Requires-Dist: not a requirement !!
"""
ARM, ARMV7 = rows.chosen(["aarch64-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf"])


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def wheel(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def project(root: Path, pyproject: str = "") -> Project:
    (root / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    return cast("Project", SimpleNamespace(root=root, name="it"))


def test_what_a_foreign_python_says_of_itself() -> None:
    text = (DATA / "python3.11-arm64.txt").read_text(encoding="utf-8")
    said = foreign.parse(*PLACES, text)
    assert said == PYTHON
    assert str(said) == "Python 3.11.2 on aarch64, glibc 2.36"


@pytest.mark.parametrize("text", ["", "{}", "{'version': 3}", "[1]", "{'version': (3, 11, 2), 'libc': 7}", "(" * 9999])
def test_what_is_no_python_is_told(text: str) -> None:
    assert foreign.parse(*PLACES, text) == "/arm/usr/bin/python3.11 did not describe itself as a Python would"


def test_a_python_that_does_not_start_says_why(tmp_path: Path) -> None:
    emulator = program(tmp_path / "qemu", "echo 'Could not open /lib/ld-linux-aarch64.so.1' >&2; exit 255")
    said = foreign.ask(emulator, tmp_path, tmp_path / "python3.11", {"PATH": ""})
    assert said == f"{emulator} ended with 255: Could not open /lib/ld-linux-aarch64.so.1"


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("it-1-cp311-cp311-manylinux_2_34_aarch64.whl", True),
        ("it-1-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl", True),
        ("it-1-cp38-abi3-manylinux_2_17_aarch64.whl", True),
        ("it-1-cp311-cp311-manylinux2014_aarch64.whl", True),
        ("it-1-cp311-cp311-manylinux_2_38_aarch64.whl", False),
        ("it-1-cp312-cp312-manylinux_2_17_aarch64.whl", False),
        ("it-1-cp311-cp311-manylinux_2_17_x86_64.whl", False),
        ("it-1-cp311-cp311-musllinux_1_2_aarch64.whl", False),
        ("nonsense.whl", False),
    ],
)
def test_which_wheels_a_foreign_python_takes(name: str, fits: bool) -> None:  # noqa: FBT001 - a row
    assert (foreign.misfit(name, PYTHON, "aarch64") is None) is fits


def test_a_python_of_musl_takes_wheels_of_musl() -> None:
    musl = replace(PYTHON, libc=("musl", (1, 2)))
    assert foreign.misfit("it-1-cp311-cp311-musllinux_1_2_aarch64.whl", musl, "aarch64") is None
    said = foreign.misfit("it-1-cp311-cp311-manylinux_2_17_aarch64.whl", musl, "aarch64")
    assert said is not None
    assert said.endswith("and here is Python 3.11.2 on aarch64, musl 1.2")


def test_a_wheel_is_laid_out_as_installers_do(tmp_path: Path) -> None:
    file = wheel(tmp_path / "it.whl", {"it/__init__.py": "", "it-1.data/platlib/other.py": "x = 1\n"})
    unpacked, wrong = foreign.unpack(
        project(tmp_path), file, PYTHON, target=ARM, folder=tmp_path / "run", env={"PATH": "", "VIRTUAL_ENV": "/v"}
    )
    assert wrong is None
    site = tmp_path / "run/site"
    assert (site / "other.py").read_text(encoding="utf-8") == "x = 1\n"
    assert unpacked.env["PYTHONPATH"] == str(site)
    assert "VIRTUAL_ENV" not in unpacked.env
    assert unpacked.python == site / "bin/python3"


def test_tests_that_start_their_own_python_get_the_emulator_too(tmp_path: Path) -> None:
    # An emulator that starts this Python in place of the foreign one, and says how it was called.
    emulator = program(tmp_path / "a qemu", f'echo "$1 $2 $3"; shift 3; exec "{sys.executable}" "$@"')
    python = replace(PYTHON, emulator=emulator, root=tmp_path / "ro ot")
    file = wheel(tmp_path / "it.whl", {"it.py": ""})
    there, _ = foreign.unpack(
        project(tmp_path), file, python, target=ARM, folder=tmp_path / "größe", env={"PATH": os.defpath}
    )
    said = run([str(there.python), "-c", "import it, sys; print(sys.executable)"], timeout=10, env=there.env).out
    assert said.splitlines() == [f"-L {tmp_path}/ro ot /arm/usr/bin/python3.11", str(there.python)]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (ARM, "--only-binary :all: --python-platform aarch64-unknown-linux-gnu pytest"),
        (ARMV7, "--upgrade --implementation cp --platform manylinux_2_36_armv7l"),
    ],
)
def test_what_tests_need_is_installed_for_the_other_machine(tmp_path: Path, target: rows.Target, words: str) -> None:
    # As pip does where it finds a folder of programs.
    program(tmp_path / "bin/uv", f'echo "$@" >"{tmp_path}/call"; rm -rf "{tmp_path}/run/site/bin"')
    python = PYTHON if target is ARM else replace(PYTHON, machine="armv8l")
    file = wheel(tmp_path / "it.whl", {"it.py": ""})
    env = {"PATH": os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"])}
    pyproject = '[dependency-groups]\ntest = ["pytest"]\n'
    unpacked, wrong = foreign.unpack(
        project(tmp_path, pyproject), file, python, target=target, folder=tmp_path / "run", env=env
    )
    assert wrong is None
    assert os.access(unpacked.python, os.X_OK)
    assert words in (tmp_path / "call").read_text(encoding="utf-8")


def test_what_the_wheel_itself_needs_there_comes_along(tmp_path: Path) -> None:
    file = wheel(tmp_path / "it.whl", {"it-1.dist-info/METADATA": METADATA})
    assert foreign._requirements(file, "test", PYTHON) == ("attrs>=20", "hypothesis")
    assert foreign._requirements(tmp_path / "absent.whl", "", PYTHON) == ()


def test_a_broken_wheel_is_told(tmp_path: Path) -> None:
    (tmp_path / "it.whl").write_bytes(b"PK\x03\x04 cut off")
    _, wrong = foreign.unpack(
        project(tmp_path), tmp_path / "it.whl", PYTHON, target=ARM, folder=tmp_path / "run", env={"PATH": ""}
    )
    assert wrong is not None
    assert wrong.startswith("it.whl cannot be unpacked: ")


def test_tests_run_by_the_foreign_python(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    script = f'echo "$@" >"{tmp_path}/call"; echo "E   assert 1 == 2"; exit 1'
    python = program(tmp_path / "run/site/bin/python3", script)
    (tmp_path / "run/site/bin/pytest").touch()
    environment = Environment(tmp_path / "run", python, {"PATH": os.defpath})
    tested = foreign.test(project(tmp_path), environment, tmp_path / "run")
    assert tested.error is not None
    assert tested.error.startswith("tests: ")
    assert tested.tail == ("E   assert 1 == 2",)
    call = (tmp_path / "call").read_text(encoding="utf-8")
    assert call.startswith(f"{tmp_path}/run/site/bin/pytest --junitxml {tmp_path}/run/junit.xml")
    assert "E   assert" in (tmp_path / "run/tests.log").read_text(encoding="utf-8")
    (tmp_path / "tests").rmdir()
    assert foreign.test(project(tmp_path), environment, tmp_path).note == "imported; there is no folder of tests"
