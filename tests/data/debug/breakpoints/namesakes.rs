//! Two types with a method of one name, each inlined where it is called; and a line that ends in what is inlined.

use std::hint::black_box;

pub struct Map(u64);
pub struct Set(u64);

impl Map {
    #[inline(always)]
    fn insert_one(&self, value: u64) -> u64 {
        black_box(self.0) + black_box(value)
    }
}

impl Set {
    #[inline(always)]
    fn insert_one(&self, value: u64) -> u64 {
        black_box(self.0) * black_box(value)
    }
}

#[no_mangle]
pub extern "C" fn into_map(value: u64) -> u64 {
    Map(black_box(1)).insert_one(value)
}

#[no_mangle]
pub extern "C" fn into_set(value: u64) -> u64 {
    Set(black_box(2)).insert_one(value)
}

#[no_mangle]
pub extern "C" fn write_to(place: *mut u64) {
    let place = black_box(place);
    // SAFETY: the caller has it.
    unsafe { place.write_volatile(1) };
}
