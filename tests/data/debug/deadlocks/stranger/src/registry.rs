//! A register whose entries do something when they are dropped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::Mutex;
use std::thread;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

struct Lease {
    closed: Py<PyAny>,
}

impl Drop for Lease {
    #[inline(never)]
    fn drop(&mut self) {
        Python::attach(|py| self.closed.call0(py).unwrap());
    }
}

static LEASES: Mutex<Vec<Lease>> = Mutex::new(Vec::new());
static ASKED: AtomicBool = AtomicBool::new(false);

/// Lease something; `closed` is called when the lease is over.
#[pyfunction]
pub fn lease(closed: Py<PyAny>) {
    LEASES.lock().unwrap().push(Lease { closed });
}

/// Start the thread that ends the leases as soon as somebody asks for them.
#[pyfunction]
pub fn start_reaper(py: Python<'_>) {
    let (told, tells) = channel();
    thread::Builder::new()
        .name("reaper".into())
        .spawn(move || {
            let mut leases = LEASES.lock().unwrap();
            told.send(()).unwrap();
            while !ASKED.load(Ordering::Acquire) {
                thread::yield_now();
            }
            leases.clear();
        })
        .unwrap();
    py.detach(move || tells.recv().unwrap());
}

/// How many leases there are.
#[pyfunction]
#[inline(never)]
pub fn registry_size(_py: Python<'_>) -> usize {
    ASKED.store(true, Ordering::Release);
    LEASES.lock().unwrap().len()
}

static MEMBERS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// A member that signs off when it is freed; it may hold another object, which the collector can see.
#[pyclass(module = "tidemill")]
pub struct Member {
    number: u64,
    #[pyo3(get, set)]
    friend: Option<Py<PyAny>>,
}

#[pymethods]
impl Member {
    #[new]
    fn new(number: u64) -> Self {
        MEMBERS.lock().unwrap().push(number);
        Self {
            number,
            friend: None,
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.friend)
    }

    fn __clear__(&mut self) {
        self.friend = None;
    }
}

impl Drop for Member {
    #[inline(never)]
    fn drop(&mut self) {
        MEMBERS
            .lock()
            .unwrap()
            .retain(|number| *number != self.number);
    }
}

/// The members' names, made by `naming`, while nobody may come or go.
#[pyfunction]
#[inline(never)]
pub fn enrol(naming: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let members = MEMBERS.lock().unwrap();
    members
        .iter()
        .map(|number| naming.call1((*number,))?.extract())
        .collect()
}
