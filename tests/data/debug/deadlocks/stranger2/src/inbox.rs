//! A port that messages come in by.

use std::io::Read;
use std::net::TcpListener;

use pyo3::prelude::*;

/// A listening socket.
#[pyclass(frozen)]
pub struct Inbox {
    listener: TcpListener,
}

#[pymethods]
impl Inbox {
    #[new]
    fn new() -> PyResult<Self> {
        Ok(Self {
            listener: TcpListener::bind("127.0.0.1:0")?,
        })
    }

    #[getter]
    fn port(&self) -> PyResult<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// All that the next caller says.
    #[inline(never)]
    fn next_message(&self) -> PyResult<String> {
        let (mut stream, _) = self.listener.accept()?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said)
    }
}
