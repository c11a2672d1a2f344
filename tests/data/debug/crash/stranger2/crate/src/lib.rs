use pyo3::prelude::*;

mod batch;
mod clay;
mod glaze;
mod shelf;

#[pymodule(gil_used = false)]
mod kiln {
    #[pymodule_export]
    use super::batch::{fire, fire_each, fire_in_threads, spread, total_heat};
    #[pymodule_export]
    use super::clay::{melt, read_far, release, scratch, share_out};
    #[pymodule_export]
    use super::glaze::{mix, open_store, parse_cone, recipe, reserve, short_label};
    #[pymodule_export]
    use super::shelf::{check, Shelf};
}
