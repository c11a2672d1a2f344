//! The wrong ways, for the tests and the benchmark to hold them against the right ones.

use pyo3::exceptions::PyDeprecationWarning;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use crate::summary::Summary as Core;

/// Wrong: pickles its fields by position, without a version.
///
/// 0.1 wrote (count, mean, variance), 0.2 writes (count, mean, m2): old pickles load without a word, and lie.
#[pyclass(module = "versioning")]
#[derive(Default)]
pub struct PositionalSummary {
    inner: Core,
}

#[pymethods]
impl PositionalSummary {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Take in one number.
    fn add(&mut self, value: f64) {
        self.inner.add(value);
    }

    /// Their sample variance; None below two numbers.
    #[getter]
    fn variance(&self) -> Option<f64> {
        self.inner.variance()
    }

    // ANCHOR: positional
    #[allow(clippy::type_complexity)]
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> (Bound<'py, PyType>, Bound<'py, PyTuple>, (u64, f64, f64)) {
        let inner = &slf.borrow().inner;
        let state = (inner.count, inner.mean, inner.m2);
        (slf.get_type(), PyTuple::empty(slf.py()), state)
    }

    fn __setstate__(&mut self, state: (u64, f64, f64)) {
        (self.inner.count, self.inner.mean, self.inner.m2) = state;
    }
    // ANCHOR_END: positional
}

/// Wrong: the stacklevel of Python code, which blames the caller's caller.
#[pyfunction]
pub fn mean_of_with_pythons_stacklevel(values: Vec<f64>) -> PyResult<f64> {
    Python::attach(|py| {
        let category = py.get_type::<PyDeprecationWarning>();
        PyErr::warn(py, &category, c"mean_of is deprecated", 2)
    })?;
    Ok(values.iter().sum::<f64>() / values.len() as f64)
}
