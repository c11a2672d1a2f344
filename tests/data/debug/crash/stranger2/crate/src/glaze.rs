use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::exceptions::PyConnectionError;

#[inline(never)]
fn cone(text: &str) -> i32 {
    text.trim().parse::<i32>().unwrap()
}

#[pyfunction]
#[inline(never)]
pub fn parse_cone(text: &str) -> i32 {
    cone(text)
}

#[inline(never)]
fn connect(url: &str) -> Result<u16, String> {
    Err(format!("cannot reach {url}: connection refused"))
}

#[pyfunction]
#[inline(never)]
pub fn open_store(url: &str, strict: bool) -> PyResult<u16> {
    if strict {
        return Ok(connect(url).expect("the store must be there"));
    }
    connect(url).map_err(PyConnectionError::new_err)
}

#[inline(never)]
fn share(parts: &HashMap<String, f64>, name: &str) -> f64 {
    *parts.get(name).unwrap()
}

#[pyfunction]
#[inline(never)]
pub fn mix(parts: HashMap<String, f64>, names: Vec<String>) -> f64 {
    names.iter().map(|name| share(&parts, name)).sum()
}

/// What `function` says of a name.
#[pyfunction]
#[inline(never)]
pub fn recipe(function: Bound<'_, PyAny>, name: &str) -> PyResult<Py<PyAny>> {
    Ok(function.call1((name,))?.unbind())
}

#[inline(never)]
fn head(label: &[u8], length: usize) -> &[u8] {
    &label[..length]
}

#[pyfunction]
#[inline(never)]
pub fn short_label(label: Vec<u8>, length: usize) -> Vec<u8> {
    head(&label, length).to_vec()
}

#[inline(never)]
fn room_for(pieces: usize) -> Vec<u64> {
    Vec::with_capacity(pieces << 60)
}

#[pyfunction]
#[inline(never)]
pub fn reserve(pieces: usize) -> usize {
    room_for(pieces).capacity()
}
