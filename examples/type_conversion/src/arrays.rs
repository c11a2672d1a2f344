//! numpy: a view of the array instead of its elements, the memory of a Vec instead of a list.

use numpy::{AllowTypeChange, IntoPyArray, PyArray1, PyArrayLike1, PyArrayMethods};
use numpy::{
    PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

// ANCHOR: array
/// Wrong: numpy makes a Python float of every element, PyO3 a Rust float of every one of those.
#[pyfunction]
pub fn sum_array_as_vec(values: Vec<f64>) -> f64 {
    values.iter().sum()
}

/// Right: a view into the array's memory, strides and all.
#[pyfunction]
pub fn sum_array(values: Floats<'_>) -> f64 {
    values.0.as_array().sum()
}
// ANCHOR_END: array

/// As fast, but its errors do not help: "'ndarray' object is not an instance of 'ndarray'" for an array of integers.
#[pyfunction]
pub fn sum_array_bare(values: PyReadonlyArray1<'_, f64>) -> f64 {
    values.as_array().sum()
}

// ANCHOR: floats
/// A readable array of floats: says what came instead, and raises where the bare type would panic.
pub struct Floats<'py>(PyReadonlyArray1<'py, f64>);

impl<'py> FromPyObject<'_, 'py> for Floats<'py> {
    type Error = PyErr;

    fn extract(values: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        numpy_is_there(values.py())?;
        if let Ok(array) = values.cast::<PyArray1<f64>>() {
            return Ok(Self(array.try_readonly()?));
        }
        let found = match values.cast::<PyUntypedArray>() {
            Ok(array) => format!("{}-dimensional {}", array.ndim(), array.dtype()),
            Err(_) => values.get_type().qualname()?.to_string(),
        };
        let message = format!("a one-dimensional array of float64 is needed, not {found}");
        Err(PyTypeError::new_err(message))
    }
}
// ANCHOR_END: floats

// ANCHOR: numpy
/// Any of rust-numpy's own types: raises `ModuleNotFoundError` where numpy is not installed, where the bare one panics.
pub struct Numpy<T>(T);

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Numpy<T> {
    type Error = PyErr;

    fn extract(values: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        numpy_is_there(values.py())?;
        values.extract().map(Self).map_err(Into::into)
    }
}
// ANCHOR_END: numpy

/// `ModuleNotFoundError` where numpy is not installed; without having asked, the first use of an array is a panic.
fn numpy_is_there(py: Python<'_>) -> PyResult<()> {
    static NUMPY: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    NUMPY.get_or_try_init(py, || py.import("numpy").map(Bound::unbind))?;
    Ok(())
}

/// As a slice, for code that asks for one; an array with gaps is refused.
#[pyfunction]
pub fn sum_contiguous(values: Floats<'_>) -> PyResult<f64> {
    Ok(values.0.as_slice()?.iter().sum())
}

/// Whatever numpy can make an array of floats from: a view where it is one, else a copy.
#[pyfunction]
pub fn sum_array_like(values: Numpy<PyArrayLike1<'_, f64, AllowTypeChange>>) -> f64 {
    values.0.as_array().sum()
}

/// The sum of each row.
#[pyfunction]
pub fn row_sums<'py>(
    py: Python<'py>,
    values: Numpy<PyReadonlyArray2<'py, f64>>,
) -> Bound<'py, PyArray1<f64>> {
    let matrix = values.0.as_array();
    let sums: Vec<f64> = matrix.rows().into_iter().map(|row| row.sum()).collect();
    sums.into_pyarray(py)
}

/// Where Rust sees the array's first element.
#[pyfunction]
pub fn address_of_array(values: Floats<'_>) -> usize {
    values.0.as_array().as_ptr() as usize
}

fn squares(length: usize) -> Vec<f64> {
    (0..length).map(|index| (index as f64).powi(2)).collect()
}

/// Wrong for numbers by the thousand: a list with a Python float for each.
#[pyfunction]
pub fn squares_list(length: usize) -> Vec<f64> {
    squares(length)
}

/// Half right: an array, and a copy of the Vec to fill it.
#[pyfunction]
pub fn squares_copied(py: Python<'_>, length: usize) -> PyResult<Bound<'_, PyArray1<f64>>> {
    numpy_is_there(py)?;
    Ok(PyArray1::from_slice(py, &squares(length)))
}

/// Right: the array takes over the memory of the Vec.
#[pyfunction]
pub fn squares_array(py: Python<'_>, length: usize) -> PyResult<Bound<'_, PyArray1<f64>>> {
    numpy_is_there(py)?;
    Ok(squares(length).into_pyarray(py))
}

// ANCHOR: readwrite
/// Wrong: a read-only array, or the same array twice, is a panic; `except Exception` does not catch it.
#[pyfunction]
pub fn add_into_or_panic(mut target: PyReadwriteArray1<'_, f64>, other: PyReadonlyArray1<'_, f64>) {
    target.as_array_mut().scaled_add(1.0, &other.as_array());
}

/// Right: borrowed by hand, so that what cannot be borrowed is a `TypeError`.
#[pyfunction]
pub fn add_into<'py>(
    target: Numpy<Bound<'py, PyArray1<f64>>>,
    other: Numpy<Bound<'py, PyArray1<f64>>>,
) -> PyResult<()> {
    let (mut target, other) = (target.0.try_readwrite()?, other.0.try_readonly()?);
    if target.len() != other.len() {
        let message = format!("lengths differ: {} and {}", target.len(), other.len());
        return Err(PyValueError::new_err(message));
    }
    target.as_array_mut().scaled_add(1.0, &other.as_array());
    Ok(())
}
// ANCHOR_END: readwrite
