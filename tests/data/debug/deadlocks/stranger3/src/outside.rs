//! What is waited for outside of the process, or through the kernel.

use std::fs::File;
use std::io::{Error, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use pyo3::prelude::*;

use crate::gate::{start, Gate};

/// A program that is given text and gives it back.
#[pyclass]
pub struct Filter(Child);

#[pymethods]
impl Filter {
    #[new]
    fn new(program: &str) -> PyResult<Self> {
        let child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        Ok(Self(child))
    }

    /// All of the text is written before anything is read.
    #[inline(never)]
    fn run(&mut self, text: &[u8]) -> PyResult<usize> {
        let mut stdin = self.0.stdin.take().expect("it is asked once");
        stdin.write_all(text)?;
        drop(stdin);
        let mut back = Vec::new();
        Ok(self.0.stdout.take().expect("it is asked once").read_to_end(&mut back)?)
    }

    /// Its input is still open, so it does not end.
    #[inline(never)]
    fn finish(&mut self) -> PyResult<i32> {
        let input = self.0.stdin.take();
        let status = self.0.wait()?;
        drop(input);
        Ok(status.code().unwrap_or(-1))
    }
}

/// A connection to a thread that answers with Python's help.
#[pyclass(frozen)]
pub struct Peer(UnixStream);

#[inline(never)]
fn reply(mut stream: &UnixStream, gate: &Gate) {
    gate.pass();
    let said = Python::attach(|py| py.version_info().suffix.unwrap_or("final").to_owned());
    stream.write_all(said.as_bytes()).expect("somebody reads");
}

#[pymethods]
impl Peer {
    #[new]
    fn new(gate: &Gate) -> PyResult<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let gate = gate.clone();
        start("responder", move || reply(&theirs, &gate));
        Ok(Self(ours))
    }

    #[inline(never)]
    fn ask(&self) -> PyResult<usize> {
        let mut said = [0; 16];
        Ok((&self.0).read(&mut said)?)
    }
}

/// Wait, attached, until no other process has the file.
#[pyfunction]
#[inline(never)]
pub fn open_database(path: &str) -> PyResult<usize> {
    let mut file = File::open(path)?;
    // SAFETY: the file is open.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) } != 0 {
        return Err(Error::last_os_error().into());
    }
    let mut text = String::new();
    Ok(file.read_to_string(&mut text)?)
}
