//! A package as it ships: metadata, types, docs, licences, SBOM, split symbols, reproducible wheels, a workflow.
//!
//! `counting` is the work and knows no Python. This file is the glue.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

pub mod counting;

use counting::Counter;

/// Bytes a read: long enough for the disk, short enough that ^C is heard at once.
const BLOCK: usize = 1 << 20;

/// The compiled half of production_deployment: import the package, not this.
#[pymodule(gil_used = false)]
mod _native {
    use super::*;

    #[pymodule_export]
    use super::Counts;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Count what is in some bytes; other threads run meanwhile.
    #[pyfunction]
    fn count(py: Python<'_>, data: &[u8]) -> Counts {
        let mut counter = Counter::default();
        // Bytes cannot change. Below this many, letting others run costs more than counting.
        if data.len() < 10_000 {
            counter.feed(data);
        } else {
            py.detach(|| counter.feed(data));
        }
        Counts(counter.counts)
    }

    /// Count what is in a file, in constant memory; OSError with its name where it cannot be read.
    #[pyfunction]
    fn count_file(py: Python<'_>, path: PathBuf) -> PyResult<Counts> {
        let named = |error: io::Error| os_error(&error, &path);
        let mut file = py.detach(|| File::open(&path)).map_err(named)?;
        let mut block = vec![0; BLOCK];
        let mut counter = Counter::default();
        loop {
            let read: io::Result<usize> = py.detach(|| {
                let read = file.read(&mut block)?;
                counter.feed(&block[..read]);
                Ok(read)
            });
            match read {
                Ok(0) => return Ok(Counts(counter.counts)),
                Ok(_) => py.check_signals()?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => py.check_signals()?,
                Err(error) => return Err(named(error)),
            }
        }
    }
}

/// How many lines, words, characters and bytes there are.
#[pyclass(frozen, eq, hash, module = "production_deployment")]
#[derive(PartialEq, Eq, Hash)]
struct Counts(counting::Counts);

#[pymethods]
impl Counts {
    #[new]
    #[pyo3(signature = (lines = 0, words = 0, characters = 0, bytes = 0))]
    fn new(lines: u64, words: u64, characters: u64, bytes: u64) -> Self {
        Self(counting::Counts {
            lines,
            words,
            characters,
            bytes,
        })
    }

    /// Ends of lines, which is one less than lines where the last has none.
    #[getter]
    fn lines(&self) -> u64 {
        self.0.lines
    }

    /// What `bytes.split()` would give.
    #[getter]
    fn words(&self) -> u64 {
        self.0.words
    }

    /// Characters of UTF-8.
    #[getter]
    fn characters(&self) -> u64 {
        self.0.characters
    }

    /// Bytes.
    #[getter]
    fn bytes(&self) -> u64 {
        self.0.bytes
    }

    fn __add__(&self, other: &Self) -> Self {
        Self(self.0.sum(&other.0))
    }

    fn __repr__(&self) -> String {
        let counting::Counts {
            lines,
            words,
            characters,
            bytes,
        } = self.0;
        format!("Counts(lines={lines}, words={words}, characters={characters}, bytes={bytes})")
    }

    fn __getnewargs__(&self) -> (u64, u64, u64, u64) {
        (self.0.lines, self.0.words, self.0.characters, self.0.bytes)
    }
}

/// As Python's own open() says it: OSError of three arguments becomes FileNotFoundError and its like.
fn os_error(error: &io::Error, path: &std::path::Path) -> PyErr {
    let Some(code) = error.raw_os_error() else {
        return PyOSError::new_err(format!("{}: {error}", path.display()));
    };
    let text = error.to_string();
    let text = text
        .split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned();
    // Its own text, not one made readable: a name need not be UTF-8.
    let path = path.as_os_str().to_owned();
    if cfg!(windows) {
        // The fourth argument is Windows' number, from which Python tells errno.
        PyOSError::new_err((0, text, path, code))
    } else {
        PyOSError::new_err((code, text, path))
    }
}
