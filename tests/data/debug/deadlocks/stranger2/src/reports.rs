//! What goes wrong is told on stderr.

use std::io::{stderr, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use pyo3::prelude::*;

static ASKED: AtomicBool = AtomicBool::new(false);
static REPORTING: AtomicBool = AtomicBool::new(false);

/// Start a thread that reports an error as soon as somebody complains.
#[pyfunction]
pub fn start_reporter(error: Bound<'_, PyAny>) {
    let error = PyErr::from_value(error);
    thread::Builder::new()
        .name("reporter".into())
        .spawn(move || {
            while !ASKED.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            report(&error);
        })
        .unwrap();
}

#[inline(never)]
fn report(error: &PyErr) {
    let mut out = stderr().lock();
    REPORTING.store(true, Ordering::SeqCst);
    writeln!(out, "the reporter has an error: {error}").unwrap();
}

/// Say something on stderr while the reporter is at it as well.
#[pyfunction]
#[inline(never)]
pub fn complain(_py: Python<'_>, what: &str) {
    ASKED.store(true, Ordering::SeqCst);
    while !REPORTING.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    eprintln!("complaint: {what}");
}
