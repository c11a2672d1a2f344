//! A pure core with unsafe code in it, which knows nothing of Python: so Miri can run its tests.
//!
//! `cargo +nightly miri test ring`

use std::mem::MaybeUninit;

/// The last `N` values, without an allocation.
pub struct Ring<T, const N: usize> {
    cells: [MaybeUninit<T>; N],
    /// Where the oldest one is, and how many there are.
    start: usize,
    length: usize,
}

impl<T, const N: usize> Default for Ring<T, N> {
    fn default() -> Self {
        Self {
            cells: [const { MaybeUninit::uninit() }; N],
            start: 0,
            length: 0,
        }
    }
}

impl<T, const N: usize> Ring<T, N> {
    /// Put a value in; what has no room any more comes out.
    pub fn push(&mut self, value: T) -> Option<T> {
        let oldest = if self.length == N { self.pop() } else { None };
        if N == 0 {
            return Some(value);
        }
        self.cells[(self.start + self.length) % N].write(value);
        self.length += 1;
        oldest
    }

    /// Take the oldest value out.
    pub fn pop(&mut self) -> Option<T> {
        if self.length == 0 {
            return None;
        }
        // SAFETY: the cells from start on, length of them, are initialized; this one is counted no longer.
        let value = unsafe { self.cells[self.start].assume_init_read() };
        self.start = (self.start + 1) % N;
        self.length -= 1;
        Some(value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl<T, const N: usize> Drop for Ring<T, N> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_comes_out_first() {
        let mut ring = Ring::<String, 2>::default();
        assert_eq!(ring.push("a".to_owned()), None);
        assert_eq!(ring.push("b".to_owned()), None);
        assert_eq!(ring.push("c".to_owned()).as_deref(), Some("a"));
        assert_eq!((ring.pop().as_deref(), ring.len()), (Some("b"), 1));
        assert!(!ring.is_empty());
    }

    #[test]
    fn what_is_left_is_dropped_once() {
        let watched = std::rc::Rc::new(());
        let mut ring = Ring::<_, 3>::default();
        for _ in 0..5 {
            ring.push(watched.clone());
        }
        assert_eq!(std::rc::Rc::strong_count(&watched), 4);
        drop(ring);
        assert_eq!(std::rc::Rc::strong_count(&watched), 1);
    }

    #[test]
    fn one_without_room_keeps_nothing() {
        assert_eq!(Ring::<u8, 0>::default().push(7), Some(7));
    }
}
