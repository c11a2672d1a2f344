//! Cycles: what a class holds is shown to Python's collector, or is never freed.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

/// Holds an object, and shows it to nobody.
#[pyclass(module = "ffi_safety")]
pub struct NodeWrongly {
    #[pyo3(get, set)]
    other: Option<Py<PyAny>>,
}

#[pymethods]
impl NodeWrongly {
    #[new]
    fn new() -> Self {
        Self { other: None }
    }
}

// ANCHOR: cycle
/// Holds an object, shows it when visited, and lets go of it when told.
#[pyclass(module = "ffi_safety")]
pub struct Node {
    #[pyo3(get, set)]
    other: Option<Py<PyAny>>,
}

#[pymethods]
impl Node {
    #[new]
    fn new() -> Self {
        Self { other: None }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.other)
    }

    fn __clear__(&mut self) {
        self.other = None;
    }
}
// ANCHOR_END: cycle
