//! Small pieces of services as extensions have them: caches, pools, servers, pipelines.

use pyo3::prelude::*;

mod cache;
mod graph;
mod inbox;
mod index;
mod meeting;
mod pools;
mod reports;
mod schema;
mod server;
mod settings;
mod steady;

/// Caches, pools, servers and pipelines.
#[pymodule(gil_used = false)]
mod tangle {
    #[pymodule_export]
    use super::cache::Cache;
    #[pymodule_export]
    use super::graph::{Chain, Engine, Node};
    #[pymodule_export]
    use super::inbox::Inbox;
    #[pymodule_export]
    use super::index::Index;
    #[pymodule_export]
    use super::meeting::{meet, start_partner};
    #[pymodule_export]
    use super::pools::{map_words, total, weigh_all};
    #[pymodule_export]
    use super::reports::{complain, start_reporter};
    #[pymodule_export]
    use super::schema::schema_size;
    #[pymodule_export]
    use super::server::Server;
    #[pymodule_export]
    use super::settings::{apply, default_level};
    #[pymodule_export]
    use super::steady::{
        catalogue_size, count_up, feed, fetch, start_catalogue, start_consumer, start_counters,
        start_readers, stocktake, wait_for,
    };
}
