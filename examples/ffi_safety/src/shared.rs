//! State that threads share: Rust's rules hold it together, and not the GIL, which a free-threaded Python has not.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;

/// Counts in two steps, and lets others in between: as wrong with the GIL as without it.
#[pyclass(frozen, module = "ffi_safety")]
#[derive(Default)]
pub struct CounterWrongly {
    value: AtomicU64,
}

#[pymethods]
impl CounterWrongly {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn add(&self, py: Python<'_>) {
        let before = self.value.load(Ordering::Relaxed);
        // As long as a look into a file: others get their turn.
        py.detach(|| std::thread::sleep(std::time::Duration::from_micros(10)));
        self.value.store(before + 1, Ordering::Relaxed);
    }

    #[getter]
    fn value(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }
}

// ANCHOR: counter
/// Counts in one step, whoever else counts: needs no lock, on any Python.
#[pyclass(frozen, module = "ffi_safety")]
#[derive(Default)]
pub struct Counter {
    value: AtomicU64,
}

#[pymethods]
impl Counter {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn add(&self) {
        self.value.fetch_add(1, Ordering::Relaxed);
    }

    #[getter]
    fn value(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }
}
// ANCHOR_END: counter

/// Borrows itself mutably for as long as a callback runs, which then cannot use it: "Already mutably borrowed".
#[pyclass(module = "ffi_safety")]
#[derive(Default)]
pub struct TallyWrongly {
    calls: u64,
}

#[pymethods]
impl TallyWrongly {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn call(&mut self, function: &Bound<'_, PyAny>) -> PyResult<()> {
        self.calls += 1;
        function.call0().map(drop)
    }

    #[getter]
    fn calls(&self) -> u64 {
        self.calls
    }
}

/// Frozen: borrowed immutably by any number of calls at once, and what changes is atomic.
#[pyclass(frozen, module = "ffi_safety")]
#[derive(Default)]
pub struct Tally {
    calls: AtomicU64,
}

#[pymethods]
impl Tally {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn call(&self, function: &Bound<'_, PyAny>) -> PyResult<()> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        function.call0().map(drop)
    }

    #[getter]
    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}
