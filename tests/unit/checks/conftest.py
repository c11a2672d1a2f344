"""Facts as literals: a project in which nothing is wrong, of which a test changes what it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from pyo3ops.core.config import Config
from pyo3ops.core.project import Backend, Extension, Layout, Project, Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.python import Interpreter

EXTENSION = Extension(
    crate="crab",
    version="0.1.0",
    edition="2021",
    rust_version="1.83",
    manifest=Path("/project/Cargo.toml"),
    library="crab",
    crate_types=("cdylib",),
    module="crab",
    pymodules=("crab",),
    pyo3=Pyo3Dependency("^0.29", ("0.29.3",), ()),
    dependencies=(),
    lock=Path("/project/Cargo.lock"),
)

PROJECT = Project(
    root=Path("/project"),
    name="crab",
    version="0.1.0",
    requires_python=">=3.8",
    classifiers=(),
    pythons=(PythonVersion(8), PythonVersion(13)),
    pythons_from="classifiers",
    backend=Backend.MATURIN,
    build_requires=("maturin>=1.9,<2",),
    layout=Layout.RUST,
    python_source=None,
    extensions=(EXTENSION,),
    workspace_root=Path("/project"),
    target_directory=Path("/project/target"),
    toolchain_file=None,
    config=Config(),
    metadata_error=None,
)


@pytest.fixture(scope="session")
def make_project() -> Callable[..., Project]:
    """The project with some fields changed."""

    def make(**changes: object) -> Project:
        return Project(**{**vars(PROJECT), **changes})

    return make


@pytest.fixture(scope="session")
def make_extension() -> Callable[..., Extension]:
    """The project's extension with some fields changed."""

    def make(**changes: object) -> Extension:
        return Extension(**{**vars(EXTENSION), **changes})

    return make


@pytest.fixture(scope="session")
def make_interpreter() -> Callable[..., Interpreter]:
    """A working 64-bit CPython of one version, with some fields changed."""

    def make(version: str, **changes: object) -> Interpreter:
        folder = Path(f"/opt/{version}")
        interpreter = Interpreter(
            path=folder / "bin/python",
            implementation="cpython",
            version=PythonVersion.parse(version),
            release=f"{version}.1",
            include=folder / "include",
            headers=True,
            shared=False,
            machine="x86_64",
            bits=64,
        )
        return Interpreter(**{**vars(interpreter), **changes})

    return make
