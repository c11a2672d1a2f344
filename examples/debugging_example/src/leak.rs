//! What grows with every call. Each wrong function keeps about `SIZE` bytes for ever.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hint::black_box;
use std::mem;
use std::rc::{Rc, Weak as RcWeak};
use std::sync::{Arc, Mutex, Weak};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Bytes that one call of a wrong function keeps.
const SIZE: usize = 16 * 1024;

fn block() -> Vec<u8> {
    black_box(vec![1; SIZE])
}

/// A box that is never freed.
#[pyfunction]
#[inline(never)]
pub fn leak_box() -> usize {
    Box::leak(block().into_boxed_slice()).len()
}

/// The cure: the box is dropped where it goes out of scope.
#[pyfunction]
pub fn keep_box() -> usize {
    block().into_boxed_slice().len()
}

/// A reference to a Python object that is forgotten: its count never falls again.
#[pyfunction]
#[inline(never)]
pub fn forget_object(py: Python<'_>) {
    mem::forget(PyBytes::new(py, &block()).unbind());
}

/// The cure: the reference is dropped.
#[pyfunction]
pub fn keep_object(py: Python<'_>) {
    drop(PyBytes::new(py, &block()).unbind());
}

/// A pointer that owns a reference, and that nobody takes.
#[pyfunction]
#[inline(never)]
pub fn forget_pointer(py: Python<'_>) -> usize {
    PyBytes::new(py, &block()).into_ptr() as usize
}

/// The cure: what was made a pointer is made an object again.
#[pyfunction]
pub fn own_pointer(py: Python<'_>) -> usize {
    let pointer = PyBytes::new(py, &block()).into_ptr();
    // SAFETY: the pointer is the one reference that into_ptr() handed over, and it is not used again.
    let object = unsafe { Bound::from_owned_ptr(py, pointer) };
    object.as_ptr() as usize
}

struct Ring {
    _block: Vec<u8>,
    other: RefCell<Option<Rc<Ring>>>,
}

/// Two reference-counted values that hold each other.
#[pyfunction]
#[inline(never)]
pub fn link_rcs() {
    let make = |other| {
        Rc::new(Ring {
            _block: block(),
            other: RefCell::new(other),
        })
    };
    let one = make(None);
    let two = make(Some(Rc::clone(&one)));
    *one.other.borrow_mut() = Some(two);
}

struct Tree {
    _block: Vec<u8>,
    parent: RefCell<RcWeak<Tree>>,
}

/// The cure: one of the two directions is weak.
#[pyfunction]
pub fn link_rcs_weakly() -> bool {
    let parent = Rc::new(Tree {
        _block: block(),
        parent: RefCell::default(),
    });
    let child = Rc::new(Tree {
        _block: block(),
        parent: RefCell::default(),
    });
    *child.parent.borrow_mut() = Rc::downgrade(&parent);
    let found = child.parent.borrow().upgrade().is_some();
    found
}

struct SharedRing {
    _block: Vec<u8>,
    other: Mutex<Option<Arc<SharedRing>>>,
}

/// The same across threads: counting atomically frees no cycle either.
#[pyfunction]
#[inline(never)]
pub fn link_arcs() {
    let one = Arc::new(SharedRing {
        _block: block(),
        other: Mutex::new(None),
    });
    *one.other.lock().unwrap() = Some(Arc::clone(&one));
}

struct SharedTree {
    _block: Vec<u8>,
    own: Mutex<Weak<SharedTree>>,
}

/// The cure: weak again.
#[pyfunction]
pub fn link_arcs_weakly() -> bool {
    let one = Arc::new_cyclic(|own: &Weak<SharedTree>| SharedTree {
        _block: block(),
        own: Mutex::new(own.clone()),
    });
    let found = one.own.lock().unwrap().upgrade().is_some();
    found
}

/// A cache that forgets nothing: valgrind calls it still reachable, and it grows.
#[pyfunction]
#[inline(never)]
pub fn cache_forever() -> usize {
    static CACHE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let mut cache = CACHE.lock().unwrap();
    cache.push(block());
    cache.len()
}

/// The cure: a bound.
#[pyfunction]
pub fn cache_bounded() -> usize {
    const BOUND: usize = 8;
    static CACHE: Mutex<VecDeque<Vec<u8>>> = Mutex::new(VecDeque::new());
    let mut cache = CACHE.lock().unwrap();
    if cache.len() == BOUND {
        cache.pop_front();
    }
    cache.push_back(block());
    cache.len()
}

/// Holds an object that may hold it: Python's collector cannot see inside, and frees no cycle through it.
#[pyclass(module = "debugging_example")]
pub struct Node {
    _block: Vec<u8>,
    #[pyo3(get, set)]
    other: Option<Py<PyAny>>,
}

#[pymethods]
impl Node {
    #[new]
    fn new() -> Self {
        Self {
            _block: block(),
            other: None,
        }
    }
}

/// The cure: it shows the collector what it holds, and lets go of it when told.
#[pyclass(module = "debugging_example")]
pub struct VisitedNode {
    _block: Vec<u8>,
    #[pyo3(get, set)]
    other: Option<Py<PyAny>>,
}

#[pymethods]
impl VisitedNode {
    #[new]
    fn new() -> Self {
        Self {
            _block: block(),
            other: None,
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.other)
    }

    fn __clear__(&mut self) {
        self.other = None;
    }
}
