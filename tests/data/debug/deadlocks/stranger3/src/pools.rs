//! Work that is spread over threads.

use pyo3::prelude::*;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Three threads that score.
#[pyclass(frozen)]
pub struct Scorers(ThreadPool);

#[inline(never)]
fn score(rate: &Py<PyAny>, each: u64) -> u64 {
    Python::attach(|py| rate.call1(py, (each,))?.extract(py)).expect("it rates")
}

#[pymethods]
impl Scorers {
    #[new]
    fn new() -> Self {
        let pool = ThreadPoolBuilder::new().num_threads(3).thread_name(|each| format!("scorer-{each}"));
        Self(pool.build().expect("threads can be started"))
    }

    #[inline(never)]
    fn score_all(&self, rate: &Bound<'_, PyAny>, count: u64) -> u64 {
        let rate = rate.clone().unbind();
        self.0.install(|| (0..count).into_par_iter().map(|each| score(&rate, each)).sum())
    }

    /// `score_all`, as it should be.
    #[inline(never)]
    fn score_detached(&self, py: Python<'_>, rate: Py<PyAny>, count: u64) -> u64 {
        py.detach(|| self.0.install(|| (0..count).into_par_iter().map(|each| score(&rate, each)).sum()))
    }

    /// Tell somebody of each piece, from a scope of the pool.
    #[inline(never)]
    fn announce_all(&self, tell: &Bound<'_, PyAny>, count: u64) {
        let tell = tell.clone().unbind();
        self.0.scope(|scope| {
            for each in 0..count {
                let tell = &tell;
                scope.spawn(move |_| announce_one(tell, each));
            }
        });
    }
}

#[inline(never)]
fn announce_one(tell: &Py<PyAny>, each: u64) {
    Python::attach(|py| tell.call1(py, (each,)).map(drop)).expect("it is told");
}

#[inline(never)]
fn resize(image: &Py<PyAny>) -> usize {
    Python::attach(|py| image.bind(py).len()).expect("an image has a length")
}

/// Resize two images, each in a thread of a scope; the first that is done is waited for first.
#[pyfunction]
#[inline(never)]
pub fn resize_both(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> usize {
    let (left, right) = (left.clone().unbind(), right.clone().unbind());
    std::thread::scope(|scope| {
        let other = scope.spawn(|| resize(&left));
        let sizes = other.join().expect("it resizes");
        sizes + resize(&right)
    })
}
