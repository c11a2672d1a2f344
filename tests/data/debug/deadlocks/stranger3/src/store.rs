//! Stores that tell Python of what happens to them.

use std::sync::{Mutex, RwLock};

use dashmap::DashMap;
use pyo3::prelude::*;

use crate::gate::{start, Gate};

/// Prices, and whoever listens to their changes.
#[pyclass(frozen)]
pub struct Prices {
    by_name: DashMap<String, i64>,
    listener: Py<PyAny>,
}

#[pymethods]
impl Prices {
    #[new]
    fn new(listener: Py<PyAny>) -> Self {
        Self { by_name: DashMap::with_shard_amount(2), listener }
    }

    /// The entry is still held while the listener is told.
    #[inline(never)]
    fn raise_by_one(&self, py: Python<'_>, name: String) -> PyResult<()> {
        let mut price = self.by_name.entry(name).or_default();
        *price += 1;
        self.listener.call1(py, (price.key().clone(), *price)).map(drop)
    }

    #[inline(never)]
    fn price_of(&self, name: &str) -> Option<i64> {
        self.by_name.get(name).map(|price| *price)
    }
}

/// Settings that are seldom changed.
#[pyclass(frozen)]
#[derive(Default)]
pub struct Settings(RwLock<i64>);

#[pymethods]
impl Settings {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Call somebody with the settings' lock.
    #[inline(never)]
    fn update(&self, change: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut value = self.0.write().expect("nobody panics with it");
        *value = change.call1((*value,))?.extract()?;
        Ok(())
    }

    #[inline(never)]
    fn value(&self, py: Python<'_>) -> i64 {
        py.detach(|| self.read())
    }

    /// The value; where there is none, the default is stored.
    #[inline(never)]
    fn value_or_default(&self, py: Python<'_>) -> i64 {
        py.detach(|| match *self.0.read().expect("nobody panics with it") {
            0 => self.store(42),
            value => value,
        })
    }
}

impl Settings {
    #[inline(never)]
    fn read(&self) -> i64 {
        *self.0.read().expect("nobody panics with it")
    }

    #[inline(never)]
    fn store(&self, value: i64) -> i64 {
        *self.0.write().expect("nobody panics with it") = value;
        value
    }
}

/// A tree whose reader reads again below, while a writer has come between.
#[pyclass(frozen)]
#[derive(Default)]
pub struct Tree(parking_lot::RwLock<Vec<i64>>);

#[pymethods]
impl Tree {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    #[inline(never)]
    fn sum(&self, py: Python<'_>, gate: &Gate) -> i64 {
        py.detach(|| {
            let nodes = self.0.read();
            gate.pass();
            // From the moment that a writer waits nobody else may read.
            while self.0.try_read().is_some() {
                std::thread::yield_now();
            }
            nodes.len() as i64 + self.sum_below()
        })
    }

    #[inline(never)]
    fn grow(&self, py: Python<'_>) {
        py.detach(|| self.0.write().push(1));
    }
}

impl Tree {
    #[inline(never)]
    fn sum_below(&self) -> i64 {
        self.0.read().iter().sum()
    }
}

static OPEN: Mutex<Vec<Session>> = Mutex::new(Vec::new());

/// Says goodbye to Python when it goes.
struct Session(Gate);

impl Drop for Session {
    #[inline(never)]
    fn drop(&mut self) {
        self.0.pass();
        Python::attach(|py| drop(py.import("sys")));
    }
}

#[inline(never)]
fn reap() {
    OPEN.lock().expect("nobody panics with it").clear();
}

/// Open a session, which a thread closes again.
#[pyfunction]
pub fn start_reaper(gate: &Gate) {
    OPEN.lock().expect("nobody panics with it").push(Session(gate.clone()));
    start("reaper", reap);
}

/// The number of open sessions.
#[pyfunction]
#[inline(never)]
pub fn open_sessions() -> usize {
    OPEN.lock().expect("nobody panics with it").len()
}
