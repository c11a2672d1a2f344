//! Ways between Python and Rust that a merged stack must show, each ending in a thread that waits for ever.
//!
//! A comment `line: NAME` marks where a frame of NAME must stand.

use std::hint::black_box;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pyo3::prelude::*;

static ARRIVED: AtomicUsize = AtomicUsize::new(0);

#[inline(never)]
fn block() -> usize {
    let mut woken = ARRIVED.fetch_add(1, Ordering::SeqCst);
    while black_box(true) {
        thread::park(); // line: block
        woken += 1;
    }
    woken
}

#[inline(always)]
fn inlined() -> usize {
    let woken = block(); // line: inlined
    black_box(woken + 1)
}

#[inline(never)]
fn called<'py>(function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let answer = function.call0(); // line: called
    black_box(answer)
}

#[inline(never)]
fn pure_inner(times: usize) -> usize {
    let woken = inlined(); // line: pure_inner
    black_box(woken * times)
}

#[inline(never)]
fn pure_outer(times: usize) -> usize {
    let woken = pure_inner(times + 1); // line: pure_outer
    black_box(woken + times)
}

#[pyclass(frozen)]
struct Caller;

#[pymethods]
impl Caller {
    #[new]
    fn new() -> Self {
        Caller
    }

    fn call<'py>(&self, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let answer = called(function); // line: call
        black_box(answer)
    }
}

#[pymodule(gil_used = false)]
mod matrix {
    use super::*;

    #[pymodule_export]
    use super::Caller;

    /// Wait without the interpreter.
    #[pyfunction]
    fn hold(py: Python<'_>) -> usize {
        // line+1: hold
        let woken = py.detach(|| {
            let woken = inlined(); // line: hold::{closure}
            black_box(woken + 1)
        });
        black_box(woken)
    }

    /// The same for what is handed a value, as `map` does.
    #[pyfunction]
    fn hold_value(py: Python<'_>, value: usize) -> usize {
        // line+1: hold_value
        let woken = py.detach(|| {
            let woken = inlined(); // line: hold_value::{closure}
            black_box(woken + value)
        });
        black_box(woken)
    }

    /// Wait and keep the interpreter; says so on standard output before.
    #[pyfunction]
    fn hold_attached() -> PyResult<usize> {
        let mut out = std::io::stdout();
        writeln!(out, "ready")?;
        out.flush()?;
        let woken = inlined(); // line: hold_attached
        Ok(black_box(woken))
    }

    /// Call a function.
    #[pyfunction]
    fn through<'py>(function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let answer = called(function); // line: through
        black_box(answer)
    }

    /// Call a function with one less.
    #[pyfunction]
    fn again<'py>(function: &Bound<'py, PyAny>, depth: u32) -> PyResult<Bound<'py, PyAny>> {
        let answer = function.call1((depth - 1,)); // line: again
        black_box(answer)
    }

    /// A thread that never meets Python.
    #[pyfunction]
    fn spawn_pure() -> PyResult<()> {
        thread::Builder::new().name("pure".into()).spawn(|| {
            let woken = pure_outer(2); // line: spawn_pure::{closure}
            black_box(woken)
        })?;
        Ok(())
    }

    /// A thread of Rust that calls a function of Python.
    #[pyfunction]
    fn spawn_attaching(function: Py<PyAny>) -> PyResult<()> {
        thread::Builder::new().name("attaching".into()).spawn(move || {
            // line+1: spawn_attaching::{closure}
            let failed = Python::attach(|py| {
                let answer = called(function.bind(py)); // line: spawn_attaching::{closure}::{closure}
                black_box(answer.is_err())
            });
            black_box(failed)
        })?;
        Ok(())
    }

    /// Wait until so many threads have arrived at their last function.
    #[pyfunction]
    fn wait_for(py: Python<'_>, threads: usize) {
        py.detach(|| {
            while ARRIVED.load(Ordering::SeqCst) < threads {
                thread::yield_now();
            }
        });
    }
}
