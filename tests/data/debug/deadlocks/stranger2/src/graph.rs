//! Objects that have others, and one that runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

/// A node that the collector can look into.
#[pyclass(frozen)]
pub struct Node {
    children: Mutex<Vec<Py<PyAny>>>,
}

#[pymethods]
impl Node {
    #[new]
    fn new(children: Vec<Py<PyAny>>) -> Self {
        Self {
            children: Mutex::new(children),
        }
    }

    /// Replace each child by what `function` makes of it.
    #[inline(never)]
    fn replace_all(&self, py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
        for child in self.children.lock().unwrap().iter_mut() {
            *child = function.call1(py, (child.clone_ref(py),))?;
        }
        Ok(())
    }

    #[inline(never)]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        for child in self.children.lock().unwrap().iter() {
            visit.call(child)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        self.children.lock().unwrap().clear();
    }
}

static LIVING: AtomicU64 = AtomicU64::new(0);

struct Link {
    next: Option<Box<Link>>,
}

impl Drop for Link {
    #[inline(never)]
    fn drop(&mut self) {
        drop(self.next.take());
        LIVING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A list of links, each of which has the next.
#[pyclass]
pub struct Chain {
    first: Option<Box<Link>>,
}

#[pymethods]
impl Chain {
    #[new]
    fn new(length: u64) -> Self {
        let mut first = None;
        for _ in 0..length {
            first = Some(Box::new(Link { next: first }));
        }
        LIVING.fetch_add(length, Ordering::Relaxed);
        Self { first }
    }

    /// Let go of all links.
    #[inline(never)]
    fn clear(&mut self) -> u64 {
        self.first = None;
        LIVING.load(Ordering::Relaxed)
    }
}

/// A thing that runs, and that can be asked how far it is.
#[pyclass]
pub struct Engine {
    steps: u64,
}

#[pymethods]
impl Engine {
    #[new]
    fn new() -> Self {
        Self { steps: 0 }
    }

    /// Run for ever, detached; `started` is told at the beginning.
    #[inline(never)]
    fn run(&mut self, py: Python<'_>, started: Py<PyAny>) -> PyResult<()> {
        self.steps += 1;
        started.call0(py)?;
        py.detach(|| {
            let (_kept, never) = channel::<()>();
            let _ = never.recv();
        });
        Ok(())
    }

    /// How many steps were made.
    #[inline(never)]
    fn progress(&self) -> u64 {
        self.steps
    }
}
