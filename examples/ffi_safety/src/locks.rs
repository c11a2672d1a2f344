//! Two locks: the interpreter's and one of Rust. Whoever waits for the second lets go of the first.

use std::sync::{Mutex, OnceLock};

use pyo3::prelude::*;
use pyo3::sync::{MutexExt, OnceLockExt};

static TOTAL: Mutex<u64> = Mutex::new(0);

/// Call a Python function with the mutex held, as a callback, a `__del__` or a logger does behind one's back.
#[pyfunction]
pub fn lock_and_call(py: Python<'_>, function: &Bound<'_, PyAny>) -> PyResult<()> {
    let mut total = TOTAL.lock_py_attached(py).unwrap();
    function.call0()?;
    *total += 1;
    Ok(())
}

// ANCHOR: mutex
/// Wait for the mutex and keep the interpreter, which its owner needs before it can let go: a deadlock.
#[pyfunction]
pub fn total_wrongly(_py: Python<'_>) -> u64 {
    *TOTAL.lock().unwrap()
}

/// `MutexExt`: detached for as long as it has to wait.
#[pyfunction]
pub fn total(py: Python<'_>) -> u64 {
    *TOTAL.lock_py_attached(py).unwrap()
}
// ANCHOR_END: mutex

// ANCHOR: once
/// The same with a value made once, by code that calls Python: the second thread waits for the first, attached.
#[pyfunction]
pub fn setting_wrongly(make: &Bound<'_, PyAny>) -> u64 {
    static SETTING: OnceLock<u64> = OnceLock::new();
    *SETTING.get_or_init(|| number(make))
}

/// `OnceLockExt`: whoever waits is detached.
#[pyfunction]
pub fn setting(py: Python<'_>, make: &Bound<'_, PyAny>) -> u64 {
    static SETTING: OnceLock<u64> = OnceLock::new();
    *SETTING.get_or_init_py_attached(py, || number(make))
}
// ANCHOR_END: once

fn number(make: &Bound<'_, PyAny>) -> u64 {
    // A value that is made once has no caller to tell of an error: 0 stands for one.
    make.call0().and_then(|made| made.extract()).unwrap_or(0)
}
