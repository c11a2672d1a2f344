//! What is slow, or idle, or in each other's way, and goes on.

use std::hint::black_box;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use rayon::ThreadPool;

/// Compute for about so many milliseconds.
#[inline(never)]
pub fn churn(milliseconds: u64) -> u64 {
    let end = Instant::now() + Duration::from_millis(milliseconds);
    let mut state = 1_u64;
    while Instant::now() < end {
        for _ in 0..10_000 {
            state = black_box(state.wrapping_mul(6_364_136_223_846_793_005) | 1);
        }
    }
    state
}

/// Compute with the interpreter in hand.
#[pyfunction]
#[inline(never)]
pub fn compute_attached(_py: Python<'_>, milliseconds: u64) -> u64 {
    churn(milliseconds)
}

/// Compute without.
#[pyfunction]
#[inline(never)]
pub fn compute_detached(py: Python<'_>, milliseconds: u64) -> u64 {
    py.detach(|| churn(milliseconds))
}

static STOCK: Mutex<u64> = Mutex::new(0);

/// Start a thread that has the stock most of the time, and never needs the interpreter.
#[pyfunction]
pub fn start_compactor() {
    spawn("compactor", || loop {
        compact();
        thread::sleep(Duration::from_millis(20));
    });
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .unwrap();
}

#[inline(never)]
fn compact() {
    let mut stock = STOCK.lock().unwrap();
    *stock += 1;
    // Stands for a slow disk.
    thread::sleep(Duration::from_millis(1_500));
}

/// How often the stock was compacted; waited for with the interpreter in hand.
#[pyfunction]
#[inline(never)]
pub fn stock(_py: Python<'_>) -> u64 {
    *STOCK.lock().unwrap()
}

/// Start threads that call a Python function without end.
#[pyfunction]
pub fn start_callers(function: Py<PyAny>, threads: usize, py: Python<'_>) {
    for index in 0..threads {
        let own = function.clone_ref(py);
        spawn(&format!("caller-{index}"), move || loop {
            call_once(&own);
        });
    }
}

#[inline(never)]
fn call_once(function: &Py<PyAny>) {
    Python::attach(|py| function.call0(py).unwrap());
}

type Orders = (Sender<u64>, Mutex<Receiver<u64>>);

fn orders() -> &'static Orders {
    static ORDERS: OnceLock<Orders> = OnceLock::new();
    ORDERS.get_or_init(|| {
        let (sender, receiver) = channel();
        (sender, Mutex::new(receiver))
    })
}

/// Start a pool that nobody gives anything to do.
#[pyfunction]
pub fn start_pool_idle() {
    static IDLE: OnceLock<ThreadPool> = OnceLock::new();
    IDLE.get_or_init(|| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap()
    })
    .install(|| ());
}

/// Give an order.
#[pyfunction]
pub fn warm_up(number: u64) {
    orders().0.send(number).unwrap();
}

/// Wait for an order, detached.
#[pyfunction]
#[inline(never)]
pub fn work_off(py: Python<'_>) -> u64 {
    py.detach(|| orders().1.lock().unwrap().recv().unwrap())
}
