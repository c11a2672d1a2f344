//! A server with a runtime of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;

use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

/// Something that serves until it is stopped.
#[pyclass]
pub struct Server {
    runtime: Option<Runtime>,
    stopping: Arc<AtomicBool>,
    delivering: Arc<AtomicBool>,
}

#[pymethods]
impl Server {
    #[new]
    fn new() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("pump")
            .build()
            .unwrap();
        Self {
            runtime: Some(runtime),
            stopping: Arc::default(),
            delivering: Arc::default(),
        }
    }

    /// Begin; the last thing is delivered to `sink` when it is stopped.
    fn start(&self, sink: Py<PyAny>) {
        let (stopping, delivering) = (self.stopping.clone(), self.delivering.clone());
        let runtime = self.runtime.as_ref().unwrap();
        runtime.spawn(async move {
            while !stopping.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            delivering.store(true, Ordering::SeqCst);
            deliver(&sink);
        });
    }

    /// End the runtime, and all that is in it.
    #[inline(never)]
    fn stop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        while !self.delivering.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        drop(self.runtime.take());
    }
}

#[inline(never)]
fn deliver(sink: &Py<PyAny>) {
    Python::attach(|py| sink.call1(py, ("the last one",)).map(drop)).unwrap();
}
