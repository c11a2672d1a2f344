//! A comparison that C calls.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};

use pyo3::prelude::*;

extern "C" {
    fn qsort(
        base: *mut c_void,
        count: usize,
        size: usize,
        compare: extern "C" fn(*const c_void, *const c_void) -> c_int,
    );
}

thread_local! {
    static COMPARE: RefCell<Option<Py<PyAny>>> = const { RefCell::new(None) };
}

extern "C" fn compare_two(one: *const c_void, two: *const c_void) -> c_int {
    // SAFETY: qsort() hands over elements of the array that it was given.
    let (one, two) = unsafe { (*one.cast::<i64>(), *two.cast::<i64>()) };
    COMPARE.with_borrow(|compare| {
        Python::attach(|py| {
            compare
                .as_ref()
                .unwrap()
                .call1(py, (one, two))
                .unwrap()
                .extract(py)
                .unwrap()
        })
    })
}

/// Sort with C's qsort() and a comparison in Python.
#[pyfunction]
#[inline(never)]
pub fn sort_with(mut numbers: Vec<i64>, compare: Py<PyAny>) -> Vec<i64> {
    COMPARE.set(Some(compare));
    // SAFETY: the pointer, the count and the size are the vector's.
    unsafe {
        qsort(
            numbers.as_mut_ptr().cast(),
            numbers.len(),
            size_of::<i64>(),
            compare_two,
        )
    };
    numbers
}
