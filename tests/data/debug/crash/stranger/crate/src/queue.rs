use pyo3::prelude::*;
use rayon::prelude::*;
use std::cell::RefCell;
use std::sync::Mutex;
use std::thread;

static JOBS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

#[pyfunction]
#[inline(never)]
pub fn run_job(job: Py<PyAny>) -> u64 {
    Python::attach(|py| job.call0(py).unwrap().extract(py).unwrap())
}

/// Every job in a pool; the answer of the first is looked up.
#[pyfunction]
#[inline(never)]
pub fn run_jobs(py: Python<'_>, numbers: Vec<usize>) -> u64 {
    py.detach(|| numbers.into_par_iter().map(one_job).sum())
}

#[inline(never)]
fn one_job(number: usize) -> u64 {
    const WEIGHTS: [u64; 4] = [1, 2, 4, 8];
    WEIGHTS[number]
}

/// In a thread; its answer, or 0.
#[pyfunction]
#[inline(never)]
pub fn spawn_job(py: Python<'_>, number: u64) -> u64 {
    py.detach(|| {
        thread::Builder::new()
            .name("job-runner".into())
            .spawn(move || {
                let mut jobs = JOBS.lock().unwrap();
                jobs.push(number);
                assert_eq!(jobs.len() as u64, number, "a job was lost");
                number
            })
            .unwrap()
            .join()
            .unwrap_or(0)
    })
}

#[pyfunction]
#[inline(never)]
pub fn drain() -> Vec<u64> {
    JOBS.lock().unwrap().drain(..).collect()
}

#[pyclass(module = "millrace")]
pub struct Queue {
    items: Vec<Py<PyAny>>,
}

#[pymethods]
impl Queue {
    #[new]
    fn new() -> Self {
        Self { items: Vec::new() }
    }

    #[inline(never)]
    fn push(&mut self, item: Py<PyAny>) {
        self.items.push(item);
    }

    #[inline(never)]
    fn each(&self, py: Python<'_>, visit: &Bound<'_, PyAny>) -> PyResult<()> {
        for item in &self.items {
            visit.call1((item.clone_ref(py),))?;
        }
        Ok(())
    }
}

#[pyclass(unsendable, module = "millrace")]
pub struct Session {
    log: RefCell<Vec<String>>,
}

#[pymethods]
impl Session {
    #[new]
    fn new() -> Self {
        Self { log: RefCell::new(Vec::new()) }
    }

    #[inline(never)]
    fn note(&self, make: &Bound<'_, PyAny>) -> PyResult<usize> {
        let mut log = self.log.borrow_mut();
        log.push(make.call0()?.extract()?);
        Ok(log.len())
    }
}
