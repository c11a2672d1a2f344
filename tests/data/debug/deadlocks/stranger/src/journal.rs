//! What is written down on the way, and what is imported on the way.

use std::sync::Mutex;
use std::thread;

use pyo3::prelude::*;

static SINK: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Write a line, detached.
#[pyfunction]
#[inline(never)]
pub fn sink_write(py: Python<'_>, line: String) {
    py.detach(|| SINK.lock().unwrap().push(line));
}

/// Empty the sink, and tell a logger how much there was.
#[pyfunction]
#[inline(never)]
pub fn sink_flush(py: Python<'_>, tell: &Bound<'_, PyAny>) -> PyResult<()> {
    let mut lines = py.detach(|| Held(SINK.lock().unwrap())).0;
    tell.call1((lines.len(),))?;
    lines.clear();
    Ok(())
}

struct Held<'a>(std::sync::MutexGuard<'a, Vec<String>>);
// SAFETY: the guard comes back on the thread that took it: detach() runs its closure on the spot.
unsafe impl Send for Held<'_> {}

/// Build an index in a thread that uses a module's `words`; detached meanwhile.
#[pyfunction]
#[inline(never)]
pub fn prepare(py: Python<'_>, module: String) -> usize {
    let builder = thread::Builder::new()
        .name("builder".into())
        .spawn(move || build_index(&module));
    py.detach(|| builder.unwrap().join().unwrap())
}

#[inline(never)]
fn build_index(module: &str) -> usize {
    Python::attach(|py| {
        py.import(module)
            .unwrap()
            .getattr("words")
            .unwrap()
            .len()
            .unwrap()
    })
}
