from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from pyo3ops.stacks.model import Language
from pyo3ops.stacks.readers import valgrind

DATA = Path(__file__).parents[3] / "data/tools/valgrind"


class Expected(NamedTuple):
    """What the recorded run of one Python has, in records that differ in the interpreter's frames as well."""

    version: str
    losses: int


RECORDED = [Expected("3.8", 3), Expected("3.13", 6)]
each = pytest.mark.parametrize("expected", RECORDED, ids=lambda expected: expected.version)


@each
def test_all_records_of_a_run_are_read(expected: Expected) -> None:
    reading = valgrind.read(DATA / f"faults-{expected.version}.xml")
    assert reading.complete
    assert reading.signal is None
    assert (reading.errors, reading.losses) == (1, expected.losses)
    assert len(reading.records) == 1 + expected.losses
    lost = [record for record in reading.records if record.lost]
    assert {record.kind for record in lost} == {"Leak_DefinitelyLost"}
    assert (
        sum(record.bytes for record in lost if any(frame.function == "planted_box" for frame in record.stack)) == 3000
    )
    assert sum(record.blocks for record in lost) == 9


@each
def test_an_invalid_read_tells_where_the_block_was_freed_and_allocated(expected: Expected) -> None:
    record = valgrind.read(DATA / f"faults-{expected.version}.xml").records[0]
    assert (record.kind, record.what) == ("InvalidRead", "Invalid read of size 1")
    assert [text for text, _ in record.notes][1] == "Block was alloc'd at"
    assert "inside a block of size 16 free'd" in record.notes[0][0]
    for stack in (record.stack, *(stack for _, stack in record.notes)):
        planted = next(frame for frame in stack if frame.function == "planted_read")
        assert planted.file == "/scratch/project/src/lib.rs"
        assert planted.language is Language.RUST
        assert planted.inlined
        assert str(planted.module).endswith(".so")


def test_names_are_demangled_and_functions_without_a_name_have_none() -> None:
    frames = [frame for record in valgrind.read(DATA / "faults-3.13.xml").records for frame in record.stack]
    names = {frame.function for frame in frames}
    assert "hello_world::hello_world::__pyfunction_planted_box" in names
    assert not [name for name in names if name.startswith(("_R", "_ZN")) or "UnknownInlined" in name or "::h0" in name]
    assert [frame for frame in frames if not frame.function and frame.file]
    eval_frame = next(frame for frame in frames if frame.function == "_PyEval_EvalFrameDefault")
    assert eval_frame.language is Language.C
    assert not eval_frame.inlined


def test_a_hash_of_an_older_valgrind_is_left_out(tmp_path: Path) -> None:
    text = (DATA / "faults-3.8.xml").read_text(encoding="utf-8")
    file = tmp_path / "hashed.xml"
    file.write_text(text.replace("<fn>planted_read<", "<fn>crate::planted_read::h0123456789abcdef<"), encoding="utf-8")
    assert valgrind.read(file).records[0].stack[1].function == "crate::planted_read"


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_read_to_where_it_ends(share: float, tmp_path: Path) -> None:
    whole = (DATA / "faults-3.13.xml").read_bytes()
    file = tmp_path / "cut.xml"
    file.write_bytes(whole[: int(len(whole) * share)])
    reading = valgrind.read(file)
    assert not reading.complete
    assert len(reading.records) == whole[: int(len(whole) * share)].count(b"</error>")


def test_only_what_is_wanted_is_kept_and_all_is_counted() -> None:
    reading = valgrind.read(DATA / "faults-3.13.xml", lambda record: not record.lost)
    assert [record.kind for record in reading.records] == ["InvalidRead"]
    assert reading.losses == 6


def test_a_file_without_end_is_not_read_without_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(valgrind, "SIZE_LIMIT", 50_000)
    reading = valgrind.read(DATA / "faults-3.13.xml")
    assert not reading.complete
    assert 0 < len(reading.records) < 7
    monkeypatch.undo()
    monkeypatch.setattr(valgrind, "RECORD_LIMIT", 2)
    reading = valgrind.read(DATA / "faults-3.13.xml")
    assert (len(reading.records), reading.losses) == (2, 6)
    with pytest.raises(FileNotFoundError):
        valgrind.read(tmp_path / "none.xml")


def test_the_signal_that_ended_a_program_is_told() -> None:
    reading = valgrind.read(DATA / "unknown-instruction.xml")
    assert (reading.signal, reading.complete, reading.records) == ("SIGILL", True, ())


def test_used_suppressions_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    pair = "<pair><count>136</count><name>wide</name></pair>"
    file.write_text(f"<valgrindoutput><suppcounts>{pair}</suppcounts></valgrindoutput>", encoding="utf-8")
    reading = valgrind.read(file)
    assert reading.suppressed == (("wide", 136),)
    # It never said that the program had ended.
    assert not reading.complete


@pytest.mark.parametrize(
    "inside",
    [
        "<error/>",
        "<error><kind>InvalidRead</kind><stack><frame><ip>no</ip><line>-1</line></frame></stack></error>",
        "<error><kind>Leak_DefinitelyLost</kind><xwhat><leakedbytes>many</leakedbytes></xwhat></error>",
        "<error><auxwhat>only a note</auxwhat></error>",
        "<fatal_signal/>",
        "<surprise><error><kind>Nested</kind></error></surprise>",
    ],
)
def test_what_nobody_promised_is_read_without_an_accident(inside: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.xml"
    file.write_text(f"<valgrindoutput>{inside}</valgrindoutput>", encoding="utf-8")
    for record in valgrind.read(file).records:
        assert (record.bytes, record.blocks) == (0, 0)
        assert all(frame.line is None and frame.address is None for frame in record.stack)


@pytest.mark.parametrize("encoding", ["nothing-such", "utf-32", "utf-7"])
def test_an_encoding_that_cannot_be_read_is_a_file_without_an_end(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.xml"
    file.write_text(f'<?xml version="1.0" encoding="{encoding}"?><valgrindoutput></valgrindoutput>', encoding="ascii")
    assert not valgrind.read(file).complete


def test_records_beyond_the_limit_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valgrind, "RECORD_LIMIT", 2)
    file = tmp_path / "many.xml"
    errors = "".join(f"<error><kind>{kind}</kind></error>" for kind in ("A", "B", "A", "A", "B"))
    file.write_text(f"<valgrindoutput>{errors}</valgrindoutput>", encoding="ascii")
    reading = valgrind.read(file)
    assert (len(reading.records), reading.cut, reading.errors) == (2, 3, 5)
    reading = valgrind.read(file, lambda record: record.kind == "B")
    assert ([record.kind for record in reading.records], reading.cut) == (["B", "B"], 0)
