//! Parts of extensions as one meets them: options, ledgers, pipelines, clients, pools, stores.

use pyo3::prelude::*;

mod aio;
mod bridge;
mod documents;
mod gate;
mod ledger;
mod options;
mod outside;
mod pipeline;
mod pools;
mod steady;
mod store;

/// Options, ledgers, pipelines, clients, pools and stores.
#[pymodule(gil_used = false)]
mod skein {
    #[pymodule_export]
    use super::aio::Client;
    #[pymodule_export]
    use super::bridge::{append_record, flush_records};
    #[pymodule_export]
    use super::documents::{sort_numbers, Document, Keeper};
    #[pymodule_export]
    use super::gate::Gate;
    #[pymodule_export]
    use super::ledger::{catalogue_entries, lend, start_indexer, start_office, total_of_accounts, Account};
    #[pymodule_export]
    use super::options::{letter_count, option_count, plugin_count, preload_options, register_plugin};
    #[pymodule_export]
    use super::outside::{open_database, Filter, Peer};
    #[pymodule_export]
    use super::pipeline::{Counter, Driver, Journal, Stages};
    #[pymodule_export]
    use super::pools::{resize_both, Scorers};
    #[pymodule_export]
    use super::steady::{
        add, convert_all, nap_with_lock, simulate, start_adders, start_counting, table_size, try_add,
        wait_for_change, Jobs, Listener,
    };
    #[pymodule_export]
    use super::store::{open_sessions, start_reaper, Prices, Settings, Tree};
}
