//! Work for several threads.

use std::sync::OnceLock;
use std::thread;

use pyo3::prelude::*;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

static LANES: OnceLock<ThreadPool> = OnceLock::new();

fn lanes() -> &'static ThreadPool {
    LANES.get_or_init(|| {
        ThreadPoolBuilder::new()
            .num_threads(3)
            .thread_name(|number| format!("lane-{number}"))
            .build()
            .unwrap()
    })
}

/// The sum of the squares, computed detached by the pool.
#[pyfunction]
#[inline(never)]
pub fn total(py: Python<'_>, numbers: Vec<u64>) -> u64 {
    py.detach(|| lanes().install(|| numbers.par_iter().map(|number| number * number).sum()))
}

/// What `function` makes of each word, asked for by the pool; the caller is detached.
#[pyfunction]
#[inline(never)]
pub fn map_words(py: Python<'_>, words: Vec<String>, function: Py<PyAny>) -> Vec<usize> {
    py.detach(|| lanes().install(|| words.par_iter().map(|word| ask(&function, word)).collect()))
}

#[inline(never)]
fn ask(function: &Py<PyAny>, word: &str) -> usize {
    Python::attach(|py| function.call1(py, (word,)).unwrap().extract(py).unwrap())
}

/// The weight of all parts, each weighed by a thread.
#[pyfunction]
#[inline(never)]
pub fn weigh_all(_py: Python<'_>, parts: Vec<Py<PyAny>>) -> usize {
    let mut weights = vec![0; parts.len()];
    thread::scope(|scope| {
        for (number, (part, weight)) in parts.iter().zip(&mut weights).enumerate() {
            thread::Builder::new()
                .name(format!("part-{number}"))
                .spawn_scoped(scope, move || *weight = weigh(part))
                .unwrap();
        }
    });
    weights.iter().sum()
}

#[inline(never)]
fn weigh(part: &Py<PyAny>) -> usize {
    Python::attach(|py| part.bind(py).len().unwrap())
}
