//! `?` in functions that Python calls: what it keeps, and what is lost without it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::settings;

// ANCHOR: question-mark
/// Right: `?` goes through `From<Error> for PyErr`.
#[pyfunction]
pub fn load(path: PathBuf, name: &str) -> PyResult<i64> {
    let settings = settings::load(&path)?;
    Ok(settings::get(&settings, name)?)
}

/// Wrong: every error is the same class, and its line, number and cause are words in a text.
#[pyfunction]
pub fn load_wrong(path: PathBuf, name: &str) -> PyResult<i64> {
    settings::load(&path)
        .and_then(|settings| settings::get(&settings, name))
        .map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
// ANCHOR_END: question-mark

/// Wrong: PyO3's own conversion picks the class, but `errno` and `filename` are None.
#[pyfunction]
pub fn read_wrong(path: PathBuf) -> PyResult<String> {
    Ok(fs::read_to_string(path)?)
}

/// The settings in a text, or the first error.
#[pyfunction]
pub fn parse(text: &str) -> PyResult<BTreeMap<String, i64>> {
    Ok(settings::lines(text).collect::<Result<_, _>>()?)
}
