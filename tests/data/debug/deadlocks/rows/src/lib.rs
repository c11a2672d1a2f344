//! One wait of each kind that the other programs have not: the faulty one, and the healthy one beside it.

use std::process::{Command, Stdio};
use std::sync::{Barrier, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use parking_lot::{RwLock, RwLockUpgradableReadGuard};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Long enough for a thread that was told to come to where it waits.
const MOMENT: Duration = Duration::from_millis(50);

#[pymodule(gil_used = false)]
mod rows {
    #[pymodule_export]
    use super::{
        barrier_attached, barrier_detached, block_on_attached, block_on_detached, compute,
        dashmap_attached, dashmap_detached, dashmap_hold, dashmap_twice, lazy_attached,
        lazy_detached, lazy_make, once_cell_attached, once_cell_detached, once_cell_make,
        pool_in_pool, pool_in_pool_detached, py_once_in_itself, py_once_in_turns, read_then_attach, select_attached,
        select_detached, send_attached, send_detached, tokio_mutex_attached, tokio_mutex_hold,
        upgrade_attached, upgrade_detached, wait_attached, wait_detached, write_pipe,
    };
}

fn say(reached: &Py<PyAny>) {
    Python::attach(|py| reached.call0(py)).expect("what is called does not fail");
}

/// Compute for some seconds without the interpreter.
#[inline(never)]
fn spin(seconds: f64) -> u64 {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut state = 1_u64;
    while Instant::now() < end {
        state = std::hint::black_box(state.wrapping_mul(6_364_136_223_846_793_005) | 1);
    }
    state
}

#[pyfunction]
fn compute(py: Python<'_>, seconds: f64) -> u64 {
    py.detach(|| spin(seconds))
}

/// What a thread of Rust's does for another one: it needs the interpreter, and takes some time.
#[inline(never)]
fn needed(seconds: f64) -> u64 {
    let _ = spin(seconds);
    Python::attach(|_| std::hint::black_box(7))
}

// tokio.

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("threads can be started")
}

/// Run a future to its end, which waits for a thread that needs the interpreter.
#[pyfunction]
#[inline(never)]
fn block_on_attached(_py: Python<'_>) -> u64 {
    let runtime = runtime();
    let made = runtime.spawn_blocking(|| needed(0.0));
    runtime.block_on(made).unwrap()
}

#[pyfunction]
#[inline(never)]
fn block_on_detached(py: Python<'_>, seconds: f64) -> u64 {
    let runtime = runtime();
    let made = runtime.spawn_blocking(move || needed(seconds));
    py.detach(|| runtime.block_on(made).unwrap())
}

static SHARED: tokio::sync::Mutex<u64> = tokio::sync::Mutex::const_new(0);

/// Take tokio's mutex, then wait for the interpreter.
#[pyfunction]
#[inline(never)]
fn tokio_mutex_hold(py: Python<'_>, reached: Py<PyAny>) {
    py.detach(|| {
        let mut value = SHARED.blocking_lock();
        say(&reached);
        thread::sleep(MOMENT);
        Python::attach(|_| *value += 1);
    });
}

/// Keep the interpreter, and wait for tokio's mutex.
#[pyfunction]
#[inline(never)]
fn tokio_mutex_attached(_py: Python<'_>) -> u64 {
    *SHARED.blocking_lock()
}

// Meeting at a barrier.

static MEETING: Barrier = Barrier::new(2);

#[inline(never)]
fn come(seconds: f64) {
    needed(seconds);
    MEETING.wait();
}

/// Wait at a barrier for a thread that needs the interpreter before it comes.
#[pyfunction]
#[inline(never)]
fn barrier_attached(_py: Python<'_>) {
    thread::spawn(|| come(0.0));
    MEETING.wait();
}

#[pyfunction]
#[inline(never)]
fn barrier_detached(py: Python<'_>, seconds: f64) {
    thread::spawn(move || come(seconds));
    py.detach(|| MEETING.wait());
}

// parking_lot's lock of readers and writers.

static TABLE: RwLock<u64> = RwLock::new(0);

