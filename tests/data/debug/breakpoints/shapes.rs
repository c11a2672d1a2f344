//! Functions of every kind that a stack may show, called by shapes.py through ctypes: no PyO3, so that it is compiled in
//! a second.

use std::hint::black_box;

trait Area {
    fn area(&self) -> f64;
}

// A comment above a type
// that has no code.
struct Square(f64);

struct Pair<T>(T, T);

impl Area for Square {
    #[inline(never)]
    fn area(&self) -> f64 {
        black_box(self.0) * self.0
    }
}

impl<T: Into<f64> + Copy> Area for Pair<T> {
    #[inline(never)]
    fn area(&self) -> f64 {
        black_box(self.0).into() * self.1.into()
    }
}

#[inline(never)]
fn twice<T: std::ops::Add<Output = T> + Copy>(value: T) -> T {
    black_box(value) + value
}

#[inline(never)]
fn applied(function: &dyn Fn(u64) -> u64, value: u64) -> u64 {
    black_box(function)(value)
}

#[inline(always)]
fn inlined(value: f64) -> f64 {
    let more = black_box(value) + 1.0;
    more * 2.0
}

#[no_mangle]
pub extern "C" fn all_of_them(side: f64) -> f64 {
    let square = Square(side);
    let single = Pair(side as f32, 2.0f32);
    let small = Pair(3u8, 4u8);
    let more = applied(&|value| black_box(value) + twice(value), 3);
    square.area() + single.area() + small.area() + more as f64 + twice(black_box(1.5)) + inlined(side)
}

/// Calls a function in threads that Rust starts, one after the other.
#[no_mangle]
pub extern "C" fn in_threads(function: extern "C" fn(u64), times: u64) {
    for number in 0..times {
        std::thread::spawn(move || function(number)).join().unwrap();
    }
}

// The last line that has code is above.
