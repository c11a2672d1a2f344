"""What the real cargo says an extension is built from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core import discover
from pyo3ops.core.run import run
from pyo3ops.profiling.layers import Layer
from pyo3ops.stacks.model import Frame, Language
from pyo3ops.tasks.perf import _sources
from pyo3ops.tools import crates
from pyo3ops.tools.crates import Package

from .conftest import need

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = """\
[package]
name = "py-own"
version = "0.1.0"
edition = "2021"
[lib]
name = "py"
crate-type = ["cdylib"]
[dependencies]
pyo3 = "0.29"
inner = { path = "crates/inner" }
beside = { path = "../beside" }
[workspace]
members = ["crates/inner"]
"""
CONFIG = """\
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "vendor"
"""


def crate(folder: Path, manifest: str) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "src/lib.rs").touch()
    (folder / "Cargo.toml").write_text(manifest, encoding="utf-8")


def package(name: str, version: str = "0.1.0") -> str:
    return f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n'


@pytest.fixture
def root(tmp_path: Path, env: dict[str, str]) -> Path:
    """A workspace with a member, a path dependency beside it, and a vendored crate."""
    need("cargo", "rustc")
    root = tmp_path / "für es" / "project"
    crate(root, MANIFEST)
    crate(root / "crates/inner", package("inner"))
    crate(root.parent / "beside", package("beside"))
    crate(root / "vendor/pyo3", package("pyo3", "0.29.0"))
    (root / "vendor/pyo3/.cargo-checksum.json").write_text(json.dumps({"files": {}}), encoding="utf-8")
    (root / ".cargo").mkdir()
    (root / ".cargo/config.toml").write_text(CONFIG, encoding="utf-8")
    (root / "pyproject.toml").write_text('[build-system]\nbuild-backend = "maturin"\n', encoding="utf-8")
    made = run(["cargo", "generate-lockfile", "--offline"], timeout=60, env=env, cwd=root)
    assert made.ok, made.err
    return root


def test_what_lies_with_the_project_is_its_own(root: Path, env: dict[str, str]) -> None:
    project = discover.read_project(root, env)
    real = root.resolve()
    assert sorted(crates.packages(project, env), key=lambda each: each.name) == [
        Package("beside", "beside", real.parent / "beside", own=True),
        Package("inner", "inner", real / "crates/inner", own=True),
        Package("py-own", "py", real, own=True),
        Package("pyo3", "pyo3", real / "vendor/pyo3", own=False),
    ]


def test_a_profile_tells_them_apart(root: Path, env: dict[str, str]) -> None:
    sources = _sources(discover.read_project(root, env), env)
    layers = {
        name: sources.layer(Frame("f", Language.RUST, f"{root.resolve()}/{name}/src/lib.rs"))
        for name in (".", "crates/inner", "../beside", "vendor/pyo3")
    }
    assert layers == {
        ".": Layer.CRATE,
        "crates/inner": Layer.CRATE,
        "../beside": Layer.CRATE,
        "vendor/pyo3": Layer.GLUE,
    }
    # Without a file the symbol tells, which carries the name of the library.
    module = "/v/py.so"
    assert sources.layer(Frame("py::work", module=module)) is Layer.CRATE
    assert sources.layer(Frame("pyo3::impl_::trampoline::trampoline", module=module)) is Layer.GLUE
    assert sources.locked == {"py-own", "inner", "beside", "pyo3"}


def test_without_cargos_answer_the_extensions_own_crate_is_known(root: Path, env: dict[str, str]) -> None:
    project = discover.read_project(root, env)
    assert crates.packages(project, {**env, "PATH": ""}) == (Package("py-own", "py", root.resolve(), own=True),)
