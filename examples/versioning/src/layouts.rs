//! Every state that a released version has pickled, and how it is read: one arm each, for good.
//!
//! | layout | releases | state                                                            |
//! |--------|----------|------------------------------------------------------------------|
//! | 1      | 0.1      | `(count, mean, variance)`, no version                             |
//! | 2      | 0.2      | `{"version": 2, "count", "mean", "m2"}`                           |
//! | 3      | 0.3      | `{"version": 3, "count", "mean", "m2", "minimum", "maximum"}`     |

use pyo3::conversion::FromPyObjectOwned;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::summary::Summary;

pyo3::import_exception!(pickle, UnpicklingError);

/// What this version writes. A change of the state's keys or of their meaning adds one here and an arm in `read`.
pub const LAYOUT: u32 = 3;

// ANCHOR: layouts
/// The state that `__reduce__` hands out: names, so that order means nothing, and the version that says what they mean.
pub fn written<'py>(py: Python<'py>, summary: &Summary) -> PyResult<Bound<'py, PyDict>> {
    let state = PyDict::new(py);
    state.set_item("version", LAYOUT)?;
    state.set_item("count", summary.count)?;
    state.set_item("mean", summary.mean)?;
    state.set_item("m2", summary.m2)?;
    state.set_item("minimum", summary.range.map(|range| range.0))?;
    state.set_item("maximum", summary.range.map(|range| range.1))?;
    Ok(state)
}

/// The summary of a state of any release so far; `UnpicklingError` for a later one, and for what is no state.
pub fn read(state: &Bound<'_, PyAny>) -> PyResult<Summary> {
    if let Ok(state) = state.cast::<PyTuple>() {
        return checked(first(state)?);
    }
    let state = state.cast::<PyDict>().map_err(|_| not_a_state(state))?;
    match field(state, "version")? {
        2u64 => checked(second(state)?),
        3 => checked(third(state)?),
        other => Err(unknown(other)),
    }
}
// ANCHOR_END: layouts

fn first(state: &Bound<'_, PyTuple>) -> PyResult<Summary> {
    let (count, mean, variance): (u64, f64, f64) =
        state.extract().map_err(|_| not_a_state(state))?;
    // One or no value: 0.1 wrote 0 for the variance.
    let m2 = variance * count.saturating_sub(1) as f64;
    Ok(Summary {
        count,
        mean,
        m2,
        range: None,
    })
}

fn second(state: &Bound<'_, PyDict>) -> PyResult<Summary> {
    Ok(Summary {
        count: field(state, "count")?,
        mean: field(state, "mean")?,
        m2: field(state, "m2")?,
        range: None,
    })
}

fn third(state: &Bound<'_, PyDict>) -> PyResult<Summary> {
    let low: Option<f64> = field(state, "minimum")?;
    let high: Option<f64> = field(state, "maximum")?;
    Ok(Summary {
        range: low.zip(high),
        ..second(state)?
    })
}

/// A pickle comes from outside: what no summary can be is refused before it is one.
fn checked(summary: Summary) -> PyResult<Summary> {
    let ordered = summary.range.is_none_or(|(low, high)| low <= high);
    let numbers = !summary.mean.is_nan() && summary.m2 >= 0.0;
    if numbers && ordered && (summary.count > 0 || summary == Summary::default()) {
        return Ok(summary);
    }
    Err(UnpicklingError::new_err(format!(
        "no numbers have this summary: {summary:?}"
    )))
}

fn field<'py, T>(state: &Bound<'py, PyDict>, name: &str) -> PyResult<T>
where
    T: FromPyObjectOwned<'py>,
{
    let Some(value) = state.get_item(name)? else {
        return Err(UnpicklingError::new_err(format!(
            "the state of a Summary lacks {name:?}"
        )));
    };
    value.extract::<T>().map_err(|error| {
        let error: PyErr = error.into();
        UnpicklingError::new_err(format!("{name:?} of a Summary's state: {error}"))
    })
}

fn unknown(layout: u64) -> PyErr {
    UnpicklingError::new_err(format!(
        "this pickle has layout {layout}, and versioning {} reads layouts 1 to {LAYOUT}: a newer release wrote it; \
         pip install --upgrade versioning-pyo3ops",
        env!("PYTHON_VERSION")
    ))
}

fn not_a_state(state: &Bound<'_, PyAny>) -> PyErr {
    UnpicklingError::new_err(format!("no version wrote this state of a Summary: {state}"))
}
