//! Settings that loggers ask for.

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;

static LEVEL: Mutex<i32> = Mutex::new(20);

struct Held<'a>(MutexGuard<'a, i32>);
// SAFETY: the guard comes back on the thread that took it: detach() runs its closure on the spot.
unsafe impl Send for Held<'_> {}

/// Set the level for loggers to come, and tell `listener`.
#[pyfunction]
#[inline(never)]
pub fn apply(py: Python<'_>, level: i32, listener: Py<PyAny>) -> PyResult<()> {
    let mut current = py.detach(|| Held(LEVEL.lock().unwrap())).0;
    *current = level;
    listener.call1(py, (level,))?;
    Ok(())
}

/// The level for a new logger, detached.
#[pyfunction]
#[inline(never)]
pub fn default_level(py: Python<'_>) -> i32 {
    py.detach(|| *LEVEL.lock().unwrap())
}
