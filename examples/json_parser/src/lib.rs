//! Straight from the bytes to Python objects: JSON that passes the whole test suite and beats the standard library.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};

mod dump;
mod escapes;
mod failure;
mod keys;
mod number;
mod parse;
mod pause;
mod scan;
mod text;
mod through_value;
mod write;

use failure::{Failure, JSONDecodeError};
use keys::Keys;

/// JSON to Python objects and back.
// What is shared, the table of keys, is behind a mutex that nobody waits for; the rest is each call's own.
#[pymodule(gil_used = false)]
mod json_parser {
    use super::*;

    #[pymodule_export]
    use super::JSONDecodeError;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// The Python object that a JSON document describes.
    #[pyfunction]
    #[pyo3(signature = (document, /))]
    fn loads<'py>(document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = document.py();
        let data = utf8(document)?;
        let _pause = pause::pause(py, data.len())?;
        Keys::lend(|keys| parse::document(py, &data, keys))
            .map_err(|failure| failure.into_python(py, &data))
    }

    /// The same through `serde_json::Value`: the wrong way, and not quite the same.
    #[pyfunction]
    #[pyo3(signature = (document, /))]
    fn loads_through_value<'py>(document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        through_value::loads(document.py(), &utf8(document)?)
    }

    /// The JSON document, in UTF-8, that describes a Python object.
    #[pyfunction]
    #[pyo3(signature = (value, /))]
    fn dumps<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        dump::document(value)
    }
}

/// The document's bytes, checked; borrowed where nobody can change them meanwhile.
fn utf8<'a>(document: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    let py = document.py();
    let bytes = if let Ok(bytes) = document.cast::<PyBytes>() {
        Cow::Borrowed(bytes.as_bytes())
    } else if let Ok(string) = document.cast::<PyString>() {
        // A string is well formed, but for surrogates, which only this encoding lets through.
        return match string.to_str() {
            Ok(utf8) => Ok(Cow::Borrowed(utf8.as_bytes())),
            Err(_) => string
                .call_method1("encode", ("utf-8", "surrogatepass"))?
                .extract::<Vec<u8>>()
                .map(Cow::Owned),
        };
    } else if document.is_instance_of::<PyByteArray>() || document.is_instance_of::<PyMemoryView>()
    {
        let copy = py.get_type::<PyBytes>().call1((document,))?;
        Cow::Owned(copy.cast::<PyBytes>()?.as_bytes().to_vec())
    } else {
        return Err(PyTypeError::new_err(format!(
            "a document is bytes, bytearray, memoryview or str, not {}",
            document.get_type().name()?
        )));
    };
    match simdutf8::basic::from_utf8(&bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(not_utf8(py, &bytes)),
    }
}

fn not_utf8(py: Python<'_>, bytes: &[u8]) -> PyErr {
    let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    Failure::syntax(at, "the document is not UTF-8").into_python(py, bytes)
}
