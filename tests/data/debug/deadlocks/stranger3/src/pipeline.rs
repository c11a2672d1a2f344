//! Stages that hand work to each other.

use std::sync::mpsc::{sync_channel, SyncSender};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use pyo3::prelude::*;

use crate::gate::{start, Gate};

/// Two stages, each with room for one at the other.
#[pyclass(frozen)]
pub struct Stages {
    forth: flume::Sender<u64>,
    back: flume::Receiver<u64>,
}

#[inline(never)]
fn refine(work: &flume::Receiver<u64>, results: &flume::Sender<u64>) {
    for each in work {
        // Every piece makes two.
        for part in [each, each + 1] {
            if results.send(part).is_err() {
                return;
            }
        }
    }
}

#[pymethods]
impl Stages {
    #[new]
    fn new() -> Self {
        let (forth, work) = flume::bounded(1);
        let (results, back) = flume::bounded(1);
        start("refiner", move || refine(&work, &results));
        Self { forth, back }
    }

    #[inline(never)]
    fn submit(&self, pieces: u64) -> u64 {
        for each in 0..pieces {
            self.forth.send(each).expect("the refiner is there");
        }
        self.back.recv().expect("the refiner is there")
    }
}

/// Somebody who takes what is handed over.
#[pyclass(frozen)]
pub struct Counter {
    parcels: SyncSender<Py<PyAny>>,
}

#[inline(never)]
fn take_parcels(parcels: &std::sync::mpsc::Receiver<Py<PyAny>>, gate: &Gate) {
    gate.pass();
    Python::attach(|py| {
        for each in parcels {
            println!("{}", each.bind(py));
        }
    });
}

#[pymethods]
impl Counter {
    #[new]
    fn new(gate: &Gate) -> Self {
        let (parcels, taken) = sync_channel(0);
        let gate = gate.clone();
        start("taker", move || take_parcels(&taken, &gate));
        Self { parcels }
    }

    #[inline(never)]
    fn hand_over(&self, parcel: Py<PyAny>) {
        self.parcels.send(parcel).expect("the taker is there");
    }
}

/// A log that is written by a thread.
#[pyclass(frozen)]
pub struct Journal(Arc<(Mutex<bool>, Condvar)>);

#[inline(never)]
fn write_out(done: &(Mutex<bool>, Condvar), file: &Py<PyAny>, gate: &Gate) {
    gate.pass();
    Python::attach(|py| file.call_method1(py, "write", ("flushed\n",)).map(drop)).expect("it can be written");
    *done.0.lock() = true;
    done.1.notify_all();
}

#[pymethods]
impl Journal {
    #[new]
    fn new(file: Py<PyAny>, gate: &Gate) -> Self {
        let done = Arc::<(Mutex<bool>, Condvar)>::default();
        let (theirs, gate) = (done.clone(), gate.clone());
        start("writer", move || write_out(&theirs, &file, &gate));
        Self(done)
    }

    #[inline(never)]
    fn flush(&self) {
        let mut done = self.0 .0.lock();
        while !*done {
            self.0 .1.wait(&mut done);
        }
    }
}

/// Results that come by callback into the loop's thread.
#[pyclass(frozen)]
pub struct Driver {
    rows: crossbeam_channel::Receiver<usize>,
}

#[inline(never)]
fn run_query(rows: &crossbeam_channel::Sender<usize>, adapt: &Py<PyAny>, gate: &Gate) {
    gate.pass();
    let row = Python::attach(|py| adapt.call1(py, ("row",))?.extract::<usize>(py)).expect("a row has a length");
    rows.send(row).expect("somebody fetches");
}

#[pymethods]
impl Driver {
    #[new]
    fn new(adapt: Py<PyAny>, gate: &Gate) -> Self {
        let (send, rows) = crossbeam_channel::bounded(4);
        let gate = gate.clone();
        start("driver", move || run_query(&send, &adapt, &gate));
        Self { rows }
    }

    #[inline(never)]
    fn fetch_row(&self) -> usize {
        self.rows.recv().expect("the driver is there")
    }
}
