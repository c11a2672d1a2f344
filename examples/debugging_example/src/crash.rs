//! What ends the process, or looks as if it did.

use std::hint::black_box;
use std::thread;

use pyo3::exceptions::{PyRecursionError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// Write through a null pointer: SIGSEGV.
#[pyfunction]
#[inline(never)]
pub fn null_write() {
    let nowhere = black_box(std::ptr::null_mut::<u64>());
    // SAFETY: none, and that is the point.
    unsafe { nowhere.write_volatile(1) };
}

/// The cure: what may be missing is an Option, and its absence an exception.
#[pyfunction]
#[pyo3(signature = (place=None))]
pub fn write_checked(place: Option<u64>) -> PyResult<u64> {
    place.ok_or_else(|| PyValueError::new_err("there is no place to write to"))
}

/// End the process where it stands: SIGABRT.
#[pyfunction]
#[inline(never)]
pub fn abort_process() {
    std::process::abort();
}

/// Recurse until the stack is full: SIGSEGV without a word. What says "has overflowed its stack" is installed when a Rust
/// program starts, and a library that Python loads is none.
#[pyfunction]
#[inline(never)]
pub fn overflow_stack() -> u64 {
    dive(0, u64::MAX)
}

/// The cure: a bound, and an exception beyond it.
#[pyfunction]
pub fn recurse_within_bounds(depth: u64) -> PyResult<u64> {
    const BOUND: u64 = 1_000;
    if depth > BOUND {
        return Err(PyRecursionError::new_err(format!("deeper than {BOUND}")));
    }
    Ok(dive(0, depth))
}

#[inline(never)]
fn dive(depth: u64, end: u64) -> u64 {
    let room = black_box([depth; 64]);
    if depth == end {
        return depth;
    }
    // Used after the call, so that it is no tail call.
    dive(depth + 1, end) + black_box(room[0]) - depth
}

/// Panic: PyO3 makes a PanicException of it, which is no Exception.
#[pyfunction]
#[inline(never)]
pub fn panic_here() -> u64 {
    let empty: Vec<u64> = black_box(Vec::new());
    empty[3]
}

/// The cure: an error is a value in Rust and an exception in Python.
#[pyfunction]
pub fn refuse() -> PyResult<u64> {
    let empty: Vec<u64> = black_box(Vec::new());
    empty
        .get(3)
        .copied()
        .ok_or_else(|| PyValueError::new_err("there is no fourth value"))
}

/// A thread panics, nobody asks, and 0 is returned as if all were well.
#[pyfunction]
pub fn panic_in_thread(py: Python<'_>) -> u64 {
    py.detach(|| worker().join().unwrap_or(0))
}

/// The cure: what `join` returns is looked at.
#[pyfunction]
pub fn panic_in_thread_told(py: Python<'_>) -> PyResult<u64> {
    py.detach(|| worker().join())
        .map_err(|_| PyRuntimeError::new_err("the worker panicked; its message is on stderr"))
}

fn worker() -> thread::JoinHandle<u64> {
    thread::Builder::new()
        .name("worker".to_owned())
        .spawn(|| black_box(Vec::<u64>::new())[3])
        .expect("threads can be started")
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("and again, while unwinding");
    }
}

/// Panic while a panic unwinds: Rust aborts, and no PanicException is seen.
#[pyfunction]
#[inline(never)]
pub fn double_panic() {
    let _guard = PanicsWhenDropped;
    panic!("once");
}
