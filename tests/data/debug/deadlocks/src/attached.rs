//! The interpreter is kept while something is waited for that is no lock.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// Long enough for a thread that was told to come to where it waits; such a thread can say nothing any more.
pub const MOMENT: Duration = Duration::from_millis(50);

/// Wait for a thread that needs the interpreter.
#[pyfunction]
#[inline(never)]
pub fn join_attached(_py: Python<'_>) -> u64 {
    worker().join().unwrap()
}

fn worker() -> thread::JoinHandle<u64> {
    thread::Builder::new()
        .name("worker".to_owned())
        .spawn(add_in_thread)
        .expect("threads can be started")
}

#[inline(never)]
fn add_in_thread() -> u64 {
    Python::attach(|_| std::hint::black_box(7))
}

/// Wait for a number that a thread sends once it has the interpreter.
#[pyfunction]
#[inline(never)]
pub fn receive_attached(_py: Python<'_>) -> u64 {
    let (sender, receiver) = channel();
    thread::spawn(move || Python::attach(|_| sender.send(7)));
    receiver.recv().unwrap()
}

/// The same, with crossbeam's channel.
#[pyfunction]
#[inline(never)]
pub fn crossbeam_attached(_py: Python<'_>) -> u64 {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    thread::spawn(move || Python::attach(|_| sender.send(7)));
    receiver.recv().unwrap()
}

/// Wait to be told by a thread that needs the interpreter first.
#[pyfunction]
#[inline(never)]
pub fn condvar_attached(_py: Python<'_>) -> u64 {
    static READY: Mutex<bool> = Mutex::new(false);
    static CHANGED: Condvar = Condvar::new();
    thread::spawn(|| {
        Python::attach(|_| *READY.lock().unwrap() = true);
        CHANGED.notify_one();
    });
    let ready = READY.lock().unwrap();
    u64::from(*CHANGED.wait_while(ready, |ready| !*ready).unwrap())
}

/// Wait for bytes that a Python thread is to send.
#[pyfunction]
#[inline(never)]
pub fn read_attached(_py: Python<'_>, descriptor: i32) -> PyResult<u8> {
    let mut byte = [0];
    stream(descriptor).read_exact(&mut byte)?;
    Ok(byte[0])
}

pub(crate) fn stream(descriptor: i32) -> UnixStream {
    use std::os::fd::FromRawFd;
    // SAFETY: the program detached the descriptor from its socket, and hands it over.
    unsafe { UnixStream::from_raw_fd(descriptor) }
}

/// Sleep.
#[pyfunction]
#[inline(never)]
pub fn sleep_attached(_py: Python<'_>, seconds: u64) {
    thread::sleep(Duration::from_secs(seconds));
}

/// Wait for a process, which ends when this one does.
#[pyfunction]
#[inline(never)]
pub fn process_attached(_py: Python<'_>) -> PyResult<bool> {
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    // `wait` would close its input, which ends it.
    let _input = child.stdin.take();
    Ok(child.wait()?.success())
}

/// Let a pool work, each of whose threads needs the interpreter.
#[pyfunction]
#[inline(never)]
pub fn rayon_attached(_py: Python<'_>) -> u64 {
    use rayon::prelude::*;
    (0..64_u64).into_par_iter().map(square_attached).sum()
}

#[inline(never)]
fn square_attached(number: u64) -> u64 {
    Python::attach(|_| std::hint::black_box(number * number))
}
