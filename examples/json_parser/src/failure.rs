//! Why a document is refused, and where: as `json.JSONDecodeError` counts, in characters.

use pyo3::create_exception;
use pyo3::exceptions::{PyRecursionError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    json_parser,
    JSONDecodeError,
    PyValueError,
    "The document is no JSON; `msg` says why, `pos`, `lineno` and `colno` where."
);

/// How deep arrays and objects may lie in each other, read or written: each level takes some 300 bytes of the thread's
/// stack, so that the smallest that threads have by themselves, 512 KiB on macOS, has room.
pub const DEEPEST: usize = 1024;

/// Small, so that a `Result` of a Python object stays in two registers.
pub type Parsed<T> = Result<T, Box<Failure>>;

/// What stops the parser.
#[derive(Debug)]
pub enum Failure {
    /// The byte at which the document stops being JSON, and what is wrong there.
    Syntax { at: usize, what: &'static str },
    /// Deeper than [`DEEPEST`].
    TooDeep,
    /// Python's own: memory, or an integer of more digits than `sys.set_int_max_str_digits` allows.
    Python(PyErr),
}

impl Failure {
    #[cold]
    pub fn syntax(at: usize, what: &'static str) -> Box<Self> {
        Box::new(Self::Syntax { at, what })
    }

    /// The exception; `data` is the document, in UTF-8 up to the byte in question.
    pub fn into_python(self, py: Python<'_>, data: &[u8]) -> PyErr {
        match self {
            Self::Python(error) => error,
            Self::TooDeep => too_deep(),
            Self::Syntax { at, what } => decode_error(py, data, at, what),
        }
    }
}

impl From<PyErr> for Box<Failure> {
    #[cold]
    fn from(error: PyErr) -> Self {
        Box::new(Failure::Python(error))
    }
}

/// The same exception for reading and writing.
pub fn too_deep() -> PyErr {
    PyRecursionError::new_err(format!(
        "arrays and objects lie in each other more than {DEEPEST} deep"
    ))
}

fn decode_error(py: Python<'_>, data: &[u8], at: usize, what: &str) -> PyErr {
    let before = &data[..at.min(data.len())];
    let line = before.iter().rev().take_while(|&&byte| byte != b'\n');
    let position = characters(before);
    let row = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = characters(&before[before.len() - line.count()..]) + 1;
    let message = format!("{what}: line {row} column {column} (char {position})");
    let error = JSONDecodeError::new_err(message);
    let value = error.value(py);
    let set = value
        .setattr("msg", what)
        .and_then(|()| value.setattr("pos", position))
        .and_then(|()| value.setattr("lineno", row))
        .and_then(|()| value.setattr("colno", column));
    match set {
        Ok(()) => error,
        Err(failure) => failure,
    }
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}
