//! Memory of Python's that Rust looks into: it must neither move nor go away meanwhile.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

// ANCHOR: moved
/// True where a slice taken before a call points to memory that has moved since: reading it would be use after free.
#[pyfunction]
pub fn address_moves_wrongly(
    data: &Bound<'_, PyByteArray>,
    callback: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    // SAFETY: none: the callback may resize the bytearray. The slice is compared, and not read.
    let before = unsafe { data.as_bytes() }.as_ptr();
    callback.call0()?;
    Ok(before != data.data().cast_const())
}

/// The sum of bytes that stay where they are: while a buffer is held, nobody can resize its owner.
#[pyfunction]
pub fn sum_bytes(py: Python<'_>, data: PyBuffer<u8>, callback: &Bound<'_, PyAny>) -> PyResult<u64> {
    callback.call0()?;
    // A copy: others may still write. The cells of `as_slice` allow for that under the GIL alone, and PyO3 0.30 deprecates it.
    Ok(data.to_vec(py)?.into_iter().map(u64::from).sum())
}
// ANCHOR_END: moved

/// Holds a buffer for as long as it is open.
#[pyclass(module = "ffi_safety")]
pub struct View {
    buffer: Option<PyBuffer<u8>>,
}

#[pymethods]
impl View {
    #[new]
    fn new(data: PyBuffer<u8>) -> Self {
        Self { buffer: Some(data) }
    }

    /// A copy of what is there now.
    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Vec<u8>> {
        match &self.buffer {
            Some(buffer) => buffer.to_vec(py),
            None => Err(PyValueError::new_err("the view is closed")),
        }
    }

    /// Let go of the buffer: its owner can be resized again.
    fn close(&mut self) {
        self.buffer = None;
    }
}
