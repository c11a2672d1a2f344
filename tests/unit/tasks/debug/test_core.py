"""Cores that are read without any debugger: made of headers and notes, in folders that lack what they name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.stacks.inside.on_disk import BY_PATH
from pyo3ops.stacks.model import Confidence, Dump, Frame, Process, Stack, Thread
from pyo3ops.stacks.raw import Raw, RawThread
from pyo3ops.stacks.sources.chosen import Looked
from pyo3ops.stacks.symbol_files import Found
from pyo3ops.tasks.debug import core
from pyo3ops.tools.core_file import Core
from pyo3ops.tools.debug_files import DebugFile

from ...tools.elves import header, note, segment  # noqa: TID252 - tests are no package with a name of its own

WORDS = note(3, bytes(24) + (7).to_bytes(4, "little") + bytes(12) + b"python3".ljust(16, b"\0") + bytes(80))


def asked(file: Path, data: bytes, **more: object) -> dict[str, str]:
    file.write_bytes(data)
    report = core.run(None, core.Request({"PATH": ""}, file, **more))  # type: ignore[arg-type] # options of a test
    assert report.exit_code == Exit.UNKNOWN
    return {each.id: each.detail for each in report.findings}


def test_headers_alone_are_given_to_no_debugger(tmp_path: Path) -> None:
    found = asked(tmp_path / "core", header(4, 3)[:64])
    assert set(found) == {"core.signal", "core.whole"}
    assert "cut within its headers" in found["core.whole"]


def test_of_a_core_of_32_bits_only_the_machine_is_told(tmp_path: Path) -> None:
    data = bytearray(header(4, 0, machine=3))
    data[4] = 1
    found = asked(tmp_path / "core", bytes(data))
    assert set(found) == {"core.whole", "core.machine"}
    assert "i686, 32 bits" in found["core.machine"]


def test_without_a_debugger_it_says_so(tmp_path: Path) -> None:
    data = header(4, 2) + segment(4, 176, 0, len(WORDS)) + segment(1, 176 + len(WORDS), 4096, 8) + WORDS + bytes(8)
    found = asked(tmp_path / "core", data)
    assert found["core.stack"] == "no debugger is here to unwind it"
    assert found["core.executable"] == "python3 is not on this machine"


def test_a_copy_of_the_machine_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(header(4, 0))
    request = core.Request({}, tmp_path / "core", sysroot=tmp_path / "none")
    with pytest.raises(UsageError, match="there is no folder") as caught:
        core.run(None, request)
    assert "--sysroot takes a folder" in caught.value.cause


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links")
def test_no_link_is_made_outside_of_the_folder(tmp_path: Path) -> None:
    library = tmp_path / "kept.so"
    library.touch()
    names = ("/opt/größe/lib.so", f"/../../../../../../../../{tmp_path}/outside.so")
    symbols = tuple(Found(name, library=DebugFile(library), instead="below it") for name in names)
    with core._linked(symbols) as folder:
        links = [each for each in folder.rglob("*") if each.is_symlink()]
        assert [each.relative_to(folder) for each in links] == [Path(BY_PATH, "opt/größe/lib.so")]
        assert links[0].resolve() == library
    assert [each.name for each in tmp_path.iterdir()] == ["kept.so"]


def test_a_dump_that_cannot_be_written_is_told_before_a_debugger_looks(tmp_path: Path) -> None:
    request = core.Request({"PATH": ""}, tmp_path / "no core", dump=tmp_path / "none" / "x.json")
    with pytest.raises(UsageError, match="there is no folder") as caught:
        core.run(None, request)
    assert caught.value.command.endswith("--dump /tmp/dump.json")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_a_disk_that_is_full_takes_nothing_from_the_report(tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(header(4, 3)[:64])
    report = core.run(None, core.Request({"PATH": ""}, tmp_path / "core", dump=Path("/dev/full")))
    assert [each.id for each in report.findings] == ["core.signal", "core.whole", "debug.dump"]
    assert report.exit_code == Exit.FAILED


def test_who_is_sent_to_the_other_findings_is_not_sent_here_again(tmp_path: Path) -> None:
    looked = Looked((Raw(Process(), (RawThread(Thread(1)),), "gdb"),))
    read = core._Read(
        Core("x86_64", 64, 1),
        Dump((Stack(Thread(1), (Frame("work"),)),), Process(python="3.13"), confidence=Confidence.ONE_SIDED),
        looked,
        (),
        Found("a.so"),
    )
    found = next(each for each in core._stacks(read, tmp_path / "core") if each.id == "core.stack")
    assert found.fix is not None
    assert (found.fix.summary, found.fix.argv) == ("bring what the other findings say is missing", None)
