//! ^C in long Rust: Python only notes a signal, and its handler runs when somebody asks.

use std::num::NonZeroU64;

use pyo3::prelude::*;

/// One step of a xorshift generator (Marsaglia, 2003): work that no compiler can leave out.
fn step(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ (state << 17)
}

fn steps(state: u64, count: u64) -> u64 {
    (0..count).fold(state, |state, _| step(state))
}

/// Wrong: a ^C waits for the end of the loop.
#[pyfunction]
pub fn spin_wrong(count: u64) -> u64 {
    steps(1, count)
}

// ANCHOR: interrupt
/// Right: asks for signals every so many steps; what a handler raises ends the loop.
#[pyfunction]
pub fn spin(py: Python<'_>, count: u64, every: NonZeroU64) -> PyResult<u64> {
    let (mut state, mut left) = (1, count);
    while left > 0 {
        let now = left.min(every.get());
        state = steps(state, now);
        left -= now;
        py.check_signals()?;
    }
    Ok(state)
}
// ANCHOR_END: interrupt

/// Right: the same while other threads run. Asking needs the interpreter, so each piece is detached by itself.
#[pyfunction]
pub fn spin_detached(py: Python<'_>, count: u64, every: NonZeroU64) -> PyResult<u64> {
    let (mut state, mut left) = (1, count);
    while left > 0 {
        let now = left.min(every.get());
        state = py.detach(|| steps(state, now));
        left -= now;
        py.check_signals()?;
    }
    Ok(state)
}
