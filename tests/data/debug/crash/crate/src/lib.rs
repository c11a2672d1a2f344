//! One function for each way to crash; callers and callees keep frames of their own.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::Mutex;
use std::thread;

use pyo3::exceptions::PyKeyError;
use pyo3::ffi;
use pyo3::prelude::*;

mod books;

/// Call a Python function from Rust.
#[pyfunction]
fn each(function: &Bound<'_, PyAny>) -> PyResult<()> {
    apply(function)
}

#[inline(never)]
fn apply(function: &Bound<'_, PyAny>) -> PyResult<()> {
    function.call0()?;
    Ok(())
}

/// Fail in the way of that name.
#[pyfunction]
#[inline(never)]
fn post(py: Python<'_>, kind: &str) -> PyResult<u64> {
    book(py, kind)
}

#[inline(never)]
fn book(py: Python<'_>, kind: &str) -> PyResult<u64> {
    Ok(match kind {
        "slice" => books::range(&[1, 2, 3]),
        "char" => books::initial("été"),
        "none" => books::first(&[]),
        "err" => books::number("twelve"),
        "pyerr" => books::named(py),
        "expect" => books::configured("/nowhere/ledger.toml"),
        "refcell" => books::twice(&RefCell::new(1)),
        "overflow" => books::sum(black_box(u64::MAX)),
        "divide" => books::mean(&[]),
        "poison" => books::poison(),
        "assert" => books::balanced(2, 3),
        "unreachable" => books::side(7),
        "todo" => books::later(),
        "capacity" => books::room(usize::MAX),
        "explicit" => panic!("account 4711 of alice is closed"),
        "ffi" => books::sorted(),
        "huge" => books::huge(),
        "free" => books::freed(),
        "illegal" => books::illegal(),
        "misaligned" => books::misaligned(),
        "thread" => books::in_threads(),
        "detached" => books::detached(py),
        "refcount" => books::refcount(),
        other => return Err(PyKeyError::new_err(other.to_owned())),
    })
}

/// An account whose methods call back.
#[pyclass]
struct Account {
    balance: u64,
}

#[pymethods]
impl Account {
    #[new]
    fn new() -> Self {
        Self { balance: 0 }
    }

    fn deposit(&mut self, callback: &Bound<'_, PyAny>) -> PyResult<()> {
        callback.call0()?;
        self.balance += 1;
        Ok(())
    }

    #[getter]
    fn balance(&self) -> u64 {
        self.balance
    }
}

/// Belongs to the thread that made it.
#[pyclass(unsendable)]
struct Cursor {
    row: u64,
}

#[pymethods]
impl Cursor {
    #[new]
    fn new() -> Self {
        Self { row: 0 }
    }

    fn next_row(&mut self) -> u64 {
        self.row += 1;
        self.row
    }
}

/// Shows the collector what it holds, and asks Python while it does.
#[pyclass]
struct Shelf {
    held: Option<Py<PyAny>>,
}

#[pymethods]
impl Shelf {
    #[new]
    fn new(held: Py<PyAny>) -> Self {
        Self { held: Some(held) }
    }

    fn __traverse__(&self, visit: pyo3::gc::PyVisit<'_>) -> Result<(), pyo3::gc::PyTraverseError> {
        Python::attach(|_| ());
        visit.call(&self.held)
    }

    fn __clear__(&mut self) {
        self.held = None;
    }
}

#[pymodule]
mod ledger {
    #[pymodule_export]
    use super::{each, post, Account, Cursor, Shelf};
}

static TOTAL: Mutex<u64> = Mutex::new(0);

fn spawned(name: &str, work: impl FnOnce() -> u64 + Send + 'static) -> thread::JoinHandle<u64> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .unwrap()
}

fn current() -> *mut ffi::PyThreadState {
    // SAFETY: none, and that is the point.
    unsafe { ffi::PyThreadState_Get() }
}
