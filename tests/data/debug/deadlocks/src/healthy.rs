//! What takes long, or waits for what is sure to come.

use std::hint::black_box;
use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Condvar, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::sync::{MutexExt, PyOnceLock};

use crate::say;

static LOCK: Mutex<u64> = Mutex::new(0);

#[inline(never)]
fn spin(time: Duration) -> u64 {
    let end = Instant::now() + time;
    let mut state = 1_u64;
    while Instant::now() < end {
        for _ in 0..1_000 {
            state = black_box(state.wrapping_mul(6_364_136_223_846_793_005) | 1);
        }
    }
    state
}

/// Compute, with or without the interpreter.
#[pyfunction]
#[inline(never)]
pub fn compute(py: Python<'_>, seconds: f64, detached: bool) -> u64 {
    let time = Duration::from_secs_f64(seconds);
    if detached {
        py.detach(|| spin(time))
    } else {
        spin(time)
    }
}

/// Take the mutex, compute, give it back, and again: it is always busy, and always moves on.
#[pyfunction]
#[inline(never)]
pub fn lock_in_turns(py: Python<'_>, turns: u64, milliseconds: u64) {
    for _ in 0..turns {
        py.detach(|| {
            let mut value = LOCK.lock().unwrap();
            *value = value.wrapping_add(spin(Duration::from_millis(milliseconds)));
        });
    }
}

/// Take the mutex and compute for long, without the interpreter.
#[pyfunction]
#[inline(never)]
pub fn hold_and_compute(py: Python<'_>, reached: Py<PyAny>, seconds: f64) {
    py.detach(|| {
        let mut value = LOCK.lock().unwrap();
        say(&reached);
        *value = spin(Duration::from_secs_f64(seconds));
    });
}

/// Take the mutex with the interpreter in hand: bad manners, and no deadlock as long as its owner needs none.
#[pyfunction]
#[inline(never)]
pub fn lock_attached(_py: Python<'_>) -> u64 {
    *LOCK.lock().unwrap()
}

/// Take the mutex without the interpreter.
#[pyfunction]
#[inline(never)]
pub fn lock_detached(py: Python<'_>) -> u64 {
    py.detach(|| *LOCK.lock().unwrap())
}

/// Take the mutex as PyO3 advises.
#[pyfunction]
#[inline(never)]
pub fn lock_py_attached(py: Python<'_>) -> u64 {
    *LOCK.lock_py_attached(py).unwrap()
}

/// Wait for a condition that is looked at twenty times a second.
#[pyfunction]
#[inline(never)]
pub fn condvar_in_turns(py: Python<'_>, turns: u64) -> u64 {
    static READY: Mutex<u64> = Mutex::new(0);
    static CHANGED: Condvar = Condvar::new();
    py.detach(|| {
        let mut ready = READY.lock().unwrap();
        for _ in 0..turns {
            ready = CHANGED
                .wait_timeout(ready, Duration::from_millis(50))
                .unwrap()
                .0;
            *ready += 1;
        }
        *ready
    })
}

/// Sleep, and let others work.
#[pyfunction]
#[inline(never)]
pub fn sleep_detached(py: Python<'_>, seconds: f64) {
    py.detach(|| thread::sleep(Duration::from_secs_f64(seconds)));
}

/// Wait for bytes, and let others work.
#[pyfunction]
#[inline(never)]
pub fn read_detached(py: Python<'_>, descriptor: i32) -> PyResult<u8> {
    let mut byte = [0];
    py.detach(|| crate::attached::stream(descriptor).read_exact(&mut byte))?;
    Ok(byte[0])
}

/// Consume what a producer in Rust sends now and then.
#[pyfunction]
#[inline(never)]
pub fn receive_detached(py: Python<'_>, seconds: u64) -> u64 {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::Builder::new()
        .name("producer".to_owned())
        .spawn(move || {
            for number in 0..seconds {
                thread::sleep(Duration::from_secs(1));
                if sender.send(number).is_err() {
                    return;
                }
            }
        })
        .expect("threads can be started");
    py.detach(move || consume(&receiver))
}

#[inline(never)]
fn consume(receiver: &Receiver<u64>) -> u64 {
    let mut sum = 0;
    loop {
        match receiver.recv_timeout(Duration::from_secs(30)) {
            Ok(number) => sum += number,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return sum,
        }
    }
}

/// Let a pool compute.
#[pyfunction]
#[inline(never)]
pub fn compute_in_pool(py: Python<'_>, seconds: u64) -> u64 {
    use rayon::prelude::*;
    py.detach(|| {
        (0..seconds * 20)
            .into_par_iter()
            .map(|_| spin(Duration::from_millis(100)))
            .reduce(|| 0, u64::wrapping_add)
    })
}

/// Start a pool that has nothing to do.
#[pyfunction]
pub fn idle_pool() -> usize {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    POOL.get_or_init(|| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .expect("threads can be started")
    })
    .current_num_threads()
}

/// Make a value once, slowly; PyOnceLock lets go of the interpreter while others wait.
#[pyfunction]
#[inline(never)]
pub fn py_once_slow(py: Python<'_>, reached: Py<PyAny>, seconds: f64) -> u64 {
    static VALUE: PyOnceLock<u64> = PyOnceLock::new();
    *VALUE.get_or_init(py, || {
        reached
            .call0(py)
            .expect("what is called when a place is reached does not fail");
        py.detach(|| spin(Duration::from_secs_f64(seconds)))
    })
}
