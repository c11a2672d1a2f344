from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.discover import find_root, no_backend, read_project, stale_locks
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend, Layout, StableAbi
from pyo3ops.core.pythons import PythonVersion

from .conftest import MANIFEST, need

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _cargo() -> None:
    need("cargo")


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_toml", ".toml").replace("_rs", ".rs").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def crate(name: str, *lines: str, kind: str = "cdylib") -> str:
    head = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n[lib]\ncrate-type = ["{kind}"]\n'
    return head + "[dependencies]\n" + "\n".join(lines)


PYO3 = 'pyo3 = "0.29"'
MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
MODULE = "#[pymodule]\nmod demo {}\n"


def test_a_single_crate(tiny: Path) -> None:
    project = read_project(tiny, os.environ)
    assert (project.name, project.backend, project.layout) == ("tiny", Backend.MATURIN, Layout.RUST)
    assert project.metadata_error is None
    (extension,) = project.extensions
    assert (extension.module, extension.pymodules, extension.crate_types) == ("tiny", ("tiny",), ("cdylib",))
    assert extension.pyo3.locked == ("0.29.3",)
    assert extension.lock == project.root / "Cargo.lock"
    assert project.target_directory == project.root / "target"
    assert (str(project.pythons[0]), project.pythons_from) == ("3.8", "requires-python and PyO3 0.29")
    assert stale_locks(project) == ()


def test_find_root_from_below_and_from_nowhere(tiny: Path, tmp_path: Path) -> None:
    assert find_root(tiny / "src") == tiny
    with pytest.raises(ConfigError, match=r"there is no .*nowhere"):
        find_root(tmp_path / "nowhere")


