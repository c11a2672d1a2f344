//! JSON's texts and floats, as `json` writes them. It knows no Python.

use std::io::Write;
use std::mem::{align_of, size_of};

use lexical_write_integer::{FormattedSize, ToLexical};

use crate::scan;

const _: () = assert!(align_of::<zmij::Buffer>() == 1);

/// `extend_from_slice` for short bytes: two moves that overlap instead of a call of `memcpy`.
#[inline]
pub fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    let count = bytes.len();
    out.reserve(count);
    // SAFETY: both sides have `count` bytes, of which `moves` copies the first and the last that it is told; the vector's
    // are its own spare ones, and set when the length says so.
    unsafe {
        let (from, to) = (bytes.as_ptr(), out.as_mut_ptr().add(out.len()));
        match count {
            0 => {}
            1..=3 => {
                // The first, the middle and the last.
                *to = *from;
                *to.add(count / 2) = *from.add(count / 2);
                *to.add(count - 1) = *from.add(count - 1);
            }
            4..=7 => moves::<4>(from, to, count),
            8..=15 => moves::<8>(from, to, count),
            16..=32 => moves::<16>(from, to, count),
            _ => from.copy_to_nonoverlapping(to, count),
        }
        out.set_len(out.len() + count);
    }
}

/// Copy the first and the last `SIZE` of `count` bytes.
///
/// # Safety
/// Both pointers have `count` bytes, at least `SIZE`, and do not overlap.
#[inline]
unsafe fn moves<const SIZE: usize>(from: *const u8, to: *mut u8, count: usize) {
    from.copy_to_nonoverlapping(to, SIZE);
    let last = count - SIZE;
    from.add(last).copy_to_nonoverlapping(to.add(last), SIZE);
}

/// A text in quotes, with the escapes that JSON asks for, and the byte that comes behind it.
#[inline]
pub fn text(out: &mut Vec<u8>, utf8: &[u8], behind: u8) {
    let count = utf8.len();
    out.reserve(count + 3);
    let start = out.len();
    // SAFETY: the vector has room for the text and three bytes more; where the text is not plain, its length stays as
    // it was, and what is written already is spare again.
    unsafe {
        let to = out.as_mut_ptr().add(start);
        *to = b'"';
        if copy_plain(utf8, to.add(1)) {
            *to.add(count + 1) = b'"';
            *to.add(count + 2) = behind;
            out.set_len(start + count + 3);
            return;
        }
    }
    out.push(b'"');
    characters(out, utf8);
    out.extend_from_slice(&[b'"', behind]);
}

/// Copy a text while looking at it; false, and unspecified bytes, where something needs an escape.
///
/// What is not a multiple of a block is covered by two moves that overlap, not gone through byte by byte.
///
/// # Safety
/// `to` has room for as many bytes.
#[inline]
unsafe fn copy_plain(text: &[u8], to: *mut u8) -> bool {
    let (from, count) = (text.as_ptr(), text.len());
    match count {
        0 => true,
        1..=3 => {
            let (first, middle, last) = (*from, *from.add(count / 2), *from.add(count - 1));
            *to = first;
            *to.add(count / 2) = middle;
            *to.add(count - 1) = last;
            !scan::stops_word(u64::from_le_bytes([
                first, middle, last, 32, 32, 32, 32, 32,
            ]))
        }
        4..=7 => {
            let first: u32 = from.cast::<u32>().read_unaligned();
            let last: u32 = from.add(count - 4).cast::<u32>().read_unaligned();
            to.cast::<u32>().write_unaligned(first);
            to.add(count - 4).cast::<u32>().write_unaligned(last);
            !scan::stops_word(u64::from(first) | u64::from(last) << 32)
        }
        8..=15 => {
            let first: u64 = from.cast::<u64>().read_unaligned();
            let last: u64 = from.add(count - 8).cast::<u64>().read_unaligned();
            to.cast::<u64>().write_unaligned(first);
            to.add(count - 8).cast::<u64>().write_unaligned(last);
            !scan::stops_word(first) & !scan::stops_word(last)
        }
        _ => {
            let mut at = 0;
            while at + scan::WIDTH < count {
                if !copy_block(from.add(at), to.add(at)) {
                    return false;
                }
                at += scan::WIDTH;
            }
            // The last block ends with the text, wherever it starts.
            let last = count - scan::WIDTH;
            copy_block(from.add(last), to.add(last))
        }
    }
}

/// # Safety
/// Both pointers have a block's bytes.
#[inline]
unsafe fn copy_block(from: *const u8, to: *mut u8) -> bool {
    let block: scan::Block = from.cast::<scan::Block>().read_unaligned();
    to.cast::<scan::Block>().write_unaligned(block);
    !scan::stops_block(&block)
}

#[inline(never)]
fn characters(out: &mut Vec<u8>, utf8: &[u8]) {
    let mut start = 0;
    loop {
        let (end, _) = scan::text_end(utf8, start);
        append(out, &utf8[start..end]);
        let Some(&byte) = utf8.get(end) else { return };
        escape(out, byte);
        start = end + 1;
    }
}

#[cold]
fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => return unit(out, byte.into()),
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn unit(out: &mut Vec<u8>, code: u16) {
    write!(out, "\\u{code:04x}").expect("a vector takes whatever is written");
}

