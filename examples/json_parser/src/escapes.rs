//! Texts with escapes, to plain UTF-8. It knows no Python.

use crate::scan;

/// Where a text is wrong, and why.
pub type Wrong = (usize, &'static str);

/// Append the text without its escapes to `plain`; answers with the place behind the closing quote.
///
/// The text starts at `start`, its first run of plain bytes ends at `end`. A surrogate without its partner becomes
/// three bytes, as Python's "surrogatepass" writes it.
pub fn unescape(
    data: &[u8],
    mut start: usize,
    mut end: usize,
    plain: &mut Vec<u8>,
) -> Result<usize, Wrong> {
    loop {
        plain.extend_from_slice(&data[start..end]);
        match data.get(end) {
            Some(b'"') => return Ok(end + 1),
            Some(b'\\') => start = escape(data, end, plain)?,
            Some(_) => return Err((end, "a control character must be escaped")),
            None => return Err((end, "the text has no closing quote")),
        }
        end = scan::text_end(data, start).0;
    }
}

/// Append what the escape at `at` stands for; answers with the place behind it.
fn escape(data: &[u8], at: usize, plain: &mut Vec<u8>) -> Result<usize, Wrong> {
    plain.push(match data.get(at + 1) {
        Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
        Some(b'b') => 0x08,
        Some(b'f') => 0x0c,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'u') => return unicode(data, at, plain),
        _ => return Err((at, "no such escape")),
    });
    Ok(at + 2)
}

fn unicode(data: &[u8], at: usize, plain: &mut Vec<u8>) -> Result<usize, Wrong> {
    let first = unit(data, at)?;
    if (0xd800..0xdc00).contains(&first) && data[at + 6..].starts_with(b"\\u") {
        let second = unit(data, at + 6)?;
        if (0xdc00..0xe000).contains(&second) {
            push(
                0x1_0000 + ((first - 0xd800) << 10 | (second - 0xdc00)),
                plain,
            );
            return Ok(at + 12);
        }
    }
    push(first, plain);
    Ok(at + 6)
}

/// The four hexadecimal digits behind `\u`.
fn unit(data: &[u8], at: usize) -> Result<u32, Wrong> {
    let digits = data.get(at + 2..at + 6).unwrap_or_default();
    if digits.is_empty() {
        return Err((at, "\\u needs four hexadecimal digits"));
    }
    digits.iter().try_fold(0, |code, &byte| {
        let digit = char::from(byte).to_digit(16);
        digit
            .map(|digit| code << 4 | digit)
            .ok_or((at, "\\u needs four hexadecimal digits"))
    })
}

/// UTF-8 of any code up to U+10FFFF, surrogates too.
fn push(code: u32, plain: &mut Vec<u8>) {
    if let Some(character) = char::from_u32(code) {
        plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let low = |bits: u32| 0x80 | (bits & 0x3f) as u8;
        plain.extend_from_slice(&[0xe0 | (code >> 12) as u8, low(code >> 6), low(code)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Result<Vec<u8>, Wrong> {
        let mut plain = Vec::new();
        let end = scan::text_end(text.as_bytes(), 0).0;
        unescape(text.as_bytes(), 0, end, &mut plain).map(|end| {
            assert_eq!(end, text.len());
            plain
        })
    }

    #[test]
    fn each_escape() {
        assert_eq!(
            plain(r#"a\"\\\/\b\f\n\r\tz""#).unwrap(),
            b"a\"\\/\x08\x0c\n\r\tz"
        );
        assert_eq!(
            plain(r#"\u0041\u00e9\u20AC""#).unwrap(),
            "A\u{e9}\u{20ac}".as_bytes()
        );
        assert_eq!(plain(r#"\ud83d\ude00""#).unwrap(), "😀".as_bytes());
    }

    #[test]
    fn surrogates_without_partner() {
        assert_eq!(plain(r#"\ud83d""#).unwrap(), b"\xed\xa0\xbd");
        assert_eq!(
            plain(r#"\ude00\ud83d""#).unwrap(),
            b"\xed\xb8\x80\xed\xa0\xbd"
        );
        assert_eq!(plain(r#"\ud83dA""#).unwrap(), b"\xed\xa0\xbdA");
        assert_eq!(plain(r#"\ud83d\u0041""#).unwrap(), b"\xed\xa0\xbdA");
        assert_eq!(
            plain(r#"\ud83d\ud83d\ude00""#).unwrap(),
            "\u{fffd}😀"
                .replace('\u{fffd}', "___")
                .as_bytes()
                .iter()
                .enumerate()
                .map(|(place, &byte)| if place < 3 {
                    [0xed, 0xa0, 0xbd][place]
                } else {
                    byte
                })
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn what_is_wrong_and_where() {
        assert_eq!(plain(r"ab\x").unwrap_err(), (2, "no such escape"));
        assert_eq!(plain("ab\\").unwrap_err(), (2, "no such escape"));
        assert_eq!(
            plain("ab").unwrap_err(),
            (2, "the text has no closing quote")
        );
        assert_eq!(
            plain("a\nb\"").unwrap_err(),
            (1, "a control character must be escaped")
        );
        for text in [
            r#"\u12""#,
            r#"\u12g4""#,
            r"\u",
            r#"\u+123""#,
            r#"\ud83d\u12"#,
        ] {
            assert_eq!(
                plain(text).unwrap_err().1,
                "\\u needs four hexadecimal digits"
            );
        }
    }
}
