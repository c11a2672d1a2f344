//! Waits that never end, and waits that do: what a verdict is measured by.
//!
//! A function that waits keeps a frame of its own. Where one thread has to be first, it calls back into Python (`reached`) when it is.

use pyo3::prelude::*;

mod attached;
mod ends;
mod healthy;
mod once;
mod twice;
mod two;

#[pymodule(gil_used = false)]
mod deadlocks {
    #[pymodule_export]
    use super::attached::{
        condvar_attached, crossbeam_attached, join_attached, process_attached, rayon_attached,
        read_attached, receive_attached, sleep_attached,
    };
    #[pymodule_export]
    use super::ends::{abort_in_drop, recurse, unwind_into_c, Account};
    #[pymodule_export]
    use super::healthy::{
        compute, compute_in_pool, condvar_in_turns, hold_and_compute, idle_pool, lock_attached,
        lock_detached, lock_in_turns, lock_py_attached, py_once_slow, read_detached,
        receive_detached, sleep_detached,
    };
    #[pymodule_export]
    use super::once::{once_attached, once_in_itself, once_then_attach};
    #[pymodule_export]
    use super::twice::{
        attached_twice, mutex_twice, needing_the_interpreter, parking_lot_twice, rwlock_upgrade,
    };
    #[pymodule_export]
    use super::two::{
        call_with_mutex, first_then_second, lock_then_attach, mutex_attached, mutex_detached,
        parking_lot_attached, parking_lot_then_attach, run_in_thread, rwlock_read_attached,
        rwlock_write_then_attach, second_then_first,
    };
}

/// Say to Python that this thread is where it was to be.
pub(crate) fn say(reached: &Py<PyAny>) {
    Python::attach(|py| reached.call0(py))
        .expect("what is called when a place is reached does not fail");
}
