//! All errors at once: an ExceptionGroup (PEP 654) where there is one.

use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::exceptions::SettingsError;
use crate::settings::lines;

/// Checks each line, and raises the errors of all of them together.
#[pyfunction]
pub fn check(py: Python<'_>, text: &str) -> PyResult<usize> {
    let (good, bad): (Vec<_>, Vec<_>) = lines(text).partition(Result::is_ok);
    if bad.is_empty() {
        return Ok(good.len());
    }
    let errors = bad.into_iter().filter_map(Result::err).map(PyErr::from);
    Err(group(
        py,
        errors.map(|error| error.into_value(py)).collect(),
    )?)
}

// ANCHOR: group
/// An ExceptionGroup; before Python 3.11 a SettingsError that has its two attributes.
fn group(py: Python<'_>, errors: Vec<Py<PyBaseException>>) -> PyResult<PyErr> {
    let message = "lines are wrong";
    if py.version_info() >= (3, 11) {
        // Looked up at run time, so that one abi3 wheel does the right thing on both sides of 3.11.
        let class = py.import("builtins")?.getattr("ExceptionGroup")?;
        return Ok(PyErr::from_value(class.call1((message, errors))?));
    }
    let error = SettingsError::new_err(format!("{message} ({})", errors.len()));
    error.value(py).setattr("message", message)?;
    error
        .value(py)
        .setattr("exceptions", PyTuple::new(py, errors)?)?;
    Ok(error)
}
// ANCHOR_END: group

/// Wrong: one error a run. Whoever has ten wrong lines runs it ten times.
#[pyfunction]
pub fn check_wrong(text: &str) -> PyResult<usize> {
    let good = lines(text).collect::<Result<Vec<_>, _>>()?;
    Ok(good.len())
}
