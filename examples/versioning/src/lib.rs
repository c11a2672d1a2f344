//! One code base for two PyO3s and both ABIs: one version, fair deprecations, and pickles that outlive releases.
//!
//! `summary` knows no Python, `layouts` is the memory of what was pickled, this file is the glue.

use pyo3::exceptions::{PyDeprecationWarning, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

mod layouts;
#[cfg(test)]
mod pep440;
pub mod summary;
#[cfg(test)]
mod tests;
mod wrong;

/// Running statistics that can be pickled today and read by tomorrow's release.
#[pymodule(gil_used = false)]
mod versioning {
    use super::*;

    #[pymodule_export]
    use super::wrong::{mean_of_with_pythons_stacklevel, PositionalSummary};
    #[pymodule_export]
    use super::Summary;

    // ANCHOR: version
    // Not CARGO_PKG_VERSION: before a release Cargo's spelling, 1.0.0-rc.1, is not the metadata's, 1.0.0rc1.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("PYTHON_VERSION");
    // ANCHOR_END: version

    /// How this module was built: `pyo3`, `abi3`, `python` (the oldest that can load it), `free_threaded`, `buffers`.
    #[pyfunction]
    fn build_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let info = PyDict::new(py);
        info.set_item("pyo3", env!("PYO3_VERSION"))?;
        info.set_item("abi3", cfg!(Py_LIMITED_API))?;
        info.set_item("python", super::floor())?;
        info.set_item("free_threaded", cfg!(Py_GIL_DISABLED))?;
        info.set_item("buffers", cfg!(buffers))?;
        Ok(info)
    }

    /// The summary of an iterable of finite numbers.
    #[pyfunction]
    fn summarize(values: &Bound<'_, PyAny>) -> PyResult<Summary> {
        let inner = with_all(&summary::Summary::default(), numbers(values)?)?;
        Ok(Summary { inner })
    }

    // ANCHOR: deprecated
    /// The mean of numbers: deprecated since 0.2, removed in 1.0. Use `summarize(values).mean`.
    #[pyfunction]
    #[pyo3(warn(
        message = "mean_of is deprecated since 0.2 and removed in 1.0: use summarize(values).mean",
        category = PyDeprecationWarning
    ))]
    fn mean_of(values: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
        Ok(summarize(values)?.mean())
    }

    /// Names of old: a class that was renamed is still found, by code and by the pickles that name it.
    // In `__all__` like every function here: the `__init__.py` that maturin writes takes over what stands there. So
    // `from versioning import *` has it too; a package with an `__init__.py` of its own can leave it out.
    #[pyfunction]
    fn __getattr__<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
        if name != "RunningStats" {
            let message = format!("module 'versioning' has no attribute {name:?}");
            return Err(pyo3::exceptions::PyAttributeError::new_err(message));
        }
        super::deprecated(
            py,
            c"RunningStats is deprecated since 0.2 and removed in 1.0: use Summary",
        )?;
        Ok(py.get_type::<Summary>())
    }
    // ANCHOR_END: deprecated
}

/// Count, mean, variance and range of numbers.
#[pyclass(module = "versioning", eq)]
#[derive(Default, PartialEq)]
struct Summary {
    inner: summary::Summary,
}

#[pymethods]
impl Summary {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// How many numbers it has seen.
    #[getter]
    fn count(&self) -> u64 {
        self.inner.count
    }

    /// Their mean; None without any.
    #[getter]
    fn mean(&self) -> Option<f64> {
        (self.inner.count > 0).then_some(self.inner.mean)
    }

    /// Their sample variance; None below two numbers.
    #[getter]
    fn variance(&self) -> Option<f64> {
        self.inner.variance()
    }

    /// The smallest; None without any, and where a pickle of 0.1 or 0.2 did not say.
    #[getter]
    fn minimum(&self) -> Option<f64> {
        self.inner.range.map(|range| range.0)
    }

    /// The largest; None where `minimum` is.
    #[getter]
    fn maximum(&self) -> Option<f64> {
        self.inner.range.map(|range| range.1)
    }

    /// Take in one number; ValueError for one that is not finite, OverflowError where the sums get too large.
    fn add(&mut self, value: f64) -> PyResult<()> {
        self.inner = with_all(&self.inner, [value])?;
        Ok(())
    }

