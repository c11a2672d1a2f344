//! Crates written to a folder, read as any crate is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::json::Json;
use crate::read::Report;
use crate::tree::Tree;

static COUNT: AtomicUsize = AtomicUsize::new(0);

struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Folder {
        let name = format!(
            "pyo3ops-signatures-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = Folder(std::env::temp_dir().join(name));
        for (path, bytes) in files {
            let path = folder.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn root(&self) -> PathBuf {
        self.0.join("src/lib.rs")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(files: &[(&str, &str)]) -> Json {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    let folder = Folder::new(&files);
    let mut report = Report::default();
    report.add(&Tree::read(&folder.root()).unwrap());
    report.json()
}

fn get<'a>(json: &'a Json, key: &str) -> &'a Json {
    match json {
        Json::Object(entries) => entries
            .iter()
            .find(|(name, _)| *name == key)
            .map_or(&Json::Null, |(_, value)| value),
        _ => &Json::Null,
    }
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    match get(json, key) {
        Json::List(values) => values,
        _ => &[],
    }
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    match get(json, key) {
        Json::Text(text) => text,
        _ => "-",
    }
}

// `kind class.name(argument: resolved = default) -> resolved`, by the Rust path.
fn brief(function: &Json) -> String {
    let arguments: Vec<String> = list(function, "arguments")
        .iter()
        .map(|argument| {
            let star = match text(argument, "keyword") {
                "args" => "*",
                "kwargs" => "**",
                _ => "",
            };
            let default = match text(argument, "default") {
                "-" => String::new(),
                default => format!(" = {default}"),
            };
            let (name, resolved) = (text(argument, "name"), text(argument, "resolved"));
            format!("{star}{name}: {resolved}{default}")
        })
        .collect();
    let class = match text(function, "class") {
        "-" => String::new(),
        class => format!("{class}."),
    };
    let returns = match text(get(function, "returns"), "resolved") {
        "-" => String::new(),
        returns => format!(" -> {returns}"),
    };
    format!(
        "{}: {} {class}{}({}){returns}",
        text(function, "rust"),
        text(function, "kind"),
        text(function, "name"),
        arguments.join(", ")
    )
}

fn briefs(source: &str) -> Vec<String> {
    let told = read(&[("src/lib.rs", source)]);
    list(&told, "functions").iter().map(brief).collect()
}

fn resolved(before: &str, ty: &str) -> String {
    let source = format!("{before}\n#[pyfunction] fn f(x: {ty}) {{}}");
    let told = read(&[("src/lib.rs", &source)]);
    let argument = &list(&list(&told, "functions")[0], "arguments")[0];
    text(argument, "resolved").to_owned()
}

#[test]
fn functions_in_every_spelling() {
    assert_eq!(
        briefs(
            "#[pyfunction] fn a(py: Python<'_>, values: Vec<u8>) -> usize {}\n\
             #[pyo3::pyfunction]\n#[pyo3(name = \"bee\", signature = (x, *, y=None))]\n\
             fn b(x: i64, y: Option<bool>) {}\n\
             #[pyfunction(name = \"sea\", pass_module)] fn c(m: &Bound<'_, PyModule>, r#type: u8) {}\n\
             #[cfg_attr(feature = \"python\", pyfunction, pyo3(signature = (*a, **k)))]\n\
             fn d(a: &Bound<'_, PyTuple>, k: Option<&Bound<'_, PyDict>>) {}\n\
             #[pyfunction] async fn e(#[pyo3(cancel_handle)] handle: CancelHandle, x: f64) {}\n\
             fn no_function_of_python(x: u8) {}\n\
             #[cfg(test)] #[pyfunction] fn in_tests(x: u8) {}\n\
             #[cfg(not(test))] #[pyfunction] fn not_in_tests() {}"
        ),
        [
            "a: function a(values: Vec<u8>) -> usize",
            "b: function bee(x: i64, y: Option<bool> = None)",
            "c: function sea(type: u8)",
            "d: function d(*a: &Bound<'_, PyTuple>, **k: Option<&Bound<'_, PyDict>>)",
            "e: function e(x: f64)",
            "not_in_tests: function not_in_tests()",
        ]
    );
}

#[test]
fn methods_of_every_kind() {
    assert_eq!(
        briefs(
            "#[pymethods] impl P {\n\
             #[new] fn make(x: f64) -> Self {}\n\
             #[new] #[classmethod] fn make_too(cls: &Bound<'_, PyType>, x: f64) -> Self {}\n\
             fn norm(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {}\n\
             fn held(slf: PyRef<'_, Self>, x: u8) {}\n\
             #[getter] fn get_x(&self) -> f64 {}\n\
             #[getter(why)] fn y(&self) -> f64 {}\n\
             #[getter] #[pyo3(name = \"zed\")] fn z(&self) -> f64 {}\n\
             #[setter] fn set_x(&mut self, value: f64) {}\n\
             #[deleter] fn delete_x(&mut self) {}\n\
             #[staticmethod] fn origin(n: u8) -> Self {}\n\
             #[classmethod] fn of(cls: &Bound<'_, PyType>, n: u8) -> Self {}\n\
             #[classattr] fn unit() -> Self {}\n\
             #[classattr] const SIZE: usize = 3;\n\
             const HIDDEN: usize = 3;\n\
             fn __richcmp__(&self, other: &Self, op: CompareOp) -> bool {}\n\
             fn __traverse__(&self, visit: PyVisit<'_>) {}\n\
             unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) {}\n\
             #[cfg(test)] fn in_tests(&self) {}\n\
             }\n\
             impl P { fn rust_only(&self) {} }\n\
             #[pyclass(name = \"Point\")] struct P;"
        ),
        [
            "P::make: new Point.__new__(x: f64) -> crate::P",
            "P::make_too: new Point.__new__(x: f64) -> crate::P",
            "P::norm: method Point.norm(other: &crate::P) -> PyResult<crate::P>",
            "P::held: method Point.held(x: u8)",
            "P::get_x: getter Point.x() -> f64",
            "P::y: getter Point.why() -> f64",
            "P::z: getter Point.zed() -> f64",
            "P::set_x: setter Point.x(value: f64)",
            "P::delete_x: deleter Point.x()",
            "P::origin: staticmethod Point.origin(n: u8) -> crate::P",
            "P::of: classmethod Point.of(n: u8) -> crate::P",
            "P::unit: classattr Point.unit() -> crate::P",
            "P::SIZE: classattr Point.SIZE() -> usize",
            "P::__richcmp__: method Point.__richcmp__(other: &crate::P) -> bool",
            "P::__traverse__: method Point.__traverse__()",
            "P::__getbuffer__: method Point.__getbuffer__()",
        ]
    );
}

#[test]
fn an_argument_is_told_where_it_stands() {
    let told = read(&[(
        "src/lib.rs",
        "/* é */ #[pyfunction]\n#[pyo3(signature = (data, /, *, limit = 1_000))]\nfn f(\n    \
         #[pyo3(from_py_with = parse)] data: & 'static  str,\n    \
         #[pyo3(from_py_with = \"other::parse\")] mut limit: u8,\n) {}",
    )]);
    let function = &list(&told, "functions")[0];
    assert!(text(function, "file").ends_with("/src/lib.rs"));
    assert!(matches!(get(function, "line"), Json::Number(3)));
    assert_eq!(text(function, "signature"), "(data, /, *, limit = 1_000)");
    let [data, limit] = list(function, "arguments") else {
        panic!("two arguments");
    };
    assert!(matches!(get(data, "line"), Json::Number(4)));
    assert!(matches!(get(data, "column"), Json::Number(35)));
    assert_eq!(text(data, "type"), "&'static str");
    assert_eq!(text(data, "passing"), "positional");
    assert_eq!(text(data, "from_py_with"), "parse");
    assert_eq!(text(limit, "passing"), "keyword");
    assert_eq!(text(limit, "default"), "1_000");
    assert_eq!(text(limit, "from_py_with"), "other::parse");
}

#[test]
fn imports_are_followed() {
    let prelude = "use pyo3::prelude::*; use pyo3::types::{self, PyList as L, *};";
    assert_eq!(
        resolved(prelude, "&Bound<'_, PyAny>"),
        "&pyo3::Bound<'_, pyo3::PyAny>"
    );
    assert_eq!(
        resolved(prelude, "Py<PyModule>"),
        "pyo3::Py<pyo3::types::PyModule>"
    );
    assert_eq!(resolved(prelude, "L"), "pyo3::types::PyList");
    assert_eq!(resolved(prelude, "types::PyInt"), "pyo3::types::PyInt");
    assert_eq!(resolved(prelude, "&PyDict"), "&pyo3::types::PyDict");
    assert_eq!(resolved(prelude, "Unknown"), "Unknown");
    assert_eq!(
        resolved(
            "use std::{collections::HashMap as Map, borrow};",
            "Map<String, borrow::Cow<'_, str>>"
        ),
        "std::collections::HashMap<String, std::borrow::Cow<'_, str>>"
    );
    assert_eq!(
        resolved(
            "use std::collections as c;",
            "c::HashSet<::std::string::String>"
        ),
        "std::collections::HashSet<String>"
    );
    assert_eq!(
        resolved("use serde::serde; use rand;", "rand::Rng"),
        "rand::Rng"
    );
    assert_eq!(
        resolved("struct Option<T>(T);", "Option<u8>"),
        "crate::Option<u8>"
    );
    assert_eq!(resolved("", "numpy::PyArray1<f64>"), "numpy::PyArray1<f64>");
}

#[test]
fn modules_are_gone_through() {
    let modules = "mod a { pub mod b { pub struct T; pub(crate) type V<X> = Vec<X>; }\n\
                   pub use b::T as Renamed; use std::io::Result as Hidden; type Own = u8; }\n\
                   mod c { pub use super::a::*; pub use crate::a::b::*; pub use self::d::*;\n\
                   pub mod d { pub use super::*; } }";
    assert_eq!(resolved(modules, "a::b::T"), "crate::a::b::T");
    assert_eq!(resolved(modules, "crate::a::Renamed"), "crate::a::b::T");
    assert_eq!(resolved(modules, "c::Renamed"), "crate::a::b::T");
    assert_eq!(resolved(modules, "c::d::V<c::T>"), "Vec<crate::a::b::T>");
    assert_eq!(
        resolved(modules, "c::d::Missing<u8>"),
        "crate::c::d::Missing<u8>"
    );
    let globs = format!("{modules} use c::*; use a::*;");
    assert_eq!(resolved(&globs, "Renamed"), "crate::a::b::T");
    assert_eq!(resolved(&globs, "Hidden"), "Hidden");
    assert_eq!(resolved(&globs, "Own"), "Own");
}

#[test]
fn aliases_are_opened() {
    let aliases = "use std::collections::HashMap;\n\
                   type Map = HashMap<String, i64>; type Result<T, E = Failure> = std::result::Result<T, E>;\n\
                   type Bytes<'a> = &'a [u8]; type Pair<A, B = A> = (A, B); type Few<const N: usize> = [u8; N];\n\
                   type Ring = Vec<Ring>; type Deep<T> = Option<Result<Pair<T>>>; struct Failure;\n\
                   type Callback = Box<dyn Fn(Map) -> Ring2 + Send>; struct Ring2;";
    let pairs = [
        ("Map", "std::collections::HashMap<String, i64>"),
        (
            "Result<Map>",
            "Result<std::collections::HashMap<String, i64>, crate::Failure>",
        ),
        ("Result<u8, u8>", "Result<u8, u8>"),
        ("Bytes<'_>", "&'_ [u8]"),
        ("Bytes", "&'_ [u8]"),
        ("Pair<u8>", "(u8, u8)"),
        (
            "Pair<u8, Map>",
            "(u8, std::collections::HashMap<String, i64>)",
        ),
        ("Few<4>", "[u8; 4]"),
        ("Deep<u8>", "Option<Result<(u8, u8), crate::Failure>>"),
        (
            "Callback",
            "Box<dyn Fn(std::collections::HashMap<String, i64>) -> crate::Ring2 + Send>",
        ),
    ];
    for (ty, full) in pairs {
        assert_eq!(resolved(aliases, ty), full, "{ty}");
    }
    assert!(resolved(aliases, "Ring").starts_with("Vec<Vec<"));
    let mut bomb = "type A0<T> = (T, T);".to_owned();
    for level in 1..40 {
        let alias = format!("type A{level}<T> = A{}<(T, T)>;", level - 1);
        bomb.push_str(&alias);
    }
    assert!(resolved(&bomb, "A39<u8>").len() < 10_000);
}

#[test]
fn modules_that_are_declared_and_functions_in_functions() {
    assert_eq!(
        briefs(
            "#[pymodule] mod ext { use pyo3::prelude::*; use super::Thing;\n\
             #[pyfunction] fn f(x: &Bound<'_, PyAny>, y: Thing) {}\n\
             #[pymodule_export] use super::g; #[pymodule_init] fn init(m: &Bound<'_, PyModule>) {} \n\
             #[pymodule] mod sub { #[pyfunction] fn h() {} } }\n\
             struct Thing;\n\
             #[pymodule] fn old(m: &PyModule) -> PyResult<()> {\n\
             use std::collections::HashMap;\n\
             #[pyfn(m)] #[pyo3(name = \"plus\")] fn add(a: HashMap<u8, Thing>, b: i64) -> i64 { a + b }\n\
             #[pyfn(m, \"minus\")] fn sub(a: i64) -> i64 { a }\n\
             { #[pyfunction] fn nested() {} }\n\
             Ok(()) }"
        ),
        [
            "ext::f: function f(x: &pyo3::Bound<'_, pyo3::PyAny>, y: crate::Thing)",
            "ext::sub::h: function h()",
            "old::add: function plus(a: std::collections::HashMap<u8, crate::Thing>, b: i64) -> i64",
            "old::sub: function minus(a: i64) -> i64",
            "old::nested: function nested()",
        ]
    );
}

#[test]
fn files_are_followed() {
    let told = read(&[
        (
            "src/lib.rs",
            "mod a; mod b; #[path = \"elsewhere/c.rs\"] mod c; mod inline { mod d; }\n\
             #[cfg(test)] mod tests; #[cfg_attr(windows, path = \"win.rs\")] mod sys; mod r#type;",
        ),
        ("src/a.rs", "mod deeper; #[pyfunction] fn a() {}"),
        (
            "src/a/deeper.rs",
            "#[pyfunction] fn deeper(x: super::super::b::B) {}",
        ),
        ("src/b/mod.rs", "mod deeper; pub struct B;"),
        (
            "src/b/deeper.rs",
            "#![cfg(feature = \"x\")] #[cfg(unix)] #[pyfunction] fn bd() {}",
        ),
        ("src/elsewhere/c.rs", "mod next; "),
        ("src/elsewhere/next.rs", "#[pyfunction] fn next() {}"),
        ("src/inline/d.rs", "#[pyfunction] fn d() {}"),
        ("src/tests.rs", "#[pyfunction] fn tested() {}"),
        ("src/win.rs", "#[pyfunction] fn windows() {}"),
        ("src/sys.rs", "#[pyfunction] fn other() {}"),
        ("src/type.rs", "#[pyfunction] fn kind() {}"),
    ]);
    let mut found: Vec<String> = list(&told, "functions").iter().map(brief).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "a::a: function a()",
            "a::deeper::deeper: function deeper(x: crate::b::B)",
            "b::deeper::bd: function bd()",
            "c::next::next: function next()",
            "inline::d::d: function d()",
            "sys::other: function other()",
            "sys::windows: function windows()",
            "type::kind: function kind()",
        ]
    );
    let function = |name| {
        let all = list(&told, "functions");
        all.iter()
            .find(|function| text(function, "name") == name)
            .unwrap()
    };
    assert!(text(function("next"), "file").ends_with("/src/elsewhere/next.rs"));
    let conditions = list(function("bd"), "cfg");
    let seen: Vec<_> = conditions
        .iter()
        .map(|condition| match condition {
            Json::Text(text) => text.as_str(),
            _ => "-",
        })
        .collect();
    assert_eq!(seen, ["feature = \"x\"", "unix"]);
    assert!(list(&told, "skipped").is_empty());
}

