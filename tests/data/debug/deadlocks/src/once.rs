//! Values that are made once.

use std::sync::OnceLock;
use std::thread;

use pyo3::prelude::*;

use crate::say;

static TABLE: OnceLock<u64> = OnceLock::new();

/// Make the table without the interpreter, which is needed at the end of it.
#[pyfunction]
#[inline(never)]
pub fn once_then_attach(py: Python<'_>, reached: Py<PyAny>) -> u64 {
    py.detach(|| {
        *TABLE.get_or_init(|| {
            say(&reached);
            thread::sleep(crate::attached::MOMENT);
            Python::attach(|_| std::hint::black_box(7))
        })
    })
}

/// Keep the interpreter, and wait until somebody has made the table.
#[pyfunction]
#[inline(never)]
pub fn once_attached(_py: Python<'_>) -> u64 {
    *TABLE.get_or_init(|| 0)
}

static OWN: OnceLock<u64> = OnceLock::new();

/// A value that is needed to make itself.
#[pyfunction]
#[inline(never)]
pub fn once_in_itself(py: Python<'_>) -> u64 {
    py.detach(own_value)
}

#[inline(never)]
fn own_value() -> u64 {
    *OWN.get_or_init(|| own_value() + 1)
}
