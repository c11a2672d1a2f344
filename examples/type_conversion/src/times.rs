//! Dates and times: PyO3's own types read the fields of the object, chrono's own the values.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateAccess, PyDateTime, PyDelta, PyTzInfo, PyTzInfoAccess};

/// Wrong: an attribute look-up, and a Python integer for what the object has as a C field.
#[pyfunction]
pub fn year_by_attribute(date: &Bound<'_, PyAny>) -> PyResult<i32> {
    date.getattr(intern!(date.py(), "year"))?.extract()
}

/// Right, no chrono needed: the field itself. Not in abi3 wheels.
#[pyfunction]
pub fn year_by_field(date: &Bound<'_, PyDate>) -> i32 {
    date.get_year()
}

// ANCHOR: date
/// Wrong where a `datetime` may come: it is a `date` too, and loses its time and zone in silence.
#[pyfunction]
pub fn add_days_to_date(date: NaiveDate, days: u64) -> PyResult<NaiveDate> {
    let sum = date.checked_add_days(Days::new(days));
    sum.ok_or_else(|| PyOverflowError::new_err("the date is out of range"))
}

/// Right: Python's own arithmetic; what comes in as a `datetime` goes out as one.
#[pyfunction]
pub fn add_days<'py>(date: &Bound<'py, PyDate>, days: i32) -> PyResult<Bound<'py, PyAny>> {
    date.add(PyDelta::new(date.py(), days, 0, 0, true)?)
}
// ANCHOR_END: date

/// Wrong: takes `datetime.timezone.utc` alone, no other zone and no other name of this one.
#[pyfunction]
pub fn unix_milliseconds_utc_only(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_millis()
}

// ANCHOR: aware
/// Right: any aware `datetime`. Python turns it into UTC, which knows zones, summer time and `fold`.
#[pyfunction]
pub fn unix_milliseconds(moment: &Bound<'_, PyDateTime>) -> PyResult<i64> {
    let py = moment.py();
    if moment.get_tzinfo().is_none() {
        return Err(PyValueError::new_err(
            "the datetime is naive; say which zone is meant: moment.replace(tzinfo=...)",
        ));
    }
    let utc = moment.call_method1(intern!(py, "astimezone"), (PyTzInfo::utc(py)?,))?;
    Ok(utc.extract::<DateTime<Utc>>()?.timestamp_millis())
}
// ANCHOR_END: aware

/// Wrong for an object that is there already: its `isoformat()` made by Python, taken apart again by Rust.
#[pyfunction]
pub fn unix_milliseconds_of_text(text: &str) -> PyResult<i64> {
    let moment = DateTime::parse_from_rfc3339(text);
    moment
        .map(|moment| moment.timestamp_millis())
        .map_err(|error| PyValueError::new_err(format!("{text:?}: {error}")))
}

/// An aware `datetime` in UTC.
#[pyfunction]
pub fn from_unix_milliseconds(milliseconds: i64) -> PyResult<DateTime<Utc>> {
    let moment = DateTime::from_timestamp_millis(milliseconds);
    moment.ok_or_else(|| PyValueError::new_err("the moment is out of range"))
}

/// Wrong: a `datetime` has microseconds; what chrono has below them is dropped in silence.
#[pyfunction]
pub fn from_unix_nanoseconds_rounded(nanoseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanoseconds)
}

/// Right: what the `datetime` cannot hold comes beside it.
#[pyfunction]
pub fn from_unix_nanoseconds(nanoseconds: i64) -> (DateTime<Utc>, i64) {
    let moment = DateTime::from_timestamp_nanos(nanoseconds);
    (moment, nanoseconds.rem_euclid(1000))
}

/// A `timedelta` both ways; Python's own limits hold.
#[pyfunction]
pub fn times(duration: TimeDelta, factor: i32) -> PyResult<TimeDelta> {
    let product = duration.checked_mul(factor);
    product.ok_or_else(|| PyOverflowError::new_err("the duration is out of range"))
}
