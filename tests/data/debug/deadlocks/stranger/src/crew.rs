//! Threads that work for others: pools, channels, conditions, pipes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::FromRawFd;
use std::sync::mpsc::{channel, sync_channel, Receiver, SyncSender};
use std::sync::{Condvar, Mutex, OnceLock};
use std::thread;

use pyo3::prelude::*;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("crew-{index}"))
        .build()
        .unwrap()
}

/// Call a Python function for every number, in a pool.
#[pyfunction]
#[inline(never)]
pub fn map_in_pool(_py: Python<'_>, function: Py<PyAny>, numbers: Vec<u64>) -> Vec<u64> {
    pool(2).install(|| {
        numbers
            .into_par_iter()
            .map(|number| score_one(&function, number))
            .collect()
    })
}

#[inline(never)]
fn score_one(function: &Py<PyAny>, number: u64) -> u64 {
    Python::attach(|py| function.call1(py, (number,)).unwrap().extract(py).unwrap())
}

fn one() -> &'static ThreadPool {
    static ONE: OnceLock<ThreadPool> = OnceLock::new();
    ONE.get_or_init(|| pool(1))
}

/// Call a Python function on the pool's only thread.
#[pyfunction]
#[inline(never)]
pub fn on_worker(py: Python<'_>, function: Py<PyAny>) {
    py.detach(|| {
        one().install(|| {
            Python::attach(|py| function.call0(py).unwrap());
        });
    });
}

/// Have the pool square a number, and wait for it.
#[pyfunction]
#[inline(never)]
pub fn submit_and_wait(_py: Python<'_>, number: u64) -> u64 {
    let (told, tells) = channel();
    one().spawn(move || told.send(number * number).unwrap());
    tells.recv().unwrap()
}

type Belt = (SyncSender<u64>, Mutex<Receiver<u64>>);

fn belt() -> &'static Belt {
    static BELT: OnceLock<Belt> = OnceLock::new();
    BELT.get_or_init(|| {
        let (sender, receiver) = sync_channel(2);
        (sender, Mutex::new(receiver))
    })
}

/// Put numbers on a belt that has room for two.
#[pyfunction]
#[inline(never)]
pub fn produce(_py: Python<'_>, count: u64) {
    for number in 0..count {
        belt().0.send(number).unwrap();
    }
}

/// Take a number from the belt.
#[pyfunction]
#[inline(never)]
pub fn take_item(py: Python<'_>) -> u64 {
    py.detach(|| belt().1.lock().unwrap().recv().unwrap())
}

/// A gate that somebody opens.
#[pyclass(frozen, module = "tidemill")]
pub struct Gate {
    is_open: Mutex<bool>,
    changed: Condvar,
}

#[pymethods]
impl Gate {
    #[new]
    fn new() -> Self {
        Self {
            is_open: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Stand before the gate until it is open.
    #[inline(never)]
    fn enter(&self) {
        let mut is_open = self.is_open.lock().unwrap();
        while !*is_open {
            is_open = self.changed.wait(is_open).unwrap();
        }
    }

    /// Open it.
    #[inline(never)]
    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

/// Read a line from a file descriptor.
#[pyfunction]
#[inline(never)]
pub fn read_line(_py: Python<'_>, descriptor: i32) -> PyResult<String> {
    // SAFETY: the caller gives the descriptor away.
    let file = unsafe { File::from_raw_fd(descriptor) };
    let mut line = String::new();
    BufReader::new(file).read_line(&mut line)?;
    Ok(line)
}

static FLUSHER: Mutex<Option<thread::JoinHandle<()>>> = Mutex::new(None);
static STOPPING: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Start a thread that tells `done` when it is told to stop.
#[pyfunction]
pub fn start_flusher(done: Py<PyAny>) {
    let handle = thread::Builder::new()
        .name("flusher".into())
        .spawn(move || flush_rest(&done));
    *FLUSHER.lock().unwrap() = Some(handle.unwrap());
}

#[inline(never)]
fn flush_rest(done: &Py<PyAny>) {
    while !STOPPING.load(std::sync::atomic::Ordering::Acquire) {
        thread::yield_now();
    }
    Python::attach(|py| done.call0(py).unwrap());
}

/// Tell it, and wait for its end.
#[pyfunction]
#[inline(never)]
pub fn stop_flusher(_py: Python<'_>) {
    let handle = FLUSHER.lock().unwrap().take().unwrap();
    STOPPING.store(true, std::sync::atomic::Ordering::Release);
    handle.join().unwrap();
}
