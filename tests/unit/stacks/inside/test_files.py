"""ELF files, maps and cores, as they are read before a debugger is asked."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from pyo3ops.stacks.inside import core_notes, files, guard
from pyo3ops.stacks.inside.memory import Unreadable

MAPS = """\
55d0c0000000-55d0c0001000 r--p 00000000 fe:00 12 /usr/bin/python3.12
55d0c0001000-55d0c0002000 r-xp 00001000 fe:00 12 /usr/bin/python3.12
7f0000003000-7f0000004000 r-xp 00003000 fe:00 13 /opt/my lib/ext.so (deleted)
7f0000005000-7f0000006000 rw-p 00000000 00:00 0
7f0000007000-7f0000008000 r--s 00000000 00:01 9 /dev/shm/data
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]
nonsense
"""


def note(kind: int, data: bytes, name: bytes = b"CORE\0") -> bytes:
    pad = b"\0" * (-len(name) % 4), b"\0" * (-len(data) % 4)
    return struct.pack("<III", len(name), len(data), kind) + name + pad[0] + data + pad[1]


def elf(kind: int, notes: bytes, load: bytes = b"", address: int = 0x1000) -> bytes:
    """A file of two segments: notes, and what lies at an address."""
    at = 64 + 2 * 56
    head = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, kind, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    segments = struct.pack("<IIQQQQQQ", 4, 4, at, 0, 0, len(notes), len(notes), 4)
    segments += struct.pack("<IIQQQQQQ", 1, 5, at + len(notes), address, 0, len(load), len(load), 4096)
    return head + segments + notes + load


def file_note(*rows: tuple[int, int, int, str]) -> bytes:
    head = struct.pack("<QQ", len(rows), 4096)
    numbers = b"".join(struct.pack("<QQQ", *row[:3]) for row in rows)
    return note(0x46494C45, head + numbers + b"".join(row[3].encode() + b"\0" for row in rows))


SEGV = struct.pack("<iiiiQ", 11, 0, 1, 0, 0xDEAD) + bytes(104)
PRPSINFO = (
    bytes(24) + struct.pack("<iiii", 321, 1, 1, 1) + b"python".ljust(16, b"\0") + b"python a.py ".ljust(80, b"\0")
)
CORE = note(0x53494749, SEGV) + note(3, PRPSINFO) + note(6, struct.pack("<QQQQ", 3, 0x400040, 0, 0))
CORE += file_note((0x400000, 0x401000, 0, "/usr/bin/python3.12"), (0x7000, 0x8000, 3, "/opt/ext.so"))


def test_the_files_of_a_process_with_where_they_begin() -> None:
    assert files.mapped(MAPS) == [
        files.Mapped(
            "/usr/bin/python3.12",
            0x55D0C0000000,
            ((0x55D0C0000000, 0x55D0C0001000, False), (0x55D0C0001000, 0x55D0C0002000, True)),
        ),
        files.Mapped("/opt/my lib/ext.so", 0x7F0000000000, ((0x7F0000003000, 0x7F0000004000, True),), deleted=True),
        files.Mapped("/dev/shm/data", 0x7F0000007000, ((0x7F0000007000, 0x7F0000008000, False),)),  # noqa: S108
    ]
    assert [each.code for each in files.mapped(MAPS)] == [True, True, False]


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x1c", "\x85", "\u2028"])
def test_a_name_ends_no_line(end: str) -> None:
    forged = f"/a{end}7f0000003000-7f0000004000 r-xp 00000000 fe:00 13 /forged.so"
    (found,) = files.mapped(f"1000-2000 r-xp 00000000 fe:00 12 {forged}\n")
    assert (found.path, found.start) == (forged, 0x1000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_and_a_device_are_not_opened(tmp_path: Path) -> None:
    pipe, real = tmp_path / "libpipe.so", tmp_path / "lib.so"
    os.mkfifo(pipe)
    real.write_bytes(elf(3, note(3, b"\xab\xcd", b"GNU\0")))
    head = files.read_elf(str(real))
    assert head is not None
    for place in (str(pipe), os.devnull, str(tmp_path)):
        assert files.read_elf(place) is None
        with pytest.raises(OSError, match="no regular file"):
            files.build_id(place, head)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_that_takes_the_place_of_a_file_keeps_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, real = tmp_path / "pipe", tmp_path / "lib.so"
    os.mkfifo(pipe)
    real.write_bytes(b"x")
    opening = os.open
    monkeypatch.setattr(os, "open", lambda _, flags: opening(pipe, flags))
    with pytest.raises(OSError, match="no regular file"):
        files.opened(str(real))


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "libpython3.12.so"
    path.write_bytes(elf(3, note(3, b"\xab\xcd", b"GNU\0")))
    found = files.read_elf(str(path))
    assert found is not None
    assert files.build_id(str(path), found) == "abcd"
    assert files.build_id_of(path.read_bytes()) == "abcd"
    assert files.bias(found, 0x7F0000000000) == 0x7F0000000000 - 0x1000 + 64 + 2 * 56 + 20
    assert files.python_version(str(path), str(path), found) == ("3.12", None)


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of this system are not read here")
def test_the_interpreter_that_runs_this_is_one() -> None:
    lines = Path("/proc/self/maps").read_text(encoding="utf-8")
    told = [
        files.python_version(each.path, each.path, found)
        for each in files.mapped(lines)
        for found in [files.read_elf(each.path)]
        if found and each.code and "python" in each.path.rpartition("/")[2]
    ]
    assert "{}.{}".format(*sys.version_info[:2]) in [minor for minor, _ in told]


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_damaged_file_is_none_or_less(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "damaged"
    whole = elf(4, CORE, b"x" * 16)
    for data in (whole[:cut], whole[:cut] + b"\xff" * (len(whole) - cut)):
        path.write_bytes(data)
        found = files.read_elf(str(path))
        # Without its whole header it is none.
        assert found is not None or cut < 64
        if found is not None:
            # No more than there is room for, and nothing that was not in it.
            assert len(found.segments) <= len(data) // 56
            core = core_notes.read_core(str(path), found)
            assert {each.path for each in core.files} <= {"/usr/bin/python3.12", "/opt/ext.so", ""}
            assert core.executable in {None, "/usr/bin/python3.12"}
            # A number of four bytes, and words of eighty, whatever they are.
            assert -(2**31) <= core.process.get("pid", 0) < 2**31
            assert sum(map(len, core.process.get("argv", ()))) <= 80
            assert files.build_id(str(path), found) is None


def test_a_core_says_who_it_was_and_what_ended_it(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(elf(4, CORE, b"memory"))
    found = files.read_elf(str(path))
    assert found is not None
    core = core_notes.read_core(str(path), found)
    assert [each.path for each in core.files] == ["/usr/bin/python3.12", "/opt/ext.so"]
    assert core.files[1].start == 0x4000
    assert core.executable == "/usr/bin/python3.12"
    assert core.signal == {"number": 11, "name": "SIGSEGV", "code": "address not mapped", "address": 0xDEAD}
    assert core.process == {"pid": 321, "argv": ["python", "a.py"]}
    assert core.gaps == []
    with core_notes.memory(str(path), found) as memory:
        assert memory.block(0x1002, 3) == b"mor"


@pytest.mark.parametrize(
    ("number", "code", "said", "address"),
    [
        (11, 0x80, "sent by the kernel", None),
        (6, -6, "sent by the process itself", None),
        (8, 1, "integer division by zero", 0xDEAD),
        (99, 0, "sent by kill", None),
    ],
)
def test_a_signal_that_was_sent_has_no_address(
    tmp_path: Path, number: int, code: int, said: str, address: int | None
) -> None:
    path = tmp_path / "core"
    path.write_bytes(elf(4, note(0x53494749, struct.pack("<iiiiQ", number, 0, code, 0, 0xDEAD))))
    found = files.read_elf(str(path))
    assert found is not None
    signal = core_notes.read_core(str(path), found).signal
    assert signal is not None
    assert (signal["code"], signal["address"]) == (said, address)


def test_a_truncated_core_says_so(tmp_path: Path) -> None:
    path = tmp_path / "core"
    whole = elf(4, CORE, b"x" * 100)
    path.write_bytes(whole[:-60])
    found = files.read_elf(str(path))
    assert found is not None
    assert core_notes.read_core(str(path), found).gaps == [
        f"the core is truncated: {len(whole) - 60} of {len(whole)} bytes are there"
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of this system are not read here")
def test_the_state_of_a_process() -> None:
    assert guard.state(os.getpid()) == ("R", guard.state(os.getpid())[1])
    assert guard.state(1 << 30) == ("X", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="the processes of this system are not read here")
def test_a_number_may_be_that_of_another_process() -> None:
    before = guard.began(os.getpid())
    assert before is not None
    assert before.isdecimal()
    guard.still(os.getpid(), before)
    with pytest.raises(Unreadable, match=r"^No such process: \d+ ended, and its number is now that of another$"):
        guard.still(os.getpid(), str(int(before) - 1))
    with pytest.raises(Unreadable, match=r"^No such process: \d+ ended$"):
        guard.still(1 << 30, before)


@pytest.mark.parametrize(
    ("constants", "version"),
    [
        (b"\x003.12.1\0", ("3.12", "3.12.1")),
        (b"3.12.1rc2+\0", ("3.12", "3.12.1rc2+")),
        # Part of another number, and the end of a longer text.
        (b"13.12.1\0 1.3.12.1\0 see 3.12.1 \0", ("3.12", None)),
        (b"\x003.11.4\0 3.12.0\0", ("3.12", "3.12.0")),
    ],
)
def test_the_release_is_a_constant_of_its_own(tmp_path: Path, constants: bytes, version: tuple[str, str]) -> None:
    path = tmp_path / "libpython3.12.so"
    path.write_bytes(constants)
    section = files.Section(".rodata", 1, 0, 0, len(constants))
    assert files.python_version(str(path), str(path), files.Elf(3, 62, (), (section,), len(constants))) == version


def test_what_a_file_exports_is_found_and_what_it_has_from_others_is_not(tmp_path: Path) -> None:
    names = b"\0_PyRuntime\0_Py_NoneStruct\0"
    entries = [(0, 0, 0, 0, 0, 0), (1, 17, 0, 0, 0, 0), (12, 17, 0, 9, 0x70, 8), (1, 17, 0, 9, 0x40, 8)]
    symbols = b"".join(struct.pack("<IBBHQQ", *each) for each in entries)
    path = tmp_path / "lib.so"
    path.write_bytes(names + symbols)
    sections = (
        files.Section(".dynstr", 3, 0, 0, len(names)),
        files.Section(".dynsym", 11, 0, len(names), len(symbols)),
    )
    elf_ = files.Elf(3, 62, (), sections, 0)
    found = [files.exported(str(path), elf_, name) for name in (b"_PyRuntime", b"_Py_NoneStruct", b"Py", b"nothing")]
    assert found == [0x40, 0x70, None, None]
    assert files.exported(str(path), files.Elf(3, 62, (), (), 0), b"_PyRuntime") is None
