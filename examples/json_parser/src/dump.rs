//! From Python objects to bytes, with no tree in between.

use std::mem::take;
use std::sync::Mutex;

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::failure::{too_deep, DEEPEST};
use crate::{text, write};

/// What the last call wrote into, if nobody has it: growing a new one from nothing costs a tenth of the time.
static SPARE: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// A larger one is given back, in bytes.
const KEPT: usize = 1 << 20;

/// The document that describes a value: compact, in UTF-8.
pub fn document<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let mut writer = Writer {
        py: value.py(),
        // Taken, not held: whoever comes while this one writes, from another thread or further down the stack, finds an
        // empty one, and nobody waits.
        out: SPARE
            .try_lock()
            .map_or_else(|_| Vec::new(), |mut spare| take(&mut *spare)),
        path: Vec::new(),
    };
    writer.out.clear();
    writer.value(value.as_borrowed()).map_err(|error| *error)?;
    writer.out.pop();
    let document = PyBytes::new(value.py(), &writer.out);
    if writer.out.capacity() <= KEPT {
        if let Ok(mut spare) = SPARE.try_lock() {
            *spare = writer.out;
        }
    }
    Ok(document)
}

/// Small, so that it comes back in a register.
type Written = Result<(), Box<PyErr>>;

struct Writer<'py> {
    py: Python<'py>,
    out: Vec<u8>,
    /// The addresses of the containers that the current one lies in.
    path: Vec<usize>,
}

impl<'py> Writer<'py> {
    /// A value and a comma, of which the last of a container becomes its bracket.
    ///
    /// The value may be borrowed from its container: one that runs other code, or could, is owned first. Types are asked
    /// for, not cast to: a cast that fails makes an error, which counts a reference to the type, and this asks seven.
    ///
    /// Part of the loops over containers, so that scalars cost no call.
    #[inline(always)]
    fn value(&mut self, value: Borrowed<'_, 'py, PyAny>) -> Written {
        // SAFETY: each is cast to what it was just found to be.
        unsafe {
            if value.is_exact_instance_of::<PyString>() {
                self.text(&value.cast_unchecked(), b',')
            } else if value.is_exact_instance_of::<PyInt>() {
                self.integer(&value.cast_unchecked())
            } else if value.is_none() {
                self.plain(b"null,")
            } else if value.is_exact_instance_of::<PyDict>() {
                self.dict(&value.cast_unchecked().to_owned())
            } else if value.is_exact_instance_of::<PyList>() {
                self.list(&value.cast_unchecked().to_owned())
            } else if value.is_exact_instance_of::<PyFloat>() {
                self.float(value.cast_unchecked::<PyFloat>().value())
            } else if value.is_exact_instance_of::<PyBool>() {
                let flag = value.cast_unchecked::<PyBool>().is_true();
                self.plain(if flag { b"true," } else { b"false," })
            } else {
                self.subclass(&value.to_owned())
            }
        }
    }

    /// As `json` has them: what a subclass inherits counts, not what it overrides; but for a dict, whose `items()` say.
    #[cold]
    fn subclass(&mut self, value: &Bound<'py, PyAny>) -> Written {
        if let Ok(tuple) = value.cast::<PyTuple>() {
            self.nested(value, |writer| writer.tuple(tuple))
        } else if let Ok(string) = value.cast::<PyString>() {
            self.text(string, b',')
        } else if let Ok(number) = value.cast::<PyInt>() {
            self.integer(number)
        } else if let Ok(number) = value.cast::<PyFloat>() {
            self.float(number.value())
        } else if let Ok(list) = value.cast::<PyList>() {
            self.list(list)
        } else if value.cast::<PyDict>().is_ok() {
            self.nested(value, |writer| writer.members(value))
        } else {
            Err(refused(value, "value"))
        }
    }

    #[inline]
    fn plain(&mut self, text: &[u8]) -> Written {
        write::append(&mut self.out, text);
        Ok(())
    }

    #[inline]
    fn text(&mut self, string: &Bound<'py, PyString>, behind: u8) -> Written {
        if let Some(ascii) = text::as_ascii(string) {
            write::text(&mut self.out, ascii, behind);
            return Ok(());
        }
        self.wide_text(string, behind)
    }

    #[inline(never)]
    fn wide_text(&mut self, string: &Bound<'py, PyString>, behind: u8) -> Written {
        // Where it has surrogates other code runs: an error is made, which may start the garbage collector, and a codec.
        let string = string.clone();
        match string.to_str() {
            Ok(utf8) => write::text(&mut self.out, utf8.as_bytes(), behind),
            // It holds surrogates.
            Err(_) => {
                let utf8 = string.call_method1("encode", ("utf-8", "surrogatepass"))?;
                let utf8 = utf8.cast::<PyBytes>().map_err(PyErr::from)?;
                write::text_with_surrogates(&mut self.out, utf8.as_bytes(), behind);
            }
        }
        Ok(())
    }

