//! What takes its time, and what there is a crowd for.

use std::process::Command;
use std::sync::mpsc::channel;
use std::sync::{Mutex, OnceLock, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, Receiver, Sender};
use pyo3::prelude::*;

fn spawn(name: String, work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name(name).spawn(work).unwrap();
}

/// What comes of the network in `milliseconds`: nothing; detached.
#[pyfunction]
#[inline(never)]
pub fn fetch(py: Python<'_>, milliseconds: u64) -> Option<u64> {
    py.detach(|| {
        let (_kept, answers) = channel();
        answers
            .recv_timeout(Duration::from_millis(milliseconds))
            .ok()
    })
}

static CATALOGUE: OnceLock<usize> = OnceLock::new();

/// Start a thread that loads the catalogue, page by page; `begun` is called when it is at it.
#[pyfunction]
pub fn start_catalogue(pages: usize, begun: Py<PyAny>, page_size: Py<PyAny>) {
    spawn("catalogue".into(), move || {
        CATALOGUE.get_or_init(|| {
            Python::attach(|py| begun.call0(py).map(drop)).unwrap();
            (0..pages).map(|page| load_page(page, &page_size)).sum()
        });
    });
}

#[inline(never)]
fn load_page(page: usize, page_size: &Py<PyAny>) -> usize {
    thread::sleep(Duration::from_millis(20));
    Python::attach(|py| page_size.call1(py, (page,)).unwrap().extract(py).unwrap())
}

/// The catalogue's size, once it is there; detached.
#[pyfunction]
#[inline(never)]
pub fn catalogue_size(py: Python<'_>) -> usize {
    py.detach(|| *CATALOGUE.get_or_init(|| 0))
}

static COUNTER: Mutex<u64> = Mutex::new(0);

#[inline(never)]
fn count_once() {
    let mut counter = COUNTER.lock().unwrap();
    for _ in 0..2000 {
        *counter = std::hint::black_box(counter.wrapping_mul(31).wrapping_add(7));
    }
}

/// Threads that count without end, and never see Python.
#[pyfunction]
pub fn start_counters(threads: usize) {
    for number in 0..threads {
        spawn(format!("counter-{number}"), || loop {
            count_once();
            thread::yield_now();
        });
    }
}

/// Count with the others, `times` times, attached.
#[pyfunction]
#[inline(never)]
pub fn count_up(_py: Python<'_>, times: u64) {
    for _ in 0..times {
        count_once();
    }
}

/// Run a program to its end, detached.
#[pyfunction]
#[inline(never)]
pub fn wait_for(py: Python<'_>, argv: Vec<String>) -> Option<i32> {
    py.detach(|| {
        let mut child = Command::new(&argv[0]).args(&argv[1..]).spawn().unwrap();
        child.wait().unwrap().code()
    })
}

static SHELF: RwLock<Vec<u64>> = RwLock::new(Vec::new());

/// Threads that read the shelf, and ask `opinion` while they do.
#[pyfunction]
pub fn start_readers(threads: usize, opinion: Py<PyAny>) {
    for number in 0..threads {
        let opinion = Python::attach(|py| opinion.clone_ref(py));
        spawn(format!("reader-{number}"), move || loop {
            read_shelf(&opinion);
            thread::sleep(Duration::from_millis(15));
        });
    }
}

#[inline(never)]
fn read_shelf(opinion: &Py<PyAny>) {
    let shelf = SHELF.read().unwrap();
    Python::attach(|py| opinion.call1(py, (shelf.len(),)).map(drop)).unwrap();
}

/// Put one more on the shelf, detached, and tell how long it took.
#[pyfunction]
#[inline(never)]
pub fn stocktake(py: Python<'_>) -> f64 {
    py.detach(|| {
        let begin = Instant::now();
        SHELF.write().unwrap().push(1);
        begin.elapsed().as_secs_f64()
    })
}

static BELT: OnceLock<(Sender<u64>, Receiver<u64>)> = OnceLock::new();

fn belt() -> &'static (Sender<u64>, Receiver<u64>) {
    BELT.get_or_init(|| bounded(4))
}

/// A thread that takes from the belt, and hands to `function`.
#[pyfunction]
pub fn start_consumer(function: Py<PyAny>) {
    spawn("consumer".into(), move || {
        for item in &belt().1 {
            hand_over(item, &function);
        }
    });
}

#[inline(never)]
fn hand_over(item: u64, function: &Py<PyAny>) {
    Python::attach(|py| function.call1(py, (item,)).map(drop)).unwrap();
}

/// Put something on the belt, which is most often full; detached.
#[pyfunction]
#[inline(never)]
pub fn feed(py: Python<'_>, item: u64) {
    py.detach(|| belt().0.send(item).unwrap());
}
