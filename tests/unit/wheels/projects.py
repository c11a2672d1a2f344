"""Projects as files would describe them."""

from __future__ import annotations

from pathlib import Path

from pyo3ops.core.config import Config
from pyo3ops.core.project import Backend, Extension, Layout, Project, Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.python import Interpreter


def project(
    root: Path,
    *features: str,
    name: str = "tiny",
    pythons: tuple[int, ...] = (11, 12),
    backend: Backend = Backend.MATURIN,
) -> Project:
    """A project whose only crate has PyO3 0.29 with these features."""
    extension = Extension(
        crate=name,
        version="0.1.0",
        edition="2021",
        rust_version=None,
        manifest=root / "Cargo.toml",
        library=name,
        crate_types=("cdylib",),
        module=name,
        pymodules=(name,),
        pyo3=Pyo3Dependency("0.29", ("0.29.3",), features),
        dependencies=(),
        lock=root / "Cargo.lock",
    )
    return Project(
        root=root,
        name=name,
        version="0.1.0",
        requires_python=">=3.8",
        classifiers=(),
        pythons=tuple(PythonVersion(minor) for minor in pythons),
        pythons_from="classifiers",
        backend=backend,
        build_requires=(),
        layout=Layout.RUST,
        python_source=None,
        extensions=(extension,),
        workspace_root=root,
        target_directory=root / "target",
        toolchain_file=None,
        config=Config(),
        metadata_error=None,
    )


def interpreter(version: PythonVersion) -> Interpreter:
    """An interpreter that is nowhere."""
    path, include = Path("/python"), Path("/include")
    return Interpreter(
        path, "cpython", version, f"{version}.0", include, headers=True, shared=True, machine="x86_64", bits=64
    )