def test_what_is_there_instead_of_a_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no PyO3 project in") as caught:
        find_root(tmp_path)
    assert caught.value.command == "pyo3ops new my_module"
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "a"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        find_root(tmp_path)
    assert caught.value.cause == f"{tmp_path / 'Cargo.toml'} does not depend on pyo3"
    (tmp_path / "Cargo.toml").unlink()
    (tmp_path / "pyproject.toml").write_text('[build-system]\nbuild-backend = "hatchling.build"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        find_root(tmp_path)
    assert "builds nothing from Rust and has no [tool.pyo3ops] table" in caught.value.cause
    subprocess.run(["sh", "-c", caught.value.command], check=True)
    assert find_root(tmp_path) == tmp_path


def test_why_nothing_builds_a_project(tmp_path: Path) -> None:
    assert no_backend(tmp_path) == f"there is no pyproject.toml in {tmp_path}"
    (tmp_path / "pyproject.toml").write_text("\n", encoding="utf-8")
    assert no_backend(tmp_path) == "pyproject.toml is empty"
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert no_backend(tmp_path) == "pyproject.toml names no build backend"


def test_a_workspace_with_manifest_path(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        pyproject_toml=MATURIN + '[tool.maturin]\nmanifest-path = "crates/py/Cargo.toml"\nmodule-name = "demo"\n',
        Cargo_toml='[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n[workspace.dependencies]\n' + PYO3,
        crates__py__Cargo_toml=crate("demo-py", "pyo3 = { workspace = true, features = ['abi3-py38'] }"),
        crates__py__src__lib_rs=MODULE,
        crates__core__Cargo_toml=crate("core", PYO3, kind="lib"),
        crates__core__src__lib_rs="",
    )
    (extension,) = read_project(root, os.environ).extensions
    assert (extension.crate, extension.module, extension.pymodules) == ("demo-py", "demo", ("demo",))
    assert extension.pyo3.stable_abi == StableAbi("abi3", PythonVersion(8))


def test_a_virtual_workspace_of_several_extensions(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        Cargo_toml='[workspace]\nmembers = ["a", "b", "c"]\nresolver = "2"\n',
        a__Cargo_toml=crate("a", PYO3),
        a__src__lib_rs=MODULE,
        b__Cargo_toml=crate("b", '[target."cfg(unix)".dependencies]', PYO3),
        b__src__lib_rs=MODULE,
        c__Cargo_toml=crate("c", PYO3, kind="lib"),
        c__src__lib_rs="",
    )
    project = read_project(root, os.environ)
    assert [extension.crate for extension in project.extensions] == ["a", "b"]
    assert project.backend is Backend.NONE


@pytest.mark.parametrize(
    ("settings", "package", "module"),
    [
        ("", "demo", "demo.demo"),
        ("", "other", "demo"),
        ('[tool.maturin]\npython-source = "python"\nmodule-name = "demo._rs"\n', "python/demo", "demo._rs"),
        ('[tool.maturin]\npython-source = "python"\n', "python/demo", "demo.demo"),
    ],
)
def test_a_package_around_the_extension(tmp_path: Path, settings: str, package: str, module: str) -> None:
    files = {"pyproject_toml": MATURIN + settings, "Cargo_toml": crate("demo", PYO3), "src__lib_rs": MODULE}
    root = write(tmp_path, **files)
    (root / package).mkdir(parents=True)
    (root / package / "__init__.py").touch()
    project = read_project(root, os.environ)
    assert project.extensions[0].module == module
    mixed = package.endswith("demo")
    assert project.layout is (Layout.MIXED if mixed else Layout.RUST)
    assert project.python_source == ((root / package).parent if mixed else None)


def test_setuptools_rust_with_several_modules(tmp_path: Path) -> None:
    module = '[[tool.setuptools-rust.ext-modules]]\ntarget = "{0}._rs"\npath = "{0}/Cargo.toml"\nfeatures = ["fast"]\n'
    root = write(
        tmp_path,
        pyproject_toml='[build-system]\nrequires = ["setuptools", "setuptools-rust"]\n'
        + module.format("a")
        + module.format("b"),
        Cargo_toml='[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n',
        a__Cargo_toml=crate("a", PYO3, "[features]", 'fast = ["pyo3/abi3-py39"]'),
        a__src__lib_rs=MODULE,
        b__Cargo_toml=crate("b", 'py = { package = "pyo3", version = "0.29" }', "[features]", "fast = []"),
        b__src__lib_rs=MODULE,
    )
    project = read_project(root, os.environ)
    assert project.backend is Backend.SETUPTOOLS_RUST
    assert [(each.module, each.pyo3.features) for each in project.extensions] == [
        ("a._rs", ("abi3-py39",)),
        ("b._rs", ()),
    ]


def test_a_setup_py_is_read_and_not_executed(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        pyproject_toml='[build-system]\nrequires = ["setuptools-rust"]\n',
        setup_py='raise SystemExit("executed")\nRustExtension(\n    "demo._rs", features=["python"]\n)\n',
        Cargo_toml=crate("demo", 'pyo3 = { version = "0.29", optional = true }', "[features]", 'python = ["pyo3"]'),
        src__lib_rs="#[pymodule]\nfn _rs() {}\n",
    )
    (extension,) = read_project(root, os.environ).extensions
    assert (extension.module, extension.pymodules) == ("demo._rs", ("_rs",))


def test_crates_that_the_configuration_names(tmp_path: Path) -> None:
    files = {f"demos__{name}__Cargo_toml": crate(name, PYO3) for name in ("one", "two")}
    files.update({f"demos__{name}__src__lib_rs": MODULE for name in ("one", "two")})
    files.update({f"demos__{name}__pyproject_toml": MATURIN for name in ("one", "two")})
    root = write(tmp_path, pyproject_toml='[tool.pyo3ops]\ncrates = ["demos/*"]\n', **files)
    project = read_project(root, os.environ)
    assert [extension.crate for extension in project.extensions] == ["one", "two"]
    assert project.backend is Backend.MATURIN
    write(root, pyproject_toml='[tool.pyo3ops]\ncrates = ["gone/*"]\n')
    with pytest.raises(ConfigError, match=r"tool.pyo3ops.crates names gone/\*, where no Cargo.toml lies"):
        read_project(root, os.environ)


def test_a_program_without_python_has_no_extension(tmp_path: Path) -> None:
    manifest = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
    root = write(tmp_path, pyproject_toml=MATURIN, Cargo_toml=manifest, src__main_rs="fn main() {}")
    project = read_project(root, os.environ)
    assert (project.extensions, project.metadata_error) == ((), None)


def test_what_cargo_cannot_read_is_said(tmp_path: Path) -> None:
    root = write(tmp_path, pyproject_toml=MATURIN, Cargo_toml="[package]\nname = 3\n")
    project = read_project(root, os.environ)
    assert project.extensions == ()
    assert project.metadata_error is not None
    assert "Cargo.toml" in project.metadata_error


def test_no_cargo_is_said(tiny: Path) -> None:
    project = read_project(tiny, {"PATH": ""})
    assert project.metadata_error is not None
    assert project.metadata_error.startswith("cargo is not on PATH: install Rust")
    assert project.name == "tiny"


def test_a_toolchain_file_downloads_nothing(tiny: Path) -> None:
    write(tiny, rust_toolchain='[toolchain]\nchannel = "1.2.3"\n')
    (tiny / "rust_toolchain").rename(tiny / "rust-toolchain.toml")
    project = read_project(tiny, os.environ)
    assert project.toolchain_file == tiny / "rust-toolchain.toml"
    # Without rustup there is nothing that would obey the file.
    assert project.metadata_error is None or "1.2.3" in project.metadata_error


def test_a_stale_lock_is_named(tiny: Path) -> None:
    manifest = MANIFEST.replace('"0.1.0"', '"0.2.0"').replace('"0.29"', '"0.28"') + 'itoa = "1"\n'
    (tiny / "Cargo.toml").write_text(manifest, encoding="utf-8")
    assert stale_locks(read_project(tiny, os.environ)) == (
        "tiny is 0.2.0, the lock has 0.1.0",
        "tiny wants itoa ^1, the lock has none",
        "tiny wants pyo3 ^0.28, the lock has 0.29.3",
    )
