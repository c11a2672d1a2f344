use std::arch::asm;

use pyo3::prelude::*;

extern "C" {
    fn free(pointer: *mut u8);
}

/// Read what is not there.
#[inline(never)]
unsafe fn grain(address: usize) -> u8 {
    let value: u8;
    asm!("mov {}, byte ptr [{}]", out(reg_byte) value, in(reg) address);
    value
}

#[pyfunction]
#[inline(never)]
pub fn melt(offset: usize) -> u8 {
    unsafe { grain(offset) }
}

#[pyfunction]
#[inline(never)]
pub fn read_far(offset: usize) -> u8 {
    unsafe { grain(0x7000_0000_0000 + offset) }
}

#[inline(never)]
fn give_back(bytes: &mut [u8]) {
    unsafe { free(bytes.as_mut_ptr().add(16)) }
}

/// Free what was not allocated.
#[pyfunction]
#[inline(never)]
pub fn release(size: usize) -> usize {
    let mut bytes = vec![1_u8; size];
    give_back(&mut bytes);
    bytes.len()
}

/// Read one byte behind the end.
#[pyfunction]
#[inline(never)]
pub fn scratch(size: usize) -> u8 {
    let bytes = vec![3_u8; size].into_boxed_slice();
    unsafe { grain(bytes.as_ptr() as usize + size) }
}

#[inline(never)]
fn divide(whole: u32, parts: u32) -> u32 {
    let quotient: u32;
    unsafe {
        asm!("div {0:e}", in(reg) parts, inout("eax") whole => quotient, inout("edx") 0_u32 => _);
    }
    quotient
}

#[pyfunction]
#[inline(never)]
pub fn share_out(whole: u32, parts: u32) -> u32 {
    divide(whole, parts)
}
