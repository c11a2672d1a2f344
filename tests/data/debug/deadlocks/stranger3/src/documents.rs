//! Objects that call back while they are at work.

use std::sync::Mutex;

use pyo3::prelude::*;

/// Text that is changed in place.
#[pyclass]
pub struct Document(String);

#[pymethods]
impl Document {
    #[new]
    fn new(text: String) -> Self {
        Self(text)
    }

    #[inline(never)]
    fn replace_words(&mut self, by: &Bound<'_, PyAny>) -> PyResult<()> {
        let words = self.0.split(' ').map(|word| by.call1((word,))?.extract::<String>());
        self.0 = words.collect::<PyResult<Vec<_>>>()?.join(" ");
        Ok(())
    }

    fn length(&self) -> usize {
        self.0.len()
    }
}

/// Objects that are kept until it is trimmed.
#[pyclass(frozen)]
#[derive(Default)]
pub struct Keeper(Mutex<Vec<Py<PyAny>>>);

#[pymethods]
impl Keeper {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn keep(&self, object: Py<PyAny>) {
        self.0.lock().expect("nobody panics with it").push(object);
    }

    /// What goes is dropped with the lock.
    #[inline(never)]
    fn trim(&self) {
        self.0.lock().expect("nobody panics with it").clear();
    }

    #[inline(never)]
    fn kept(&self) -> usize {
        self.0.lock().expect("nobody panics with it").len()
    }
}

#[inline(never)]
extern "C" fn compare(_: *const libc::c_void, _: *const libc::c_void) -> libc::c_int {
    let order: Result<libc::c_int, PyErr> =
        Python::attach(|py| py.import("skein_order")?.getattr("compare")?.call0()?.extract());
    order.expect("skein_order can compare")
}

/// Sort by C's means.
#[pyfunction]
#[inline(never)]
pub fn sort_numbers(mut numbers: Vec<i64>) -> Vec<i64> {
    // SAFETY: the size is that of an element.
    unsafe { libc::qsort(numbers.as_mut_ptr().cast(), numbers.len(), 8, Some(compare)) };
    numbers
}
