//! Text: `&str` borrows the UTF-8 of the Python string. ASCII has it already; any other text grows it at its first crossing.

use std::borrow::Cow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

/// Wrong where you only read: allocates and copies.
#[pyfunction]
pub fn address_of_string(text: String) -> usize {
    text.as_ptr() as usize
}

/// Right: a look into the string's own UTF-8.
#[pyfunction]
pub fn address_of_str(text: &str) -> usize {
    text.as_ptr() as usize
}

/// Where abi3 has to reach back to Python 3.9: `&str` is no argument there, `Cow<str>` is. Borrowed here.
#[pyfunction]
pub fn address_of_cow_str(text: Cow<'_, str>) -> (usize, bool) {
    (text.as_ptr() as usize, matches!(text, Cow::Borrowed(_)))
}

// ANCHOR: backed
/// Wrong: a heap allocation and a copy for each word, and one more copy on the way back.
#[pyfunction]
pub fn longest_owned(words: Vec<String>) -> PyResult<String> {
    let longest = words.into_iter().max_by_key(String::len);
    longest.ok_or_else(|| PyValueError::new_err("there are no words; give at least one"))
}

/// Right: each word is a reference to the Python string, and so the result is that very object.
#[pyfunction]
pub fn longest_backed(words: Vec<PyBackedStr>) -> PyResult<PyBackedStr> {
    let longest = words.into_iter().max_by_key(|word| word.len());
    longest.ok_or_else(|| PyValueError::new_err("there are no words; give at least one"))
}
// ANCHOR_END: backed

/// A text that outlives the call without a copy.
#[pyclass(frozen, module = "type_conversion", skip_from_py_object)]
pub struct Line(PyBackedStr);

#[pymethods]
impl Line {
    #[new]
    fn new(text: PyBackedStr) -> Self {
        Self(text)
    }

    /// The string it was made from: the same object, not an equal one.
    #[getter]
    fn text(&self, py: Python<'_>) -> PyBackedStr {
        self.0.clone_ref(py)
    }

    /// How many words it has; other threads run meanwhile.
    fn words(&self, py: Python<'_>) -> usize {
        py.detach(|| self.0.split_whitespace().count())
    }
}
