from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core.config import Config
from pyo3ops.core.project import (
    Backend,
    BuildSettings,
    Pyo3Dependency,
    StableAbi,
    backend_of,
    classified,
    extensions_of,
    matrix_from,
    pymodules_in,
    rust_extensions_in,
)
from pyo3ops.core.pythons import PythonVersion

MANIFEST = Path("/p/Cargo.toml")


def package(**changes: Any) -> dict[str, Any]:
    """What cargo metadata says of a small extension crate."""
    row = {
        "name": "demo-rs",
        "version": "1.2.3",
        "edition": "2021",
        "rust_version": "1.83",
        "manifest_path": str(MANIFEST),
        "targets": [{"name": "demo_rs", "kind": ["cdylib"], "crate_types": ["cdylib"], "src_path": "/p/src/lib.rs"}],
        "dependencies": [dependency("pyo3", "^0.29")],
        "features": {},
    }
    return {**row, **changes}


def dependency(name: str, requirement: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": name,
        "req": requirement,
        "kind": None,
        "optional": False,
        "features": [],
        "rename": None,
        "source": "registry+https://example.invalid/index",
    }
    return {**row, **changes}


def features_of(settings: BuildSettings, **changes: Any) -> tuple[str, ...] | None:
    found = list(extensions_of({"packages": [package(**changes)]}, {MANIFEST: settings}, {}))
    return found[0][1].pyo3.features if found else None


def test_an_extension() -> None:
    locked = {"pyo3": ("0.28.3", "0.29.3")}
    ((_, extension),) = extensions_of({"packages": [package()]}, {MANIFEST: BuildSettings("demo._rs")}, locked)
    assert (extension.crate, extension.library, extension.module) == ("demo-rs", "demo_rs", "demo._rs")
    assert extension.pyo3 == Pyo3Dependency("^0.29", ("0.28.3", "0.29.3"), ())
    assert extension.pyo3.release == "0.29"
    assert [(row.name, row.kind, row.registry) for row in extension.dependencies] == [("pyo3", "normal", True)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"dependencies": []}, "no pyo3"),
        ({"dependencies": [dependency("pyo3", "^0.29", kind="dev")]}, "for its tests alone"),
        ({"dependencies": [dependency("pyo3", "^0.29", optional=True)], "features": {"py": ["dep:pyo3"]}}, "off"),
        ({"targets": [{"name": "demo", "kind": ["bin"], "crate_types": ["bin"]}]}, "a program"),
        ({"manifest_path": "/other/Cargo.toml"}, "not what the backend builds"),
    ],
)
def test_what_is_no_extension(changes: dict[str, Any], why: str) -> None:
    assert features_of(BuildSettings(), **changes) is None, why


def test_a_virtual_workspace_counts_every_cdylib() -> None:
    library = {"name": "other", "kind": ["lib"], "crate_types": ["lib"], "src_path": "/p/src/lib.rs"}
    packages = [package(), package(name="other", manifest_path="/o/Cargo.toml", targets=[library])]
    found = [extension.crate for _, extension in extensions_of({"packages": packages}, {}, {})]
    assert found == ["demo-rs"]


@pytest.mark.parametrize(
    ("settings", "changes", "expected"),
    [
        (BuildSettings(), {"dependencies": [dependency("pyo3", "^0.29", features=["abi3-py38"])]}, ("abi3-py38",)),
        (BuildSettings(features=("pyo3/abi3",)), {}, ("abi3",)),
        (BuildSettings(), {"features": {"default": ["stable"], "stable": ["pyo3/abi3-py39"]}}, ("abi3-py39",)),
        (BuildSettings(default_features=False), {"features": {"default": ["pyo3/abi3"]}}, ()),
        (
            BuildSettings(features=("py",)),
            {
                "dependencies": [dependency("pyo3", "^0.29", optional=True)],
                "features": {"py": ["dep:pyo3", "pyo3?/abi3"], "loop": ["py", "loop"]},
            },
            ("abi3",),
        ),
        (
            BuildSettings(features=("python/abi3",)),
            {"dependencies": [dependency("pyo3", "^0.29", optional=True, rename="python")]},
            ("abi3",),
        ),
    ],
)
def test_features_that_the_build_switches_on(
    settings: BuildSettings, changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert features_of(settings, **changes) == expected


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ((), None),
        (("extension-module",), None),
        (("abi3",), StableAbi("abi3", None)),
        (("abi3", "abi3-py310", "abi3-py39"), StableAbi("abi3", PythonVersion(9))),
        (("abi3t-py315",), StableAbi("abi3t", PythonVersion(15))),
    ],
)
def test_stable_abi(features: tuple[str, ...], expected: StableAbi | None) -> None:
    assert Pyo3Dependency("0.29", (), features).stable_abi == expected


