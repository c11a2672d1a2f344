//! Values that are made when they are first asked for.

use std::sync::{LazyLock, OnceLock};

use pyo3::prelude::*;
use pyo3::sync::OnceLockExt;

use crate::gate::{start, Gate};

static OPTIONS: OnceLock<usize> = OnceLock::new();
static PLUGINS: OnceLock<usize> = OnceLock::new();
static ALPHABET: LazyLock<usize> = LazyLock::new(make_alphabet);

#[inline(never)]
fn read_options(gate: &Gate) -> usize {
    gate.pass();
    Python::attach(|py| {
        let argv = py.import("sys").and_then(|sys| sys.getattr("argv"));
        argv.and_then(|argv| argv.len()).expect("sys has argv")
    })
}

/// Read the options ahead, in a thread.
#[pyfunction]
pub fn preload_options(gate: &Gate) {
    let gate = gate.clone();
    start("preload", move || {
        OPTIONS.get_or_init(|| read_options(&gate));
    });
}

/// The number of options.
#[pyfunction]
#[inline(never)]
pub fn option_count() -> usize {
    *OPTIONS.get_or_init(|| 0)
}

#[inline(never)]
fn load_plugins(py: Python<'_>, gate: &Gate) -> PyResult<usize> {
    py.detach(|| gate.pass());
    py.import("skein_plugins")?.getattr("NAMES")?.len()
}

/// The number of plugins; the first one who asks loads them.
#[pyfunction]
#[inline(never)]
pub fn plugin_count(py: Python<'_>, gate: &Gate) -> usize {
    *PLUGINS.get_or_init_py_attached(py, || load_plugins(py, gate).expect("the plugins are there"))
}

/// What a plugin's module asks for while it is imported.
#[pyfunction]
#[inline(never)]
pub fn register_plugin(py: Python<'_>) -> usize {
    *PLUGINS.get_or_init_py_attached(py, || load_plugins(py, &Gate::default()).expect("the plugins are there"))
}

#[inline(never)]
fn make_alphabet() -> usize {
    Python::attach(|py| {
        let string = py.import("skein_letters").expect("it is beside the program");
        string.getattr("LETTERS").and_then(|all| all.len()).expect("it has letters")
    })
}

/// The number of letters there are.
#[pyfunction]
#[inline(never)]
pub fn letter_count(py: Python<'_>) -> usize {
    py.detach(letters)
}

#[inline(never)]
fn letters() -> usize {
    *ALPHABET
}

