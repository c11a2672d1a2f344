//! Errors in `__next__`: an end and an error are two things.

use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::PyIterator;

use crate::settings::parse_line;

type Entry = (String, i64);

/// The settings in a text, one by one. As with a generator, an error ends it.
#[pyclass(module = "error_handling")]
pub struct Entries {
    lines: std::iter::Enumerate<std::vec::IntoIter<String>>,
}

#[pymethods]
impl Entries {
    #[new]
    fn new(text: &str) -> Self {
        Self {
            lines: numbered(text),
        }
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    // ANCHOR: next
    fn __next__(&mut self) -> PyResult<Option<Entry>> {
        let Some((index, text)) = self.lines.next() else {
            return Ok(None);
        };
        parse_line(index + 1, &text).map(Some).map_err(|error| {
            self.lines = numbered("");
            error.into()
        })
    }
    // ANCHOR_END: next
}

fn numbered(text: &str) -> std::iter::Enumerate<std::vec::IntoIter<String>> {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.into_iter().enumerate()
}

/// Wrong: `None` is the end, so that a wrong line cuts the rest off without a word.
#[pyclass(module = "error_handling")]
pub struct EntriesWrong {
    lines: std::iter::Enumerate<std::vec::IntoIter<String>>,
}

#[pymethods]
impl EntriesWrong {
    #[new]
    fn new(text: &str) -> Self {
        Self {
            lines: numbered(text),
        }
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self) -> Option<Entry> {
        let (index, text) = self.lines.next()?;
        parse_line(index + 1, &text).ok()
    }
}

/// `map(callback, iterable)` in which a StopIteration of the callback is an error, as in a generator (PEP 479).
#[pyclass(frozen, module = "error_handling")]
pub struct Mapped {
    callback: Py<PyAny>,
    items: Py<PyIterator>,
}

#[pymethods]
impl Mapped {
    #[new]
    fn new(callback: Py<PyAny>, items: &Bound<'_, PyAny>) -> PyResult<Self> {
        let items = items.try_iter()?.unbind();
        Ok(Self { callback, items })
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    // ANCHOR: stop-iteration
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(item) = self.items.bind(py).clone().next().transpose()? else {
            return Ok(None);
        };
        self.callback
            .bind(py)
            .call1((item,))
            .map(Some)
            .map_err(|error| {
                if !error.is_instance_of::<PyStopIteration>(py) {
                    return error;
                }
                // A StopIteration that leaves `__next__` is the end, whoever raised it.
                let raised = PyRuntimeError::new_err("the callback raised StopIteration");
                raised.set_cause(py, Some(error));
                raised
            })
    }
    // ANCHOR_END: stop-iteration
}

/// Wrong: a callback whose own `next()` runs dry ends this iterator early, without a word.
#[pyclass(frozen, module = "error_handling")]
pub struct MappedWrong {
    callback: Py<PyAny>,
    items: Py<PyIterator>,
}

#[pymethods]
impl MappedWrong {
    #[new]
    fn new(callback: Py<PyAny>, items: &Bound<'_, PyAny>) -> PyResult<Self> {
        let items = items.try_iter()?.unbind();
        Ok(Self { callback, items })
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.items.bind(py).clone().next().transpose()? {
            Some(item) => self.callback.bind(py).call1((item,)).map(Some),
            None => Ok(None),
        }
    }
}

/// Right: the sum of what an iterable yields; an error of the iterable is an error of the sum.
#[pyfunction]
pub fn total(items: &Bound<'_, PyAny>) -> PyResult<i64> {
    items.try_iter()?.try_fold(0_i64, |sum, item| {
        sum.checked_add(item?.extract()?)
            .ok_or_else(|| PyOverflowError::new_err("the sum does not fit 64 bits"))
    })
}

/// Wrong: a generator that fails half way yields half a sum, and one that grows too large wraps.
#[pyfunction]
pub fn total_wrong(items: &Bound<'_, PyAny>) -> PyResult<i64> {
    let good = items.try_iter()?.flatten();
    let numbers = good.filter_map(|item| item.extract::<i64>().ok());
    Ok(numbers.fold(0, i64::wrapping_add))
}
