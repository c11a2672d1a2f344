//! Python strings from bytes, without the interpreter's own decoder.
//!
//! CPython's decoder guesses the width of the characters and starts over with a wider one when it meets one. Here the
//! widest is known before the string is made: the lead bytes tell.

use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A string of ASCII bytes.
#[inline]
pub fn ascii<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    debug_assert!(bytes.is_ascii());
    // SAFETY: a new string of this length with characters below 128 holds one byte for each, so that the copy fills
    // it exactly; nobody else has seen it yet. (Of length 0 it is the shared empty string, and nothing is written.)
    unsafe {
        let (string, characters) = allocate::<u8>(py, bytes.len(), 0x7f)?;
        characters.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        Ok(string)
    }
}

/// A string from UTF-8, in which surrogates may stand as three bytes each, as Python's "surrogatepass" has them.
///
/// The caller has checked that it is so; other bytes make other characters (U+FFFD where there is none), no more.
pub fn wide<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    let length = bytes.iter().filter(|&&byte| starts(byte)).count();
    let top = bytes.iter().copied().max().unwrap_or(0);
    // SAFETY: for each maximum, `characters` are of the type that CPython stores: 1 byte up to U+00FF, 2 up to U+FFFF,
    // then 4. `fill` writes `length` of them. A lead byte up to C3 is a character up to U+00FF, one up to EF is one up
    // to U+FFFF, so that no character is above the declared maximum, and one is in the narrowest class that fits it,
    // as comparing and hashing need.
    unsafe {
        Ok(match top {
            0..=0x7f => return ascii(py, bytes),
            0x80..=0xc3 => {
                let (string, characters) = allocate::<u8>(py, length, 0xff)?;
                fill(bytes, characters, length, |code| code as u8);
                string
            }
            0xc4..=0xef => {
                let (string, characters) = allocate::<u16>(py, length, 0xffff)?;
                fill(bytes, characters, length, |code| code as u16);
                string
            }
            0xf0.. => {
                let (string, characters) = allocate::<u32>(py, length, 0x10_ffff)?;
                fill(bytes, characters, length, |code| code.min(0x10_ffff));
                string
            }
        })
    }
}

/// The characters of a string that is ASCII and nothing else; `None` for others.
#[cfg(not(Py_3_14))]
#[inline]
pub fn as_ascii<'a>(string: &'a Bound<'_, PyString>) -> Option<&'a [u8]> {
    let raw = string.as_ptr();
    // SAFETY: such a string is immutable, lives as long as the reference, and has its bytes, one for each character,
    // behind its header.
    unsafe {
        if ffi::PyUnicode_IS_COMPACT_ASCII(raw) == 0 {
            return None;
        }
        let characters: *const u8 = ffi::PyUnicode_DATA(raw).cast();
        let length = ffi::PyUnicode_GET_LENGTH(raw) as usize;
        Some(std::slice::from_raw_parts(characters, length))
    }
}

/// The same for any object: `None` for what is no `str`, or a subclass of it.
#[inline]
pub fn as_ascii_exact<'a>(object: &'a Borrowed<'_, '_, PyAny>) -> Option<&'a [u8]> {
    if !object.is_exact_instance_of::<PyString>() {
        return None;
    }
    // SAFETY: it was just found to be one.
    as_ascii(unsafe { Bound::cast_unchecked(object) })
}

/// PyO3 has no such flag of 3.14's strings; where it would be set, this is quick as well.
#[cfg(Py_3_14)]
#[inline]
pub fn as_ascii<'a>(string: &'a Bound<'_, PyString>) -> Option<&'a [u8]> {
    string.to_str().ok().map(str::as_bytes)
}

/// A new string and the address of its characters, which are not set yet.
///
/// # Safety
/// `Character` is what CPython stores for that maximum, and the caller sets all of them before anybody reads them.
#[inline]
unsafe fn allocate<Character>(
    py: Python<'_>,
    length: usize,
    maximum: u32,
) -> PyResult<(Bound<'_, PyString>, *mut Character)> {
    let length = isize::try_from(length).map_err(|_| PyMemoryError::new_err(()))?;
    let raw = ffi::PyUnicode_New(length, maximum);
    let string = Bound::from_owned_ptr_or_err(py, raw)?;
    Ok((
        string.cast_into_unchecked(),
        ffi::PyUnicode_DATA(raw).cast(),
    ))
}

#[inline]
fn starts(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// Decode into `characters`, exactly `length` of them whatever the bytes are.
///
/// # Safety
/// `characters` has room for `length`.
#[inline]
unsafe fn fill<Character>(
    bytes: &[u8],
    characters: *mut Character,
    length: usize,
    narrow: impl Fn(u32) -> Character,
) {
    let mut rest = bytes;
    for place in 0..length {
        let (code, size) = decode(rest);
        rest = rest.get(size..).unwrap_or_default();
        characters.add(place).write(narrow(code));
    }
}

/// The first character and its number of bytes.
#[inline]
fn decode(bytes: &[u8]) -> (u32, usize) {
    let low = |byte: u8| u32::from(byte & 0x3f);
    match *bytes {
        [a @ ..=0x7f, ..] => (u32::from(a), 1),
        [a @ 0xc0..=0xdf, b, ..] => (u32::from(a & 0x1f) << 6 | low(b), 2),
        [a @ 0xe0..=0xef, b, c, ..] => (u32::from(a & 0x0f) << 12 | low(b) << 6 | low(c), 3),
        [a @ 0xf0..=0xff, b, c, d, ..] => (
            u32::from(a & 0x07) << 18 | low(b) << 12 | low(c) << 6 | low(d),
            4,
        ),
        _ => (0xfffd, 1),
    }
}
