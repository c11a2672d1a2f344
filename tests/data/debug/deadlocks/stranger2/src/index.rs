//! Counts by word, which many threads may change at once.

use dashmap::DashMap;
use pyo3::prelude::*;

/// Counts by word.
#[pyclass(frozen)]
pub struct Index {
    counts: DashMap<String, i64>,
}

#[pymethods]
impl Index {
    #[new]
    fn new(words: Vec<String>) -> Self {
        Self {
            counts: words.into_iter().map(|word| (word, 1)).collect(),
        }
    }

    /// Make the count of a word what `function` says.
    #[inline(never)]
    fn update(&self, py: Python<'_>, word: &str, function: Py<PyAny>) -> PyResult<()> {
        let mut count = self.counts.get_mut(word).unwrap();
        *count = function.call1(py, (*count,))?.extract(py)?;
        Ok(())
    }

    /// The sum of all counts, detached.
    #[inline(never)]
    fn sum(&self, py: Python<'_>) -> i64 {
        py.detach(|| self.counts.iter().map(|entry| *entry.value()).sum())
    }
}
