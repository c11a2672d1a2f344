//! Ten conversions, by PyO3.

use std::collections::HashMap;

use pyo3::prelude::*;

#[pyclass(frozen)]
struct Point {
    x: i64,
}

#[pymethods]
impl Point {
    #[new]
    fn new(x: i64) -> Self {
        Self { x }
    }

    fn get(&self) -> i64 {
        self.x
    }
}

#[pymodule]
mod bench_pyo3 {
    use super::*;

    #[pymodule_export]
    use super::Point;

    #[pyfunction]
    fn empty() {}

    #[pyfunction]
    fn integer(x: i64) -> i64 {
        x.wrapping_add(1)
    }

    #[pyfunction]
    fn float(x: f64) -> f64 {
        x + 1.0
    }

    #[pyfunction]
    fn boolean(x: bool) -> bool {
        !x
    }

    #[pyfunction]
    fn text_in(x: &str) -> usize {
        x.len()
    }

    #[pyfunction]
    fn text_out(length: usize) -> String {
        "x".repeat(length)
    }

    #[pyfunction]
    fn bytes_in(x: &[u8]) -> u32 {
        match x {
            [first, .., last] => u32::from(*first) + u32::from(*last),
            _ => 0,
        }
    }

    #[pyfunction]
    fn list_in(x: Vec<i64>) -> i64 {
        x.iter().sum()
    }

    #[pyfunction]
    fn list_out(length: u32) -> Vec<f64> {
        (0..length).map(f64::from).collect()
    }

    #[pyfunction]
    fn dict_in(x: HashMap<String, i64>) -> i64 {
        x.values().sum()
    }
}
