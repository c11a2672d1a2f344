"""Whose function a line of Rust is in."""

from __future__ import annotations

import time

import pytest

from pyo3ops.stacks.inside import rust_source

TEXT = """\
// impl Wrong { fn insert() {
impl<'a, T: Fn(u8) -> u8> a::Map<'a, T> where T: Copy {
    #[pyo3(signature = (key, default=None))]
    fn insert(&self, room: [u8; 4]) -> char {
        let text = "} fn no() {";
        let raw = r#"}"}"#;
        if true { call(|x| { x }); }
        '}'
    }
}

impl Grow for Set<u8> {
    fn insert(
        &self,
    ) -> impl Sized {
        /* } */ 1
    }
}

mod inner {
    pub fn alone() {
        1;
    }
}

fn free() {
    fn nested() { 2; }
    3;
}
static ROOM: [u8; 2] = [1, 2];
"""


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        (8, "Map::insert", True),
        (4, "rpds::Map::insert", True),
        (7, "Set::insert", False),
        (7, "insert", True),
        (7, "Map::remove", None),
        (14, "Set::insert", True),
        (16, "Set::insert", True),
        (16, "Grow::insert", True),
        (16, "Map::insert", False),
        (22, "inner::alone", True),
        (22, "outer::alone", False),
        (28, "free", True),
        (28, "my_crate::free", True),
        (28, "Map::free", False),
        (27, "nested", True),
        (31, "free", None),
        (999, "free", None),
    ],
)
def test_a_line_tells_its_function(line: int, name: str, *, said: bool | None) -> None:
    assert rust_source.is_named(TEXT, line, name) is said


@pytest.mark.parametrize("piece", ["/*", 'r#"', '"\\', "'", "{", "}", "impl<", "fn ", "(", "\n", "impl X {fn a(){"])
def test_whatever_a_file_holds_it_is_read_in_its_time(piece: str) -> None:
    started = time.monotonic()
    rust_source.is_named(piece * (300_000 // len(piece)), 5, "X::a")
    assert time.monotonic() - started < 10
