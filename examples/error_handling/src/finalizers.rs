//! Errors in Drop, which can raise nothing.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::null_mut;
use std::sync::Mutex;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::panics::internal_error;

type Callback = Option<Py<PyAny>>;

/// Calls a callback once: at `close`, at the end of `with`, or at last when nothing refers to it any more.
// Without `__traverse__` on purpose. A pyclass is told of a cycle only when that is broken up (`tp_clear`), and by then the
// callback may be emptied: to call a function that has lost its globals ends the process. So a cycle through the callback
// stays in memory; who needs one closes, or hands over a `weakref.WeakMethod`.
#[pyclass(frozen, module = "error_handling")]
pub struct Handle {
    on_close: Mutex<Callback>,
}

#[pymethods]
impl Handle {
    #[new]
    fn new(on_close: Py<PyAny>) -> Self {
        Self {
            on_close: Mutex::new(Some(on_close)),
        }
    }

    /// Right: an error on closing is raised to whoever closes.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        match self.take() {
            Some(callback) => callback.call0(py).map(drop),
            None => Ok(()),
        }
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, py: Python<'_>, _args: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}

impl Handle {
    /// The lock is held for no longer than this, so that no callback can run under it.
    fn take(&self) -> Callback {
        let mut callback = self
            .on_close
            .lock()
            .unwrap_or_else(|lock| lock.into_inner());
        callback.take()
    }
}

// ANCHOR: drop
impl Drop for Handle {
    fn drop(&mut self) {
        let Some(callback) = self.take() else { return };
        Python::attach(|py| {
            let _put_back = Passing::put_aside(py);
            let callback = callback.bind(py);
            let error = match catch_unwind(AssertUnwindSafe(|| callback.call0())) {
                Ok(Ok(_)) => return,
                Ok(Err(error)) => error,
                Err(payload) => internal_error(&*payload),
            };
            error.write_unraisable(py, Some(callback));
        });
    }
}
// ANCHOR_END: drop

/// An exception with which Python is leaving a function while it drops what that function held. It is not ours to touch,
/// and Python must not be called as long as it is set. (`PyErr::take` would do, but for a PanicException, which it resumes.)
struct Passing<'py> {
    parts: [*mut ffi::PyObject; 3],
    _attached: Python<'py>,
}

impl<'py> Passing<'py> {
    #[allow(deprecated)] // What replaces it exists since Python 3.12 only.
    fn put_aside(py: Python<'py>) -> Self {
        let mut parts = [null_mut(); 3];
        let [kind, value, traceback] = &mut parts;
        // SAFETY: attached, and each of the three is valid to write to.
        unsafe { ffi::PyErr_Fetch(kind, value, traceback) };
        Self {
            parts,
            _attached: py,
        }
    }
}

impl Drop for Passing<'_> {
    #[allow(deprecated)]
    fn drop(&mut self) {
        let [kind, value, traceback] = self.parts;
        // SAFETY: still attached; the references are those that PyErr_Fetch handed over, given back once.
        unsafe { ffi::PyErr_Restore(kind, value, traceback) };
    }
}

/// Wrong: the error is lost, and so may be another one that was on its way.
#[pyclass(frozen, module = "error_handling")]
pub struct HandleWrong {
    on_close: Py<PyAny>,
}

#[pymethods]
impl HandleWrong {
    #[new]
    fn new(on_close: Py<PyAny>) -> Self {
        Self { on_close }
    }
}

impl Drop for HandleWrong {
    fn drop(&mut self) {
        Python::attach(|py| {
            let _ = self.on_close.call0(py);
        });
    }
}

/// Wrong: its Drop panics. PyO3 reports that as unraisable, and the object's memory is never freed.
#[pyclass(frozen, module = "error_handling")]
pub struct PanicsWhenCollected;

#[pymethods]
impl PanicsWhenCollected {
    #[new]
    fn new() -> Self {
        Self
    }
}

impl Drop for PanicsWhenCollected {
    fn drop(&mut self) {
        panic!("a panic in Drop");
    }
}
