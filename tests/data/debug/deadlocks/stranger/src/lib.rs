//! What programs wait for, some in vain.

use pyo3::prelude::*;

mod accounts;
mod cells;
mod crew;
mod journal;
mod ledger;
mod registry;
mod sorting;
mod steady;

/// Locks, pools and channels in the ways that extensions have them.
#[pymodule(gil_used = false)]
mod tidemill {
    #[pymodule_export]
    use super::accounts::{open_books, settle, Account};
    #[pymodule_export]
    use super::cells::{settings, table_size, use_loader};
    #[pymodule_export]
    use super::crew::{
        map_in_pool, on_worker, produce, read_line, start_flusher, stop_flusher, submit_and_wait,
        take_item, Gate,
    };
    #[pymodule_export]
    use super::journal::{prepare, sink_flush, sink_write};
    #[pymodule_export]
    use super::ledger::{Catalog, Counter, Ledger};
    #[pymodule_export]
    use super::registry::{enrol, lease, registry_size, start_reaper, Member};
    #[pymodule_export]
    use super::sorting::sort_with;
    #[pymodule_export]
    use super::steady::{
        compute_attached, compute_detached, start_callers, start_compactor, start_pool_idle, stock,
        warm_up, work_off,
    };
}
