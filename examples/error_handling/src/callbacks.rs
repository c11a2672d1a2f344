//! An exception of a callback on its way through Rust.

use pyo3::exceptions::{PyLookupError, PyValueError};
use pyo3::prelude::*;

type Items<'py> = Vec<Bound<'py, PyAny>>;

// ANCHOR: callback
/// Right: `?` hands on the exception itself: same object, same traceback.
#[pyfunction]
pub fn apply<'py>(callback: &Bound<'py, PyAny>, items: Items<'py>) -> PyResult<Items<'py>> {
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        results.push(callback.call1((item,))?);
    }
    Ok(results)
}

/// Wrong: whatever the callback raises is dropped, and its item with it; so is a ^C.
#[pyfunction]
pub fn apply_wrong_ok<'py>(callback: &Bound<'py, PyAny>, items: Items<'py>) -> Items<'py> {
    let results = items.into_iter().map(|item| callback.call1((item,)));
    results.filter_map(Result::ok).collect()
}
// ANCHOR_END: callback

/// Wrong: the caller's mistake becomes a PanicException, which `except Exception` lets through.
#[pyfunction]
pub fn apply_wrong_unwrap<'py>(callback: &Bound<'py, PyAny>, items: Items<'py>) -> Items<'py> {
    let results = items.into_iter().map(|item| callback.call1((item,)));
    results.map(Result::unwrap).collect()
}

/// Wrong: type, attributes and traceback are gone, and a ^C has become a ValueError.
#[pyfunction]
pub fn apply_wrong_text<'py>(
    callback: &Bound<'py, PyAny>,
    items: Items<'py>,
) -> PyResult<Items<'py>> {
    let results = items.into_iter().map(|item| callback.call1((item,)));
    results
        .map(|result| result.map_err(|error| PyValueError::new_err(error.to_string())))
        .collect()
}

// ANCHOR: expected
/// Right: the one exception that is expected is handled, any other goes on.
#[pyfunction]
pub fn get_or<'py>(
    callback: &Bound<'py, PyAny>,
    default: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match callback.call0() {
        Err(error) if error.is_instance_of::<PyLookupError>(callback.py()) => Ok(default),
        other => other,
    }
}
// ANCHOR_END: expected

/// Whether a callback says that `a` comes before `b`.
fn less<'py>(
    callback: &Bound<'py, PyAny>,
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    callback.call1((a, b))?.is_truthy()
}

// ANCHOR: sort
/// Right: a merge sort of one's own. `?` leaves it at the first error, and an order that contradicts itself is no panic.
#[pyfunction]
pub fn sort_by<'py>(callback: &Bound<'py, PyAny>, mut items: Items<'py>) -> PyResult<Items<'py>> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let mut left = sort_by(callback, items)?.into_iter().peekable();
    let mut right = sort_by(callback, right)?.into_iter().peekable();
    let mut sorted = Vec::with_capacity(left.len() + right.len());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        // Equal ones keep their order.
        let first = if less(callback, other, one)? {
            right.next()
        } else {
            left.next()
        };
        sorted.extend(first);
    }
    sorted.extend(left.chain(right));
    Ok(sorted)
}
// ANCHOR_END: sort

/// Wrong: an error counts as "not before", and a list that is not sorted comes back; or `slice::sort_by` notices that no
/// order is behind it, and panics.
#[pyfunction]
pub fn sort_by_wrong<'py>(callback: &Bound<'py, PyAny>, mut items: Items<'py>) -> Items<'py> {
    items.sort_by(|a, b| {
        let before = |a, b| less(callback, a, b).unwrap_or(false);
        before(b, a).cmp(&before(a, b))
    });
    items
}
