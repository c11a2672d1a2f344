"""The files of the project that the corpus is compiled from."""

from __future__ import annotations

_LIBRARY = """\
use pyo3::prelude::*;

mod table;

#[cfg(feature = "later")]
extern "C" {
    fn PyErr_GetRaisedException() -> *mut pyo3::ffi::PyObject;
}

#[cfg(feature = "outside")]
extern "C" {
    fn PyUnicode_FromKindAndData(kind: i32, data: *const u8, size: isize) -> *mut pyo3::ffi::PyObject;
}

#[cfg(feature = "far")]
extern "C" {
    fn planted_far() -> i32;
}

#[pymodule(gil_used = false)]
mod _native {
    use super::*;

    #[pyfunction]
    fn answer(py: Python<'_>) -> u32 {
        #[cfg(feature = "later")]
        assert!(unsafe { PyErr_GetRaisedException() }.is_null());
        #[cfg(feature = "outside")]
        drop(unsafe { Bound::from_owned_ptr(py, PyUnicode_FromKindAndData(1, b"a".as_ptr(), 1)) });
        #[cfg(feature = "far")]
        assert_eq!(unsafe { planted_far() }, 0);
        let _ = py;
        table::ANSWER
    }
}
"""
_MANIFEST = """\
[package]
name = "tiny"
version = "0.1.0"
edition = "2021"
license = "MIT"

[lib]
name = "_native"
crate-type = ["cdylib"]

[features]
abi3 = ["pyo3/abi3-py38"]
later = []
outside = []
far = []

[dependencies]
pyo3 = "0.29"

[profile.release]
strip = true
codegen-units = 16
"""
_PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "tiny"
version = "0.1.0"
description = "One function, and all that belongs to it."
readme = "README.md"
requires-python = ">=3.8"
license = "MIT"
license-files = ["LICENSE", "THIRD-PARTY-LICENSES.txt"]
classifiers = ["Programming Language :: Rust", "Typing :: Typed"]

[tool.maturin]
python-source = "python"
module-name = "tiny._native"

[tool.maturin.sbom]
rust = true
"""
FILES = {
    "src/lib.rs": _LIBRARY,
    "src/table.rs": "pub const ANSWER: u32 = 42;\n",
    "Cargo.toml": _MANIFEST,
    "pyproject.toml": _PYPROJECT,
    "README.md": "# tiny\n\nOne function.\n",
    "python/tiny/__init__.py": 'from ._native import answer\n\n__all__ = ["answer"]\n',
    "python/tiny/_native.pyi": "def answer() -> int: ...\n",
    "python/tiny/py.typed": "",
}
