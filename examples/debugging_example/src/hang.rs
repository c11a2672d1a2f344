//! What never returns: deadlocks of two locks, of one, and of the interpreter with whatever is waited for.

use std::hint::black_box;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Mutex, OnceLock, TryLockError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

static LOCK: Mutex<u64> = Mutex::new(0);

/// Take the mutex, then wait for the interpreter: one half of a deadlock.
#[pyfunction]
#[inline(never)]
pub fn lock_then_attach(py: Python<'_>, seconds: f64) -> PyResult<()> {
    let pause = duration(seconds)?;
    py.detach(|| {
        let mut value = LOCK.lock().unwrap();
        thread::sleep(pause);
        Python::attach(|_| *value += 1);
    });
    Ok(())
}

/// Told before any lock is taken: a panic with a mutex in hand spoils it for everybody.
fn duration(seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Keep the interpreter, and wait for the mutex: the other half.
#[pyfunction]
#[inline(never)]
pub fn attach_then_lock(_py: Python<'_>) -> u64 {
    *LOCK.lock().unwrap()
}

/// The cure: whoever waits for a mutex lets go of the interpreter meanwhile.
#[pyfunction]
pub fn attach_then_lock_released(py: Python<'_>) -> u64 {
    *LOCK.lock_py_attached(py).unwrap()
}

/// Take the same mutex twice: std's mutexes are not reentrant.
#[pyfunction]
#[inline(never)]
pub fn lock_twice(py: Python<'_>) -> u64 {
    static OWN: Mutex<u64> = Mutex::new(0);
    py.detach(|| {
        let first = OWN.lock().unwrap();
        *first + *OWN.lock().unwrap()
    })
}

/// The cure: know who holds it, or at least notice.
#[pyfunction]
pub fn lock_twice_noticed(py: Python<'_>) -> PyResult<u64> {
    static OWN: Mutex<u64> = Mutex::new(0);
    py.detach(|| {
        let first = OWN.lock().unwrap();
        let second = match OWN.try_lock() {
            Ok(second) => *second,
            Err(TryLockError::WouldBlock) => return Err("this thread holds the mutex already"),
            Err(TryLockError::Poisoned(_)) => return Err("somebody panicked with the mutex"),
        };
        Ok(*first + second)
    })
    .map_err(PyRuntimeError::new_err)
}

/// Wait for a thread that needs the interpreter, and keep the interpreter.
#[pyfunction]
#[inline(never)]
pub fn join_attached(_py: Python<'_>) -> u64 {
    needing_the_interpreter().join().unwrap()
}

/// The cure: detach for as long as something is waited for.
#[pyfunction]
pub fn join_detached(py: Python<'_>) -> u64 {
    py.detach(|| needing_the_interpreter().join().unwrap())
}

fn needing_the_interpreter() -> thread::JoinHandle<u64> {
    thread::spawn(|| Python::attach(|_| 7))
}

type Ends = (Mutex<Sender<u64>>, Mutex<Receiver<u64>>);

fn ends() -> &'static Ends {
    static ENDS: OnceLock<Ends> = OnceLock::new();
    ENDS.get_or_init(|| {
        let (sender, receiver) = channel();
        (Mutex::new(sender), Mutex::new(receiver))
    })
}

/// Send a number to whoever receives.
#[pyfunction]
pub fn send(number: u64) {
    ends().0.lock().unwrap().send(number).unwrap();
}

/// Wait for a number that a Python thread sends, and keep the interpreter from it.
#[pyfunction]
#[inline(never)]
pub fn receive_attached(_py: Python<'_>) -> u64 {
    ends().1.lock().unwrap().recv().unwrap()
}

/// The cure: detach for as long as something is waited for.
#[pyfunction]
pub fn receive_detached(py: Python<'_>) -> u64 {
    py.detach(|| ends().1.lock().unwrap().recv().unwrap())
}

/// Sleep, and keep the interpreter from every other thread.
#[pyfunction]
#[inline(never)]
pub fn sleep_attached(_py: Python<'_>, seconds: f64) -> PyResult<()> {
    thread::sleep(duration(seconds)?);
    Ok(())
}

/// The cure: others run meanwhile. ^C is heard when it is over, as it is after every call into Rust.
#[pyfunction]
#[inline(never)]
pub fn sleep_detached(py: Python<'_>, seconds: f64) -> PyResult<()> {
    let pause = duration(seconds)?;
    py.detach(|| thread::sleep(pause));
    Ok(())
}

/// The cure for that: sleep a little, ask for signals, sleep on.
#[pyfunction]
pub fn sleep_listening(py: Python<'_>, seconds: f64) -> PyResult<()> {
    let mut left = duration(seconds)?;
    while !left.is_zero() {
        let pause = left.min(Duration::from_millis(50));
        py.detach(|| thread::sleep(pause));
        py.check_signals()?;
        left -= pause;
    }
    Ok(())
}

/// Compute for ever, deaf to ^C.
#[pyfunction]
#[inline(never)]
pub fn spin(_py: Python<'_>) -> u64 {
    let mut state = 1_u64;
    while black_box(state) != 0 {
        state = state.wrapping_mul(6_364_136_223_846_793_005) | 1;
    }
    state
}

/// The cure: ask for signals every now and then.
#[pyfunction]
pub fn spin_listening(py: Python<'_>) -> PyResult<u64> {
    let mut state = 1_u64;
    while black_box(state) != 0 {
        for _ in 0..100_000 {
            state = black_box(state.wrapping_mul(6_364_136_223_846_793_005) | 1);
        }
        py.check_signals()?;
    }
    Ok(state)
}