#[test]
fn what_cannot_be_seen_is_told() {
    let deep = format!("const X: u8 = {}1{};", "(".repeat(5_000), ")".repeat(5_000));
    let folder = Folder::new(&[
        (
            "src/lib.rs",
            b"mod gone;\nmod broken;\nmod latin; mod deep; #[path = \"lib.rs\"] mod me;\n\
              include!(\"x.rs\");\nmake!(A);\nmacro_rules! make { ($n:ident) => { #[pyclass] struct $n; } }\n\
              thread_local! { static X: u8 = 1; }\ncfg_if! { if #[cfg(unix)] { #[pyfunction] fn f() {} } }\n\
              #[pymethods] impl A { shared!(); }\n\
              #[pyfunction] #[pyo3(signature = (a b))] fn f(a: u8) {}",
        ),
        ("src/broken.rs", b"\nfn f( {"),
        ("src/latin.rs", b"// ok\n// \xe9\n"),
        ("src/deep.rs", deep.as_bytes()),
    ]);
    let mut report = Report::default();
    report.add(&Tree::read(&folder.root()).unwrap());
    let told = report.json();
    let skipped: Vec<(usize, &str, bool)> = list(&told, "skipped")
        .iter()
        .map(|skipped| {
            let line = match get(skipped, "line") {
                Json::Number(line) => *line,
                _ => 0,
            };
            let pyo3 = matches!(get(skipped, "pyo3"), Json::Bool(true));
            (line, text(skipped, "why"), pyo3)
        })
        .collect();
    let has = |line, start: &str, pyo3| {
        assert!(
            skipped
                .iter()
                .any(|(at, why, holds)| *at == line && why.starts_with(start) && *holds == pyo3),
            "{start}: {skipped:?}"
        );
    };
    has(1, "mod gone: cannot read", false);
    has(2, "does not parse", false);
    has(2, "does not parse: it is not UTF-8", false);
    has(1, "does not parse: it is nested too deeply", false);
    has(1, "the file is a module of itself", false);
    has(4, "include!", false);
    has(5, "make!", true);
    has(7, "thread_local!", false);
    has(8, "cfg_if!", true);
    has(9, "shared!", false);
    has(10, "the signature of f does not parse", false);
    assert_eq!(skipped.len(), 11);
    assert_eq!(list(&told, "functions").len(), 1);
}

