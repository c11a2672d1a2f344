//! One lock, taken twice by one thread.

use std::sync::{Mutex, RwLock};
use std::thread;

use pyo3::prelude::*;

/// std's mutex, without the interpreter.
#[pyfunction]
#[inline(never)]
pub fn mutex_twice(py: Python<'_>) -> u64 {
    static OWN: Mutex<u64> = Mutex::new(0);
    py.detach(|| {
        let first = OWN.lock().unwrap();
        *first + *OWN.lock().unwrap()
    })
}

/// parking_lot's mutex, without the interpreter.
#[pyfunction]
#[inline(never)]
pub fn parking_lot_twice(py: Python<'_>) -> u64 {
    static OWN: parking_lot::Mutex<u64> = parking_lot::Mutex::new(0);
    py.detach(|| {
        let first = OWN.lock();
        *first + *OWN.lock()
    })
}

/// Read, and then write before the reading is over.
#[pyfunction]
#[inline(never)]
pub fn rwlock_upgrade(py: Python<'_>) -> u64 {
    static OWN: RwLock<u64> = RwLock::new(0);
    py.detach(|| {
        let seen = OWN.read().unwrap();
        *OWN.write().unwrap() = *seen + 1;
        *seen
    })
}

/// std's mutex, with the interpreter, for which another thread waits that has nothing to do with it.
#[pyfunction]
#[inline(never)]
pub fn attached_twice(_py: Python<'_>) -> u64 {
    static OWN: Mutex<u64> = Mutex::new(0);
    let first = OWN.lock().unwrap();
    *first + *OWN.lock().unwrap()
}

/// Start a thread that wants the interpreter, again and again, and no lock.
#[pyfunction]
pub fn needing_the_interpreter() {
    thread::Builder::new()
        .name("bystander".to_owned())
        .spawn(attach_for_ever)
        .expect("threads can be started");
}

#[inline(never)]
fn attach_for_ever() {
    loop {
        Python::attach(|_| std::hint::black_box(7));
        thread::sleep(std::time::Duration::from_millis(1));
    }
}
