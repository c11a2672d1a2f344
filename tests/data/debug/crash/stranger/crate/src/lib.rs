use pyo3::prelude::*;

mod codec;
mod queue;
mod tree;

#[pymodule(gil_used = false)]
mod millrace {
    #[pymodule_export]
    use super::codec::{checksum, column, decode_header, digits, field, first_word, nibble, parse_flag, ratio, reserve, spawn_check, walk};
    #[pymodule_export]
    use super::queue::{drain, run_job, run_jobs, spawn_job, Queue, Session};
    #[pymodule_export]
    use super::tree::{peek, raw_at, Leaf, Tree};
}