#[test]
fn no_depth_of_nesting_is_too_much() {
    for (head, start, end, tail) in [
        ("fn f(a: ", "Vec<", ">", ") {}"),
        ("fn f(a: ", "Vec<u8, Vec<", ">>", ") {}"),
        ("fn f(a: ", "& ", "", ") {}"),
        ("fn f(a: ", "fn() -> ", "", ") {}"),
        ("const A: u8 = ", "!", "", ";"),
        ("const A: u8 = ", "- ", "", ";"),
        ("const A: u8 = ", "|x| ", "", ";"),
        ("const A: u8 = ", "(", ")", ";"),
        ("", "mod a { ", "}", ""),
    ] {
        let (start, end) = (start.repeat(60_000), end.repeat(60_000));
        let inner = if head.is_empty() { "" } else { "u8" };
        let told = read(&[("src/lib.rs", &format!("{head}{start}{inner}{end}{tail}"))]);
        let why = text(&list(&told, "skipped")[0], "why");
        assert_eq!(why, "does not parse: it is nested too deeply", "{head}");
    }
    let table = "-1, &2, !3, 4 < 5, ".repeat(4_000);
    let told = read(&[("src/lib.rs", &format!("const A: X = [{table}];"))]);
    assert_eq!(list(&told, "skipped").len(), 0);
}

