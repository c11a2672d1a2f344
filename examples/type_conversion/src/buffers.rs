//! The buffer protocol: the memory of `bytes`, `bytearray`, `memoryview`, `array.array`, `mmap` and numpy, without a copy.

use std::sync::{Mutex, PoisonError};

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::prelude::*;

/// Where Rust sees the first byte.
#[pyfunction]
pub fn address_of_buffer(data: PyBuffer<u8>) -> usize {
    data.buf_ptr() as usize
}

// ANCHOR: buffer
/// The sum of all bytes. Others may write into them, hence cells; only what lies in one piece is a slice. Cells need the
/// GIL: without it two threads meet in one, and PyO3 0.30 deprecates `as_slice` for that. There it takes a copy, as below.
#[pyfunction]
pub fn sum_buffer(py: Python<'_>, data: PyBuffer<u8>) -> PyResult<u64> {
    let cells = data
        .as_slice(py)
        .ok_or_else(|| not_contiguous("bytes(data)"))?;
    Ok(cells.iter().map(|cell| u64::from(cell.get())).sum())
}
// ANCHOR_END: buffer

/// The same for any layout, at the price of a copy.
#[pyfunction]
pub fn sum_buffer_copied(py: Python<'_>, data: PyBuffer<u8>) -> PyResult<u64> {
    Ok(data.to_vec(py)?.into_iter().map(u64::from).sum())
}

/// Write one value into every byte.
#[pyfunction]
pub fn fill(py: Python<'_>, data: PyBuffer<u8>, value: u8) -> PyResult<()> {
    if data.readonly() {
        return Err(PyBufferError::new_err(
            "the buffer is read-only; pass a bytearray, or a copy: bytearray(data)",
        ));
    }
    let cells = data
        .as_mut_slice(py)
        .ok_or_else(|| not_contiguous("bytearray(data)"))?;
    cells.iter().for_each(|cell| cell.set(value));
    Ok(())
}

/// Wrong: trusts that eight bytes of kind `d` are in this machine's order. PyO3 0.29 lets the other order through.
#[pyfunction]
pub fn sum_f64_any_order(py: Python<'_>, data: PyBuffer<f64>) -> PyResult<f64> {
    let cells = data
        .as_slice(py)
        .ok_or_else(|| not_contiguous("data.copy()"))?;
    Ok(cells.iter().map(|cell| cell.get()).sum())
}

/// Right: asks for the order first.
#[pyfunction]
pub fn sum_f64(py: Python<'_>, data: PyBuffer<f64>) -> PyResult<f64> {
    let foreign = if cfg!(target_endian = "little") {
        b'>'
    } else {
        b'<'
    };
    if data.format().to_bytes().first() == Some(&foreign) {
        return Err(PyValueError::new_err(
            "the floats are in another machine's byte order; convert them first: data.astype(float)",
        ));
    }
    sum_f64_any_order(py, data)
}

fn not_contiguous(copy: &str) -> PyErr {
    PyBufferError::new_err(format!("the buffer has gaps; pass a copy: {copy}"))
}

/// A buffer that outlives the call. Its owner cannot be resized for as long: `BufferError` where it tries.
#[pyclass(frozen, module = "type_conversion", skip_from_py_object)]
pub struct Held(Mutex<Option<PyBuffer<u8>>>);

#[pymethods]
impl Held {
    #[new]
    fn new(data: PyBuffer<u8>) -> Self {
        Self(Mutex::new(Some(data)))
    }

    /// The sum of all bytes, as they are now.
    fn sum(&self, py: Python<'_>) -> PyResult<u64> {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let data = guard
            .as_ref()
            .ok_or_else(|| PyValueError::new_err("the buffer was released"))?;
        let cells = data
            .as_slice(py)
            .ok_or_else(|| not_contiguous("bytes(data)"))?;
        Ok(cells.iter().map(|cell| u64::from(cell.get())).sum())
    }

    /// Let the owner go; a second time does nothing.
    fn release(&self) {
        // Dropped outside of the lock: releasing a buffer may run Python code.
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(held);
    }
}
