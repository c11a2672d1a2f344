//! Panics: what becomes of them, what catches them, and where to stop them.

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use crate::exceptions::InternalError;

// ANCHOR: panic
/// Wrong: an index from outside panics; Python gets a PanicException, which is no Exception.
#[pyfunction]
pub fn nth_wrong(values: Vec<i64>, index: usize) -> i64 {
    values[index]
}

/// Right: what a caller can get wrong is an error with a type.
#[pyfunction]
pub fn nth(values: Vec<i64>, index: usize) -> PyResult<i64> {
    let number = values.get(index).copied();
    number.ok_or_else(|| PyIndexError::new_err(format!("no item {index} of {}", values.len())))
}
// ANCHOR_END: panic

// ANCHOR: edge
/// Right: around code that may panic and that you cannot mend, the edge turns panics into an exception.
#[pyfunction]
pub fn nth_guarded(values: Vec<i64>, index: usize) -> PyResult<i64> {
    // Nothing that the closure may leave half done is used after it.
    catch_unwind(AssertUnwindSafe(|| values[index])).map_err(|payload| internal_error(&*payload))
}

/// `panic!` carries a `&str` or a String; `panic_any` whatever it likes.
pub fn internal_error(payload: &(dyn Any + Send)) -> PyErr {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("a panic without a message");
    InternalError::new_err(format!("a bug in error_handling: {text}"))
}
// ANCHOR_END: edge

/// What Rust sees of a callback: a panic of other Rust code below it is no `Err`, it goes on panicking.
#[pyfunction]
pub fn outcome(callback: &Bound<'_, PyAny>) -> &'static str {
    match callback.call0() {
        Ok(_) => "returned",
        Err(_) => "raised",
    }
}

/// The same behind `catch_unwind`, which does see it.
#[pyfunction]
pub fn outcome_guarded(callback: &Bound<'_, PyAny>) -> &'static str {
    catch_unwind(AssertUnwindSafe(|| outcome(callback))).unwrap_or("panicked")
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("second panic");
    }
}

/// Wrong: a panic while another one unwinds aborts the process, and nothing catches that.
#[pyfunction]
pub fn panic_twice() {
    let _value = PanicsInDrop;
    panic!("first panic");
}
