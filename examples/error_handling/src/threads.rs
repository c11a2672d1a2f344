//! Errors in threads that Rust starts.

use std::panic::resume_unwind;
use std::thread;

use pyo3::prelude::*;

// ANCHOR: thread
/// Right: calls the callback in a thread of its own; its exception, or a panic, arrives here.
#[pyfunction]
pub fn in_thread(py: Python<'_>, callback: Py<PyAny>) -> PyResult<Py<PyAny>> {
    let thread = thread::spawn(move || Python::attach(|py| callback.call0(py)));
    // The thread wants to attach: joining without letting go would wait for ever.
    match py.detach(|| thread.join()) {
        Ok(result) => result,
        Err(payload) => resume_unwind(payload),
    }
}

/// Wrong: it waits for the thread, and throws away what it says.
#[pyfunction]
pub fn in_thread_wrong(py: Python<'_>, callback: Py<PyAny>) {
    let thread = thread::spawn(move || Python::attach(|py| callback.call0(py)));
    let _ = py.detach(|| thread.join());
}
// ANCHOR_END: thread