/// The same where surrogates stand, three bytes each: they have no UTF-8 and become escapes.
#[cold]
pub fn text_with_surrogates(out: &mut Vec<u8>, bytes: &[u8], behind: u8) {
    // ED is the lead byte of U+D000 to U+DFFF, of which the upper half are the surrogates.
    let surrogate = |three: &[u8]| three[0] == 0xed && three[1] >= 0xa0;
    let mut rest = bytes;
    out.push(b'"');
    while let Some(at) = rest.windows(3).position(surrogate) {
        characters(out, &rest[..at]);
        let low = |byte: u8| u16::from(byte & 0x3f);
        unit(out, 0xd000 | low(rest[at + 1]) << 6 | low(rest[at + 2]));
        rest = &rest[at + 3..];
    }
    characters(out, rest);
    out.extend_from_slice(&[b'"', behind]);
}

/// An integer and a comma.
#[inline]
pub fn integer(out: &mut Vec<u8>, number: i64) {
    // Straight into the vector: a copy of digits just written, in wider pieces, waits until each store is done.
    type Digits = [u8; i64::FORMATTED_SIZE_DECIMAL];
    out.reserve(i64::FORMATTED_SIZE_DECIMAL + 1);
    let start = out.len();
    // SAFETY: the vector has room for the longest number and the comma, and `to_lexical` says how many bytes it set.
    unsafe {
        let to = out.as_mut_ptr().add(start);
        to.write_bytes(b'0', i64::FORMATTED_SIZE_DECIMAL);
        let count = number.to_lexical(&mut *to.cast::<Digits>()).len();
        *to.add(count) = b',';
        out.set_len(start + count + 1);
    }
}

/// A finite float, in the fewest digits that read back as the same: the text of Python's `repr`.
#[inline]
pub fn float(out: &mut Vec<u8>, number: f64) {
    // Outside of these `repr` turns to exponents, with a sign and two digits.
    if number == 0.0 || (1e-4..1e16).contains(&number.abs()) {
        out.reserve(size_of::<zmij::Buffer>());
        let start = out.len();
        // SAFETY: a buffer that is bytes alone has no alignment, and the vector has room for it. What it says it wrote
        // stands at its start, or is moved there.
        unsafe {
            let to = out.as_mut_ptr().add(start);
            let buffer = to.cast::<zmij::Buffer>();
            buffer.write(zmij::Buffer::new());
            let text = (*buffer).format_finite(number);
            let (from, count) = (text.as_ptr(), text.len());
            if !std::ptr::eq(from, to) {
                from.copy_to(to, count);
            }
            out.set_len(start + count);
        }
    } else {
        scientific(out, number);
    }
}

#[cold]
fn scientific(out: &mut Vec<u8>, number: f64) {
    let written = format!("{number:e}");
    let (digits, power) = written.split_once('e').unwrap_or((&written, "0"));
    let (sign, power) = match power.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', power),
    };
    write!(out, "{digits}e{sign}{power:0>2}").expect("a vector takes whatever is written");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn append_is_extend_from_slice() {
        let bytes: Vec<u8> = (1..=100).collect();
        for length in 0..=bytes.len() {
            for before in [0, 1, 7, 1000] {
                let mut out = vec![0; before];
                append(&mut out, &bytes[..length]);
                assert_eq!(out[before..], bytes[..length]);
            }
        }
    }

    #[test]
    fn a_text_of_any_length_with_an_escape_anywhere() {
        for length in 0..70 {
            let plain = "abcdefghij".repeat(7)[..length].to_owned();
            assert_eq!(
                written(|out| text(out, plain.as_bytes(), b',')),
                format!("\"{plain}\",")
            );
            for place in 0..length {
                let mut quoted = plain.clone();
                quoted.replace_range(place..=place, "\"");
                let expected = format!("\"{}\",", quoted.replace('"', "\\\""));
                assert_eq!(written(|out| text(out, quoted.as_bytes(), b',')), expected);
            }
        }
    }

    #[test]
    fn floats_are_written_as_repr_does() {
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (1e15, "1000000000000000.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00012345, "0.00012345"),
            (0.00001, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        ] {
            assert_eq!(written(|out| float(out, number)), expected);
        }
    }

    #[test]
    fn escapes_are_the_shortest() {
        let all: String = (0..0x21)
            .chain([0x22, 0x5c, 0x2f, 0x7f, 0xe9])
            .filter_map(char::from_u32)
            .collect();
        let expected = concat!(
            r#""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#,
            r#"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d"#,
            r#"\u001e\u001f \"\\/"#,
            "\x7f\u{e9}\"",
        );
        assert_eq!(
            written(|out| text(out, all.as_bytes(), b',')),
            format!("{expected},")
        );
    }

    #[test]
    fn surrogates_become_escapes_and_their_neighbours_stay() {
        let bytes = b"a\xed\xa0\xbd\"\xed\xbf\xbf\xed\x9f\xbfz";
        let expected = "\"a\\ud83d\\\"\\udfff\u{d7ff}z\"";
        assert_eq!(
            written(|out| text_with_surrogates(out, bytes, b':')),
            format!("{expected}:")
        );
    }
}
