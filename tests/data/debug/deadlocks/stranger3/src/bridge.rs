//! Records that go from here to `logging`, and back.

use parking_lot::Mutex;
use pyo3::prelude::*;

use crate::gate::Gate;

static RECORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Give all records to a logger; the list stays locked meanwhile.
#[pyfunction]
#[inline(never)]
pub fn flush_records(py: Python<'_>, logger: &Bound<'_, PyAny>, gate: &Gate) -> PyResult<()> {
    let mut records = RECORDS.lock();
    py.detach(|| gate.pass());
    for each in records.drain(..) {
        logger.call_method1("warning", (each,))?;
    }
    Ok(())
}

/// Keep a record.
#[pyfunction]
#[inline(never)]
pub fn append_record(py: Python<'_>, text: String) {
    py.detach(|| RECORDS.lock().push(text));
}
