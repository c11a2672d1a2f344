from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.python import Interpreter
from pyo3ops.wheels import build


def interpreter(version: PythonVersion) -> Interpreter:
    return Interpreter(Path("/python"), "cpython", version, "3.0.0", Path("/include"), True, True, "x86_64", 64)  # noqa: FBT003


@pytest.mark.parametrize(
    ("wheel", "version"),
    [
        ("a-1.0-cp311-cp311-manylinux_2_34_x86_64.whl", PythonVersion(11)),
        ("a-1.0-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", PythonVersion(8)),
        ("a-1.0-cp38-abi3-linux_x86_64.whl", PythonVersion(13)),
        ("a-1.0-cp314-cp314t-macosx_11_0_arm64.whl", PythonVersion(14, free_threaded=True)),
    ],
)
def test_a_wheel_that_fits(wheel: str, version: PythonVersion) -> None:
    assert build.misfit(wheel, interpreter(version)) is None


@pytest.mark.parametrize(
    ("wheel", "version", "said"),
    [
        (
            "a-1.0-cp311-cp311-linux_x86_64.whl",
            PythonVersion(12),
            "a-1.0-cp311-cp311-linux_x86_64.whl is for cp311-cp311-linux_x86_64, not for cp312",
        ),
        (
            "a-1.0-cp39-abi3-linux_x86_64.whl",
            PythonVersion(8),
            "a-1.0-cp39-abi3-linux_x86_64.whl is for cp39-abi3-linux_x86_64, not for cp38",
        ),
        (
            "a-1.0-cp38-abi3-linux_x86_64.whl",
            PythonVersion(14, free_threaded=True),
            "a-1.0-cp38-abi3-linux_x86_64.whl is for cp38-abi3-linux_x86_64, not for cp314t",
        ),
    ],
)
def test_a_wheel_that_does_not_fit(wheel: str, version: PythonVersion, said: str) -> None:
    assert build.misfit(wheel, interpreter(version)) == said


def test_a_file_that_is_no_wheel() -> None:
    said = build.misfit("a-1.0.whl", interpreter(PythonVersion(11)))
    assert said is not None
    assert said.startswith("Invalid wheel filename")


def test_the_build_is_told_of_no_other_environment() -> None:
    env = {"PYO3_PYTHON": "/other", "VIRTUAL_ENV": "/venv", "CONDA_PREFIX": "/conda", "PATH": "/bin"}
    assert build._build_env(env, Path("/target")) == {
        "PATH": "/bin",
        "CARGO_TARGET_DIR": "/target",
        "CARGO_TERM_COLOR": "never",
        "NO_COLOR": "1",
    }
