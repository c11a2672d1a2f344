//! A cache of Python objects.

use std::collections::HashMap;

use parking_lot::RwLock;
use pyo3::prelude::*;

/// Objects by name.
#[pyclass(frozen)]
pub struct Cache {
    entries: RwLock<HashMap<String, Py<PyAny>>>,
}

#[pymethods]
impl Cache {
    #[new]
    fn new() -> Self {
        Self {
            entries: RwLock::new(HashMap::new()),
        }
    }

    /// Keep an object; what had its name goes.
    #[inline(never)]
    fn put(&self, key: String, value: Py<PyAny>) {
        self.entries.write().insert(key, value);
    }

    /// How many there are.
    #[inline(never)]
    fn size(&self) -> usize {
        self.entries.read().len()
    }
}
