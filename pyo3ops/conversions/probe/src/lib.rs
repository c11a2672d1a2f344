//! Answers for `pyo3ops types`: each row of rows.toml as functions that take it, give it back, and tell where it lies.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use pyo3::prelude::*;

mod rows;

/// Counts what Rust asks for while it is told to.
struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static BYTES: AtomicU64 = AtomicU64::new(0);
static BLOCKS: AtomicU64 = AtomicU64::new(0);

fn count(size: usize) {
    if ON.load(Relaxed) {
        BYTES.fetch_add(size as u64, Relaxed);
        BLOCKS.fetch_add(1, Relaxed);
    }
}

// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Start to count from nothing.
#[pyfunction]
fn count_allocations() {
    BYTES.store(0, Relaxed);
    BLOCKS.store(0, Relaxed);
    ON.store(true, Relaxed);
}

/// Stop, and tell the bytes and the blocks that Rust asked for in between.
#[pyfunction]
fn counted_allocations() -> (u64, u64) {
    ON.store(false, Relaxed);
    (BYTES.load(Relaxed), BLOCKS.load(Relaxed))
}

/// A call that converts nothing.
#[pyfunction]
fn empty() {}

/// A call that is handed an argument and does not look at it.
#[pyfunction]
fn untouched(_x: &Bound<'_, PyAny>) {}

#[pymodule]
fn pyo3ops_probe(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(count_allocations, module)?)?;
    module.add_function(wrap_pyfunction!(counted_allocations, module)?)?;
    module.add_function(wrap_pyfunction!(empty, module)?)?;
    module.add_function(wrap_pyfunction!(untouched, module)?)?;
    rows::register(module)
}
