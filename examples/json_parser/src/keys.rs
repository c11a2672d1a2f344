//! Keys met before, as Python strings: neither made nor hashed again.
//!
//! Documents repeat their keys. A Python string remembers its hash, so that a key from here goes into a dict at the
//! price of a look-up. The table is of fixed size: hostile documents can replace its entries, not make it grow.

use std::sync::{Mutex, TryLockError};

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::text;

const SLOTS: usize = 2048;
/// With the pointer and the length this makes a slot of 64 bytes, a cache line.
const LONGEST: usize = 55;

/// Some keys by their bytes, one for each value of a small hash.
pub struct Keys {
    slots: Box<[Slot]>,
}

#[repr(align(64))]
#[derive(Default)]
struct Slot {
    key: Option<Py<PyString>>,
    length: u8,
    bytes: Bytes,
}

struct Bytes([u8; LONGEST]);

impl Default for Bytes {
    fn default() -> Self {
        Self([0; LONGEST])
    }
}

/// `None` until the first use.
static SHARED: Mutex<Option<Keys>> = Mutex::new(None);

impl Keys {
    fn new() -> Self {
        Self {
            slots: std::iter::repeat_with(Slot::default).take(SLOTS).collect(),
        }
    }

    /// Call with the process's table, or with a fresh one while someone else has it: another thread, or a call further
    /// down the stack of this thread, in a finalizer that the garbage collector ran. So nobody waits for the lock, and
    /// it cannot deadlock with the GIL.
    pub fn lend<R>(call: impl FnOnce(&mut Self) -> R) -> R {
        match SHARED.try_lock() {
            Ok(mut keys) => call(keys.get_or_insert_with(Self::new)),
            // A panic half way leaves every slot whole.
            Err(TryLockError::Poisoned(keys)) => {
                call(keys.into_inner().get_or_insert_with(Self::new))
            }
            Err(TryLockError::WouldBlock) => call(&mut Self::new()),
        }
    }

    /// The key that these bytes are; `wide` where not all are ASCII.
    #[inline]
    pub fn get<'py>(
        &mut self,
        py: Python<'py>,
        bytes: &[u8],
        wide: bool,
    ) -> PyResult<Bound<'py, PyString>> {
        if bytes.len() > LONGEST {
            return make(py, bytes, wide);
        }
        let slot = &mut self.slots[index(bytes)];
        if let Some(key) = &slot.key {
            if slot.bytes.0[..usize::from(slot.length)] == *bytes {
                return Ok(key.bind(py).clone());
            }
        }
        let key = make(py, bytes, wide)?;
        slot.length = bytes.len() as u8;
        slot.bytes.0[..bytes.len()].copy_from_slice(bytes);
        slot.key = Some(key.clone().unbind());
        Ok(key)
    }
}

fn make<'py>(py: Python<'py>, bytes: &[u8], wide: bool) -> PyResult<Bound<'py, PyString>> {
    if wide {
        text::wide(py, bytes)
    } else {
        text::ascii(py, bytes)
    }
}

/// A slot from the length and up to sixteen bytes; long keys differ at one of their ends.
#[inline]
fn index(bytes: &[u8]) -> usize {
    let (first, last) = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk())
    {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (
            u32::from_le_bytes(*first).into(),
            u32::from_le_bytes(*last).into(),
        )
    } else {
        let all = bytes
            .iter()
            .fold(0, |all, &byte| all << 8 | u64::from(byte));
        (all, 0)
    };
    // Odd constants with bits all over: the top bits of the product depend on every bit of the bytes.
    let mixed =
        (first ^ last.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (u64::BITS - SLOTS.trailing_zeros())) as usize
}
