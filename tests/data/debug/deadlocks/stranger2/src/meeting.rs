//! Two threads that wait for each other before they go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, OnceLock};
use std::thread;

use pyo3::prelude::*;

static PLACE: OnceLock<Barrier> = OnceLock::new();
static CALLED: AtomicBool = AtomicBool::new(false);
static COMING: AtomicBool = AtomicBool::new(false);

fn place() -> &'static Barrier {
    PLACE.get_or_init(|| Barrier::new(2))
}

/// Start the one who is to be met; it asks `greeting` before it comes.
#[pyfunction]
pub fn start_partner(greeting: Py<PyAny>) {
    thread::Builder::new()
        .name("partner".into())
        .spawn(move || {
            while !CALLED.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            COMING.store(true, Ordering::SeqCst);
            come(&greeting);
        })
        .unwrap();
}

#[inline(never)]
fn come(greeting: &Py<PyAny>) {
    Python::attach(|py| greeting.call0(py).map(drop)).unwrap();
    place().wait();
}

/// Meet the partner.
#[pyfunction]
#[inline(never)]
pub fn meet(_py: Python<'_>) -> bool {
    CALLED.store(true, Ordering::SeqCst);
    while !COMING.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    let leader = place().wait().is_leader();
    // Not the last thing, so that the wait is no tail call and this function keeps its frame.
    CALLED.store(false, Ordering::SeqCst);
    leader
}
