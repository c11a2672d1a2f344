//! A production-ready module: a pure Rust core, errors as exceptions, parse once and compute many times.
//!
//! `expression` knows nothing of Python. This file is the glue: it turns arguments and errors, and nothing else.

use std::collections::HashMap;

use pyo3::create_exception;
use pyo3::exceptions::{PyOverflowError, PyValueError, PyZeroDivisionError};
use pyo3::prelude::*;

pub mod expression;

use expression::{Compiled, Error};

create_exception!(
    calculator,
    CalculatorError,
    PyValueError,
    "Whatever is wrong with an expression or its values."
);
create_exception!(
    calculator,
    ParseError,
    CalculatorError,
    "The text is no expression; `position` is the offending character's index."
);
create_exception!(
    calculator,
    UndefinedError,
    CalculatorError,
    "A variable has no value; `name` says which."
);

/// Arithmetic expressions, compiled once and evaluated many times.
// All state is immutable, so nothing here needs the GIL.
#[pymodule(gil_used = false)]
mod calculator {
    use super::*;

    #[pymodule_export]
    use super::{CalculatorError, Expression, ParseError, UndefinedError};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Evaluate an expression once; for many values compile an `Expression`.
    #[pyfunction]
    #[pyo3(signature = (source, /, **variables))]
    fn evaluate(
        py: Python<'_>,
        source: &str,
        variables: Option<HashMap<String, f64>>,
    ) -> PyResult<f64> {
        let compiled = Compiled::new(source).map_err(|error| to_python(py, error))?;
        run(py, &compiled, &variables.unwrap_or_default())
    }
}

/// A compiled arithmetic expression: immutable, shareable between threads, picklable.
#[pyclass(frozen, module = "calculator", skip_from_py_object)]
struct Expression {
    source: String,
    compiled: Compiled,
}

#[pymethods]
impl Expression {
    #[new]
    fn new(py: Python<'_>, source: String) -> PyResult<Self> {
        let compiled = Compiled::new(&source).map_err(|error| to_python(py, error))?;
        Ok(Self { source, compiled })
    }

    /// The text it was compiled from.
    #[getter]
    fn source(&self) -> &str {
        &self.source
    }

    /// The variables it needs, in order of appearance.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.compiled.names().iter().map(String::as_str).collect()
    }

    /// The value for one set of variables.
    #[pyo3(signature = (**variables))]
    fn evaluate(&self, py: Python<'_>, variables: Option<HashMap<String, f64>>) -> PyResult<f64> {
        run(py, &self.compiled, &variables.unwrap_or_default())
    }

    /// The value for each value of one variable; other threads run meanwhile.
    fn map(&self, py: Python<'_>, name: &str, values: Vec<f64>) -> PyResult<Vec<f64>> {
        // The values are ours by now, so that nothing below touches a Python object.
        py.detach(|| self.compiled.map(name, values))
            .map_err(|error| to_python(py, error))
    }

    fn __repr__(&self) -> PyResult<String> {
        Python::attach(|py| {
            let source = pyo3::types::PyString::new(py, &self.source).repr()?;
            Ok(format!("Expression({})", source.to_cow()?))
        })
    }

    fn __getnewargs__(&self) -> (&str,) {
        (&self.source,)
    }
}

fn run(py: Python<'_>, compiled: &Compiled, variables: &HashMap<String, f64>) -> PyResult<f64> {
    compiled
        .evaluate(variables)
        .map_err(|error| to_python(py, error))
}

fn to_python(py: Python<'_>, error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Syntax { position, .. } => {
            with_attribute(py, ParseError::new_err(message), "position", position)
        }
        Error::Undefined { name } => {
            with_attribute(py, UndefinedError::new_err(message), "name", name)
        }
        Error::DivisionByZero => PyZeroDivisionError::new_err(message),
        Error::Overflow => PyOverflowError::new_err(message),
        Error::Domain { .. } => CalculatorError::new_err(message),
    }
}

fn with_attribute<'py>(
    py: Python<'py>,
    error: PyErr,
    name: &str,
    value: impl IntoPyObject<'py>,
) -> PyErr {
    match error.value(py).setattr(name, value) {
        Ok(()) => error,
        Err(failure) => failure,
    }
}
