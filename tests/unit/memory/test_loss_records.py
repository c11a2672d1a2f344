from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.memory.attribution import Owner, written_at
from pyo3ops.memory.loss_records import causes, own_stack
from pyo3ops.stacks.model import Frame
from pyo3ops.stacks.readers.valgrind import Record, read

DATA = Path(__file__).parents[2] / "data/tools/valgrind"


def owner(version: str) -> Owner:
    """The planted library, where it was when valgrind saw it."""
    tag = f"cpython-{version.replace('.', '')}-x86_64-linux-gnu"
    folder = f"/scratch/{version}/venv/lib/python{version}/site-packages/hello_world"
    return Owner(frozenset({f"{folder}/hello_world.{tag}.so"}), Path("/scratch/project"))


@pytest.mark.parametrize("version", ["3.8", "3.13"])
def test_each_fault_is_one_cause_however_python_came_to_it(version: str) -> None:
    found = causes(read(DATA / f"faults-{version}.xml").records, owner(version))
    named = [(written_at(cause.stack, owner(version)), cause) for cause in found]
    assert [(frame.function if frame else None, cause.blocks) for frame, cause in named] == [
        ("planted_read", 0),
        ("planted_box", 3),
        ("planted_cycle", 3),
        ("planted_object", 3),
    ]
    assert found[1].bytes == 3000
    # The specialised instructions of 3.13 make two ways to the same place.
    assert [cause.ways for cause in found] == ([1, 1, 1, 1] if version == "3.8" else [1, 2, 2, 2])


def test_records_of_others_are_no_causes() -> None:
    assert causes(read(DATA / "faults-3.13.xml").records, Owner(frozenset({"/elsewhere.so"}), Path("/project"))) == ()


def test_what_the_interpreter_reads_after_the_library_freed_it_is_the_librarys() -> None:
    own = Owner(frozenset({"/a.so"}), Path("/project"))
    reading = (Frame("Py_TYPE", module="/libpython.so"), Frame("_PyEval_EvalFrameDefault", module="/libpython.so"))
    freeing = (Frame("free"), Frame("drop_twice", file="/project/src/lib.rs", module="/a.so"))
    record = Record("InvalidRead", "Invalid read of size 8", reading, notes=(("freed at", freeing),))
    assert own_stack(record, own) == freeing
    assert [cause.stack for cause in causes([record], own)] == [freeing]
    assert own_stack(Record("InvalidRead", "Invalid read of size 8", reading), own) is None
