//! From bytes to Python objects in one walk, with no tree in between.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};

use crate::failure::{Failure, Parsed, DEEPEST};
use crate::keys::Keys;
use crate::{escapes, number, scan, text};

/// The Python object that a document describes.
///
/// `data` is UTF-8, in which surrogates may stand (a Python `str` may hold them).
pub fn document<'py>(py: Python<'py>, data: &[u8], keys: &mut Keys) -> Parsed<Bound<'py, PyAny>> {
    let mut parser = Parser {
        py,
        data,
        at: 0,
        depth: 0,
        keys,
        items: Vec::new(),
        plain: Vec::new(),
    };
    let value = parser.value()?;
    match parser.next() {
        None => Ok(value),
        Some(_) => Err(parser.wrong("nothing may follow the document's value")),
    }
}

struct Parser<'py, 'a> {
    py: Python<'py>,
    data: &'a [u8],
    at: usize,
    depth: usize,
    keys: &'a mut Keys,
    /// The items of all open arrays: a list is made when its length is known.
    items: Vec<Bound<'py, PyAny>>,
    /// A text without its escapes.
    plain: Vec<u8>,
}

impl<'py> Parser<'py, '_> {
    /// The next byte that is no white space; `at` is its place.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        let mut byte = *self.data.get(self.at)?;
        if byte <= b' ' {
            // One space, as after a colon or a comma, is more usual than a run.
            self.at += usize::from(byte == b' ');
            byte = *self.data.get(self.at)?;
            if scan::is_space(byte) {
                self.at = scan::space_end(self.data, self.at);
                byte = *self.data.get(self.at)?;
            }
        }
        Some(byte)
    }

    fn wrong(&self, what: &'static str) -> Box<Failure> {
        Failure::syntax(self.at, what)
    }

    fn value(&mut self) -> Parsed<Bound<'py, PyAny>> {
        match self.next() {
            Some(b'"') => Ok(self.text()?.into_any()),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", |py| PyBool::new(py, true).to_owned().into_any()),
            Some(b'f') => self.word(b"false", |py| PyBool::new(py, false).to_owned().into_any()),
            Some(b'n') => self.word(b"null", |py| py.None().into_bound(py)),
            Some(0xef) if self.at == 0 && self.data.starts_with(b"\xef\xbb\xbf") => {
                Err(self.wrong("a byte order mark: decode with \"utf-8-sig\" first"))
            }
            _ => Err(self.wrong("expected a value")),
        }
    }

    #[inline]
    fn word(
        &mut self,
        word: &[u8],
        value: impl Fn(Python<'py>) -> Bound<'py, PyAny>,
    ) -> Parsed<Bound<'py, PyAny>> {
        if !self.data[self.at..].starts_with(word) {
            return Err(self.wrong("expected a value"));
        }
        self.at += word.len();
        Ok(value(self.py))
    }

    #[inline]
    fn number(&mut self) -> Parsed<Bound<'py, PyAny>> {
        let (value, end) = number::parse(self.py, self.data, self.at)?;
        self.at = end;
        Ok(value)
    }

    #[inline]
    fn nested(
        &mut self,
        inner: impl Fn(&mut Self) -> Parsed<Bound<'py, PyAny>>,
    ) -> Parsed<Bound<'py, PyAny>> {
        if self.depth == DEEPEST {
            return Err(Box::new(Failure::TooDeep));
        }
        self.at += 1;
        self.depth += 1;
        let value = inner(self)?;
        self.depth -= 1;
        Ok(value)
    }

    // ANCHOR: array
    /// Behind the opening bracket.
    fn array(&mut self) -> Parsed<Bound<'py, PyAny>> {
        let first = self.items.len();
        if self.next() == Some(b']') {
            self.at += 1;
            return Ok(PyList::empty(self.py).into_any());
        }
        loop {
            let item = self.value()?;
            self.items.push(item);
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(PyList::new(self.py, self.items.drain(first..))?.into_any());
                }
                _ => return Err(self.wrong("expected ',' or ']'")),
            }
        }
    }
    // ANCHOR_END: array

    /// Behind the opening brace.
    fn object(&mut self) -> Parsed<Bound<'py, PyAny>> {
        let dict = PyDict::new(self.py);
        if self.next() == Some(b'}') {
            self.at += 1;
            return Ok(dict.into_any());
        }
        loop {
            if self.next() != Some(b'"') {
                return Err(self.wrong("expected a key in double quotes"));
            }
            let key = self.key()?;
            if self.next() != Some(b':') {
                return Err(self.wrong("expected ':'"));
            }
            self.at += 1;
            let value = self.value()?;
            dict.set_item(key, value)?;
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(dict.into_any());
                }
                _ => return Err(self.wrong("expected ',' or '}'")),
            }
        }
    }

    #[inline]
    fn key(&mut self) -> Parsed<Bound<'py, PyString>> {
        let start = self.at + 1;
        let (end, wide) = scan::text_end(self.data, start);
        if self.data.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(self.keys.get(self.py, &self.data[start..end], wide)?);
        }
        self.escaped(start, end)
    }

    #[inline]
    fn text(&mut self) -> Parsed<Bound<'py, PyString>> {
        let start = self.at + 1;
        let (end, wide) = scan::text_end(self.data, start);
        if self.data.get(end) != Some(&b'"') {
            return self.escaped(start, end);
        }
        self.at = end + 1;
        let bytes = &self.data[start..end];
        Ok(if wide {
            text::wide(self.py, bytes)?
        } else {
            text::ascii(self.py, bytes)?
        })
    }

    /// A text whose first plain run does not end it.
    #[cold]
    fn escaped(&mut self, start: usize, end: usize) -> Parsed<Bound<'py, PyString>> {
        self.plain.clear();
        self.at = escapes::unescape(self.data, start, end, &mut self.plain)
            .map_err(|(at, what)| Failure::syntax(at, what))?;
        Ok(text::wide(self.py, &self.plain)?)
    }
}
