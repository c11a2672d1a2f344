//! What went wrong before: anyhow's chain as `__cause__`, a second error's `__context__`, notes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::exceptions::{os_error, SettingsError};

fn scaled_number(path: &Path, scale: &Bound<'_, PyAny>) -> anyhow::Result<i64> {
    let text = fs::read_to_string(path).context("cannot read the number")?;
    let number: i64 = text.trim().parse().context("the file holds no number")?;
    let scaled = scale.call1((number,)).context("cannot scale the number")?;
    Ok(scaled.extract()?)
}

/// Wrong: PyO3's conversion makes one RuntimeError, whose message is the whole chain.
#[pyfunction]
pub fn scaled_wrong(path: PathBuf, scale: &Bound<'_, PyAny>) -> anyhow::Result<i64> {
    scaled_number(&path, scale)
}

/// Right: each link is an exception, with the next one as its `__cause__`.
#[pyfunction]
pub fn scaled(py: Python<'_>, path: PathBuf, scale: &Bound<'_, PyAny>) -> PyResult<i64> {
    scaled_number(&path, scale).map_err(|error| chained(py, &error))
}

// ANCHOR: anyhow
/// An exception for each link of the chain. A Python exception in it stays the object that it was.
fn chained(py: Python<'_>, error: &anyhow::Error) -> PyErr {
    let mut links = Vec::new();
    for link in error.chain() {
        if let Some(python) = link.downcast_ref::<PyErr>() {
            links.push(python.clone_ref(py));
            break;
        }
        links.push(match link.downcast_ref::<io::Error>() {
            Some(system) => os_error(system, None),
            None => SettingsError::new_err(link.to_string()),
        });
    }
    let caused = links.into_iter().rev().reduce(|cause, error| {
        error.set_cause(py, Some(cause));
        error
    });
    caused.unwrap_or_else(|| SettingsError::new_err(error.to_string()))
}
// ANCHOR_END: anyhow

// ANCHOR: context
/// Right: the second error says during the handling of which one it was raised.
#[pyfunction]
pub fn first_of<'py>(
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = first.py();
    first.call0().or_else(|before| {
        second.call0().inspect_err(|error| {
            // The same object twice would be its own context.
            if !error.value(py).is(before.value(py)) {
                error.set_context(py, Some(before));
            }
        })
    })
}
// ANCHOR_END: context

/// Wrong: Rust handles no exception as Python sees it, so that the first error leaves no trace.
#[pyfunction]
pub fn first_of_wrong<'py>(
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    first.call0().or_else(|_| second.call0())
}

// ANCHOR: notes
/// Adds a note (PEP 678). Before Python 3.11 it lands in `__notes__` all the same, where newer tools look.
fn add_note(py: Python<'_>, error: &PyErr, note: &str) -> PyResult<()> {
    let value = error.value(py);
    if py.version_info() >= (3, 11) {
        value.call_method1("add_note", (note,))?;
    } else if let Some(notes) = value.getattr_opt("__notes__")? {
        notes.cast::<PyList>()?.append(note)?;
    } else {
        value.setattr("__notes__", [note])?;
    }
    Ok(())
}
// ANCHOR_END: notes

/// Right: the error of an item says which item it was, and stays what it is.
#[pyfunction]
pub fn each<'py>(
    callback: &Bound<'py, PyAny>,
    items: Vec<Bound<'py, PyAny>>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let numbered = items.into_iter().enumerate();
    let call = |(index, item)| {
        callback.call1((item,)).map_err(|error| {
            match add_note(
                callback.py(),
                &error,
                &format!("while handling item {index}"),
            ) {
                Ok(()) => error,
                Err(failure) => failure,
            }
        })
    };
    numbered.map(call).collect()
}

/// Wrong: on Python 3.8 to 3.10 there is no `add_note`, and an AttributeError takes the error's place.
#[pyfunction]
pub fn each_wrong<'py>(
    callback: &Bound<'py, PyAny>,
    items: Vec<Bound<'py, PyAny>>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut results = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match callback.call1((item,)) {
            Ok(result) => results.push(result),
            Err(error) => {
                let note = format!("while handling item {index}");
                error
                    .value(callback.py())
                    .call_method1("add_note", (note,))?;
                return Err(error);
            }
        }
    }
    Ok(results)
}
