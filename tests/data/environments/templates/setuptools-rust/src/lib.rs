use pyo3::prelude::*;

/// The sum of two numbers.
#[pyfunction]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::add;
}
