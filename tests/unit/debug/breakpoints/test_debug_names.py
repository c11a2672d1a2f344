from __future__ import annotations

from pathlib import Path

from pyo3ops.debug.breakpoints.debug_names import DebugNames, parse, parse_symbols

#: As gdb 13.1 answers for tests/data/debug/breakpoints/shapes.rs.
SAID = (
    '^done,symbols={debug=[{filename="shapes.rs/@/shapes.96587d33a5e659bf-cgu.0",fullname="/x/shapes.rs",symbols=['
    '{line="18",name="shapes::{impl#0}::area",type="fn (*mut shapes::Square) -> f64",description="static fn f;"},'
    '{name="area<f32>",type="void (void)",description="static void area<f32>(void);"},'
    '{name="odd<\\"x\\\\y\\">",type="void (void)",description="static"}]}],'
    'nondebugging=[{address="0x0000000000005000",name="_init"}]}\n'
)


def test_names_of_debug_information_alone() -> None:
    assert list(parse(SAID)) == ["shapes::{impl#0}::area", "area<f32>", 'odd<"x\\y">']
    assert list(parse("No symbol table is loaded.\n")) == []


def test_symbols_by_name() -> None:
    said = "[('area<f32>', '_ZN4area17h0E in section .text\\n'), ('b', 'No symbol matches 0x0.\\n')]\n"
    assert list(parse_symbols(said)) == [("area<f32>", "_ZN4area17h0E")]
    for text in ("", "Traceback", "[(", "(" * 500):
        assert list(parse_symbols(text)) == []


def test_a_debugger_that_is_not_there_knows_nothing() -> None:
    asked = DebugNames("/nowhere/gdb", {})
    assert asked.names([Path("x.so")]) == ()
    assert asked.symbols([Path("x.so")], ["a"]) == {}