def test_both_stable_abis() -> None:
    found = Pyo3Dependency("0.29", (), ("abi3-py310", "abi3-py39", "abi3t-py315")).stable_abis
    assert found == (StableAbi("abi3t", PythonVersion(15)), StableAbi("abi3", PythonVersion(9)))


@pytest.mark.parametrize(
    ("requirement", "locked", "expected"),
    [("0.29", (), "0.29"), ("^0.29.1", ("0.29.3",), "0.29"), (">=0.28", ("0.28.1", "0.30.1"), "0.30"), ("*", (), None)],
)
def test_release(requirement: str, locked: tuple[str, ...], expected: str | None) -> None:
    assert Pyo3Dependency(requirement, locked, ()).release == expected


@pytest.mark.parametrize(
    ("pyproject", "expected"),
    [
        ({}, Backend.NONE),
        ({"build-system": {"build-backend": "maturin"}}, Backend.MATURIN),
        ({"build-system": {"requires": ["setuptools", "setuptools-rust>=1.9"]}}, Backend.SETUPTOOLS_RUST),
        ({"build-system": {"build-backend": "flit_core.buildapi"}}, Backend.OTHER),
        ({"build-system": {"build-backend": "own"}, "tool": {"maturin": {}}}, Backend.MATURIN),
        ({"build-system": 3}, Backend.NONE),
    ],
)
def test_backend_of(pyproject: dict[str, Any], expected: Backend) -> None:
    assert backend_of(pyproject) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#[pymodule]\nfn demo(m: &Bound<PyModule>) -> PyResult<()> {}", ["demo"]),
        ("#[pymodule(gil_used = false)]\npub mod demo {}", ["demo"]),
        ('#[pymodule]\n#[pyo3(name = "_rs")]\nfn demo() {}', ["_rs"]),
        ('#[pyo3(name = "_rs")]\n#[pymodule]\npub(crate) unsafe fn demo() {}', ["_rs"]),
        ('#[pyo3::pymodule(name = "x")]\n/// doc\n#[allow(unused)]\nfn r#type() {}', ["x"]),
        ("// #[pymodule]\nfn a() {}\n/* #[pymodule] */ fn b() {}", []),
        ("#[pyfunction]\nfn demo() {}", []),
        ("#[pymodule] fn a() {} #[pymodule] fn b() {}", ["a", "b"]),
        ('#[no_mangle]\npub unsafe extern "C" fn PyInit_fast() -> *mut PyObject {}', ["fast"]),
    ],
)
def test_pymodules_in(source: str, expected: list[str]) -> None:
    assert list(pymodules_in(source)) == expected


def test_the_bindings_below_pyo3_count_too() -> None:
    row = package(dependencies=[dependency("pyo3-ffi", "^0.29")])
    ((_, extension),) = extensions_of({"packages": [row]}, {MANIFEST: BuildSettings()}, {"pyo3-ffi": ("0.29.1",)})
    assert extension.pyo3 == Pyo3Dependency("^0.29", ("0.29.1",), ())


def test_modules_that_a_setup_py_names() -> None:
    text = "setup(rust_extensions=[RustExtension('a._rs', features=[]), RustExtension(target=\"b\")])"
    assert list(rust_extensions_in(text)) == ["a._rs", "b"]


@given(st.text(st.sampled_from('#[]()"pymodulefn x/*\n='), max_size=200))
def test_any_source_is_read(source: str) -> None:
    assert all(isinstance(name, str) for name in pymodules_in(source))


def test_the_matrix_and_where_it_comes_from() -> None:
    chosen = Config(pythons=(PythonVersion(9),))
    lines = ["Programming Language :: Python :: 3", "Programming Language :: Python :: 3.10"]
    supported = (8, 11)
    assert matrix_from(chosen, lines, ">=3.8", supported, "X") == (chosen.pythons, "[tool.pyo3ops] pythons")
    assert matrix_from(Config(), lines, ">=3.8", supported, "X") == ((PythonVersion(10),), "classifiers")
    rows = (PythonVersion(10), PythonVersion(11))
    assert matrix_from(Config(), [], ">=3.9.2,!=3.9.*", supported, "X") == (rows, "requires-python and X")
    every = tuple(PythonVersion(minor) for minor in range(8, 12))
    assert matrix_from(Config(), [], None, supported, "X") == (every, "X")
    assert matrix_from(Config(), [], "nonsense", supported, "X") == (every, "X")


def test_classified_sorts_by_number() -> None:
    lines = [f"Programming Language :: Python :: 3.{minor}" for minor in (10, 9, 9)]
    assert classified(lines) == (PythonVersion(9), PythonVersion(10))
