//! Accounts behind locks, and threads that keep the books.

use std::sync::{Arc, Mutex};

use parking_lot::{ReentrantMutex, RwLock};
use pyo3::prelude::*;

use crate::gate::{start, Gate};

static ACCOUNTS: Mutex<i64> = Mutex::new(0);
static JOURNAL: Mutex<Vec<i64>> = Mutex::new(Vec::new());

/// An account with a watcher that is called for each booking.
#[pyclass(frozen)]
pub struct Account {
    balance: Arc<RwLock<i64>>,
    watcher: Arc<Py<PyAny>>,
}

#[inline(never)]
fn book(balance: &RwLock<i64>, watcher: &Py<PyAny>, gate: &Gate) {
    let mut balance = balance.write();
    gate.pass();
    *balance += 1;
    Python::attach(|py| watcher.call1(py, (*balance,)).map(drop)).expect("the watcher watches");
}

#[pymethods]
impl Account {
    #[new]
    fn new(watcher: Py<PyAny>) -> Self {
        Self { balance: Arc::default(), watcher: Arc::new(watcher) }
    }

    fn start_auditor(&self, gate: &Gate) {
        let (balance, watcher, gate) = (self.balance.clone(), self.watcher.clone(), gate.clone());
        start("auditor", move || book(&balance, &watcher, &gate));
    }

    #[inline(never)]
    fn balance(&self) -> i64 {
        *self.balance.read()
    }
}

#[inline(never)]
fn transfer(gate: &Gate) {
    let mut accounts = ACCOUNTS.lock().expect("nobody panics with it");
    gate.pass();
    JOURNAL.lock().expect("nobody panics with it").push(1);
    *accounts += 1;
}

#[inline(never)]
fn print_journal(gate: &Gate) {
    let journal = JOURNAL.lock().expect("nobody panics with it");
    gate.pass();
    Python::attach(|py| {
        let builtins = py.import("builtins").expect("there are builtins");
        builtins.call_method1("print", (journal.len(),)).expect("it prints");
    });
}

/// Who transfers has the accounts, and who prints has the journal.
#[pyfunction]
pub fn start_office(transferring: &Gate, printing: &Gate) {
    let (transferring, printing) = (transferring.clone(), printing.clone());
    start("transfer", move || transfer(&transferring));
    start("printer", move || print_journal(&printing));
}

/// The sum of the accounts.
#[pyfunction]
#[inline(never)]
pub fn total_of_accounts() -> i64 {
    *ACCOUNTS.lock().expect("nobody panics with it")
}

static CATALOGUE: ReentrantMutex<usize> = ReentrantMutex::new(7);

#[inline(never)]
fn reindex(gate: &Gate) {
    let size = CATALOGUE.lock();
    gate.pass();
    Python::attach(|py| assert!(py.version_info().major as usize <= *size));
}

/// Make the index anew, in a thread.
#[pyfunction]
pub fn start_indexer(gate: &Gate) {
    let gate = gate.clone();
    start("indexer", move || reindex(&gate));
}

/// The size of the catalogue, attached.
#[pyfunction]
#[inline(never)]
pub fn catalogue_entries() -> usize {
    *CATALOGUE.lock()
}

#[inline(never)]
fn borrow_catalogue() {
    std::mem::forget(CATALOGUE.lock());
}

#[inline(never)]
fn borrow_accounts() {
    std::mem::forget(ACCOUNTS.lock());
}

/// A thread takes a guard, forgets it, and ends.
#[pyfunction]
pub fn lend(py: Python<'_>, catalogue: bool) {
    let work = if catalogue { borrow_catalogue } else { borrow_accounts };
    py.detach(|| std::thread::spawn(work).join()).expect("it does not panic");
}
