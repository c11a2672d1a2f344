"""What is said of a crate's arguments, and what would do for less."""

from __future__ import annotations

import pytest

from pyo3ops.conversions import advice, rows
from pyo3ops.conversions.signatures import Argument, Function, Signatures, parse
from pyo3ops.conversions.survey import recorded

ASKED = recorded().of("3.13", "0.29")
OWN = Signatures(
    (),
    {"crate::shapes::PyPoint": "Point", "crate::Colour": "Colour"},
    frozenset({"crate::shapes::PyPoint"}),
    frozenset({"crate::Options"}),
    frozenset({"crate::Key"}),
)


def told(kind: str, use: str = "read", **more: str) -> advice.Told:
    argument = Argument("x", 1, kind, kind, use, **more)
    function = Function("src/lib.rs", 1, "f", "function", None, (argument,))
    signatures = Signatures((function,), OWN.classes, OWN.structs, OWN.derives, OWN.impls)
    assert ASKED is not None
    (found,) = advice.told(signatures, rows.load(), ASKED)
    return found


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("&'a str", "&str"),
        ("&'py pyo3::Bound<'py, pyo3::PyAny>", "&pyo3::Bound<pyo3::PyAny>"),
        ("pyo3::PyRef<'_, crate::P>", "pyo3::PyRef<crate::P>"),
        ("std::borrow::Cow<'_, [u8]>", "std::borrow::Cow<[u8]>"),
        ("HashMap< String ,i64 >", "HashMap<String, i64>"),
        ("[u8;4]", "[u8; 4]"),
        ("crate::buf::CffiBuf<'_>", "crate::buf::CffiBuf"),
    ],
)
def test_a_type_is_written_one_way(written: str, plain: str) -> None:
    assert advice.plain(written) == plain


@pytest.mark.parametrize(
    ("kind", "head", "inside"),
    [
        ("i64", "i64", ()),
        ("Vec<i64>", "Vec", ("i64",)),
        ("a::Map<String, Vec<(i64, u8)>>", "a::Map", ("String", "Vec<(i64, u8)>")),
        ("(i64, String)", "", ("i64", "String")),
        ("(i64,)", "", ("i64",)),
    ],
)
def test_a_type_is_taken_apart(kind: str, head: str, inside: tuple[str, ...]) -> None:
    assert advice.parts(kind) == (head, inside)


@pytest.mark.parametrize(
    ("kind", "takes"),
    [
        ("i64", "int"),
        ("&str", "str"),
        ("Option<String>", "str | None"),
        ("Option<std::collections::HashMap<String, Vec<u32>>>", "dict[str, Sequence[int]] | None"),
        ("(u8, &str)", "tuple[int, str]"),
        ("&pyo3::Bound<'_, pyo3::PyAny>", "Any"),
        ("pyo3::Py<pyo3::types::PyDict>", "dict"),
        ("Option<&pyo3::Bound<'py, pyo3::types::PyList>>", "list | None"),
        ("pyo3::PyObject", "Any"),
        ("&crate::shapes::PyPoint", "Point"),
        ("&mut crate::shapes::PyPoint", "Point"),
        ("pyo3::PyRef<'_, crate::shapes::PyPoint>", "Point"),
        ("Vec<pyo3::Py<crate::shapes::PyPoint>>", "Sequence[Point]"),
        ("Option<crate::Options>", "what Options is made from | None"),
        ("crate::Key", "what Key is made from"),
        ("somewhere::Else", ""),
        ("Vec<somewhere::Else>", ""),
    ],
)
def test_what_a_type_takes_is_told_as_a_stub_would(kind: str, takes: str) -> None:
    assert told(kind).takes == takes


@pytest.mark.parametrize(
    ("kind", "instead"),
    [
        ("String", "&str"),
        ("Vec<u8>", "&[u8]"),
        ("Option<String>", "Option<&str>"),
        ("Option<Vec<u8>>", "Option<&[u8]>"),
        ("Vec<String>", "Vec<pyo3::pybacked::PyBackedStr>"),
        ("crate::shapes::PyPoint", "&PyPoint"),
        ("crate::Colour", None),
        ("&str", None),
        ("i64", None),
        ("Vec<i64>", None),
    ],
)
def test_what_is_only_read_could_be_borrowed(kind: str, instead: str | None) -> None:
    assert told(kind).instead == instead
    assert told(kind, "unused").instead == instead
    assert told(kind, "kept").instead is None


def test_it_says_what_is_gained_and_what_is_lost() -> None:
    why = told("Vec<u8>").why
    assert why.startswith("no copy; no allocation; no longer takes bytearray, memoryview, list")
    assert told("String").why == "no copy; no allocation"


def test_what_is_refused_and_borrowed_is_told() -> None:
    assert told("u8").refuses == "TypeError, OverflowError"
    assert (told("&[u8]").data, told("Vec<u8>").data) == ("borrowed", "copied")


def test_arguments_that_no_type_reads() -> None:
    assert told("pyo3::Bound<'_, pyo3::types::PyTuple>", keyword="args").takes == "*args"
    assert told("Option<&pyo3::Bound<'_, pyo3::types::PyDict>>", keyword="kwargs").takes == "**kwargs"
    assert told("i64", from_py_with="to_number").takes == "what to_number takes"


def test_what_the_reader_prints_is_read() -> None:
    argument = {"name": "x", "line": 3, "column": 5, "type": "u8", "resolved": "u8", "default": None, "keyword": None}
    document = {
        "functions": [
            {
                "file": "src/lib.rs",
                "line": 2,
                "name": "f",
                "rust": "f",
                "kind": "method",
                "class": "P",
                "arguments": [{**argument, "from_py_with": None, "use": "read"}],
            }
        ],
        "classes": [{"name": "P", "rust": "m::PyP", "kind": "struct"}, {"name": "E", "rust": "E", "kind": "enum"}],
        "derives": [{"rust": "D", "derive": ["FromPyObject"]}, {"rust": "I", "derive": ["IntoPyObject"]}],
        "impls": [
            {"trait": "FromPyObject", "resolved": "crate::K<'a>"},
            {"trait": "IntoPyObject", "resolved": "crate::L"},
        ],
        "skipped": [
            {"file": "src/a.rs", "line": 7, "why": "make!: macros are not expanded", "pyo3": True},
            {"file": "src/a.rs", "line": 9, "why": "other!: macros are not expanded", "pyo3": False},
        ],
    }
    read = parse(document)
    assert read.functions[0].label == "P.f"
    assert read.functions[0].arguments[0] == Argument("x", 3, "u8", "u8", "read")
    assert read.classes == {"crate::m::PyP": "P", "crate::E": "E"}
    assert read.structs == {"crate::m::PyP"}
    assert [set(read.derives), set(read.impls)] == [{"crate::D"}, {"crate::K"}]
    assert read.hidden == (("src/a.rs", 7, "make!: macros are not expanded"),)
    with pytest.raises(KeyError):
        parse({})
