"""Real tools on real extension modules; a missing tool skips and says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).parents[2]

LIBRARY = """\
use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod tiny {
    use super::*;

    #[pyfunction]
    fn answer() -> u32 {
        42
    }
}
"""
MANIFEST = """\
[package]
name = "tiny"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.29"
"""
PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "tiny"
version = "0.1.0"
requires-python = ">=3.8"

[dependency-groups]
test = ["pytest"]
"""


def need(*programs: str) -> None:
    """Skip the test where a program is not on PATH."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here")


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One folder for what cargo compiles on the way: crates share PyO3, and what it makes goes where it always goes.

    Cargo before 1.91 does not know the variable, and compiles PyO3 for each target folder.
    """
    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARGO_BUILD_BUILD_DIR", str(folder))
        yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of the tests, with this Python's tools first, and no environment active."""
    kept = {
        name: value
        for name, value in os.environ.items()
        # In a workflow, what is tested would annotate the workflow.
        if name not in {"VIRTUAL_ENV", "CONDA_PREFIX", "NOX_CURRENT_SESSION"} and not name.startswith("GITHUB_")
    }
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    kept["PYTHONPATH"] = str(ROOT)
    kept["XDG_STATE_HOME"] = str(tmp_path / "state")
    return kept


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A project of our own making, locked like the examples, in a folder with a space and a letter beyond ASCII."""
    need("cargo")
    root = tmp_path / "tiny größe"
    for name, text in {"src/lib.rs": LIBRARY, "Cargo.toml": MANIFEST, "pyproject.toml": PYPROJECT}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    lock = (ROOT / "examples/hello_world/Cargo.lock").read_text(encoding="utf-8")
    (root / "Cargo.lock").write_text(lock.replace('"hello_world"', '"tiny"'), encoding="utf-8")
    return root


@pytest.fixture
def quick(env: dict[str, str]) -> dict[str, str]:
    """Cargo's own release profile for every project, so that PyO3 is compiled once."""
    return {**env, "CARGO_PROFILE_RELEASE_LTO": "false", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with debugging_example, built for this Python as a release with line tables, to be put on PYTHONPATH."""
    need("cargo")
    target, folder = tmp_path_factory.mktemp("target"), tmp_path_factory.mktemp("faults")
    settings = {
        "CARGO_TARGET_DIR": str(target),
        "PYO3_PYTHON": sys.executable,
        # Inlines as a release does, and compiles in a third of the time.
        "CARGO_PROFILE_RELEASE_LTO": "false",
        "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
        "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only",
        "CARGO_PROFILE_RELEASE_STRIP": "none",
    }
    argv = ["cargo", "build", "--release", "--locked", "--features", "pyo3/extension-module"]
    built = subprocess.run(
        argv,
        cwd=ROOT / "examples/debugging_example",
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (library,) = (target / "release").glob("libdebugging_example.*[!d]")
    library.rename(folder / "debugging_example.so")
    return folder
