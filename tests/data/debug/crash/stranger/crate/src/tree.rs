use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use std::hint::black_box;

#[pyfunction]
#[inline(never)]
pub fn peek(address: usize) -> u64 {
    let place = black_box(address) as *const u64;
    unsafe { *place }
}

#[pyfunction]
#[inline(never)]
pub fn raw_at(address: usize) -> u8 {
    let place = black_box(address) as *const u8;
    unsafe { place.read_volatile() }
}

#[pyclass(module = "millrace")]
pub struct Tree {
    #[pyo3(get, set)]
    child: Option<Py<PyAny>>,
    watch: bool,
}

#[pymethods]
impl Tree {
    #[new]
    fn new(watch: bool) -> Self {
        Self { child: None, watch }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if self.watch {
            Python::attach(|py| py.run(c"pass", None, None)).ok();
        }
        visit.call(&self.child)
    }

    #[inline(never)]
    fn depth(&self, py: Python<'_>) -> PyResult<u64> {
        match &self.child {
            None => Ok(0),
            Some(child) => Ok(1 + child.bind(py).call_method0("depth")?.extract::<u64>()?),
        }
    }
}

#[pyclass(module = "millrace")]
pub struct Leaf {
    name: String,
}

#[pymethods]
impl Leaf {
    #[new]
    fn new(name: String) -> Self {
        Self { name }
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        assert!(self.name.is_ascii(), "leaf {:?} has no ASCII name", self.name);
    }
}
