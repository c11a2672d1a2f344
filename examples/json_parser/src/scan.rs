//! Sixteen bytes at a time: where a text ends, and where white space ends. It knows no Python.

pub const WIDTH: usize = 16;
pub type Block = [u8; WIDTH];

/// The end of a run of plain text: the index of the first `"`, `\` or control character at or after `at`, or the data's
/// length; and whether any byte before it is not ASCII.
#[inline]
pub fn text_end(data: &[u8], mut at: usize) -> (usize, bool) {
    let mut wide = false;
    while let Some(block) = data.get(at..).and_then(|rest| rest.first_chunk()) {
        let (stops, high) = text_masks(block);
        if stops != 0 {
            // The bits below the first stop.
            let before = (stops & stops.wrapping_neg()).wrapping_sub(1);
            return (
                at + stops.trailing_zeros() as usize,
                wide | (high & before != 0),
            );
        }
        wide |= high != 0;
        at += WIDTH;
    }
    while let Some(&byte) = data.get(at) {
        if stops_text(byte) {
            break;
        }
        wide |= byte >= 0x80;
        at += 1;
    }
    (at, wide)
}

/// The index of the first byte at or after `at` that is no white space, or the data's length.
#[inline]
pub fn space_end(data: &[u8], mut at: usize) -> usize {
    while let Some(block) = data.get(at..).and_then(|rest| rest.first_chunk()) {
        let others = space_mask(block);
        if others != 0 {
            return at + others.trailing_zeros() as usize;
        }
        at += WIDTH;
    }
    while data.get(at).is_some_and(|&byte| is_space(byte)) {
        at += 1;
    }
    at
}

/// True where any of the sixteen bytes ends a text.
#[inline]
pub fn stops_block(block: &Block) -> bool {
    text_masks(block).0 != 0
}

/// True where any of the eight bytes ends a text, without a loop over them.
///
/// A byte below n sets its top bit in `word - n * ONES`, and has none itself; borrows reach only bytes above one that
/// stops already. (Mycroft's test; Anderson, Bit Twiddling Hacks, "Determine if a word has a byte less than n".)
#[inline]
pub fn stops_word(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\')) & (ONES << 7) != 0
}

#[inline]
fn stops_text(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The four bytes that RFC 8259 calls white space.
#[inline]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// One bit a byte: those that end a text, and those that are not ASCII.
#[cfg(target_arch = "x86_64")]
#[inline]
fn text_masks(block: &Block) -> (u32, u32) {
    use core::arch::x86_64::*;
    // SAFETY: every x86-64 processor has SSE2; the load is of 16 bytes that the reference vouches for, aligned or not.
    unsafe {
        let bytes = _mm_loadu_si128(block.as_ptr().cast());
        let quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
        let backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
        let last = _mm_set1_epi8(0x1f);
        let controls = _mm_cmpeq_epi8(_mm_max_epu8(bytes, last), last);
        let stops = _mm_or_si128(_mm_or_si128(quotes, backslashes), controls);
        (
            _mm_movemask_epi8(stops) as u32,
            _mm_movemask_epi8(bytes) as u32,
        )
    }
}

/// One bit a byte: those that are no white space.
#[cfg(target_arch = "x86_64")]
#[inline]
fn space_mask(block: &Block) -> u32 {
    use core::arch::x86_64::*;
    // SAFETY: as in `text_masks`.
    unsafe {
        let bytes = _mm_loadu_si128(block.as_ptr().cast());
        let equal = |byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8));
        let ends = _mm_or_si128(equal(b'\n'), equal(b'\r'));
        let blanks = _mm_or_si128(equal(b' '), equal(b'\t'));
        !(_mm_movemask_epi8(_mm_or_si128(ends, blanks)) as u32) & 0xffff
    }
}

#[cfg(not(target_arch = "x86_64"))]
use portable::{space_mask, text_masks};

/// The same for other processors; the tests hold it against the above where both exist.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use super::{is_space, stops_text, Block};

    fn mask(block: &Block, holds: impl Fn(u8) -> bool) -> u32 {
        block
            .iter()
            .rev()
            .fold(0, |mask, &byte| mask << 1 | u32::from(holds(byte)))
    }

    #[inline]
    pub fn text_masks(block: &Block) -> (u32, u32) {
        (mask(block, stops_text), mask(block, |byte| byte >= 0x80))
    }

    #[inline]
    pub fn space_mask(block: &Block) -> u32 {
        mask(block, |byte| !is_space(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_of_a_block() {
        for place in 0..WIDTH {
            for byte in 0..=u8::MAX {
                for filler in [b' ', b'x', 0xc3] {
                    let mut block = [filler; WIDTH];
                    block[place] = byte;
                    assert_eq!(text_masks(&block), portable::text_masks(&block));
                    assert_eq!(space_mask(&block), portable::space_mask(&block));
                }
            }
        }
    }

    #[test]
    fn text_ends_at_its_first_stop_whatever_the_length() {
        for length in 0..50 {
            for stop in [b'"', b'\\', 0, 0x1f] {
                let mut data = vec![b'a'; length];
                data.push(stop);
                assert_eq!(text_end(&data, 0), (length, false));
                // What follows the stop does not count.
                data.extend("é".repeat(9).bytes());
                assert_eq!(text_end(&data, 0), (length, false));
                if length > 0 {
                    data[length - 1] = 0x7f;
                    assert_eq!(text_end(&data, 0), (length, false));
                    data[length - 1] = 0x80;
                    assert_eq!(text_end(&data, 0), (length, true));
                    assert_eq!(text_end(&data, length), (length, false));
                }
            }
            assert_eq!(text_end(&vec![b'a'; length], 0), (length, false));
        }
    }

    #[test]
    fn a_word_stops_where_one_of_its_bytes_does() {
        for byte in 0..=255 {
            for place in 0..8 {
                for other in [b'a', 0x80, 0xff, b' ', b'!', b'#', b'[', b']'] {
                    let mut word = [other; 8];
                    word[place] = byte;
                    assert_eq!(stops_word(u64::from_le_bytes(word)), stops_text(byte));
                }
            }
        }
    }

    #[test]
    fn space_ends_at_the_first_other_byte() {
        for length in 0..50 {
            let mut data = b" \n\t\r".repeat(13)[..length].to_vec();
            assert_eq!(space_end(&data, 0), length);
            data.extend(b"0 ");
            assert_eq!(space_end(&data, 0), length);
            assert_eq!(space_end(&data, length), length);
        }
    }
}
