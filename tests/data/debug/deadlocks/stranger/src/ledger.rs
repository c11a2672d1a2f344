//! Classes with a lock inside.

use std::sync::RwLock;

use parking_lot::Mutex;
use pyo3::prelude::*;

/// Rows behind a mutex that is held while the caller's key function runs.
#[pyclass(frozen, module = "tidemill")]
pub struct Ledger {
    rows: Mutex<Vec<(i64, i64)>>,
}

#[pymethods]
impl Ledger {
    #[new]
    fn new() -> Self {
        Self {
            rows: Mutex::new(Vec::new()),
        }
    }

    /// Insert a value at the place that `key` tells.
    #[inline(never)]
    fn insert_by(&self, value: i64, key: &Bound<'_, PyAny>) -> PyResult<usize> {
        let mut rows = self.rows.lock();
        let place = key.call1((value,))?.extract()?;
        rows.push((place, value));
        rows.sort_unstable();
        Ok(rows.len())
    }

    /// The number of rows, waited for with the interpreter in hand.
    #[inline(never)]
    fn count(&self) -> usize {
        self.rows.lock().len()
    }

    /// The number of rows, waited for without.
    #[inline(never)]
    fn count_detached(&self, py: Python<'_>) -> usize {
        py.detach(|| self.rows.lock().len())
    }

    /// Work on the rows without the interpreter, for about so many milliseconds.
    #[inline(never)]
    fn rebuild(&self, py: Python<'_>, milliseconds: u64) -> usize {
        py.detach(|| {
            let rows = self.rows.lock();
            crate::steady::churn(milliseconds);
            rows.len()
        })
    }
}

/// Names behind a lock for readers and writers.
#[pyclass(frozen, module = "tidemill")]
pub struct Catalog {
    names: RwLock<Vec<String>>,
}

#[pymethods]
impl Catalog {
    #[new]
    fn new() -> Self {
        Self {
            names: RwLock::new(vec!["a".into()]),
        }
    }

    /// Add a name unless it is there: looks for it first, writes then.
    #[inline(never)]
    fn add_once(&self, py: Python<'_>, name: String) -> usize {
        py.detach(|| {
            let seen = self.names.read().unwrap();
            if !seen.contains(&name) {
                let mut names = self.names.write().unwrap();
                names.push(name);
            }
            seen.len()
        })
    }
}

/// A counter that tells a listener about every step.
#[pyclass(module = "tidemill")]
pub struct Counter {
    value: u64,
}

#[pymethods]
impl Counter {
    #[new]
    fn new() -> Self {
        Self { value: 0 }
    }

    #[inline(never)]
    fn advance(&mut self, listener: &Bound<'_, PyAny>) -> PyResult<u64> {
        self.value += 1;
        listener.call0()?;
        Ok(self.value)
    }

    #[inline(never)]
    fn value(&self) -> u64 {
        self.value
    }
}
