//! Bytes: borrowed where the object outlives the call anyway, backed by the object where it has to live longer.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

// ANCHOR: borrowed
/// Wrong where you only read: each call allocates, and copies all of it.
#[pyfunction]
pub fn address_of_vec(data: Vec<u8>) -> usize {
    data.as_ptr() as usize
}

/// Right: a look into the `bytes` itself, for as long as the call lasts.
#[pyfunction]
pub fn address_of_slice(data: &[u8]) -> usize {
    data.as_ptr() as usize
}
// ANCHOR_END: borrowed

/// Both: `bytes` are borrowed; what can change under our feet, such as a `bytearray`, is copied.
#[pyfunction]
pub fn address_of_cow(data: Cow<'_, [u8]>) -> (usize, bool) {
    (data.as_ptr() as usize, matches!(data, Cow::Borrowed(_)))
}

/// Right way to keep bytes: hold the Python object, not its contents.
#[pyclass(frozen, module = "type_conversion", skip_from_py_object)]
pub struct Blob(PyBackedBytes);

#[pymethods]
impl Blob {
    #[new]
    fn new(data: PyBackedBytes) -> Self {
        Self(data)
    }

    /// Where Rust sees the bytes.
    #[getter]
    fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }

    /// The sum of all bytes; other threads run meanwhile.
    fn sum(&self, py: Python<'_>) -> u64 {
        // Immutable and kept alive by us, so it may be read without the GIL.
        py.detach(|| self.0.iter().copied().map(u64::from).sum())
    }
}

/// Wrong way to keep bytes that you never change: a second copy of them for as long as it lives.
#[pyclass(frozen, module = "type_conversion", skip_from_py_object)]
pub struct CopiedBlob(Vec<u8>);

#[pymethods]
impl CopiedBlob {
    #[new]
    fn new(data: Vec<u8>) -> Self {
        Self(data)
    }

    /// Where Rust sees the bytes.
    #[getter]
    fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }
}

// ANCHOR: result
/// Wrong for large results: filled in Rust, copied into the `bytes`. Where memory runs out, Rust aborts the process.
#[pyfunction]
pub fn filled_copied(length: usize, value: u8) -> Vec<u8> {
    vec![value; length]
}

/// Right: the `bytes` is made first, and written where it lies. Where memory runs out, it is a `MemoryError`.
#[pyfunction]
pub fn filled_in_place(py: Python<'_>, length: usize, value: u8) -> PyResult<Bound<'_, PyBytes>> {
    PyBytes::new_with(py, length, |bytes| {
        bytes.fill(value);
        Ok(())
    })
}
// ANCHOR_END: result
