//! Two locks: the interpreter's and one of Rust. Whoever waits for the second lets go of the first.

use std::sync::{Mutex, OnceLock};

use pyo3::prelude::*;
use pyo3::sync::{MutexExt, OnceLockExt, PyOnceLock};

static TOTAL: Mutex<u64> = Mutex::new(0);

/// Call a Python function with the mutex held, as a callback, a `__del__` or a logger does behind one's back. A function
/// that comes back for the mutex waits for its own thread, which no way of waiting cures: hold no lock across such a call.
#[pyfunction]
pub fn lock_and_call_wrongly(py: Python<'_>, function: &Bound<'_, PyAny>) -> PyResult<()> {
    let mut total = TOTAL.lock_py_attached(py).unwrap();
    function.call0()?;
    *total += 1;
    Ok(())
}

/// Call first, then take the mutex for as long as a sum takes.
#[pyfunction]
pub fn call_and_lock(py: Python<'_>, function: &Bound<'_, PyAny>) -> PyResult<()> {
    function.call0()?;
    *TOTAL.lock_py_attached(py).unwrap() += 1;
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

/// `PyOnceLock`, where making it can fail: the error goes to who asked, nothing is kept, and the next one tries again.
#[pyfunction]
pub fn setting_or_error(py: Python<'_>, make: &Bound<'_, PyAny>) -> PyResult<u64> {
    static SETTING: PyOnceLock<u64> = PyOnceLock::new();
    SETTING
        .get_or_try_init(py, || make.call0()?.extract())
        .copied()
}
// ANCHOR_END: once

/// `get_or_init` takes no `Result`: an error can only be reported, and 0 is kept for good.
fn number(make: &Bound<'_, PyAny>) -> u64 {
    let made: PyResult<u64> = make.call0().and_then(|made| made.extract());
    made.unwrap_or_else(|error| {
        error.write_unraisable(make.py(), Some(make));
        0
    })
}
