//! Money between accounts, and books that three people keep.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, Sender};
use std::sync::{Mutex, RwLock};
use std::thread;

use pyo3::prelude::*;

/// One account.
#[pyclass(frozen, module = "tidemill")]
pub struct Account {
    balance: Mutex<i64>,
}

#[pymethods]
impl Account {
    #[new]
    fn new(balance: i64) -> Self {
        Self {
            balance: Mutex::new(balance),
        }
    }

    /// Give to another account: this one is locked first, then that one. `met` is called in between.
    #[inline(never)]
    fn transfer(
        &self,
        py: Python<'_>,
        other: &Self,
        amount: i64,
        met: &Bound<'_, PyAny>,
    ) -> PyResult<i64> {
        let mut own = py.detach(|| Held(self.balance.lock().unwrap())).0;
        met.call0()?;
        py.detach(|| take(&other.balance, amount));
        *own -= amount;
        Ok(*own)
    }
}

struct Held<'a>(std::sync::MutexGuard<'a, i64>);
// SAFETY: the guard comes back on the thread that took it: detach() runs its closure on the spot.
unsafe impl Send for Held<'_> {}

#[inline(never)]
fn take(balance: &Mutex<i64>, amount: i64) {
    *balance.lock().unwrap() += amount;
}

static BOOK: Mutex<u64> = Mutex::new(1);
static SHELF: RwLock<u64> = RwLock::new(2);
static SETTLING: AtomicBool = AtomicBool::new(false);

/// Let the porter have the shelf and the clerk the book.
#[pyfunction]
#[inline(never)]
pub fn open_books(py: Python<'_>) {
    let (told, tells) = channel();
    let second = told.clone();
    py.detach(move || {
        named("porter", move || porter_round(&told));
        tells.recv().unwrap();
        named("clerk", move || clerk_round(&second));
        tells.recv().unwrap();
    });
}

fn named(name: &str, work: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .unwrap();
}

#[inline(never)]
fn porter_round(told: &Sender<()>) {
    let shelf = SHELF.read().unwrap();
    told.send(()).unwrap();
    while !SETTLING.load(Ordering::Acquire) {
        thread::yield_now();
    }
    Python::attach(|py| py.run(c"shelf = 1", None, None).unwrap());
    drop(shelf);
}

#[inline(never)]
fn clerk_round(told: &Sender<()>) {
    let book = BOOK.lock().unwrap();
    told.send(()).unwrap();
    *SHELF.write().unwrap() += *book;
}

/// Read the book.
#[pyfunction]
#[inline(never)]
pub fn settle(_py: Python<'_>) -> u64 {
    SETTLING.store(true, Ordering::Release);
    *BOOK.lock().unwrap()
}
