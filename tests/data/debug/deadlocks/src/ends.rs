//! What ends, in a way that has to do with both languages.

use pyo3::prelude::*;

/// A class that calls back while it is borrowed.
#[pyclass(module = "deadlocks")]
pub struct Account {
    #[pyo3(get)]
    balance: i64,
}

#[pymethods]
impl Account {
    #[new]
    fn new() -> Self {
        Self { balance: 0 }
    }

    /// Change the balance, and tell a function that may look at it.
    #[inline(never)]
    fn pay(&mut self, amount: i64, tell: &Bound<'_, PyAny>) -> PyResult<()> {
        self.balance += amount;
        tell.call0().map(|_| ())
    }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    #[inline(never)]
    fn drop(&mut self) {
        panic!("and again, while unwinding");
    }
}

/// Panic while a panic unwinds.
#[pyfunction]
#[inline(never)]
pub fn abort_in_drop() {
    let _guard = PanicsWhenDropped;
    panic!("once");
}

/// Panic in a function that C calls.
#[pyfunction]
#[inline(never)]
pub fn unwind_into_c() {
    called_by_c(std::hint::black_box(0));
}

#[inline(never)]
extern "C" fn called_by_c(number: u64) {
    assert!(number > 0, "there is no number");
}

/// Call a function, which calls this, and so on until the stack is full.
#[pyfunction]
#[inline(never)]
pub fn recurse<'py>(function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // Room, so that the stack is full before Python counts to its own limit.
    let room = std::hint::black_box([0_u8; 64 * 1024]);
    let result = function.call0();
    std::hint::black_box(room);
    result
}
