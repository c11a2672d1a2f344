//! What has to hold where Rust meets CPython, each rule beside what happens without it.
//!
//! Functions that end in `_wrongly` break one rule each; their twins keep it.

use pyo3::prelude::*;

pub mod attached;
pub mod buffers;
pub mod capsules;
pub mod cycles;
pub mod locks;
pub mod objects;
pub mod ring;
pub mod shared;

/// Rules of the boundary: attached and detached, locks, references, buffers, cycles, pointers, free threading.
// Every piece of state below is atomic, behind a mutex, or Python's own.
#[pymodule(gil_used = false)]
mod ffi_safety {
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use super::attached::{mix, mix_wrongly};
    #[pymodule_export]
    use super::buffers::{address_moves_wrongly, sum_bytes, View};
    #[pymodule_export]
    use super::capsules::{capsule_of, dropped_values, value_of};
    #[pymodule_export]
    use super::cycles::{Node, NodeWrongly};
    #[pymodule_export]
    use super::locks::{
        call_and_lock, lock_and_call_wrongly, setting, setting_or_error, setting_wrongly, total,
        total_wrongly,
    };
    #[pymodule_export]
    use super::objects::{
        call_in_thread, drop_in_thread, first, first_wrongly, new_list, new_list_wrongly,
    };
    #[pymodule_export]
    use super::shared::{Counter, CounterWrongly, Tally, TallyWrongly};
}
