//! A workload whose time is planted in five layers, so that a profiler can be told right from wrong.
//!
//! Each function spends its time in one layer only, and keeps a frame of its own to be found by.

use std::hint::black_box;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::prelude::*;
use sha2::{Digest, Sha256};

/// One function a layer.
// The cells of `scale_in_place` are safe while the GIL keeps other threads from writing.
#[pymodule(gil_used = true)]
mod profiling_example {
    use super::*;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Conversion glue and nothing else: a list becomes a vector, which is thrown away.
    #[pyfunction]
    fn take(values: Vec<f64>) -> usize {
        black_box(values).len()
    }

    // ANCHOR: glue
    /// The wrong way: two lists cross the boundary, and hardly anything is computed between.
    #[pyfunction]
    fn scale(values: Vec<f64>, factor: f64) -> Vec<f64> {
        values.into_iter().map(|value| value * factor).collect()
    }

    /// The cure: the numbers stay where they are, in an array that both sides see.
    #[pyfunction]
    fn scale_in_place(py: Python<'_>, values: PyBuffer<f64>, factor: f64) -> PyResult<()> {
        // PyO3 0.29 lets the other byte order through, and what is written back would be nonsense.
        let foreign = if cfg!(target_endian = "little") {
            b'>'
        } else {
            b'<'
        };
        if values.format().to_bytes().first() == Some(&foreign) {
            return Err(PyValueError::new_err(
                "the floats are in another machine's byte order",
            ));
        }
        let cells = values
            .as_mut_slice(py)
            .ok_or_else(|| PyBufferError::new_err("an array of floats that can be written to"))?;
        for cell in cells {
            cell.set(cell.get() * factor);
        }
        Ok(())
    }
    // ANCHOR_END: glue

    /// The crate's own code: mixes bits in a loop, and detaches meanwhile.
    #[pyfunction]
    fn mix(py: Python<'_>, rounds: u64) -> u64 {
        py.detach(|| mix_bits(rounds))
    }

    /// A dependency's code: hashes that many kibibytes with SHA-256.
    #[pyfunction]
    fn digest(py: Python<'_>, kibibytes: usize) -> String {
        py.detach(|| hash_zeros(kibibytes))
    }

    /// libc's code: looks for what is not there, in that many kibibytes.
    #[pyfunction]
    fn search(py: Python<'_>, kibibytes: usize) -> PyResult<bool> {
        // A gibibyte: Rust ends the process where it gets no memory.
        if kibibytes == 0 || kibibytes > 1 << 20 {
            return Err(PyValueError::new_err(
                "1 to 1,048,576 kibibytes can be searched",
            ));
        }
        Ok(py.detach(|| find_needle(&vec![b'a'; kibibytes * 1024])))
    }
}

/// SplitMix64's finalizer, over and over: <https://prng.di.unimi.it/splitmix64.c>.
#[inline(never)]
fn mix_bits(rounds: u64) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..rounds {
        state ^= black_box(round);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state
}

#[inline(never)]
fn hash_zeros(kibibytes: usize) -> String {
    let block = [0; 1024];
    let mut hasher = Sha256::new();
    for _ in 0..kibibytes {
        hasher.update(block);
    }
    format!("{:x}", hasher.finalize())
}

#[inline(never)]
fn find_needle(haystack: &[u8]) -> bool {
    let needle = b"ab";
    // SAFETY: both pointers are of slices that live through the call, and the lengths are theirs.
    let found = unsafe {
        libc::memmem(
            haystack.as_ptr().cast(),
            haystack.len(),
            needle.as_ptr().cast(),
            needle.len(),
        )
    };
    !found.is_null()
}
