//! What is made when it is first asked for.

use std::sync::{Mutex, OnceLock};

use pyo3::prelude::*;

static LOADER: Mutex<Option<Py<PyAny>>> = Mutex::new(None);
static TABLE: OnceLock<usize> = OnceLock::new();
static SETTINGS: OnceLock<String> = OnceLock::new();

/// Say which Python function loads the table and the settings.
#[pyfunction]
pub fn use_loader(loader: Py<PyAny>) {
    *LOADER.lock().unwrap() = Some(loader);
}

fn load<'py>(py: Python<'py>) -> Bound<'py, PyAny> {
    let loader = LOADER.lock().unwrap().as_ref().unwrap().clone_ref(py);
    loader.bind(py).call0().unwrap()
}

/// The size of the table, loaded by the first who asks.
#[pyfunction]
#[inline(never)]
pub fn table_size(py: Python<'_>) -> usize {
    *TABLE.get_or_init(|| load(py).extract().unwrap())
}

/// The settings, loaded by the first who asks.
#[pyfunction]
#[inline(never)]
pub fn settings(py: Python<'_>) -> String {
    SETTINGS.get_or_init(|| load(py).to_string()).clone()
}
