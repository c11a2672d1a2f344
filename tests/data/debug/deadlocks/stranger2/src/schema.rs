//! A schema that is imported when it is first asked for.

use once_cell::sync::Lazy;
use pyo3::prelude::*;

static SCHEMA: Lazy<Py<PyAny>> = Lazy::new(load_schema);

#[inline(never)]
fn load_schema() -> Py<PyAny> {
    Python::attach(|py| {
        let module = py.import("tangle_fields").unwrap();
        module.getattr("FIELDS").unwrap().unbind()
    })
}

/// How many fields the schema has.
#[pyfunction]
#[inline(never)]
pub fn schema_size(py: Python<'_>) -> usize {
    SCHEMA.bind(py).len().unwrap()
}
