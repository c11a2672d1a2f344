//! The order of the steps: a thread stops at a gate until somebody opens it.

use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;

use pyo3::prelude::*;

#[derive(Default)]
struct State {
    arrived: bool,
    open: bool,
}

/// One thread passes it, another one waits for that thread and opens.
#[pyclass(frozen, skip_from_py_object)]
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

impl Gate {
    fn until(&self, change: impl FnOnce(&mut State), done: impl Fn(&State) -> bool) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().expect("nobody panics with it");
        change(&mut state);
        changed.notify_all();
        drop(changed.wait_while(state, |state| !done(state)));
    }

    /// Say that one is there, and wait until it is open.
    pub fn pass(&self) {
        self.until(|state| state.arrived = true, |state| state.open);
    }
}

#[pymethods]
impl Gate {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// `pass`, detached.
    fn enter(&self, py: Python<'_>) {
        py.detach(|| self.pass());
    }

    /// Wait, detached, until somebody is there.
    fn arrived(&self, py: Python<'_>) {
        py.detach(|| self.until(|_| (), |state| state.arrived));
    }

    fn open(&self) {
        self.until(|state| state.open = true, |_| true);
    }
}

/// A thread with a name.
pub fn start(name: &str, work: impl FnOnce() + Send + 'static) {
    Builder::new().name(name.into()).spawn(work).expect("threads can be started");
}