    // ANCHOR: renamed
    /// Take in numbers, all or none; `data` is the old name of `values`, deprecated since 0.3 and removed in 1.0.
    #[pyo3(signature = (values = None, *, data = None))]
    fn extend(
        slf: &Bound<'_, Self>,
        values: Option<&Bound<'_, PyAny>>,
        data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        match (values, data) {
            (Some(values), None) => Self::take(slf, values),
            (None, Some(data)) => {
                deprecated(
                    slf.py(),
                    c"extend(data=...) is deprecated since 0.3 and removed in 1.0: use extend(values)",
                )?;
                Self::take(slf, data)
            }
            (Some(_), Some(_)) => Err(PyTypeError::new_err(
                "extend() got values and data, which is the old name of values",
            )),
            (None, None) => Err(PyTypeError::new_err("extend() needs values")),
        }
    }
    // ANCHOR_END: renamed

    /// The summary of this one's numbers and another's; OverflowError where the sums get too large.
    fn merged(&self, other: &Self) -> PyResult<Self> {
        let inner = representable(self.inner.merged(&other.inner))?;
        Ok(Self { inner })
    }

    fn __repr__(&self) -> String {
        let show = |value: Option<f64>| value.map_or("None".to_owned(), |value| value.to_string());
        format!(
            "Summary(count={}, mean={})",
            self.inner.count,
            show(self.mean())
        )
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let py = slf.py();
        let state = layouts::written(py, &slf.borrow().inner)?;
        Ok((slf.get_type(), PyTuple::empty(py), state))
    }

    /// Read the state of a pickle of any release so far; pickle.UnpicklingError for a later one.
    fn __setstate__(&mut self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner = layouts::read(state)?;
        Ok(())
    }
}

impl Summary {
    fn take(slf: &Bound<'_, Self>, values: &Bound<'_, PyAny>) -> PyResult<()> {
        // Borrowed afterwards only: an iterable is code of the caller's, which may look at this very summary.
        let numbers = numbers(values)?;
        let mut this = slf.try_borrow_mut()?;
        this.inner = with_all(&this.inner, numbers)?;
        Ok(())
    }
}

/// A summary with some more numbers: all of them, or an error.
fn with_all(
    summary: &summary::Summary,
    numbers: impl IntoIterator<Item = f64>,
) -> PyResult<summary::Summary> {
    let mut taken = summary.clone();
    for (index, value) in numbers.into_iter().enumerate() {
        taken.add(finite(value, index)?);
    }
    representable(taken)
}

/// Finite numbers can be too far apart for their mean and variance: what has none could not be read from a pickle again.
fn representable(summary: summary::Summary) -> PyResult<summary::Summary> {
    if summary.mean.is_finite() && summary.m2.is_finite() {
        return Ok(summary);
    }
    Err(PyOverflowError::new_err(
        "the numbers are too large for a mean and a variance",
    ))
}

// ANCHOR: buffers
/// The numbers of an array in one copy where the ABI has buffers, else of any iterable one by one.
fn numbers(values: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    #[cfg(buffers)]
    if let Ok(buffer) = pyo3::buffer::PyBuffer::<f64>::get(values) {
        // PyO3 0.29 lets the other byte order through, in which the numbers would be nonsense.
        let foreign = if cfg!(target_endian = "little") {
            b'>'
        } else {
            b'<'
        };
        if buffer.dimensions() == 1 && buffer.format().to_bytes().first() != Some(&foreign) {
            // Not as_slice(): PyO3 0.30 deprecates it, because other threads may write meanwhile.
            return buffer.to_vec(values.py());
        }
    }
    values.try_iter()?.map(|value| value?.extract()).collect()
}
// ANCHOR_END: buffers

fn finite(value: f64, index: usize) -> PyResult<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    let message = format!("number {index} is {value}: a summary wants finite numbers");
    Err(PyValueError::new_err(message))
}

/// Warn of the line that called from Python. An error where a filter makes errors of warnings.
fn deprecated(py: Python<'_>, message: &std::ffi::CStr) -> PyResult<()> {
    // 1 and not Python's usual 2: a function of Rust has no frame of its own.
    PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), message, 1)
}

/// The oldest Python that can load this module: what it was built with, for either ABI.
fn floor() -> (u8, u8) {
    let minor = [
        (cfg!(Py_3_15), 15),
        (cfg!(Py_3_14), 14),
        (cfg!(Py_3_13), 13),
        (cfg!(Py_3_12), 12),
        (cfg!(Py_3_11), 11),
        (cfg!(Py_3_10), 10),
        (cfg!(Py_3_9), 9),
    ];
    (3, minor.iter().find(|(set, _)| *set).map_or(8, |row| row.1))
}
