//! Two locks, or a lock and the interpreter.

use std::sync::{Mutex, RwLock};
use std::thread;

use pyo3::prelude::*;

use crate::say;

static LOCK: Mutex<u64> = Mutex::new(0);
static PARKED: parking_lot::Mutex<u64> = parking_lot::Mutex::new(0);
static TABLE: RwLock<u64> = RwLock::new(0);
static FIRST: Mutex<u64> = Mutex::new(0);
static SECOND: Mutex<u64> = Mutex::new(0);

/// Take the mutex, then wait for the interpreter.
#[pyfunction]
#[inline(never)]
pub fn lock_then_attach(py: Python<'_>, reached: Py<PyAny>) {
    py.detach(|| {
        let mut value = LOCK.lock().unwrap();
        say(&reached);
        thread::sleep(crate::attached::MOMENT);
        Python::attach(|_| *value += 1);
    });
}

/// Keep the interpreter, and wait for the mutex.
#[pyfunction]
#[inline(never)]
pub fn mutex_attached(_py: Python<'_>) -> u64 {
    *LOCK.lock().unwrap()
}

/// Wait for the mutex, and let the interpreter go meanwhile.
#[pyfunction]
#[inline(never)]
pub fn mutex_detached(py: Python<'_>) -> u64 {
    py.detach(|| *LOCK.lock().unwrap())
}

/// Call a function with the mutex in hand.
#[pyfunction]
#[inline(never)]
pub fn call_with_mutex(py: Python<'_>, function: Py<PyAny>) -> PyResult<u64> {
    py.detach(|| {
        let value = LOCK.lock().unwrap();
        Python::attach(|py| function.call0(py))?;
        Ok(*value)
    })
}

/// The same as `lock_then_attach`, with parking_lot's mutex.
#[pyfunction]
#[inline(never)]
pub fn parking_lot_then_attach(py: Python<'_>, reached: Py<PyAny>) {
    py.detach(|| {
        let mut value = PARKED.lock();
        say(&reached);
        thread::sleep(crate::attached::MOMENT);
        Python::attach(|_| *value += 1);
    });
}

/// Keep the interpreter, and wait for parking_lot's mutex.
#[pyfunction]
#[inline(never)]
pub fn parking_lot_attached(_py: Python<'_>) -> u64 {
    *PARKED.lock()
}

/// Write to the table, then wait for the interpreter.
#[pyfunction]
#[inline(never)]
pub fn rwlock_write_then_attach(py: Python<'_>, reached: Py<PyAny>) {
    py.detach(|| {
        let mut value = TABLE.write().unwrap();
        say(&reached);
        thread::sleep(crate::attached::MOMENT);
        Python::attach(|_| *value += 1);
    });
}

/// Keep the interpreter, and wait to read the table.
#[pyfunction]
#[inline(never)]
pub fn rwlock_read_attached(_py: Python<'_>) -> u64 {
    *TABLE.read().unwrap()
}

/// One order of two locks; `reached` returns when the other thread has its first.
#[pyfunction]
#[inline(never)]
pub fn first_then_second(py: Python<'_>, reached: Py<PyAny>) -> u64 {
    py.detach(|| {
        let first = FIRST.lock().unwrap();
        say(&reached);
        *first + *SECOND.lock().unwrap()
    })
}

/// The other order.
#[pyfunction]
#[inline(never)]
pub fn second_then_first(py: Python<'_>, reached: Py<PyAny>) -> u64 {
    py.detach(|| {
        let second = SECOND.lock().unwrap();
        say(&reached);
        *second + *FIRST.lock().unwrap()
    })
}

/// Call a function in a thread of Rust's, and wait for it without the interpreter.
#[pyfunction]
#[inline(never)]
pub fn run_in_thread(py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
    py.detach(|| {
        thread::Builder::new()
            .name("runner".to_owned())
            .spawn(move || Python::attach(|py| function.call0(py).map(|_| ())))
            .expect("threads can be started")
            .join()
            .unwrap()
    })
}
