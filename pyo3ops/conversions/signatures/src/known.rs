//! The names of other crates that many paths lead to.

/// What lives at the root of `pyo3`, where `pyo3::prelude` takes it from, over all versions of PyO3.
const PYO3: [&str; 26] = [
    "AsPyPointer",
    "Borrowed",
    "Bound",
    "BoundObject",
    "FromPyObject",
    "FromPyObjectOwned",
    "IntoPy",
    "IntoPyObject",
    "Py",
    "PyAny",
    "PyCell",
    "PyClass",
    "PyClassGuard",
    "PyClassGuardMut",
    "PyClassInitializer",
    "PyErr",
    "PyNativeType",
    "PyObject",
    "PyRef",
    "PyRefMut",
    "PyResult",
    "PyTryFrom",
    "PyTryInto",
    "PyTypeInfo",
    "Python",
    "ToPyObject",
];

/// The types of `pyo3::types`, over all versions of PyO3.
const TYPES: [&str; 53] = [
    "PyAnyMethods",
    "PyBool",
    "PyByteArray",
    "PyBytes",
    "PyCFunction",
    "PyCapsule",
    "PyCode",
    "PyComplex",
    "PyContext",
    "PyDate",
    "PyDateTime",
    "PyDelta",
    "PyDict",
    "PyDictItems",
    "PyDictKeys",
    "PyDictValues",
    "PyEllipsis",
    "PyFloat",
    "PyFrame",
    "PyFrozenDict",
    "PyFrozenSet",
    "PyFrozenSetBuilder",
    "PyFunction",
    "PyGenericAlias",
    "PyInt",
    "PyIterator",
    "PyList",
    "PyLong",
    "PyMapping",
    "PyMappingProxy",
    "PyMemoryView",
    "PyModule",
    "PyNone",
    "PyNotImplemented",
    "PyRange",
    "PySequence",
    "PySet",
    "PySlice",
    "PySliceIndices",
    "PyString",
    "PyStringData",
    "PySuper",
    "PyTime",
    "PyTraceback",
    "PyTuple",
    "PyType",
    "PyTzInfo",
    "PyUnicode",
    "PyWeakCallableProxy",
    "PyWeakProxy",
    "PyWeakref",
    "PyWeakrefProxy",
    "PyWeakrefReference",
];

const COLLECTIONS: [(&str, &str); 7] = [
    ("binary_heap", "BinaryHeap"),
    ("btree_map", "BTreeMap"),
    ("btree_set", "BTreeSet"),
    ("hash_map", "HashMap"),
    ("hash_set", "HashSet"),
    ("linked_list", "LinkedList"),
    ("vec_deque", "VecDeque"),
];

/// The one path by which a type of another crate is told, whichever way it was reached.
pub fn canonical(path: Vec<String>) -> Vec<String> {
    let mut path = path;
    if path.len() > 1 && matches!(path[0].as_str(), "core" | "alloc") {
        "std".clone_into(&mut path[0]);
    }
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let known: Option<Vec<&str>> = match names.as_slice() {
        ["std", "string", name @ "String"]
        | ["std", "vec", name @ "Vec"]
        | ["std", "option", name @ "Option"]
        | ["std", "result", name @ "Result"]
        | ["std", "boxed", name @ "Box"]
        | ["std", "primitive", name] => Some(vec![name]),
        ["std", "collections", module, name] if COLLECTIONS.contains(&(module, name)) => {
            Some(vec!["std", "collections", name])
        }
        ["pyo3", .., name] if PYO3.contains(name) => Some(vec!["pyo3", name]),
        ["pyo3", "prelude" | "types", .., name] if TYPES.contains(name) => {
            Some(vec!["pyo3", "types", name])
        }
        ["pyo3", "basic" | "class" | "pyclass", .., name @ "CompareOp"] => {
            Some(vec!["pyo3", "pyclass", name])
        }
        _ => None,
    };
    match known {
        Some(known) => known.into_iter().map(str::to_owned).collect(),
        None => path,
    }
}

/// Where a name comes from that a glob of another crate's module brings.
pub fn glob(module: &[String], name: &str) -> Option<Vec<String>> {
    let module: Vec<&str> = module.iter().map(String::as_str).collect();
    let brings = match module.as_slice() {
        ["pyo3", "prelude"] => PYO3.contains(&name) || name == "PyModule",
        ["pyo3"] => {
            PYO3.contains(&name) || matches!(name, "types" | "exceptions" | "prelude" | "ffi")
        }
        ["pyo3", "types"] => name == "PyAny" || TYPES.contains(&name),
        ["pyo3", "exceptions"] => {
            name.starts_with("Py") && (name.ends_with("Error") || name.ends_with("Warning"))
                || name == "PyException"
        }
        ["std" | "alloc", "collections"] => COLLECTIONS.iter().any(|(_, known)| *known == name),
        _ => false,
    };
    brings.then(|| {
        let path = module.iter().copied().chain([name]);
        canonical(path.map(str::to_owned).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::{canonical, glob};

    fn path(text: &str) -> Vec<String> {
        text.split("::").map(str::to_owned).collect()
    }

    #[test]
    fn many_paths_lead_to_one_name() {
        for (long, short) in [
            ("std::string::String", "String"),
            ("core::option::Option", "Option"),
            ("alloc::vec::Vec", "Vec"),
            (
                "std::collections::hash_map::HashMap",
                "std::collections::HashMap",
            ),
            ("pyo3::prelude::PyAny", "pyo3::PyAny"),
            ("pyo3::types::PyAny", "pyo3::PyAny"),
            ("pyo3::types::any::PyAny", "pyo3::PyAny"),
            ("pyo3::prelude::PyModule", "pyo3::types::PyModule"),
            ("pyo3::types::PyList", "pyo3::types::PyList"),
            ("pyo3::class::basic::CompareOp", "pyo3::pyclass::CompareOp"),
            ("std::result::Other", "std::result::Other"),
            ("numpy::PyArray1", "numpy::PyArray1"),
        ] {
            assert_eq!(canonical(path(long)).join("::"), short);
        }
    }

    #[test]
    fn globs_bring_what_is_known() {
        let brings =
            |module: &str, name: &str| glob(&path(module), name).map(|path| path.join("::"));
        assert_eq!(
            brings("pyo3::prelude", "Bound").as_deref(),
            Some("pyo3::Bound")
        );
        assert_eq!(
            brings("pyo3::types", "PyDict").as_deref(),
            Some("pyo3::types::PyDict")
        );
        assert_eq!(brings("pyo3::prelude", "PyDict"), None);
        assert_eq!(
            brings("pyo3::exceptions", "PyKeyError").as_deref(),
            Some("pyo3::exceptions::PyKeyError")
        );
        assert_eq!(
            brings("std::collections", "HashSet").as_deref(),
            Some("std::collections::HashSet")
        );
        assert_eq!(brings("other", "HashSet"), None);
    }
}
