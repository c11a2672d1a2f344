//! The exceptions of this module, and how the errors of `settings` become them.

use std::io;
use std::path::Path;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyLookupError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

use crate::settings::Error;

// ANCHOR: hierarchy
create_exception!(
    error_handling,
    SettingsError,
    PyException,
    "Whatever is wrong with settings."
);
create_exception!(
    error_handling,
    LineError,
    SettingsError,
    "A line is wrong; `line` says which, from 1."
);
// ANCHOR_END: hierarchy
create_exception!(
    error_handling,
    InternalError,
    PyRuntimeError,
    "A bug in this module: its Rust code panicked."
);

// ANCHOR: two-bases
/// A settings error that old callers' `except LookupError` still catches.
///
/// `create_exception!` takes one base, so this class is made as a `class` statement makes it.
pub fn missing_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.get_or_try_init(py, || -> PyResult<_> {
        let bases = (
            py.get_type::<SettingsError>(),
            py.get_type::<PyLookupError>(),
        );
        let namespace = PyDict::new(py);
        namespace.set_item("__module__", "error_handling")?;
        namespace.set_item("__doc__", "There is no setting of that name.")?;
        let class = py
            .get_type::<PyType>()
            .call1(("MissingError", bases, namespace))?;
        Ok(class.cast_into::<PyType>()?.unbind())
    })?;
    Ok(class.bind(py))
}
// ANCHOR_END: two-bases

// ANCHOR: pyclass
/// A number is above its limit.
#[pyclass(extends = PyValueError, subclass, frozen, get_all, module = "error_handling")]
pub struct LimitError {
    limit: i64,
    given: i64,
}

#[pymethods]
impl LimitError {
    #[new]
    fn new(limit: i64, given: i64) -> Self {
        Self { limit, given }
    }

    fn __str__(&self) -> String {
        format!("{} is above the limit of {}", self.given, self.limit)
    }
}
// ANCHOR_END: pyclass

/// A limit that no configuration can raise.
#[pyclass(extends = LimitError, frozen, module = "error_handling")]
pub struct HardLimitError;

#[pymethods]
impl HardLimitError {
    #[new]
    fn new(limit: i64, given: i64) -> PyClassInitializer<Self> {
        PyClassInitializer::from(LimitError { limit, given }).add_subclass(Self)
    }
}

/// Right: Python makes the instance from the arguments, and so keeps them.
#[pyfunction]
pub fn check_limit(limit: i64, given: i64, hard: bool) -> PyResult<()> {
    match (given > limit, hard) {
        (false, _) => Ok(()),
        (true, false) => Err(PyErr::new::<LimitError, _>((limit, given))),
        (true, true) => Err(PyErr::new::<HardLimitError, _>((limit, given))),
    }
}

/// Wrong: an instance made in Rust knows no `args`, so that it cannot be pickled or copied.
#[pyfunction]
pub fn check_limit_wrong(py: Python<'_>, limit: i64, given: i64) -> PyResult<()> {
    if given <= limit {
        return Ok(());
    }
    let error = Bound::new(py, LimitError { limit, given })?;
    Err(PyErr::from_value(error.into_any()))
}

// ANCHOR: from
impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        Python::attach(|py| match error {
            Error::Read { path, source } => os_error(&source, Some(&path)),
            Error::Syntax { line, .. } => line_error(py, message, line, None),
            Error::Number { line, source, .. } => {
                line_error(py, message, line, Some(source.into()))
            }
            Error::Missing { .. } => match missing_error(py) {
                Ok(class) => PyErr::from_type(class.clone(), message),
                Err(failure) => failure,
            },
        })
    }
}
// ANCHOR_END: from

fn line_error(py: Python<'_>, message: String, line: usize, cause: Option<PyErr>) -> PyErr {
    let error = LineError::new_err(message);
    if let Err(failure) = error.value(py).setattr("line", line) {
        return failure;
    }
    error.set_cause(py, cause);
    error
}

// ANCHOR: os-error
/// An `OSError` with `errno`, `strerror` and `filename`; Python picks the subclass by the number.
pub fn os_error(error: &io::Error, path: Option<&Path>) -> PyErr {
    let text = error.to_string();
    let Some(code) = error.raw_os_error() else {
        return PyOSError::new_err(text);
    };
    // Rust appends the number, which Python shows by itself.
    let text = text.replace(&format!(" (os error {code})"), "");
    let path = path.map(|path| path.as_os_str().to_owned());
    if cfg!(windows) {
        // The fourth argument is Windows' number, from which Python tells errno.
        PyOSError::new_err((0, text, path, code))
    } else {
        PyOSError::new_err((code, text, path))
    }
}
// ANCHOR_END: os-error