/// Read the table, then compute, then wait for the interpreter.
#[pyfunction]
#[inline(never)]
fn read_then_attach(py: Python<'_>, reached: Py<PyAny>, seconds: f64) {
    py.detach(|| {
        let seen = TABLE.read();
        say(&reached);
        thread::sleep(MOMENT);
        let _ = spin(seconds);
        Python::attach(|_| std::hint::black_box(*seen));
    });
}

/// Keep the interpreter, and wait until nobody else reads.
#[pyfunction]
#[inline(never)]
fn upgrade_attached(_py: Python<'_>) {
    let seen = TABLE.upgradable_read();
    let mut changed = RwLockUpgradableReadGuard::upgrade(seen);
    *changed += 1;
}

#[pyfunction]
#[inline(never)]
fn upgrade_detached(py: Python<'_>) {
    py.detach(|| {
        let seen = TABLE.upgradable_read();
        let mut changed = RwLockUpgradableReadGuard::upgrade(seen);
        *changed += 1;
    });
}

// DashMap, whose references keep a part of it locked.

static MAP: LazyLock<dashmap::DashMap<u64, u64>> = LazyLock::new(|| dashmap::DashMap::from_iter([(1, 1)]));

/// Keep a reference into the map, then compute, then wait for the interpreter.
#[pyfunction]
#[inline(never)]
fn dashmap_hold(py: Python<'_>, reached: Py<PyAny>, seconds: f64) {
    py.detach(|| {
        let mut value = MAP.get_mut(&1).unwrap();
        say(&reached);
        thread::sleep(MOMENT);
        let _ = spin(seconds);
        Python::attach(|_| *value += 1);
    });
}

/// Keep the interpreter, and look into the map.
#[pyfunction]
#[inline(never)]
fn dashmap_attached(_py: Python<'_>) -> u64 {
    *MAP.get(&1).unwrap()
}

#[pyfunction]
#[inline(never)]
fn dashmap_detached(py: Python<'_>) -> u64 {
    py.detach(|| *MAP.get(&1).unwrap())
}

/// Change the map with a reference into it in hand.
#[pyfunction]
#[inline(never)]
fn dashmap_twice(py: Python<'_>) {
    py.detach(|| {
        let seen = MAP.get(&1).unwrap();
        MAP.insert(1, *seen + 1);
    });
}

// crossbeam's channels.

/// Send into a channel that is full, to a receiver who needs the interpreter.
#[pyfunction]
#[inline(never)]
fn send_attached(_py: Python<'_>) {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    thread::spawn(move || {
        needed(0.0);
        receiver.iter().sum::<u64>()
    });
    sender.send(1).unwrap();
    sender.send(2).unwrap();
}

#[pyfunction]
#[inline(never)]
fn send_detached(py: Python<'_>, seconds: f64) {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    thread::spawn(move || {
        needed(seconds);
        receiver.iter().sum::<u64>()
    });
    py.detach(|| {
        sender.send(1).unwrap();
        sender.send(2).unwrap();
    });
}

/// Wait for whichever of two channels has something, whose senders need the interpreter.
#[pyfunction]
#[inline(never)]
fn select_attached(_py: Python<'_>) -> u64 {
    selected(0.0)
}

#[pyfunction]
#[inline(never)]
fn select_detached(py: Python<'_>, seconds: f64) -> u64 {
    py.detach(|| selected(seconds))
}

#[inline(never)]
fn selected(seconds: f64) -> u64 {
    let (sender, one) = crossbeam_channel::bounded(1);
    let (_other_sender, other) = crossbeam_channel::bounded::<u64>(1);
    thread::spawn(move || sender.send(needed(seconds)));
    crossbeam_channel::select! {
        recv(one) -> number => number.unwrap(),
        recv(other) -> number => number.unwrap(),
    }
}

// A pool of rayon's in another one.

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .expect("threads can be started")
}

#[inline(never)]
fn work_in(inner: &rayon::ThreadPool, seconds: f64) -> u64 {
    inner.install(|| rayon::join(|| needed(seconds), || needed(seconds)).0)
}

/// A thread of one pool has another pool work for it, with the interpreter in hand.
#[pyfunction]
#[inline(never)]
fn pool_in_pool(py: Python<'_>) -> u64 {
    let (outer, inner) = (pool(), pool());
    py.detach(|| outer.install(|| Python::attach(|_| work_in(&inner, 0.0))))
}

