//! What goes wrong.

use std::cell::RefCell;
use std::fs;
use std::hint::black_box;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::{current, spawned, TOTAL};

#[inline(never)]
pub fn range(rows: &[u64]) -> u64 {
    rows[1..black_box(9)].iter().sum()
}

#[inline(never)]
pub fn initial(name: &str) -> u64 {
    name[..black_box(1)].len() as u64
}

#[inline(never)]
pub fn first(rows: &[u64]) -> u64 {
    *rows.first().unwrap()
}

#[inline(never)]
pub fn number(text: &str) -> u64 {
    text.parse().unwrap()
}

#[inline(never)]
pub fn named(py: Python<'_>) -> u64 {
    let accounts = py.import("os").unwrap().getattr("environ").unwrap();
    accounts.get_item("NO_SUCH_ACCOUNT").unwrap().extract().unwrap()
}

#[inline(never)]
pub fn configured(path: &str) -> u64 {
    fs::read(path).expect("the ledger has a configuration").len() as u64
}

#[inline(never)]
pub fn twice(cell: &RefCell<u64>) -> u64 {
    let mut first = cell.borrow_mut();
    *first += 1;
    let second = cell.borrow_mut();
    *second
}

#[inline(never)]
pub fn sum(total: u64) -> u64 {
    total + black_box(1)
}

#[inline(never)]
pub fn mean(rows: &[u64]) -> u64 {
    rows.iter().sum::<u64>() / black_box(rows.len() as u64)
}

#[inline(never)]
pub fn poison() -> u64 {
    let worker = spawned("auditor", || {
        let held = TOTAL.lock().unwrap();
        panic!("audit failed at {}", *held);
    });
    drop(worker.join());
    *TOTAL.lock().unwrap()
}

#[inline(never)]
pub fn balanced(left: u64, right: u64) -> u64 {
    assert_eq!(left, right, "the books do not balance");
    left
}

#[inline(never)]
pub fn side(number: u64) -> u64 {
    match number {
        0 | 1 => number,
        _ => unreachable!("an account has two sides"),
    }
}

#[inline(never)]
pub fn later() -> u64 {
    todo!("interest")
}

#[inline(never)]
pub fn room(rows: usize) -> u64 {
    let rows: Vec<u64> = Vec::with_capacity(black_box(rows));
    rows.capacity() as u64
}

extern "C" fn compare(left: *const libc_void, right: *const libc_void) -> i32 {
    panic!("cannot compare {} with {}", left.is_null(), right.is_null())
}

#[allow(non_camel_case_types)]
type libc_void = std::ffi::c_void;

extern "C" {
    fn qsort(
        base: *mut libc_void,
        count: usize,
        size: usize,
        compare: extern "C" fn(*const libc_void, *const libc_void) -> i32,
    );
    fn free(place: *mut libc_void);
}

#[inline(never)]
pub fn sorted() -> u64 {
    let mut rows = [3_u64, 1, 2];
    // SAFETY: the array has three elements of eight bytes.
    unsafe { qsort(rows.as_mut_ptr().cast(), 3, 8, compare) };
    rows[0]
}

#[inline(never)]
pub fn huge() -> u64 {
    let rows: Vec<u8> = black_box(vec![1; black_box(1 << 62)]);
    rows.len() as u64
}

#[inline(never)]
pub fn freed() -> u64 {
    let place = Box::into_raw(Box::new([1_u64; 200]));
    // SAFETY: none, and that is the point.
    unsafe {
        free(place.cast());
        free(black_box(place).cast());
    }
    0
}

#[inline(never)]
pub fn illegal() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it ends the process.
    unsafe {
        std::arch::asm!("ud2")
    };
    0
}

#[inline(never)]
pub fn misaligned() -> u64 {
    let rows = [0_u8; 24];
    let place = black_box(rows.as_ptr().wrapping_add(1)).cast::<u64>();
    // SAFETY: none, and that is the point.
    unsafe { *place }
}

#[inline(never)]
pub fn in_threads() -> u64 {
    let one = spawned("east", || first(&black_box(Vec::new())));
    let two = spawned("west", || number(black_box("eleven")));
    one.join().unwrap_or(0) + two.join().unwrap_or(0)
}

#[inline(never)]
pub fn detached(py: Python<'_>) -> u64 {
    py.detach(|| current() as u64)
}

#[inline(never)]
pub fn refcount() -> u64 {
    // SAFETY: none, and that is the point.
    unsafe {
        let none = ffi::Py_None();
        for _ in 0..100_000 {
            ffi::Py_DECREF(none);
        }
        let object = ffi::PyList_New(0);
        ffi::Py_DECREF(object);
        ffi::Py_DECREF(black_box(object));
    }
    0
}
