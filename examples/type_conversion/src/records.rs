//! Records and choices: derived from attributes or items on the way in; dicts, tuples and objects on the way out.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyType};

use crate::numbers::Integer;

/// Wrong order: an `int` is a valid `f64`, so that the second variant is never reached.
#[derive(FromPyObject)]
pub enum FloatFirst {
    Float(f64),
    Int(i64),
}

#[pyfunction]
pub fn kind_float_first(value: FloatFirst) -> String {
    match value {
        FloatFirst::Float(value) => format!("float {value}"),
        FloatFirst::Int(value) => format!("int {value}"),
    }
}

// ANCHOR: choice
/// Right order: the strictest first, and integers of any size, so that none is left over for `f64` to round.
#[derive(FromPyObject)]
pub enum Scalar {
    #[pyo3(transparent, annotation = "int")]
    Int(Integer),
    #[pyo3(transparent, annotation = "float")]
    Float(f64),
    #[pyo3(transparent, annotation = "str")]
    Text(PyBackedStr),
}
// ANCHOR_END: choice

/// What it was taken for.
#[pyfunction]
pub fn kind(value: Scalar) -> String {
    match value {
        Scalar::Int(Integer::Small(value)) => format!("int {value}"),
        Scalar::Int(Integer::Big(value)) => format!("int {value}"),
        Scalar::Float(value) => format!("float {value}"),
        Scalar::Text(value) => format!("str {value}"),
    }
}

/// A choice by what the dict has: the first variant whose items are all there.
#[derive(FromPyObject)]
pub enum Shape {
    Rectangle {
        #[pyo3(item)]
        width: f64,
        #[pyo3(item)]
        height: f64,
    },
    Circle {
        #[pyo3(item("r"))]
        radius: f64,
    },
    #[pyo3(transparent)]
    Square(f64),
}

/// The area of `{"width": 2, "height": 3}`, of `{"r": 1}`, or of a square that is given by its side alone.
#[pyfunction]
pub fn area(shape: Shape) -> f64 {
    match shape {
        Shape::Rectangle { width, height } => width * height,
        Shape::Circle { radius } => std::f64::consts::PI * radius * radius,
        Shape::Square(side) => side * side,
    }
}

// ANCHOR: record
/// From a dict, and to one: `{"name": ..., "price": ..., "quantity": ...}`; the quantity may be left out.
#[derive(FromPyObject, IntoPyObject)]
#[pyo3(from_item_all)]
pub struct Row {
    name: String,
    price: f64,
    #[pyo3(default = 1)]
    quantity: u32,
}

/// From the attributes of a dataclass, a named tuple, or any other object.
#[derive(FromPyObject)]
pub struct Attributes {
    name: String,
    price: f64,
    quantity: u32,
}
// ANCHOR_END: record

/// A dict in, a dict with every key out.
#[pyfunction]
pub fn normalized(row: Row) -> Row {
    row
}

/// What `dataclasses.asdict` does for this record.
#[pyfunction]
pub fn as_dict(order: Attributes) -> Row {
    let Attributes {
        name,
        price,
        quantity,
    } = order;
    Row {
        name,
        price,
        quantity,
    }
}

/// A tuple on the way out: the cheapest record of all.
#[derive(IntoPyObject)]
pub struct Pair(String, f64);

/// Name and total as a tuple.
#[pyfunction]
pub fn as_tuple(order: Attributes) -> Pair {
    let total = order.price * f64::from(order.quantity);
    Pair(order.name, total)
}

/// Wrong: reads, checks and copies every field of every object, the name too.
#[pyfunction]
pub fn total_of_records(orders: Vec<Attributes>) -> f64 {
    let totals = orders.iter();
    totals
        .map(|order| order.price * f64::from(order.quantity))
        .sum()
}

/// Right for a sum over two fields: reads those.
#[pyfunction]
pub fn total(orders: &Bound<'_, PyList>) -> PyResult<f64> {
    let py = orders.py();
    let mut sum = 0.0;
    for order in orders.iter() {
        let price: f64 = order.getattr(intern!(py, "price"))?.extract()?;
        let quantity: u32 = order.getattr(intern!(py, "quantity"))?.extract()?;
        sum += price * f64::from(quantity);
    }
    Ok(sum)
}

// ANCHOR: dataclass
/// A changed copy of a dataclass instance: of its own class, with its own checks and its other fields.
#[pyfunction]
pub fn discounted<'py>(order: &Bound<'py, PyAny>, factor: f64) -> PyResult<Bound<'py, PyAny>> {
    static REPLACE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = order.py();
    let price: f64 = order.getattr(intern!(py, "price"))?.extract()?;
    let changes = PyDict::new(py);
    changes.set_item(intern!(py, "price"), price * factor)?;
    REPLACE
        .import(py, "dataclasses", "replace")?
        .call((order,), Some(&changes))
}
// ANCHOR_END: dataclass

/// Wrong in a loop: a dict of keywords for each call of the class.
#[pyfunction]
pub fn objects_by_keyword<'py>(
    class_: &Bound<'py, PyType>,
    names: Vec<PyBackedStr>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = class_.py();
    let object = |name: PyBackedStr| {
        let fields = PyDict::new(py);
        fields.set_item("name", name)?;
        fields.set_item("price", 1.0)?;
        fields.set_item("quantity", 1)?;
        class_.call((), Some(&fields))
    };
    names.into_iter().map(object).collect()
}

/// Right: positional arguments go straight to the class.
#[pyfunction]
pub fn objects<'py>(
    class_: &Bound<'py, PyType>,
    names: Vec<PyBackedStr>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    names
        .into_iter()
        .map(|name| class_.call1((name, 1.0, 1)))
        .collect()
}

/// What takes a dataclass's place where Rust makes the objects: fields are Rust's, converted when Python reads them.
#[pyclass(frozen, eq, get_all, module = "type_conversion", skip_from_py_object)]
#[derive(PartialEq)]
pub struct Order {
    /// What was ordered.
    name: String,
    /// The price of one.
    price: f64,
    /// How many.
    quantity: u32,
}

#[pymethods]
impl Order {
    #[new]
    fn new(name: String, price: f64, quantity: u32) -> Self {
        Self {
            name,
            price,
            quantity,
        }
    }
}

/// Objects without a call of a Python class.
#[pyfunction]
pub fn native_objects(names: Vec<String>) -> Vec<Order> {
    let orders = names.into_iter();
    orders.map(|name| Order::new(name, 1.0, 1)).collect()
}
