//! The wrong way: a tree of Rust values first, a second tree of Python objects after it.
//!
//! Everything is allocated twice, keys are made anew each time, and what `Value` cannot hold is lost on the way: the
//! order of keys, integers beyond 64 bits, lone surrogates.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyList, PyString};
use serde_json::Value;

// ANCHOR: through_value
/// What a first attempt looks like: parse with a well-known crate, then convert.
pub fn loads<'py>(py: Python<'py>, document: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let value = serde_json::from_slice(document)
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    convert(py, value)
}

fn convert(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, value).to_owned().into_any(),
        Value::Number(number) => return convert_number(py, &number),
        Value::String(text) => PyString::new(py, &text).into_any(),
        Value::Array(items) => {
            let items: PyResult<Vec<_>> = items.into_iter().map(|item| convert(py, item)).collect();
            PyList::new(py, items?)?.into_any()
        }
        Value::Object(members) => {
            let dict = PyDict::new(py);
            for (key, value) in members {
                dict.set_item(key, convert(py, value)?)?;
            }
            dict.into_any()
        }
    })
}
// ANCHOR_END: through_value

fn convert_number<'py>(
    py: Python<'py>,
    number: &serde_json::Number,
) -> PyResult<Bound<'py, PyAny>> {
    if let Some(value) = number.as_i64() {
        return Ok(value.into_pyobject(py)?.into_any());
    }
    if let Some(value) = number.as_u64() {
        return Ok(value.into_pyobject(py)?.into_any());
    }
    let value = number
        .as_f64()
        .ok_or_else(|| PyValueError::new_err("a number that is no float"))?;
    Ok(PyFloat::new(py, value).into_any())
}
