//! Work for a tokio runtime of one thread.

use std::sync::Arc;

use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

use crate::gate::Gate;

/// A client with a runtime of its own.
#[pyclass(frozen)]
pub struct Client {
    runtime: Runtime,
    session: Arc<Mutex<usize>>,
}

#[inline(never)]
fn decode(gate: &Gate) -> usize {
    gate.pass();
    Python::attach(|py| py.version_info().suffix.unwrap_or("final").len())
}

#[inline(never)]
fn refresh_token(session: &mut usize, gate: &Gate) {
    gate.pass();
    *session += Python::attach(|py| py.version_info().suffix.unwrap_or("final").len());
}

#[pymethods]
impl Client {
    #[new]
    fn new() -> PyResult<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("fetcher").build()?;
        Ok(Self { runtime, session: Arc::default() })
    }

    #[inline(never)]
    fn fetch_all(&self, gate: &Gate) -> usize {
        let gate = gate.clone();
        let task = self.runtime.spawn(async move { decode(&gate) });
        self.runtime.block_on(task).expect("it decodes")
    }

    fn start_refresh(&self, gate: &Gate) {
        let (session, gate) = (self.session.clone(), gate.clone());
        self.runtime.spawn(async move {
            let mut session = session.lock().await;
            refresh_token(&mut session, &gate);
        });
    }

    #[inline(never)]
    fn token(&self) -> usize {
        *self.session.blocking_lock()
    }
}
