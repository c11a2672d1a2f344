//! What goes well, if slowly.

use std::io::Read;
use std::net::TcpListener;
use std::sync::{Condvar, Mutex};
use std::thread::{sleep, yield_now};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::gate::start;

static TOTALS: parking_lot::Mutex<u64> = parking_lot::Mutex::new(0);
static SLOW: Mutex<u64> = Mutex::new(0);
static NEVER: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
static TABLE: PyOnceLock<usize> = PyOnceLock::new();

#[inline(never)]
fn add_and_tell() -> ! {
    loop {
        *TOTALS.lock() += 1;
        // The lock is free again.
        Python::attach(|py| assert!(py.version_info().major == 3));
    }
}

/// Threads of Rust's that count, and attach in between.
#[pyfunction]
pub fn start_adders(count: usize) {
    for each in 0..count {
        start(&format!("adder-{each}"), || add_and_tell());
    }
}

/// Count, attached.
#[pyfunction]
#[inline(never)]
pub fn add(times: u64) -> u64 {
    (0..times).for_each(|_| *TOTALS.lock() += 1);
    *TOTALS.lock()
}

/// Count, attached, whenever the lock is free.
#[pyfunction]
#[inline(never)]
pub fn try_add(times: u64) -> u64 {
    let mut done = 0;
    while done < times {
        match TOTALS.try_lock() {
            Some(mut total) => {
                *total += 1;
                done += 1;
            }
            None => yield_now(),
        }
    }
    done
}

#[inline(never)]
fn count_without_end() -> ! {
    loop {
        *TOTALS.lock() += 1;
    }
}

/// A thread of Rust's that only counts.
#[pyfunction]
pub fn start_counting() {
    start("counting", || count_without_end());
}

/// Compute, attached, for so many seconds.
#[pyfunction]
#[inline(never)]
pub fn simulate(seconds: u64) -> u64 {
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut state = 1_u64;
    while Instant::now() < until {
        for _ in 0..1_000_000 {
            state = state.rotate_left(5).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }
    state
}

#[inline(never)]
fn convert(seconds: u64) {
    sleep(Duration::from_secs(seconds));
    Python::attach(|py| assert!(py.version_info().major == 3));
}

/// Wait, detached, for a thread that takes its time and attaches at the end.
#[pyfunction]
#[inline(never)]
pub fn convert_all(py: Python<'_>, seconds: u64) {
    py.detach(|| std::thread::spawn(move || convert(seconds)).join()).expect("it converts");
}

/// Wait, detached, for a change that does not come, but not for ever.
#[pyfunction]
#[inline(never)]
pub fn wait_for_change(py: Python<'_>, milliseconds: u64) -> bool {
    py.detach(|| {
        let changed = NEVER.0.lock().expect("nobody panics with it");
        let (changed, _) = NEVER.1.wait_timeout(changed, Duration::from_millis(milliseconds)).expect("as above");
        *changed
    })
}

/// Keep a lock, detached, while one sleeps.
#[pyfunction]
#[inline(never)]
pub fn nap_with_lock(py: Python<'_>, milliseconds: u64) -> u64 {
    py.detach(|| {
        let mut naps = SLOW.lock().expect("nobody panics with it");
        sleep(Duration::from_millis(milliseconds));
        *naps += 1;
        *naps
    })
}

/// Jobs for threads of Rust's, who wait for them.
#[pyclass(frozen)]
pub struct Jobs(crossbeam_channel::Sender<Py<PyAny>>);

#[inline(never)]
fn serve(jobs: &crossbeam_channel::Receiver<Py<PyAny>>) {
    for job in jobs {
        Python::attach(|py| job.call0(py).map(drop)).expect("a job is done");
    }
}

#[pymethods]
impl Jobs {
    #[new]
    fn new(threads: usize) -> Self {
        let (send, jobs) = crossbeam_channel::unbounded();
        for each in 0..threads {
            let jobs = jobs.clone();
            start(&format!("server-{each}"), move || serve(&jobs));
        }
        Self(send)
    }

    fn put(&self, job: Py<PyAny>) {
        self.0.send(job).expect("the threads are there");
    }
}

/// A server that waits, detached, for its callers.
#[pyclass(frozen)]
pub struct Listener(TcpListener);

#[pymethods]
impl Listener {
    #[new]
    fn new() -> PyResult<Self> {
        Ok(Self(TcpListener::bind("127.0.0.1:0")?))
    }

    #[getter]
    fn port(&self) -> PyResult<u16> {
        Ok(self.0.local_addr()?.port())
    }

    #[inline(never)]
    fn next_request(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| {
            let mut text = String::new();
            self.0.accept()?.0.read_to_string(&mut text)?;
            Ok(text)
        })
    }
}

/// A table that the first who asks has made by Python; the others wait, which `PyOnceLock` does detached.
#[pyfunction]
#[inline(never)]
pub fn table_size(py: Python<'_>, make: &Bound<'_, PyAny>) -> PyResult<usize> {
    TABLE.get_or_try_init(py, || make_table(make)).copied()
}

#[inline(never)]
fn make_table(make: &Bound<'_, PyAny>) -> PyResult<usize> {
    make.call0()?.extract()
}
