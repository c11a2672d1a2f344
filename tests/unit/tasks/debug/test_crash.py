from __future__ import annotations

import io
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Iterable, cast

import pytest

from pyo3ops import render
from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Call, Report, Status
from pyo3ops.debug.crash import crashes, middle, prefixes
from pyo3ops.debug.crash import input as pasted
from pyo3ops.stacks import dump_json, shown
from pyo3ops.tasks.debug import crash as task

OWN = Path(__file__).parents[3] / "data" / "debug" / "crash" / "own"
PANIC = (OWN / "panic-plain.txt").read_text(encoding="utf-8")


def told(text: str) -> Report:
    return task.run(None, task.Request({}, text=text))


def test_a_report_has_the_cause_the_place_and_the_joined_stack() -> None:
    report = told(PANIC)
    first = report.findings[0]
    assert (first.id, first.status, report.exit_code) == ("crash.panic.index", Status.FAIL, 1)
    assert "src/crash.rs:65" in first.detail
    assert first.fix is not None
    assert first.where is not None
    assert first.where.line == 2
    calls = [call for call in report.traces[0].calls if call.own]
    assert [call.function for call in calls][-4:] == ["leaf", "middle", "main", "<module>"]
    assert any(fact.name == "signature" and fact.value.startswith("crash-") for fact in report.facts)
    assert ("rust_panic", "lines 2-4") in [(fact.name, fact.value) for fact in report.facts]


def test_the_same_crash_twice_is_one_finding() -> None:
    report = task.run(None, task.Request({}, OWN / "two-services.txt"))
    fails = [finding for finding in report.findings if finding.status is Status.FAIL]
    assert len(fails) == 1
    assert "2 times, from lines 3, 8" in fails[0].detail


def test_a_text_without_a_crash_says_what_would_be_one() -> None:
    report = told("all is well\n")
    assert (report.exit_code, report.findings[0].id) == (4, "crash.unrecognised")
    assert report.findings[0].evidence[0] == "what would be:"
    assert any("faulthandler" in each for each in report.findings[0].evidence[1:])


@pytest.mark.parametrize("text", ["", "  \n\n"])
def test_nothing_is_an_error_of_usage(text: str) -> None:
    with pytest.raises(UsageError, match="stdin is empty"):
        told(text)


