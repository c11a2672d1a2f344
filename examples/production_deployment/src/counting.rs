//! Lines, words, characters and bytes, of data that comes in pieces.

/// What there is of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    pub lines: u64,
    pub words: u64,
    pub characters: u64,
    pub bytes: u64,
}

impl Counts {
    /// The counts of both; the largest number there is where they would be more.
    pub fn sum(&self, other: &Self) -> Self {
        Self {
            lines: self.lines.saturating_add(other.lines),
            words: self.words.saturating_add(other.words),
            characters: self.characters.saturating_add(other.characters),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// Counts as data comes in: a word may begin in one piece and end in the next.
#[derive(Default)]
pub struct Counter {
    pub counts: Counts,
    in_word: bool,
}

impl Counter {
    /// Count one more piece.
    pub fn feed(&mut self, data: &[u8]) {
        self.counts.bytes += data.len() as u64;
        // In a byte, up to 255 of a kind: sums that stay in bytes are added sixteen at a time.
        for run in data.chunks(255) {
            let (mut lines, mut characters, mut words) = (0u8, 0u8, 0u8);
            for &byte in run {
                lines += u8::from(byte == b'\n');
                // UTF-8's continuation bytes are 10xxxxxx.
                characters += u8::from(byte & 0xC0 != 0x80);
            }
            // The first byte of the run looks back at the run before, the others at their neighbour.
            let first = run[0];
            words += u8::from(!is_space(first) && !self.in_word);
            for pair in run.windows(2) {
                words += u8::from(is_space(pair[0]) & !is_space(pair[1]));
            }
            self.in_word = !is_space(run[run.len() - 1]);
            self.counts.lines += u64::from(lines);
            self.counts.characters += u64::from(characters);
            self.counts.words += u64::from(words);
        }
    }
}

/// The whitespace of Python's `bytes.split()`: space, and tab to carriage return.
fn is_space(byte: u8) -> bool {
    (byte == b' ') | (byte.wrapping_sub(b'\t') < 5)
}

#[cfg(test)]
mod tests {
    use super::{Counter, Counts};

    fn counted(pieces: &[&[u8]]) -> Counts {
        let mut counter = Counter::default();
        pieces.iter().for_each(|piece| counter.feed(piece));
        counter.counts
    }

    #[test]
    fn words_across_pieces_are_one() {
        let whole = counted(&[b"one two\nthree"]);
        assert_eq!((whole.lines, whole.words, whole.bytes), (1, 3, 13));
        assert_eq!(counted(&[b"on", b"e two", b"", b"\nthr", b"ee"]), whole);
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(counted(&[]), Counts::default());
        assert_eq!(counted(&[b""]), Counts::default());
    }

    #[test]
    fn a_byte_of_sums_is_enough() {
        let lines = vec![b'\n'; 10_000];
        assert_eq!(counted(&[&lines]).lines, 10_000);
        let words: Vec<u8> = b"a ".repeat(10_000);
        assert_eq!(counted(&[&words]).words, 10_000);
    }

    #[test]
    fn characters_are_those_of_utf8() {
        assert_eq!(counted(&["naïve 🦀".as_bytes()]).characters, 7);
    }
}
