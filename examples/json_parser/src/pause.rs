//! No collection of garbage while a large document is read.
//!
//! Until Python 3.11 every 700 new containers run the collector, in the middle of the parser. It looks at all of them
//! and finds nothing, as everything is in use: a third of the time of `loads`. From 3.12 on it waits until Python code
//! runs again, and there is nothing to pause.

#[cfg(Py_3_12)]
pub use never::pause;
#[cfg(not(Py_3_12))]
pub use until_3_11::pause;

#[cfg(Py_3_12)]
mod never {
    use pyo3::prelude::*;

    /// Nothing; what the other Pythons need.
    pub fn pause(_py: Python<'_>, _size: usize) -> PyResult<()> {
        Ok(())
    }
}

#[cfg(not(Py_3_12))]
mod until_3_11 {
    use pyo3::prelude::*;
    use pyo3::sync::PyOnceLock;

    /// In bytes; less has few containers, and asking the module `gc` costs half a microsecond.
    const LARGE: usize = 4096;

    /// The collector's pause; it ends when this is dropped.
    pub struct Pause<'py>(&'py Bound<'py, PyModule>);

    // ANCHOR: pause
    /// Stop the collector for a document of that size, unless it is small, or somebody has stopped it already.
    ///
    /// No other thread can see it: the parser holds the GIL from the first byte to the last.
    pub fn pause(py: Python<'_>, size: usize) -> PyResult<Option<Pause<'_>>> {
        static GC: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
        if size < LARGE {
            return Ok(None);
        }
        let gc = GC
            .get_or_try_init(py, || py.import("gc").map(Bound::unbind))?
            .bind(py);
        if !gc.call_method0("isenabled")?.is_truthy()? {
            return Ok(None);
        }
        gc.call_method0("disable")?;
        Ok(Some(Pause(gc)))
    }

    impl Drop for Pause<'_> {
        fn drop(&mut self) {
            if let Err(error) = self.0.call_method0("enable") {
                error.write_unraisable(self.0.py(), None);
            }
        }
    }
    // ANCHOR_END: pause
}
