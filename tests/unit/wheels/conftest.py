"""A project to plan for, as its files would describe it, with what a test changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest

from pyo3ops.core.config import read_config
from pyo3ops.core.project import (
    Backend,
    Extension,
    Layout,
    Project,
    Pyo3Dependency,
    matrix_from,
)

ProjectOf = Callable[..., Project]


def extension(pyo3: str = "0.29.3", features: tuple[str, ...] = ()) -> Extension:
    return Extension(
        crate="demo",
        version="1.2.3",
        edition="2021",
        rust_version=None,
        manifest=Path("demo/Cargo.toml"),
        library="demo",
        crate_types=("cdylib",),
        module="demo",
        pymodules=("demo",),
        pyo3=Pyo3Dependency("0", (pyo3,), features),
        dependencies=(),
        lock=None,
    )


@pytest.fixture
def project_of() -> ProjectOf:
    def make(
        pyo3: str = "0.29.3", features: tuple[str, ...] = (), tool: dict[str, Any] | None = None, **changes: Any
    ) -> Project:
        config = read_config(tool or {})
        classifiers = tuple(changes.pop("classifiers", ("Programming Language :: Python :: 3.12",)))
        requires = changes.pop("requires_python", None)
        pythons, pythons_from = matrix_from(config, classifiers, requires, (8, 15), "PyO3")
        rows: dict[str, Any] = {
            "root": Path("demo"),
            "name": "demo",
            "version": "1.2.3",
            "requires_python": requires,
            "classifiers": classifiers,
            "pythons": pythons,
            "pythons_from": pythons_from,
            "backend": Backend.MATURIN,
            "build_requires": ("maturin>=1.9,<2",),
            "layout": Layout.RUST,
            "python_source": None,
            "extensions": (extension(pyo3, features),),
            "workspace_root": None,
            "target_directory": None,
            "toolchain_file": None,
            "config": config,
            "metadata_error": None,
        }
        return Project(**{**rows, **changes})

    return make
