from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks.facts.versions import Stated, Versions, versions
from pyo3ops.core.project import Backend
from pyo3ops.tools.git import Checkout

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]


@pytest.fixture
def crab(tmp_path: Path, make_project: MakeProject, make_extension: MakeExtension) -> Project:
    extension = make_extension(module="crab._crab", manifest=tmp_path / "Cargo.toml")
    _write(tmp_path / "Cargo.toml", '[package]\nname = "crab"\nversion = "0.1.0"\n')
    _write(tmp_path / "python/crab/__init__.py", "from ._crab import pinch\n")
    return make_project(root=tmp_path, extensions=(extension,), python_source=tmp_path / "python")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_the_crate_is_what_maturin_packs(crab: Project) -> None:
    assert versions(crab, {"project": {"dynamic": ["version"]}}, None) == Versions(Stated("0.1.0", "Cargo.toml", 3))


def test_an_inherited_version_has_no_line(crab: Project) -> None:
    _write(crab.root / "Cargo.toml", "[package]\nversion.workspace = true\n")
    assert versions(crab, {}, None).wheel == Stated("0.1.0", "Cargo.toml")


def test_pyproject_counts_where_it_says_one(crab: Project) -> None:
    _write(crab.root / "pyproject.toml", '[project]\nname = "crab"\nversion = "2.0"\n')
    assert versions(crab, {"project": {"version": "2.0"}}, None).wheel == Stated("2.0", "pyproject.toml", 3)


def test_nothing_says_the_version(crab: Project, make_project: MakeProject, make_extension: MakeExtension) -> None:
    setuptools = make_project(root=crab.root, backend=Backend.SETUPTOOLS_RUST)
    assert versions(setuptools, {}, None).wheel is None
    several = (*crab.extensions, make_extension(crate="lobster", version="9.0.0", manifest=crab.root / "l/Cargo.toml"))
    assert versions(make_project(root=crab.root, extensions=several), {}, None).wheel is None


@pytest.mark.parametrize(
    ("name", "text", "stated"),
    [
        ("__init__.py", '"""Pinch."""\n__version__ = "0.2.0"\n', Stated("0.2.0", "python/crab/__init__.py", 2)),
        ("_version.py", "__version__: str = '0.2.0'\n", Stated("0.2.0", "python/crab/_version.py", 1)),
        ("__init__.py", 'from importlib.metadata import version\n__version__ = version("crab")\n', None),
        ("__init__.py", 'try:\n    from ._crab import __version__\nexcept ImportError:\n    __version__ = "0"\n', None),
        ("__init__.py", "print(\"__version__ = '0.2.0'\")\n", None),
    ],
    ids=["literal", "typed", "metadata", "fallback", "text"],
)
def test_python_modules(name: str, text: str, stated: Stated | None, crab: Project) -> None:
    _write(crab.root / "python/crab" / name, text)
    assert versions(crab, {}, None).modules == ((stated,) if stated else ())


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ('m.add("__version__", env!("CARGO_PKG_VERSION"))?;', "0.1.0"),
        ('m.add("__version__", "3.0.0")?;', "3.0.0"),
        ('m.add("__version__", spelled())?;', None),
        ('// m.add("__version__", "3.0.0")?;', None),
    ],
)
def test_rust_sources(line: str, version: str | None, crab: Project) -> None:
    _write(crab.root / "src/lib.rs", f"use pyo3::prelude::*;\n{line}\n")
    assert versions(crab, {}, None).modules == ((Stated(version, "src/lib.rs", 2),) if version else ())


def test_the_change_log_and_the_tag(crab: Project) -> None:
    _write(crab.root / "CHANGES.rst", "Unreleased\n==========\n\n0.1.0\n=====\n")
    read = versions(crab, {}, Checkout(top=True, tags=("v0.1.0", "v0.0.9")))
    assert (read.changelog, read.pending) == (Stated("0.1.0", "CHANGES.rst", 4), True)
    assert read.tag == ("v0.1.0", "0.1.0")