#[test]
fn classes_with_their_fields() {
    let told = read(&[(
        "src/lib.rs",
        "#[pyclass(name = \"Point\", get_all, rename_all = \"camelCase\")] #[pyo3(module = \"m\")]\n\
         struct P { #[pyo3(set)] left_side: f64, #[pyo3(name = \"up\")] y: Own }\n\
         type Own = u8;\n\
         #[cfg_attr(py, pyo3::pyclass)] enum Shape { Circle { radius: f64 }, Line(f64, f64), None() }\n\
         struct NoClass { x: f64 }",
    )]);
    let [point, shape] = list(&told, "classes") else {
        panic!("two classes");
    };
    let fields = |class| -> Vec<String> {
        list(class, "fields")
            .iter()
            .map(|field| {
                let yes = |key| matches!(get(field, key), Json::Bool(true));
                let (name, ty) = (text(field, "name"), text(field, "resolved"));
                format!(
                    "{} {name} {ty} {} {}",
                    text(field, "variant"),
                    yes("get"),
                    yes("set")
                )
            })
            .collect()
    };
    assert_eq!((text(point, "name"), text(point, "rust")), ("Point", "P"));
    assert_eq!(
        fields(point),
        ["- leftSide f64 true true", "- up u8 true false"]
    );
    assert_eq!(list(point, "attributes").len(), 4);
    assert_eq!(
        (text(shape, "kind"), list(shape, "variants").len()),
        ("enum", 3)
    );
    assert_eq!(
        fields(shape),
        [
            "Circle radius f64 true false",
            "Line _0 f64 true false",
            "Line _1 f64 true false",
        ]
    );
}

