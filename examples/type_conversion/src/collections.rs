//! Lists, dicts, sets, tuples, Option: an owned collection converts every element before your first line runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use pyo3::exceptions::{PyKeyError, PyOverflowError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyDict, PyList, PySet};

fn added(sum: i64, value: i64) -> PyResult<i64> {
    sum.checked_add(value)
        .ok_or_else(|| PyOverflowError::new_err("the sum does not fit into 64 bits"))
}

/// Every element is converted and stored, then read. Right where you need it more than once, or detached.
#[pyfunction]
pub fn sum_vec(values: Vec<i64>) -> PyResult<i64> {
    values.into_iter().try_fold(0, added)
}

/// Every element is converted as it is read: no allocation, and only `list` is taken.
#[pyfunction]
pub fn sum_list(values: &Bound<'_, PyList>) -> PyResult<i64> {
    let mut sum = 0;
    for value in values.iter() {
        sum = added(sum, value.extract()?)?;
    }
    Ok(sum)
}

// ANCHOR: list
/// Wrong: converts a million elements to look at the first few, and fails on one that it never needed.
#[pyfunction]
pub fn first_negative_in_vec(values: Vec<i64>) -> Option<usize> {
    values.iter().position(|&value| value < 0)
}

/// Right: stops where the answer is.
#[pyfunction]
pub fn first_negative(values: &Bound<'_, PyList>) -> PyResult<Option<usize>> {
    for (index, value) in values.iter().enumerate() {
        if value.extract::<i64>()? < 0 {
            return Ok(Some(index));
        }
    }
    Ok(None)
}
// ANCHOR_END: list

/// Wrong where the caller's list is meant: changes a copy, which it then has to hand back.
#[pyfunction]
pub fn double_copied(mut values: Vec<i64>) -> PyResult<Vec<i64>> {
    for value in &mut values {
        *value = added(*value, *value)?;
    }
    Ok(values)
}

/// Right: changes the caller's own list.
#[pyfunction]
pub fn double_in_place(values: &Bound<'_, PyList>) -> PyResult<()> {
    for (index, value) in values.iter().enumerate() {
        let value: i64 = value.extract()?;
        values.set_item(index, added(value, value)?)?;
    }
    Ok(())
}

// ANCHOR: dict
/// Wrong: hashes and copies every key to read one.
#[pyfunction]
pub fn price_from_map(prices: HashMap<String, f64>, name: &str) -> PyResult<f64> {
    let price = prices.get(name).copied();
    price.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
}

/// Right: one look-up in the dict that is there already.
#[pyfunction]
pub fn price_from_dict(prices: &Bound<'_, PyDict>, name: &str) -> PyResult<f64> {
    let price = prices.get_item(name)?;
    price
        .ok_or_else(|| PyKeyError::new_err(name.to_owned()))?
        .extract()
}
// ANCHOR_END: dict

/// Wrong: a `HashMap` has an order of its own, another one in each call.
#[pyfunction]
pub fn count_hashed(words: Vec<PyBackedStr>) -> HashMap<PyBackedStr, usize> {
    let mut counts = HashMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// Right: a `BTreeMap` comes back as a dict in the order of its keys.
#[pyfunction]
pub fn count_sorted(words: Vec<PyBackedStr>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        if let Some(count) = counts.get_mut(&*word) {
            *count += 1;
        } else {
            counts.insert(word.to_string(), 1);
        }
    }
    counts
}

/// Right where the order of arrival counts: build the dict itself.
#[pyfunction]
pub fn count_in_order<'py>(
    py: Python<'py>,
    words: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyDict>> {
    let counts = PyDict::new(py);
    for word in words.iter() {
        let before = counts
            .get_item(&word)?
            .map_or(Ok(0), |count| count.extract::<usize>())?;
        counts.set_item(word, before + 1)?;
    }
    Ok(counts)
}

/// Wrong: a second set, built for one question.
#[pyfunction]
pub fn contains_in_hash_set(allowed: HashSet<i64>, value: i64) -> bool {
    allowed.contains(&value)
}

/// Right: the set that is there answers.
#[pyfunction]
pub fn contains_in_set(allowed: &Bound<'_, PySet>, value: i64) -> PyResult<bool> {
    allowed.contains(value)
}

/// A tuple argument takes a tuple of exactly that length, nothing else.
#[pyfunction]
pub fn length_of_tuple(point: (f64, f64, f64)) -> f64 {
    length_of_array([point.0, point.1, point.2])
}

/// An array argument takes any sequence of exactly that length.
#[pyfunction]
pub fn length_of_array(point: [f64; 3]) -> f64 {
    point.iter().map(|part| part * part).sum::<f64>().sqrt()
}

/// Wrong: `None` (wait for ever) cannot be told from an argument that was left out (30 seconds).
#[pyfunction]
#[pyo3(signature = (seconds = None))]
pub fn timeout_ambiguous(seconds: Option<f64>) -> Option<f64> {
    Some(seconds.unwrap_or(30.0))
}

/// Right: the default stands in the signature, so that `None` means what the caller says.
#[pyfunction]
#[pyo3(signature = (seconds = Some(30.0)), text_signature = "(seconds=30.0)")]
pub fn timeout_or_never(seconds: Option<f64>) -> Option<f64> {
    seconds
}
