//! Programs that crash, panic, deadlock, hang and leak in known ways, each beside its cure.
//!
//! Every wrong function keeps a frame of its own, so that a debugger can be scored on what it shows.

use pyo3::prelude::*;

mod crash;
mod hang;
mod leak;

/// Faults to practise on: the wrong functions and, beside them, the right ones.
#[pymodule(gil_used = false)]
mod debugging_example {
    use super::*;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use crash::{
        abort_process, double_panic, null_write, overflow_stack, panic_here, panic_in_thread,
        panic_in_thread_told, recurse_within_bounds, refuse, write_checked,
    };
    #[pymodule_export]
    use hang::{
        attach_then_lock, attach_then_lock_released, join_attached, join_detached,
        lock_then_attach, lock_twice, lock_twice_noticed, receive_attached, receive_detached, send,
        sleep_attached, sleep_detached, sleep_listening, spin, spin_listening,
    };
    #[pymodule_export]
    use leak::{
        cache_bounded, cache_forever, forget_object, forget_pointer, keep_box, keep_object,
        leak_box, link_arcs, link_arcs_weakly, link_rcs, link_rcs_weakly, own_pointer, Node,
        VisitedNode,
    };

    /// Call a Python function from Rust: a frame of each language between the two.
    #[pyfunction]
    fn call_back<'py>(function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        through_rust(function)
    }
}

#[inline(never)]
fn through_rust<'py>(function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    function.call0()
}
