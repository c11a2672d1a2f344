//! References: who owns one, who borrows it, and on which thread it may be dropped.

use std::thread;

use pyo3::exceptions::{PyIndexError, PyRuntimeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

// ANCHOR: threads
/// `Py<T>` is what crosses threads: it is used again after attaching there.
#[pyfunction]
pub fn call_in_thread(py: Python<'_>, function: Py<PyAny>) -> PyResult<Py<PyAny>> {
    // Joined detached: the thread needs the interpreter to get anywhere.
    py.detach(|| thread::spawn(move || Python::attach(|py| function.call0(py))).join())
        .map_err(|_| PyRuntimeError::new_err("the thread panicked"))?
}

/// Dropped where nothing is attached, a reference is put aside, and given back by whoever attaches next.
#[pyfunction]
pub fn drop_in_thread(py: Python<'_>, thing: Py<PyAny>) -> PyResult<()> {
    py.detach(|| thread::spawn(move || drop(thing)).join())
        .map_err(|_| PyRuntimeError::new_err("the thread panicked"))
}
// ANCHOR_END: threads

// ANCHOR: borrowed
/// PyList_GetItem lends its reference. Taken for owned, each call gives back one that is not its own: use after free.
///
/// # Safety
///
/// Only with an object that has references to lose.
#[pyfunction]
pub fn first_wrongly<'py>(items: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyAny>> {
    let item = lent(items)?;
    // SAFETY: none: the reference belongs to the list.
    Ok(unsafe { Bound::from_owned_ptr(items.py(), item) })
}

/// Ask for a reference of one's own. To take one of what is lent is right under the GIL alone: without it another thread
/// may remove the item in between.
#[pyfunction]
pub fn first<'py>(items: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a list, attached; what comes back is ours, or null with an error set.
    unsafe {
        let item = ffi::compat::PyList_GetItemRef(items.as_ptr(), 0);
        Bound::from_owned_ptr_or_err(items.py(), item)
    }
}
// ANCHOR_END: borrowed

fn lent(items: &Bound<'_, PyList>) -> PyResult<*mut ffi::PyObject> {
    if items.is_empty() {
        return Err(PyIndexError::new_err("the list is empty"));
    }
    // SAFETY: a list, attached, and it has an item 0, as long as no other thread takes it away.
    Ok(unsafe { ffi::PyList_GetItem(items.as_ptr(), 0) })
}

// ANCHOR: owned
/// PyList_New gives its reference away. Taken for borrowed, a second one is made, and the first is never given back.
#[pyfunction]
pub fn new_list_wrongly(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: a new list or null with an error set; but one reference too many.
    unsafe { Bound::from_borrowed_ptr_or_err(py, ffi::PyList_New(0)) }
}

/// New means: owned already.
#[pyfunction]
pub fn new_list(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: a new list, which nobody else owns, or null with an error set.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyList_New(0)) }
}
// ANCHOR_END: owned