#[pyfunction]
#[inline(never)]
fn pool_in_pool_detached(py: Python<'_>, seconds: f64) -> u64 {
    let (outer, inner) = (pool(), pool());
    py.detach(|| outer.install(|| Python::attach(|py| py.detach(|| work_in(&inner, seconds)))))
}

// Values that are made once.

static LAZY: LazyLock<u64> = LazyLock::new(|| make());
static OLDER: Lazy<u64> = Lazy::new(|| make());
static REACHED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static SECONDS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[inline(never)]
fn make() -> u64 {
    Python::attach(|py| REACHED.get(py).unwrap().call0(py)).unwrap();
    thread::sleep(MOMENT);
    needed(SECONDS.load(std::sync::atomic::Ordering::Relaxed) as f64)
}

fn set(py: Python<'_>, reached: Py<PyAny>, seconds: u64) {
    let _ = REACHED.set(py, reached);
    SECONDS.store(seconds, std::sync::atomic::Ordering::Relaxed);
}

/// Make the value without the interpreter, which is needed for it.
#[pyfunction]
#[inline(never)]
fn lazy_make(py: Python<'_>, reached: Py<PyAny>, seconds: u64) -> u64 {
    set(py, reached, seconds);
    py.detach(|| *LAZY)
}

/// Keep the interpreter, and wait until the value is made.
#[pyfunction]
#[inline(never)]
fn lazy_attached(_py: Python<'_>) -> u64 {
    *LAZY
}

#[pyfunction]
#[inline(never)]
fn lazy_detached(py: Python<'_>) -> u64 {
    py.detach(|| *LAZY)
}

#[pyfunction]
#[inline(never)]
fn once_cell_make(py: Python<'_>, reached: Py<PyAny>, seconds: u64) -> u64 {
    set(py, reached, seconds);
    py.detach(|| *OLDER)
}

#[pyfunction]
#[inline(never)]
fn once_cell_attached(_py: Python<'_>) -> u64 {
    *OLDER
}

#[pyfunction]
#[inline(never)]
fn once_cell_detached(py: Python<'_>) -> u64 {
    py.detach(|| *OLDER)
}

/// Several threads make PyO3's value at once: the first to end wins, and nobody waits for another.
#[pyfunction]
#[inline(never)]
fn py_once_in_turns(py: Python<'_>, seconds: f64) -> u64 {
    static VALUE: PyOnceLock<u64> = PyOnceLock::new();
    *VALUE.get_or_init(py, || py.detach(|| spin(seconds)))
}

/// A value of PyO3's that is needed to make itself.
#[pyfunction]
#[inline(never)]
fn py_once_in_itself(py: Python<'_>) -> u64 {
    own_value(py)
}

#[inline(never)]
fn own_value(py: Python<'_>) -> u64 {
    static VALUE: PyOnceLock<u64> = PyOnceLock::new();
    *VALUE.get_or_init(py, || own_value(py) + 1)
}

// A process that writes more than its pipe takes.

/// Wait for a process whose output nobody reads yet: who is to read it needs the interpreter.
#[pyfunction]
#[inline(never)]
fn wait_attached(_py: Python<'_>, output: i32) -> PyResult<bool> {
    Ok(started(output)?.wait()?.success())
}

#[pyfunction]
#[inline(never)]
fn wait_detached(py: Python<'_>, output: i32) -> PyResult<bool> {
    Ok(py.detach(|| started(output)?.wait())?.success())
}

fn started(output: i32) -> std::io::Result<std::process::Child> {
    use std::os::fd::{FromRawFd, OwnedFd};
    // SAFETY: the program made the pipe, and hands this end of it over.
    let output = unsafe { OwnedFd::from_raw_fd(output) };
    Command::new("cat").arg("/dev/zero").stdin(Stdio::null()).stdout(output).spawn()
}

/// Write more than a pipe takes, with the interpreter in hand.
#[pyfunction]
#[inline(never)]
fn write_pipe(_py: Python<'_>, output: i32) -> PyResult<()> {
    use std::io::Write;
    use std::os::fd::FromRawFd;
    // SAFETY: the program made the pipe, and hands this end of it over.
    let mut pipe = unsafe { std::fs::File::from_raw_fd(output) };
    pipe.write_all(&vec![0; 1 << 20])?;
    Ok(())
}
