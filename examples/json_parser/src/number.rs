//! Numbers: `int` of any size, `float` to the last bit.

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};

use crate::failure::{Failure, Parsed};

/// The number that starts at `start`, and the place behind it.
#[inline]
pub fn parse<'py>(
    py: Python<'py>,
    data: &[u8],
    start: usize,
) -> Parsed<(Bound<'py, PyAny>, usize)> {
    let negative = data[start] == b'-';
    let first = start + usize::from(negative);
    let (mut mantissa, whole) = digits(data, first, 0);
    if whole == first {
        return Err(Failure::syntax(start, "expected a digit behind '-'"));
    }
    if data[first] == b'0' && whole > first + 1 {
        return Err(Failure::syntax(first, "a number may not start with a zero"));
    }
    let mut end = whole;
    match data.get(end) {
        Some(b'.' | b'e' | b'E') => {}
        _ => return integer(py, &data[start..end], mantissa, negative).map(|value| (value, end)),
    }
    let mut exponent = 0;
    if data[end] == b'.' {
        (mantissa, end) = digits(data, whole + 1, mantissa);
        exponent = -((end - whole - 1) as i64);
        if exponent == 0 {
            return Err(Failure::syntax(end, "expected a digit behind '.'"));
        }
    }
    // The point is no digit.
    let count = end - first - usize::from(exponent != 0);
    if let Some(b'e' | b'E') = data.get(end) {
        let written;
        (written, end) = power(data, end + 1)?;
        exponent = exponent.saturating_add(written);
    }
    let value = match exact(mantissa, count, exponent) {
        Some(value) if negative => -value,
        Some(value) => value,
        None => rounded(&data[start..end], start)?,
    };
    Ok((PyFloat::new(py, value).into_any(), end))
}

/// Go on with a number over the digits at `at`; it wraps around where they are too many. Answers with their end.
#[inline]
fn digits(data: &[u8], mut at: usize, mut number: u64) -> (u64, usize) {
    while let Some(eight) = data.get(at..).and_then(|rest| rest.first_chunk()) {
        let Some(value) = eight_digits(u64::from_le_bytes(*eight)) else {
            break;
        };
        number = number.wrapping_mul(100_000_000).wrapping_add(value);
        at += 8;
    }
    while let Some(digit) = data
        .get(at)
        .map(|byte| byte.wrapping_sub(b'0'))
        .filter(|&digit| digit < 10)
    {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (number, at)
}

/// The value of eight digits, the first in the lowest byte; `None` where one is no digit.
#[inline]
fn eight_digits(text: u64) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // A digit's upper half is 3, also when 6 is added: that tells 0 to 9 from the six characters behind them.
    let upper = text & (0xf0 * ONES) | (text.wrapping_add(6 * ONES) & (0xf0 * ONES)) >> 4;
    if upper != 0x33 * ONES {
        return None;
    }
    // Neighbours become two digits, then four, then eight, all at once.
    let two = (text & (0x0f * ONES)).wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let four = two.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    Some(four.wrapping_mul(10_000 << 32 | 1) >> 32)
}

/// The power of ten behind `e`, and the place behind that.
fn power(data: &[u8], at: usize) -> Parsed<(i64, usize)> {
    let sign = data.get(at).copied();
    let first = at + usize::from(matches!(sign, Some(b'+' | b'-')));
    let (number, end) = digits(data, first, 0);
    if end == first {
        return Err(Failure::syntax(end, "expected a digit of the exponent"));
    }
    // Far beyond any float, and `rounded` reads the text itself.
    let number = if end - first > 18 {
        i64::MAX
    } else {
        number as i64
    };
    Ok((if sign == Some(b'-') { -number } else { number }, end))
}

/// Digits that fit in 64 bits need no more; the others are `int`'s own work.
#[inline]
fn integer<'py>(
    py: Python<'py>,
    written: &[u8],
    magnitude: u64,
    negative: bool,
) -> Parsed<Bound<'py, PyAny>> {
    if written.len() <= 18 {
        let value = magnitude as i64;
        return Ok((if negative { -value } else { value })
            .into_pyobject(py)
            .map_err(PyErr::from)?
            .into_any());
    }
    long_integer(py, written)
}

#[inline(never)]
fn long_integer<'py>(py: Python<'py>, written: &[u8]) -> Parsed<Bound<'py, PyAny>> {
    let written = String::from_utf8_lossy(written);
    match written.parse::<i64>() {
        Ok(value) => Ok(value.into_pyobject(py).map_err(PyErr::from)?.into_any()),
        Err(_) => Ok(py.get_type::<PyInt>().call1((written,))?),
    }
}

/// Clinger's fast path: a mantissa and a power of ten that are floats themselves make a product that is rounded once.
#[inline]
fn exact(mantissa: u64, count: usize, exponent: i64) -> Option<f64> {
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    if count > 19 || mantissa > 1 << f64::MANTISSA_DIGITS {
        return None;
    }
    let power = POWERS.get(usize::try_from(exponent.unsigned_abs()).ok()?)?;
    let mantissa = mantissa as f64;
    Some(if exponent < 0 {
        mantissa / power
    } else {
        mantissa * power
    })
}

/// Not part of the recursive function's frame, where its buffers would count for every level.
#[inline(never)]
fn rounded(written: &[u8], start: usize) -> Parsed<f64> {
    match fast_float2::parse::<f64, _>(written) {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(Failure::syntax(
            start,
            "the number is too large for a float",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_path_is_right_or_silent() {
        for (mantissa, exponent) in [(1, 0), (123, -2), (9_007_199_254_740_991, -22), (5, 22)] {
            let expected: f64 = format!("{mantissa}e{exponent}").parse().unwrap();
            assert_eq!(exact(mantissa, 16, exponent), Some(expected));
        }
        assert_eq!(exact(9_007_199_254_740_993, 16, 0), None);
        assert_eq!(exact(1, 1, 23), None);
        assert_eq!(exact(1, 1, -23), None);
        assert_eq!(exact(1, 20, 0), None);
        assert_eq!(exact(1, 1, i64::MIN), None);
    }

    #[test]
    fn digits_stop_at_the_first_other_byte() {
        assert_eq!(digits(b"120x", 0, 0), (120, 3));
        assert_eq!(digits(b"12", 1, 7), (72, 2));
        assert_eq!(digits(b"/:", 0, 0), (0, 0));
    }

    #[test]
    fn eight_digits_at_once() {
        for number in (0..100_000_000).step_by(9973).chain([99_999_999]) {
            let text = format!("{number:08}");
            let eight = u64::from_le_bytes(text.as_bytes().try_into().unwrap());
            assert_eq!(eight_digits(eight), Some(number));
            assert_eq!(digits(text.as_bytes(), 0, 3), (300_000_000 + number, 8));
        }
        for place in 0..8 {
            for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                let mut text = *b"90909090";
                text[place] = byte;
                assert_eq!(eight_digits(u64::from_le_bytes(text)), None);
            }
        }
    }
}
