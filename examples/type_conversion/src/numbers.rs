//! Integers beyond 64 bits, and exact decimals.

use std::fmt::Display;

use num_bigint::BigInt;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyType};
use rust_decimal::{Decimal, RoundingStrategy};

/// Wrong: what a plain `number + 1` does in a release build. The largest integer is followed by the smallest.
#[pyfunction]
pub fn next_i64_wrapping(number: i64) -> i64 {
    number.wrapping_add(1)
}

/// Right for 64 bits: checked, and Python's own exception.
#[pyfunction]
pub fn next_i64(number: i64) -> PyResult<i64> {
    let next = number.checked_add(1);
    next.ok_or_else(|| PyOverflowError::new_err(format!("{number} + 1 does not fit into 64 bits")))
}

/// Any integer that Python has, always through the heap.
#[pyfunction]
pub fn next_int(number: BigInt) -> BigInt {
    number + 1
}

// ANCHOR: integer
/// An integer of any size: the first variant that fits is taken.
#[derive(FromPyObject, IntoPyObject)]
pub enum Integer {
    Small(i64),
    Big(BigInt),
}

/// Right for any size: 64 bits where they do, the heap only for the rest.
#[pyfunction]
pub fn next_int_or_big(number: Integer) -> Integer {
    match number {
        Integer::Small(small) => small
            .checked_add(1)
            .map_or_else(|| Integer::Big(BigInt::from(small) + 1), Integer::Small),
        Integer::Big(big) => Integer::Big(big + 1),
    }
}
// ANCHOR_END: integer

/// Wrong for integers: each beyond 2 ** 53 is rounded in silence.
#[pyfunction]
pub fn twice_f64(number: f64) -> f64 {
    number * 2.0
}

/// 128 bits without the heap; beyond them `OverflowError`.
#[pyfunction]
pub fn twice_i128(number: i128) -> PyResult<i128> {
    let twice = number.checked_mul(2);
    twice.ok_or_else(|| PyOverflowError::new_err("the result does not fit into 128 bits"))
}

/// Wrong: the bare conversion takes floats and strings too, and rounds beyond 28 digits in silence.
#[pyfunction]
pub fn to_decimal_lossy(amount: Decimal) -> Decimal {
    amount
}

// ANCHOR: decimal
/// An amount that is exactly what the caller wrote: a `decimal.Decimal` or an `int`.
pub struct Exact(Decimal);

impl<'py> FromPyObject<'_, 'py> for Exact {
    type Error = PyErr;

    fn extract(amount: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let exact = if let Ok(number) = amount.cast::<PyInt>() {
            Decimal::try_from_i128_with_scale(number.extract()?, 0)
        } else if amount.is_instance(DECIMAL.import(amount.py(), "decimal", "Decimal")?)? {
            Decimal::from_str_exact(&written_out(amount)?)
        } else {
            let name = amount.get_type().qualname()?;
            let message = format!("an amount is a Decimal or an int, not {name}");
            return Err(PyTypeError::new_err(message));
        };
        exact.map(Self).map_err(|error| inexact(amount, &error))
    }
}
// ANCHOR_END: decimal

/// The digits of a `decimal.Decimal`, 1E+3 as 1000, refused where they would be more than 28 on either side.
fn written_out(amount: Borrowed<'_, '_, PyAny>) -> PyResult<String> {
    // Before formatting: 1E+999999999 is a short number, and a gigabyte when it is written out.
    let magnitude: i64 = amount.call_method0("adjusted")?.extract()?;
    if magnitude.abs() > i64::from(Decimal::MAX_SCALE) {
        return Err(inexact(amount, &"the exponent is too far from zero"));
    }
    amount.call_method1("__format__", ("f",))?.extract()
}

fn inexact(amount: Borrowed<'_, '_, PyAny>, reason: &dyn Display) -> PyErr {
    // Whoever sent a number with a million digits need not get them back.
    let shown: String = format!("{amount:?}").chars().take(60).collect();
    PyValueError::new_err(format!("no exact decimal of 96 bits for {shown}: {reason}"))
}

/// Right: refuses what it would have to round. To cents, half to even, as banks do.
#[pyfunction]
pub fn round_to_cents(amount: Exact) -> Decimal {
    let rounding = RoundingStrategy::MidpointNearestEven;
    amount.0.round_dp_with_strategy(2, rounding)
}
