//! Raw pointers through Python: a capsule has a name, which is its type, and a destructor.

use std::ffi::CStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods};

// ANCHOR: capsule
/// What the capsule points to. Its name says so, with a version: another layout gets another name.
#[repr(C)]
struct Value {
    number: u64,
}

const NAME: &CStr = c"ffi_safety.Value.v1";
static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// A number behind a pointer, for another extension module.
#[pyfunction]
pub fn capsule_of(py: Python<'_>, number: u64) -> PyResult<Bound<'_, PyCapsule>> {
    PyCapsule::new_with_value_and_destructor(py, Value { number }, NAME, |_, _| {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    })
}

/// The number; a capsule of another name is refused, whatever its pointer points to.
#[pyfunction]
pub fn value_of(capsule: &Bound<'_, PyCapsule>) -> PyResult<u64> {
    let pointer = capsule.pointer_checked(Some(NAME))?;
    // SAFETY: the name says that this is a Value, and the capsule is alive and never written to.
    Ok(unsafe { pointer.cast::<Value>().as_ref() }.number)
}
// ANCHOR_END: capsule

/// How many values were dropped with their capsules.
#[pyfunction]
pub fn dropped_values() -> usize {
    DROPPED.load(Ordering::Relaxed)
}