    #[inline]
    fn integer(&mut self, number: &Bound<'py, PyInt>) -> Written {
        let mut overflow = 0;
        // SAFETY: it is an int, as the type says, so that nothing else than an overflow can happen.
        let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(number.as_ptr(), &mut overflow) };
        if overflow != 0 {
            return self.long_integer(number);
        }
        write::integer(&mut self.out, value);
        Ok(())
    }

    #[cold]
    fn long_integer(&mut self, number: &Bound<'py, PyInt>) -> Written {
        // Before 3.12 the garbage collector, and so anybody's code, may run where arguments are packed.
        let number = number.clone();
        let digits = self
            .py
            .get_type::<PyInt>()
            .call_method1("__repr__", (&number,))?;
        let digits = digits.cast::<PyString>().map_err(PyErr::from)?;
        self.plain(digits.to_str()?.as_bytes())?;
        self.comma()
    }

    #[inline]
    fn float(&mut self, number: f64) -> Written {
        if !number.is_finite() {
            let message = "JSON has no NaN and no Infinity; write None or a string";
            return Err(PyValueError::new_err(message).into());
        }
        write::float(&mut self.out, number);
        self.comma()
    }

    /// Go into a container, unless that is where we are.
    #[inline]
    fn nested(
        &mut self,
        container: &Bound<'py, PyAny>,
        inner: impl FnOnce(&mut Self) -> Written,
    ) -> Written {
        let address = container.as_ptr() as usize;
        if self.path.contains(&address) {
            return Err(PyValueError::new_err("a container lies in itself").into());
        }
        if self.path.len() == DEEPEST {
            return Err(too_deep().into());
        }
        self.path.push(address);
        inner(self)?;
        self.path.pop();
        Ok(())
    }

    #[inline(never)]
    fn list(&mut self, list: &Bound<'py, PyList>) -> Written {
        self.nested(list.as_any(), |writer| {
            with_critical_section(list, || {
                let mut place = 0;
                writer.out.push(b'[');
                while let Some(item) = next_item(list, &mut place) {
                    writer.value(item)?;
                }
                writer.close(b']')
            })
        })
    }

    fn tuple(&mut self, tuple: &Bound<'py, PyTuple>) -> Written {
        self.out.push(b'[');
        for item in tuple.iter_borrowed() {
            self.value(item)?;
        }
        self.close(b']')
    }

    #[inline(never)]
    fn dict(&mut self, dict: &Bound<'py, PyDict>) -> Written {
        self.nested(dict.as_any(), |writer| {
            with_critical_section(dict, || writer.entries(dict))
        })
    }

    #[inline]
    fn entries(&mut self, dict: &Bound<'py, PyDict>) -> Written {
        let length = dict.len();
        let mut place = 0;
        self.out.push(b'{');
        while let Some((key, value)) = next_entry(dict, &mut place) {
            match text::as_ascii_exact(&key) {
                Some(ascii) => {
                    write::text(&mut self.out, ascii, b':');
                    self.value(value)?;
                }
                // Other code may run for the key: both are owned before.
                None => self.member(&key.to_owned(), &value.to_owned())?,
            }
            // An inner dict's `items()` may be anybody's code.
            if dict.len() != length {
                let message = "a dict changed its size while it was written";
                return Err(PyRuntimeError::new_err(message).into());
            }
        }
        self.close(b'}')
    }

    /// What a subclass of dict says that it holds.
    fn members(&mut self, dict: &Bound<'py, PyAny>) -> Written {
        self.out.push(b'{');
        for item in dict.call_method0("items")?.try_iter()? {
            let (key, value) = item?.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            self.member(&key, &value)?;
        }
        self.close(b'}')
    }

    /// A key that is no plain ASCII, and its value.
    #[inline(never)]
    fn member(&mut self, key: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> Written {
        self.key(key)?;
        self.value(value.as_borrowed())
    }

    #[inline]
    fn comma(&mut self) -> Written {
        self.out.push(b',');
        Ok(())
    }

    #[inline]
    fn close(&mut self, bracket: u8) -> Written {
        match self.out.last_mut() {
            Some(last) if *last == b',' => *last = bracket,
            _ => self.out.push(bracket),
        }
        self.comma()
    }

    /// As `json` does, numbers and constants become texts.
    fn key(&mut self, key: &Bound<'py, PyAny>) -> Written {
        if let Ok(key) = key.cast::<PyString>() {
            return self.text(key, b':');
        }
        if !(key.is_none() || key.is_instance_of::<PyInt>() || key.is_instance_of::<PyFloat>()) {
            return Err(refused(key, "key"));
        }
        self.out.push(b'"');
        self.value(key.as_borrowed())?;
        // Instead of the comma.
        self.out.pop();
        self.out.extend_from_slice(b"\":");
        Ok(())
    }
}

/// The next item, borrowed: only until other code runs. Within the list's critical section.
#[inline]
fn next_item<'a, 'py>(
    list: &'a Bound<'py, PyList>,
    place: &mut usize,
) -> Option<Borrowed<'a, 'py, PyAny>> {
    // SAFETY: it is a list, attached, and asked for its length before each item, which is never null in a list that
    // anybody can see.
    unsafe {
        if *place >= list.len() {
            return None;
        }
        let item = ffi::PyList_GET_ITEM(list.as_ptr(), *place as ffi::Py_ssize_t);
        *place += 1;
        Some(Borrowed::from_ptr(list.py(), item))
    }
}

/// The next key and value, borrowed: only until other code runs. Within the dict's critical section.
#[inline]
fn next_entry<'a, 'py>(
    dict: &'a Bound<'py, PyDict>,
    place: &mut ffi::Py_ssize_t,
) -> Option<(Borrowed<'a, 'py, PyAny>, Borrowed<'a, 'py, PyAny>)> {
    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: it is a dict, and attached. CPython checks `place` against the dict's size at each step.
    unsafe {
        if ffi::PyDict_Next(dict.as_ptr(), place, &mut key, &mut value) == 0 {
            return None;
        }
        let py = dict.py();
        Some((Borrowed::from_ptr(py, key), Borrowed::from_ptr(py, value)))
    }
}

#[cold]
fn refused(value: &Bound<'_, PyAny>, role: &str) -> Box<PyErr> {
    let name = value.get_type().name().map(|name| name.to_string());
    let name = name.unwrap_or_else(|_| "?".into());
    PyTypeError::new_err(format!(
        "JSON has no {role} of type {name}: convert it first"
    ))
    .into()
}
