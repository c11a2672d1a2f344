"""What real programs printed, against what was read of it: nothing is lost, and each dump was looked at by somebody."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Iterator

import pytest

from pyo3ops.stacks import readers
from pyo3ops.stacks.model import Dump, Frame, Gil, Raised, Stack, Thread
from pyo3ops.stacks.readers import FORMATS, READERS, Piece, read, rust_panic

DATA = Path(__file__).parents[3] / "data" / "stacks" / "readers"
FIXTURES = sorted(DATA.glob("*/*.txt"))
FOLDERS = sorted({path.parent.name for path in FIXTURES})
#: Frames of one stack that an expectation shows from its leaf.
LEAF = 14


def shown(pieces: tuple[Piece, ...]) -> str:
    return "\n".join(line for piece in pieces for line in shown_piece(piece)) + "\n"


def shown_piece(piece: Piece) -> Iterator[str]:
    dump = piece.dump
    yield f"{piece.reader} {piece.first_line}-{piece.last_line} {dump.confidence.value}"
    if dump.signal:
        address = "" if dump.signal.address is None else f" at {dump.signal.address:#x}"
        yield f"  signal {dump.signal.number} {dump.signal.name}{address} {dump.signal.code or ''}".rstrip()
    if dump.process.pid or dump.process.argv or dump.process.python:
        process = dump.process
        yield f"  process {process.pid} {process.executable} {process.python} {' '.join(process.argv)}".rstrip()
    yield from (f"  gap: {gap}" for gap in dump.gaps)
    yield from (f"  module {each.path} {each.base and hex(each.base)}" for each in dump.modules)
    if dump.exception:
        yield from shown_raised(dump.exception, "  ")
    for stack in dump.stacks:
        yield f"  stack {shown_thread(stack.thread)} {stack.gil.value}, {stack.confidence.value}"
        yield from (f"    {line}" for line in shown_frames(stack.frames))
        yield from (f"    seam at {seam.at}: {seam.reason}" for seam in stack.seams)


def shown_thread(thread: Thread) -> str:
    ident = "" if thread.ident is None else f" {thread.ident:#x}"
    return f"{thread.tid}{ident} {thread.name!r}{' current' if thread.current else ''}"


def shown_raised(raised: Raised, margin: str) -> Iterator[str]:
    thread = f" in {shown_thread(raised.thread)}" if raised.thread else ""
    yield f"{margin}{raised.relation or 'raised'}: {raised.type}: {raised.message!r}{thread}"
    yield from (f"{margin}  note: {note}" for note in raised.notes)
    yield from (f"{margin}  {line}" for line in shown_frames(raised.frames))
    if raised.origin:
        yield from shown_raised(raised.origin, margin + "< ")
    for each in raised.group:
        yield from shown_raised(each, margin + "* ")


def shown_frames(frames: tuple[Frame, ...]) -> Iterator[str]:
    yield from (shown_frame(frame)[:240] for frame in frames[:LEAF])
    if len(frames) > LEAF:
        yield f"... {len(frames)} in all, the last: {shown_frame(frames[-1])[:200]}"


def shown_frame(frame: Frame) -> str:
    address = "" if frame.address is None else f" {frame.address:#x}"
    place = f" {frame.file}:{frame.line}" if frame.file else ""
    module = f" [{frame.module}]" if frame.module else ""
    marks = ("~" if frame.glue else "") + ("+" if frame.inlined else "")
    values = "".join(f" {'@' if each.argument else ''}{each.name}={each.value}" for each in frame.variables)
    source = f" | {frame.source}" if frame.source else ""
    return f"{marks}{frame.function or '-'} ({frame.language.value}){place}{module}{address}{source}{values}"


def of(name: str) -> list[Path]:
    return [path for path in FIXTURES if path.parent.name == name]


@pytest.mark.parametrize("name", FOLDERS)
def test_dumps_are_the_expected_ones(name: str) -> None:
    for path in of(name):
        result = shown(read(path.read_text(encoding="utf-8")))
        expected = path.with_suffix(".expected")
        if os.environ.get("PYO3OPS_UPDATE_GOLDEN"):
            expected.write_text(result, encoding="utf-8")
        assert result == expected.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("name", FOLDERS)
def test_pieces_are_in_order_and_do_not_overlap(name: str) -> None:
    for path in of(name):
        text = path.read_text(encoding="utf-8")
        last = 0
        for piece in read(text):
            assert last < piece.first_line <= piece.last_line <= len(text.split("\n")), path
            last = piece.last_line


def every(raised: Raised | None) -> Iterator[Raised]:
    if raised:
        yield raised
        yield from every(raised.origin)
        for each in raised.group:
            yield from every(each)


def frames_of(dump: Dump) -> int:
    return sum(len(each.frames) for each in every(dump.exception)) + sum(len(stack.frames) for stack in dump.stacks)


def counted(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text, re.MULTILINE))


#: What a frame looks like, told without the readers.
LOOKS = {
    "python_traceback": r'^[ |]*  File ".*", line \d+',
    "faulthandler": r'^  (?:File ".*", line \d+ in |Binary file ")',
    "pystack": r'^    \((?:Python|C)\) File "',
    "py_spy": r"^    (?!Failed to)\S.* \([^()]*\)$",
    "py_spy_json": r'^ +"short_filename": ',
    "lldb": r"^  +(?:\* )?frame #\d+: 0x",
}


@pytest.mark.parametrize("name", LOOKS)
def test_no_frame_is_lost(name: str) -> None:
    for path in of(name):
        text = path.read_text(encoding="utf-8")
        # lldb shows where each thread stopped before it is asked, and once more behind that.
        asked = text.partition("(lldb) bt")[2] or text
        expected = counted(LOOKS[name], asked if name == "lldb" else text)
        assert sum(frames_of(piece.dump) for piece in read(text)) == expected, path


def test_no_frame_of_gdb_is_lost() -> None:
    for path in of("gdb"):
        text = path.read_text(encoding="utf-8")
        told = counted(r"^#\d+ +\S", text) + counted(r'^  (?:File ".*", line \d+, in |<built-in method )', text)
        # Where a core ended stands before the backtrace, and is its first frame again.
        again = counted(r"^#0 ", text) - max(1, counted(r"^Thread \d", text)) if counted(r"^#0 ", text) else 0
        assert sum(frames_of(piece.dump) for piece in read(text)) == told - again, path


def test_every_panic_is_read_with_its_message_place_and_thread() -> None:
    panics = 0
    for path in of("rust_panic"):
        lines = path.read_text(encoding="utf-8").split("\n")
        found = [
            piece for piece in read("\n".join(lines)) if piece.dump.exception and piece.dump.exception.type == "panic"
        ]
        told = [(index, line) for index, line in enumerate(lines) if "panicked at " in line]
        assert [piece.first_line - 1 for piece in found] == [index for index, _ in told], path
        for piece, (index, line) in zip(found, told):
            raised = piece.dump.exception
            assert raised
            place = rust_panic.place(raised)
            assert place, path
            if " panicked at '" in line:
                assert raised.message.startswith(line.partition("panicked at '")[2].partition("', ")[0])
            else:
                expected = line.partition("panicked at ")[2].rstrip(":").rsplit(":", 2)
                assert (place.line, (place.file or "").endswith(expected[0].rpartition("/")[2])) == (
                    int(expected[1]),
                    True,
                )
                assert raised.message.split("\n")[0] == lines[index + 1]
            if raised.thread and raised.thread.name:
                assert line.startswith(f"thread '{raised.thread.name}' ")
            else:
                assert line.startswith(("thread '<unnamed>' ", "panicked at"))
            panics += 1
    assert panics >= 30


def test_there_are_enough_fixtures_of_each_format() -> None:
    count = {reader.name: 0 for reader in READERS}
    for path in FIXTURES:
        for name in {piece.reader for piece in read(path.read_text(encoding="utf-8"))}:
            count[name] += 1
    # Only macOS and systemd write these: test_apple_report.py and test_coredumpctl.py have texts of our own. And what
    # has lost its begin is made of whole ones, in test_rust_backtrace.py.
    assert [count.pop(name) for name in ("apple_report", "coredumpctl", "rust_backtrace")] == [0, 0, 0]
    assert all(number >= 6 for number in count.values()), count
    assert len(FIXTURES) >= 80


def test_every_format_is_listed_once() -> None:
    shared = {"__init__", "calls", "printed", "text"}
    files = {path.stem for path in Path(readers.__file__).parent.glob("*.py")} - shared
    listed = {each.name for each in FORMATS}
    assert len(listed) == len(FORMATS)
    # Two of the files read two formats each, and two are called after what they read of a tool.
    assert listed - files == {"resumed_panic", "py_spy_json", "gdb", "lldb"}
    assert files - listed == {"gdb_backtrace", "lldb_backtrace"}


def test_no_fixture_tells_of_the_machine() -> None:
    for path in FIXTURES:
        assert not re.search(
            r"/root\b|/work/|/tmp/|index\.crates|github\.com-[0-9a-f]{8}", path.read_text(encoding="utf-8")
        ), path


def stacks(name: str) -> tuple[Stack, ...]:
    return tuple(
        stack for piece in read((DATA / f"{name}.txt").read_text(encoding="utf-8")) for stack in piece.dump.stacks
    )


def test_python_frames_of_faulthandler_are_leaf_first_and_c_frames_a_stack_of_their_own() -> None:
    side, current, native = stacks("faulthandler/segfault_3.14")
    assert [frame.function for frame in current.frames] == ["down", "down", "down", "down", "<module>"]
    assert side.frames[-1].function == "_bootstrap"
    assert native.thread == current.thread
    assert native.frames[-1].function == "_start"


def test_what_a_library_is_loaded_at_follows_from_its_offsets() -> None:
    piece = read((DATA / "faulthandler/segfault_3.15.txt").read_text(encoding="utf-8"))[0]
    libc = next(each for each in piece.dump.modules if "libc.so" in each.path)
    assert libc.base
    assert libc.base % 0x1000 == 0


def test_who_has_the_gil_is_told_where_the_text_tells_it() -> None:
    assert [stack.gil for stack in stacks("pystack/busy_3.11")].count(Gil.HELD) <= 1
    assert Gil.WAITED_FOR in {stack.gil for stack in stacks("pystack/busy_3.13")}
    assert [stack.gil for stack in stacks("py_spy/busy_3.13")].count(Gil.HELD) == 1


def test_pystack_is_turned_round() -> None:
    frames = stacks("pystack/plain_3.11")[-1].frames
    assert [frame.function for frame in frames] == ["leaf", "middle", "main", "<module>"]


def test_arguments_are_told_from_locals() -> None:
    leaf = next(frame for frame in stacks("pystack/all_3.11")[-1].frames if frame.function == "leaf")
    assert {each.name: each.argument for each in leaf.variables} == {"seconds": True, "note": False}


def test_what_is_chained_and_grouped_without_end_stays_flat() -> None:
    chain = "During handling of the above exception, another exception occurred:"
    assert len(read(f"ValueError: x\n\n{chain}\n\n" * 200 + "ValueError: x\n")) > 1
    nested = "".join(
        f"{' ' * (2 * depth + 2)}| E: {depth}\n{' ' * (2 * depth + 2)}+-+---------------- 1 ----------------\n"
        for depth in range(40)
    )
    exception = read("  + Exception Group Traceback (most recent call last):\n" + nested)[0].dump.exception
    assert len(list(every(exception))) == 12
