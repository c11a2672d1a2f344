//! What crosses the boundary for free, what is copied, and what each copied element costs.
//!
//! One file a theme. In each, wrong and right stand side by side; the tests show the difference, the benchmark its price.

use pyo3::prelude::*;

mod arrays;
mod binary;
mod buffers;
mod collections;
mod numbers;
mod records;
mod text;
mod times;

/// Conversions between Python and Rust, the cheap way beside the dear one.
// The cells of `buffers` are safe while the GIL keeps other threads from writing.
#[pymodule(gil_used = true)]
mod type_conversion {
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use super::arrays::{
        add_into, add_into_or_panic, address_of_array, row_sums, squares_array, squares_copied,
        squares_list, sum_array, sum_array_as_vec, sum_array_bare, sum_array_like, sum_contiguous,
    };
    #[pymodule_export]
    use super::binary::{
        address_of_cow, address_of_slice, address_of_vec, filled_copied, filled_in_place, Blob,
        CopiedBlob,
    };
    #[pymodule_export]
    use super::buffers::{
        address_of_buffer, fill, sum_buffer, sum_buffer_copied, sum_f64, sum_f64_any_order, Held,
    };
    #[pymodule_export]
    use super::collections::{
        contains_in_hash_set, contains_in_set, count_hashed, count_in_order, count_sorted,
        double_copied, double_in_place, first_negative, first_negative_in_vec, length_of_array,
        length_of_tuple, price_from_dict, price_from_map, sum_list, sum_vec, timeout_ambiguous,
        timeout_or_never,
    };
    #[pymodule_export]
    use super::numbers::{
        next_i64, next_i64_wrapping, next_int, next_int_or_big, round_to_cents, to_decimal_lossy,
        twice_f64, twice_i128,
    };
    #[pymodule_export]
    use super::records::{
        area, as_dict, as_tuple, discounted, kind, kind_float_first, native_objects, normalized,
        objects, objects_by_keyword, total, total_of_records, Order,
    };
    #[pymodule_export]
    use super::text::{
        address_of_cow_str, address_of_str, address_of_string, longest_backed, longest_owned, Line,
    };
    #[pymodule_export]
    use super::times::{
        add_days, add_days_to_date, from_unix_milliseconds, from_unix_nanoseconds,
        from_unix_nanoseconds_rounded, times, unix_milliseconds, unix_milliseconds_of_text,
        unix_milliseconds_utc_only, year_by_attribute, year_by_field,
    };
}
