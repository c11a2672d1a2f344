//! Attached and detached: a thread that computes lets others run.
//!
//! What is used while detached must not be Python's. The compiler holds that: `detach` takes closures that are
//! `Ungil`, and neither `Python` nor `Bound` is.
//!
//! ```compile_fail
//! use pyo3::prelude::*;
//!
//! fn length(object: &Bound<'_, PyAny>) -> PyResult<usize> {
//!     // error: `*mut pyo3::Python<'static>` cannot be shared between threads safely
//!     object.py().detach(|| object.len())
//! }
//! ```
//!
//! Nor may a `Bound` go to another thread, where nothing says that it is attached:
//!
//! ```compile_fail
//! use pyo3::prelude::*;
//!
//! fn in_thread(object: Bound<'static, PyAny>) {
//!     std::thread::spawn(move || object.len());
//! }
//! ```

use pyo3::prelude::*;

// ANCHOR: detach
/// Keep the interpreter while computing: every other Python thread stands still.
#[pyfunction]
pub fn mix_wrongly(_py: Python<'_>, rounds: u64) -> u64 {
    mixed(rounds)
}

/// Detach: nothing that the closure touches belongs to Python.
#[pyfunction]
pub fn mix(py: Python<'_>, rounds: u64) -> u64 {
    py.detach(|| mixed(rounds))
}
// ANCHOR_END: detach

fn mixed(rounds: u64) -> u64 {
    let mut state = 1_u64;
    for round in 0..rounds {
        state = std::hint::black_box(
            (state ^ round)
                .wrapping_mul(6_364_136_223_846_793_005)
                .rotate_left(17),
        );
    }
    state
}
