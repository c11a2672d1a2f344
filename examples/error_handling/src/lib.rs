//! Errors that keep their type, cause and traceback across the boundary; panics; interrupts that are heard.
//!
//! `settings` knows nothing of Python. Each other file is one matter, with the wrong way beside the right one.

use pyo3::prelude::*;

mod callbacks;
mod chains;
mod costs;
mod exceptions;
mod finalizers;
mod groups;
mod interrupts;
mod iterators;
mod panics;
mod reading;
pub mod settings;
mod threads;

/// Errors between Rust and Python, each wrong way beside the right one.
// Whatever is mutable has a lock, or is borrowed by PyO3's own rules.
#[pymodule(gil_used = false)]
mod error_handling {
    use super::*;

    #[pymodule_export]
    use super::callbacks::{
        apply, apply_wrong_ok, apply_wrong_text, apply_wrong_unwrap, get_or, sort_by, sort_by_wrong,
    };
    #[pymodule_export]
    use super::chains::{each, each_wrong, first_of, first_of_wrong, scaled, scaled_wrong};
    #[pymodule_export]
    use super::costs::{misses_by_option, misses_eagerly, misses_lazily, raise_value_error};
    #[pymodule_export]
    use super::exceptions::{check_limit, check_limit_wrong, HardLimitError, LimitError};
    #[pymodule_export]
    use super::exceptions::{InternalError, LineError, SettingsError};
    #[pymodule_export]
    use super::finalizers::{Handle, HandleWrong, PanicsWhenCollected};
    #[pymodule_export]
    use super::groups::{check, check_wrong};
    #[pymodule_export]
    use super::interrupts::{spin, spin_detached, spin_wrong};
    #[pymodule_export]
    use super::iterators::{total, total_wrong, Entries, EntriesWrong, Mapped, MappedWrong};
    #[pymodule_export]
    use super::panics::{nth, nth_guarded, nth_wrong, outcome, outcome_guarded, panic_twice};
    #[pymodule_export]
    use super::reading::{load, load_wrong, parse, read_wrong};
    #[pymodule_export]
    use super::threads::{in_thread, in_thread_wrong};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        module.add("MissingError", super::exceptions::missing_error(py)?)?;
        // Python can import it from nowhere else.
        module.add(
            "PanicException",
            py.get_type::<pyo3::panic::PanicException>(),
        )
    }
}
