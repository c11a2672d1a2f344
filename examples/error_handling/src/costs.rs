//! What an error costs: the subjects of benchmark.py.

use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::PyErrArguments;

/// Raises a ValueError.
#[pyfunction]
pub fn raise_value_error() -> PyResult<()> {
    Err(PyValueError::new_err("no"))
}

// ANCHOR: lazy
/// The message of a failed lookup, made when somebody looks at the exception.
struct NotAmong {
    wanted: usize,
    count: usize,
}

impl PyErrArguments for NotAmong {
    fn arguments(self, py: Python<'_>) -> Py<PyAny> {
        let message = format!("no {} among {} items", self.wanted, self.count);
        PyString::new(py, &message).into_any().unbind()
    }
}

fn find_lazily(items: &[usize], wanted: usize) -> PyResult<usize> {
    let found = items.binary_search(&wanted);
    let count = items.len();
    found.map_err(|_| PyKeyError::new_err(NotAmong { wanted, count }))
}
// ANCHOR_END: lazy

fn find_eagerly(items: &[usize], wanted: usize) -> PyResult<usize> {
    let found = items.binary_search(&wanted);
    let count = items.len();
    found.map_err(|_| PyKeyError::new_err(format!("no {wanted} among {count} items")))
}

fn find_or_none(items: &[usize], wanted: usize) -> Option<usize> {
    items.binary_search(&wanted).ok()
}

/// Right: how many numbers below `count` are odd, by failed lookups that nobody sees, their messages never made.
#[pyfunction]
pub fn misses_lazily(count: usize) -> usize {
    misses(count, |items, wanted| find_lazily(items, wanted).is_err())
}

/// Wrong: the same, and each error is given its text, for nobody.
#[pyfunction]
pub fn misses_eagerly(count: usize) -> usize {
    misses(count, |items, wanted| find_eagerly(items, wanted).is_err())
}

/// Best: what is expected to fail is no error.
#[pyfunction]
pub fn misses_by_option(count: usize) -> usize {
    misses(count, |items, wanted| find_or_none(items, wanted).is_none())
}

fn misses(count: usize, missing: impl Fn(&[usize], usize) -> bool) -> usize {
    let even: Vec<usize> = (0..count).step_by(2).collect();
    (0..count).filter(|&wanted| missing(&even, wanted)).count()
}