#[test]
fn conversions_that_are_derived_or_written() {
    let told = read(&[(
        "src/lib.rs",
        "#[derive(Debug, pyo3::FromPyObject)] struct Row<'py> { #[pyo3(item(\"k\"))] key: &'py str }\n\
         #[cfg_attr(feature = \"p\", derive(FromPyObject, IntoPyObject))] enum Either { A(i64), B { s: String } }\n\
         #[derive(FromPyObject)] struct Wrapped(Vec<Row>);\n\
         #[derive(Debug)] struct Other(u8);\n\
         impl<'py, T> FromPyObject<'py> for Wrapper<T> { fn extract(o: u8) {} }",
    )]);
    let derives: Vec<String> = list(&told, "derives")
        .iter()
        .map(|derive| {
            let fields: Vec<_> = list(derive, "fields")
                .iter()
                .map(|field| {
                    let (name, ty) = (text(field, "name"), text(field, "resolved"));
                    format!("{}.{name}: {ty}", text(field, "variant"))
                })
                .collect();
            let (name, kind) = (text(derive, "name"), text(derive, "kind"));
            let count = list(derive, "derive").len();
            format!("{name} {kind} {count} {}", fields.join(", "))
        })
        .collect();
    assert_eq!(
        derives,
        [
            "Row struct 1 -.key: &'py str",
            "Either enum 2 A.0: i64, B.s: String",
            "Wrapped newtype 1 -.0: Vec<crate::Row>",
        ]
    );
    let [written] = list(&told, "impls") else {
        panic!("one implementation");
    };
    assert_eq!(text(written, "trait"), "FromPyObject");
    assert_eq!(text(written, "type"), "Wrapper<T>");
}

#[test]
fn roots_that_cannot_be_read() {
    let folder = Folder::new(&[(
        "src/lib.rs",
        b"\xef\xbb\xbf#!/bin/sh\n#[pyfunction] fn f() {}",
    )]);
    let missing = Path::new("nowhere/lib.rs").to_owned();
    assert!(crate::document(std::slice::from_ref(&missing))
        .unwrap_err()
        .starts_with("nowhere/lib.rs cannot be read: "));
    let told = crate::document(&[folder.root(), missing, folder.root()]).unwrap();
    assert_eq!(told.matches("\"name\": \"f\"").count(), 1);
    assert!(told.contains("\"line\": 2"));
    assert!(told.contains("\"file\": \"nowhere/lib.rs\""));
}