def test_a_core_that_is_taken_for_a_log_is_told(tmp_path: Path) -> None:
    core = tmp_path / "core"
    core.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x04\x00" + bytes(100))
    with pytest.raises(UsageError, match="is a core") as error:
        task.run(None, task.Request({}, core))
    assert error.value.command == f"pyo3ops debug core {core}"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + bytes(100), "is a program or a library"),
        (b"\x1f\x8b\x08" + bytes(range(100)), "is compressed"),
        (bytes(1000) + b"text", "is no text"),
        (b"MDMP" + bytes(100), "core of another system"),
    ],
)
def test_what_is_no_text_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "log"
    file.write_bytes(data)
    with pytest.raises(UsageError, match=words):
        task.run(None, task.Request({}, file))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        task.run(None, task.Request({}, tmp_path / "none.txt"))
    with pytest.raises(UsageError, match="cannot read"):
        task.run(None, task.Request({}, tmp_path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "log"
    file.write_bytes(PANIC.encode(encoding))
    assert task.run(None, task.Request({}, file)).findings[0].id == "crash.panic.index"


def test_bytes_that_are_no_text_are_replaced_and_told(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"\xff\xfeno\xe9\n"[2:] + PANIC.encode())
    report = task.run(None, task.Request({}, file))
    assert report.findings[0].id == "crash.panic.index"
    assert "encoding" in [fact.name for fact in report.facts]


def test_of_a_large_log_begin_and_end_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pasted, "HEAD", 2000)
    monkeypatch.setattr(pasted, "TAIL", 4000)
    file = tmp_path / "log"
    file.write_text("all is well\n" * 10_000 + PANIC)
    report = task.run(None, task.Request({}, file))
    assert report.findings[0].id == "crash.panic.index"
    assert any("were not read" in fact.value for fact in report.facts if fact.name == "lines")
    piped = told("all is well\n" * 10_000 + PANIC)
    assert any("were not read" in fact.value for fact in piped.facts if fact.name == "lines")


def test_a_dump_can_be_kept_and_read_again(tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    report = task.run(None, task.Request({}, OWN / "segfault-gdb.txt", dump=dump))
    assert [each.path for each in report.artifacts] == [str(dump)]
    assert dump_json.from_text(dump.read_text()).signal is not None
    again = task.run(None, task.Request({}, dump))
    assert again.findings[0].id == "crash.signal.segfault"
    own = [call.function for call in again.traces[0].calls if call.own]
    # Named as `debug core` names it.
    assert own[:2] == ["debugging_example::crash::null_write", "leaf"]


def test_a_dump_that_cannot_be_written_is_an_error_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        task.run(None, task.Request({}, OWN / "panic-plain.txt", dump=tmp_path / "none" / "dump.json"))


def test_a_dump_that_cannot_be_kept_takes_nothing_from_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyo3ops.tasks.debug.kept.write_whole", full)
    report = task.run(None, task.Request({}, OWN / "panic-plain.txt", dump=Path("x.json")))
    assert report.traces
    assert [each.id for each in report.findings if each.status is Status.FAIL][-1] == "debug.dump"


def test_of_a_dump_no_line_of_json_is_told(tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    task.run(None, task.Request({}, OWN / "segfault-gdb.txt", dump=file))
    (found, *_) = task.run(None, task.Request({}, file)).findings
    assert (found.evidence, found.where and found.where.line) == ((), None)


def test_the_place_of_the_second_panic_is_told() -> None:
    (found, *_) = task.run(None, task.Request({}, text=DOUBLE)).findings
    assert (found.id, found.detail.endswith(" The second panic was at src/crash.rs:102.")) == (
        "crash.panic.in-drop",
        True,
    )


DOUBLE = """
thread '<unnamed>' (3943) panicked at src/crash.rs:111:5:
once
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

thread '<unnamed>' (3943) panicked at src/crash.rs:102:9:
and again, while unwinding
stack backtrace:

thread '<unnamed>' (3943) panicked at /rustc/59807616e1fa2540724bfbac14d7976d7e4a38/library/core/src/panicking.rs:233:5:
panic in a destructor during cleanup
thread caused non-unwinding panic. aborting.
"""


@pytest.mark.parametrize("ending", [".json", ".md", ".html", ".sarif", ".xml"])
def test_every_format_takes_the_report(ending: str) -> None:
    hostile = PANIC.replace("index out of bounds", "\x1b[31m<script>alert(1)</script>")
    shown = render.render_as(told(hostile), f"r{ending}")
    assert "src/crash.rs" in shown
    assert "\x1b" not in shown
    assert ending not in (".html", ".xml") or "<script>alert" not in shown


class Dribble(io.RawIOBase):
    """A pipe that gives few bytes at once, and can be read only once."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        whole = self._left or next(self._parts, b"")
        part, self._left = whole[:size], whole[size:]
        return part


def test_a_stream_keeps_its_begin_and_its_end_and_says_what_is_between() -> None:
    line = b"x" * 1023 + b"\n"
    middle = (pasted.HEAD + 3 * pasted.TAIL) // len(line)
    found = pasted.of_stream(cast("IO[bytes]", Dribble([b"first\n", *[line] * middle, PANIC.encode()])), "stdin")
    size = 6 + middle * len(line) + len(PANIC.encode())
    assert found.text.startswith("first\n")
    assert found.text.endswith(PANIC)
    assert pasted.TAIL - 4 <= len(found.text) - 1 - pasted.HEAD <= pasted.TAIL
    assert found.skipped == size - (len(found.text) - 1)
    assert not found.replaced


@pytest.mark.parametrize("size", [0, 1, 7, pasted.HEAD - 1, pasted.HEAD, pasted.HEAD + 5, pasted.HEAD + pasted.TAIL])
def test_a_stream_that_fits_is_kept_whole(size: int) -> None:
    found = pasted.of_stream(io.BytesIO(b"a" * size), "stdin")
    assert (len(found.text), found.skipped) == (size, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_character_is_cut_where_the_middle_is_left_out(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "log"
    data = ("\u20ac" * (pasted.HEAD + pasted.TAIL) + PANIC).encode(encoding)
    file.write_bytes(data)
    for found in (pasted.of_file(file), pasted.of_stream(io.BytesIO(data), "stdin")):
        assert found.skipped > 0
        assert not found.replaced
        assert found.text.endswith(PANIC)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x04\x00" + bytes(100), "stdin is a core"),
        (b"\x1f\x8b\x08" + bytes(range(100)), "stdin is compressed"),
    ],
)
def test_what_is_piped_in_is_looked_at_as_a_file_is(data: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        task.run(None, task.Request({}, stream=io.BytesIO(data)))


def test_what_powershell_pipes_in_is_read() -> None:
    report = task.run(None, task.Request({}, stream=io.BytesIO(PANIC.encode("utf-16"))))
    assert report.findings[0].id == "crash.panic.index"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_with_a_name_is_read_as_stdin_is(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    noise = b"all is well so far\n" * ((pasted.HEAD + pasted.TAIL) // 15)
    writer = threading.Thread(target=lambda: fifo.write_bytes(noise + PANIC.encode()))
    writer.start()
    found = pasted.of_file(fifo)
    writer.join()
    assert found.skipped > 0
    assert found.text.endswith(PANIC)


def test_many_calls_are_read_and_shown_in_moments() -> None:
    calls = '  File "a.py", line 3, in f\n    f()\n' * 15_000
    started = time.process_time()
    report = told(f"Traceback (most recent call last):\n{calls}RecursionError: too deep\n")
    # A second on a free machine.
    assert time.process_time() - started < 4.0
    assert len(report.traces[0].calls) < 10


def test_a_prefix_that_no_line_has_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def common(telling: object, fits: object) -> None:
        raise AssertionError((telling, fits))

    monkeypatch.setattr(prefixes, "_common", common)
    assert len(prefixes.without(["all is well"] * 100)[0]) == 100


def test_a_long_recursion_is_folded_with_few_comparisons() -> None:
    class Counting(str):
        looked = 0
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            Counting.looked += 1
            return str.__eq__(self, other)

        def __hash__(self) -> int:
            return str.__hash__(self)

    calls = [Call(Counting(f"f{at % 13}"), path="a.py", line=1) for at in range(2_000)]
    assert len(shown._repeated(calls)) == len(calls)
    assert Counting.looked < 2 * len(calls)


def test_what_ended_the_program_is_shown_beside_what_it_was_raised_from() -> None:
    text = """\
Traceback (most recent call last):
  File "app.py", line 5, in outer
    inner()
  File "app.py", line 2, in inner
    {}["x"]
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "app.py", line 8, in <module>
    outer()
  File "app.py", line 7, in outer
    raise ValueError("second") from e
ValueError: second
"""
    first, second = task.run(None, task.Request({}, text=text)).traces
    assert first.title.startswith("KeyError")
    assert (second.title, [each.function for each in second.calls]) == ("ValueError: second", ["outer", "<module>"])


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("at", [0.2, 0.5, 0.77])
def test_a_crash_in_the_middle_of_a_large_log_is_found_with_its_line(
    at: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, piped: bool
) -> None:
    monkeypatch.setattr(pasted, "HEAD", 20_000)
    monkeypatch.setattr(pasted, "TAIL", 40_000)
    monkeypatch.setattr(pasted, "_CHUNK", 3_000)
    monkeypatch.setattr(pasted, "_PIECE", 7_000)
    lines = ["all is well so far"] * 60_000
    first = int(len(lines) * at)
    lines[first:first] = PANIC.rstrip("\n").split("\n")
    data = "\n".join(lines).encode()
    file = tmp_path / "log"
    file.write_bytes(data)
    found = pasted.of_stream(io.BytesIO(data), "stdin") if piped else pasted.of_file(file)
    assert len(found.text) < 160_000
    (crash,) = crashes.of(found.text, found.starts).crashes
    assert crash.cause.id == "panic.index"
    heads = [number for number, line in enumerate(lines, 1) if "panicked at" in line]
    assert [panic.line for panic in crash.story.panics] == heads[:1]


def test_lines_behind_what_is_left_out_keep_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pasted, "HEAD", 2_000)
    monkeypatch.setattr(pasted, "TAIL", 4_000)
    file = tmp_path / "log"
    file.write_text("all is well\n" * 10_000 + PANIC)
    where = task.run(None, task.Request({}, file)).findings[0].where
    assert where is not None
    assert where.line == 10_002
    whole = "all is well\n" * 10_000 + PANIC
    assert told(whole).findings[0].where == replace(where, path="stdin")


def test_of_too_many_crashes_in_the_middle_some_are_counted_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middle, "MOST", 100_000)
    noise = b"all is well so far\n" * 4_000
    data = b"".join([b"x\n" * (pasted.HEAD // 2), *[noise + PANIC.encode()] * 9, noise, b"x\n" * (pasted.TAIL // 2)])
    found = pasted.of_stream(io.BytesIO(data), "stdin")
    assert found.missed > 3
    assert len(found.text) < pasted.HEAD + pasted.TAIL + 250_000
