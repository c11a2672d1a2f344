use std::thread;

use pyo3::prelude::*;

/// The temperature at which a piece is fired.
#[inline(never)]
fn temperature(pieces: &[u32], which: usize) -> u32 {
    pieces[which] + 900
}

#[inline(never)]
fn hottest(pieces: &[u32], asked: &[usize]) -> u32 {
    asked.iter().map(|which| temperature(pieces, *which)).max().unwrap_or(0)
}

#[pyfunction]
#[inline(never)]
pub fn fire(pieces: Vec<u32>, asked: Vec<usize>) -> u32 {
    hottest(&pieces, &asked)
}

/// Call `function` for each piece.
#[pyfunction]
#[inline(never)]
pub fn fire_each(pieces: Vec<Py<PyAny>>, function: Bound<'_, PyAny>) -> PyResult<Vec<Py<PyAny>>> {
    pieces.into_iter().map(|piece| Ok(function.call1((piece,))?.unbind())).collect()
}

#[inline(never)]
fn left_over(weight: u32, loss: u32) -> u32 {
    weight - loss
}

#[pyfunction]
#[inline(never)]
pub fn total_heat(weights: Vec<u32>, loss: u32) -> u32 {
    weights.iter().map(|weight| left_over(*weight, loss)).sum()
}

#[inline(never)]
fn burn(name: &str, weight: u32) -> u32 {
    if weight == 0 {
        panic!("kiln {name} is empty");
    }
    weight * 100_000_000
}

#[inline(never)]
fn each_gets(heat: u32, pieces: usize) -> u32 {
    heat / pieces as u32
}

#[pyfunction]
#[inline(never)]
pub fn spread(heat: u32, pieces: Vec<u32>) -> u32 {
    each_gets(heat, pieces.len())
}

/// Burn in a thread for each kiln; those that fail count as none.
#[pyfunction]
#[inline(never)]
pub fn fire_in_threads(py: Python<'_>, kilns: Vec<(String, u32)>) -> u32 {
    py.detach(|| {
        let threads: Vec<_> = kilns
            .into_iter()
            .map(|(name, weight)| {
                thread::Builder::new()
                    .name(format!("kiln-{name}"))
                    .spawn(move || burn(&name, weight))
                    .unwrap()
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    })
}
