from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.model import Location, Status
from pyo3ops.memory.attribution import Owner
from pyo3ops.memory.findings import allocators, called, elsewhere, findings
from pyo3ops.memory.loss_records import causes
from pyo3ops.stacks.model import Frame
from pyo3ops.stacks.readers.valgrind import Record, read

DATA = Path(__file__).parents[2] / "data/tools/valgrind"
LIBRARY = "/scratch/3.13/venv/lib/python3.13/site-packages/hello_world/hello_world.cpython-313-x86_64-linux-gnu.so"
OWNER = Owner(frozenset({LIBRARY}), Path("/scratch/project"))


def test_each_cause_is_a_finding_with_its_place_and_the_way_out() -> None:
    recorded = causes(read(DATA / "faults-3.13.xml").records, OWNER)
    found = list(findings("valgrind.a", recorded, OWNER, name="a", record="out/valgrind.xml"))
    assert [(row.id, row.title) for row in found] == [
        ("valgrind.a.invalid-read", "planted_read reads memory that is not its own"),
        ("valgrind.a.leak", "planted_box loses 3,000 bytes in 3 blocks"),
        ("valgrind.a.leak", "planted_cycle loses 468 bytes in 3 blocks"),
        ("valgrind.a.leak", f"planted_object loses {recorded[3].bytes} bytes in 3 blocks"),
    ]
    for row in found:
        assert row.status is Status.FAIL
        assert row.where is not None
        assert row.where.path == "src/lib.rs"
        assert str(row.where.line) in (row.fix.summary if row.fix else "")
        assert row.evidence[-1] == "The whole record: out/valgrind.xml"
    assert "from_raw" in str(found[1].fix)
    assert "from_owned_ptr" in str(found[3].fix)


def test_a_stack_is_shown_without_the_inside_of_the_standard_library() -> None:
    recorded = causes(read(DATA / "faults-3.13.xml").records, OWNER)
    box = list(findings("valgrind.a", recorded, OWNER, name="a", record="r"))[1]
    assert [line.split(" (")[0].strip() for line in box.evidence[1:-1]] == [
        "from_elem<u8>",
        "planted_box",
        "hello_world::hello_world::__pyfunction_planted_box",
    ]
    assert box.evidence[1].endswith("(library/alloc/src/vec/mod.rs:3651)")
    assert not [line for line in box.evidence if "/scratch" in line or "/home" in line or "/rustc" in line]


@pytest.mark.parametrize(
    ("kind", "words", "ending"),
    [
        ("InvalidWrite", "writes memory that is not its own", "invalid-write"),
        ("InvalidFree", "frees what is not allocated", "invalid-free"),
        ("UninitCondition", "decides on memory that was never written", "uninitialised"),
        ("NewKind", "does what memcheck calls NewKind", "error"),
    ],
)
def test_each_kind_has_its_words(kind: str, words: str, ending: str) -> None:
    frame = Frame("wrong", file="/scratch/project/src/lib.rs", line=7, module=LIBRARY)
    recorded = causes([Record(kind, "what it says", (frame,))], OWNER)
    (found,) = findings("valgrind.a", recorded, OWNER, name="a", record="r")
    assert (found.title, found.id, found.detail) == (f"wrong {words}", f"valgrind.a.{ending}", "what it says")
    assert found.where == Location("src/lib.rs", 7)
    origins = found.fix is not None and found.fix.argv == ("pyo3ops", "valgrind", "a", "--track-origins")
    assert origins is (ending == "uninitialised")


def test_a_place_in_a_dependency_is_told_without_a_location() -> None:
    frame = Frame("deep", file="/home/user/.cargo/registry/src/index/dep-1.0.0/src/lib.rs", line=7, module=LIBRARY)
    (found,) = findings(
        "valgrind.a", causes([Record("InvalidRead", "w", (frame,))], OWNER), OWNER, name="a", record="r"
    )
    assert found.where is None
    assert found.evidence[1] == "    deep (dep-1.0.0/src/lib.rs:7)"


def test_a_long_stack_is_cut() -> None:
    frames = tuple(Frame(f"f{n}", file="/scratch/project/src/lib.rs", line=n, module=LIBRARY) for n in range(1, 60))
    (found,) = findings("valgrind.a", causes([Record("InvalidRead", "w", frames)], OWNER), OWNER, name="a", record="r")
    assert found.evidence[-2] == "    ... and 34 more"


def test_losses_of_others_are_a_warning() -> None:
    stack = (Frame("malloc"), Frame("PyUnicode_New"), Frame("_PyEval_EvalFrameDefault"))
    (found,) = elsewhere("valgrind.a", [Record("Leak_DefinitelyLost", "w", stack, bytes=276, blocks=3)], record="r")
    assert (found.id, found.status) == ("valgrind.a.elsewhere", Status.WARN)
    assert found.evidence[0] == "276 bytes in 3 blocks from PyUnicode_New"
    assert list(elsewhere("valgrind.a", [], record="r")) == []


def test_an_allocator_that_hides_blocks_is_named(tmp_path: Path) -> None:
    plain, own = tmp_path / "plain.so", tmp_path / "own.so"
    plain.write_bytes(b"\x7fELF malloc\0free\0")
    own.write_bytes(b"\x7fELF mi_malloc\0mi_free\0")
    (found,) = allocators("valgrind.a", Owner.of([plain, own], tmp_path))
    assert (found.id, found.status) == ("valgrind.a.allocator", Status.WARN)
    assert found.title == "mimalloc hides what Rust allocates from valgrind"
    assert found.detail.startswith("own.so ")


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("hello_world::hello_world::__pyfunction_hello", "hello"),
        ("a::Type::__pymethod___new____", "__new__"),
        ("a::Type::__pymethod_set_x__", "set_x"),
        ("from_elem<u8>", "from_elem"),
        ("<pyo3::A<T> as pyo3::B<T>>::into_new_object", "into_new_object"),
        ("PyUnicode_New", "PyUnicode_New"),
        ("", "an inlined function"),
    ],
)
def test_functions_are_called_as_their_authors_do(function: str, name: str) -> None:
    assert called(Frame(function)) == name
