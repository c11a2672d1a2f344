from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.tools import core_file
from pyo3ops.tools.core_file import Area, Core, Mapped, mapped
from pyo3ops.tools.core_notes import Auxiliary, Died, Named

from .elves import BASE, header, note, segment

if TYPE_CHECKING:
    from pathlib import Path

ID = bytes(range(20))
STACK = 0x7FFC00000000
REGISTERS = tuple(range(100, 127))


def library() -> bytes:
    """The first page of a shared object whose only segment is a note with a build ID."""
    data = note(3, ID, b"GNU\0")
    return header(3, 1) + segment(4, 120, 120, len(data)) + data


def files(*rows: tuple[str, int, int]) -> bytes:
    body = struct.pack("<QQ", len(rows), 4096)
    body += b"".join(struct.pack("<QQQ", start, start + 4096, offset) for _, start, offset in rows)
    return note(0x46494C45, body + b"".join(name.encode() + b"\0" for name, _, _ in rows))


def status(tid: int = 42, signal: int = 11, registers: tuple[int, ...] = REGISTERS) -> bytes:
    head = struct.pack("<iiihxxQQiiii", signal, 0, 0, signal, 0, 0, tid, 1, 1, 1)
    return note(1, head.ljust(112, b"\0") + struct.pack(f"<{len(registers)}Q", *registers) + bytes(8))


def named(pid: int = 42) -> bytes:
    data = (
        bytes(24)
        + struct.pack("<iiii", pid, 1, 1, 1)
        + b"python3".ljust(16, b"\0")
        + b"python3 -c pass ".ljust(80, b"\0")
    )
    return note(3, data)


def information(signal: int = 11, code: int = 1, value: int = 8) -> bytes:
    return note(0x53494749, struct.pack("<iiixxxxQ", signal, 0, code, value).ljust(128, b"\0"))


def started(*words: str) -> tuple[bytes, bytes]:
    """The auxiliary vector, and the end of the stack that leads to it: counts, pointers, strings."""
    text, places = b"", []
    for word in (*words, "HOME=/", "/usr/bin/python3"):
        places.append(len(text))
        text += word.encode() + b"\0"
    pairs = [(3, BASE + 64), (31, STACK + 4096 + places[-1]), (0, 0)]
    vector = b"".join(struct.pack("<QQ", *pair) for pair in pairs)
    pointers = [len(words), *(STACK + 4096 + place for place in places[: len(words)]), 0, STACK + 4096 + places[-2], 0]
    stack = (struct.pack(f"<{len(pointers)}Q", *pointers) + vector).ljust(4096, b"\0") + text
    return note(6, vector), stack.ljust(8192, b"\0")


def core(*, page: bytes, listed: bytes, stack: bytes = b"", machine: int = 62, flags: int = 5) -> bytes:
    first = 64 + 3 * 56
    return (
        header(4, 3, machine=machine)
        + segment(4, first, 0, len(listed))
        + segment(1, first + len(listed), BASE, len(page), flags=flags, memory=4096)
        + segment(1, first + len(listed) + len(page), STACK, len(stack), flags=6)
        + listed
        + page
        + stack
    )


ROWS = (("/lib/tiny.so", BASE, 0), ("/lib/tiny.so", BASE + 4096, 1), ("/data", BASE + 8192, 0), ("/gone.so", 0x1000, 0))
VECTOR, END = started("python3", "größe.py", "")
NOTES = status() + status(43, 0) + named() + information() + VECTOR + files(*ROWS)
WHOLE = core(page=library(), listed=NOTES, stack=END)


def read(tmp_path: Path, data: bytes) -> tuple[Mapped, ...] | None:
    (tmp_path / "core").write_bytes(data)
    return mapped(tmp_path / "core")


def whole(tmp_path: Path, data: bytes) -> Core:
    (tmp_path / "core").write_bytes(data)
    found = core_file.read(tmp_path / "core")
    assert found is not None
    return found


def test_libraries_with_their_builds(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == (Mapped("/lib/tiny.so", BASE, ID.hex()),)


def test_a_file_that_was_only_read_is_no_library_of_the_process(tmp_path: Path) -> None:
    only_read = core(page=library(), listed=files(("/lib/tiny.so", BASE, 0)), flags=4)
    assert read(tmp_path, only_read) == ()
    # gcore leaves out the areas of which it saves nothing, code among them.
    untold = files(("/lib/tiny.so", BASE, 0), ("/lib/tiny.so", BASE + 4096, 1))
    assert read(tmp_path, core(page=library(), listed=untold, flags=4)) == (Mapped("/lib/tiny.so", BASE, ID.hex()),)


def test_all_that_a_core_says(tmp_path: Path) -> None:
    found = whole(tmp_path, WHOLE)
    assert (found.machine, found.bits, found.size, found.missing) == ("x86_64", 64, len(WHOLE), 0)
    assert found.named == Named(42, "python3", "python3 -c pass")
    assert found.died == Died(11, 1, 8)
    assert found.auxiliary == Auxiliary(BASE + 64, STACK + 4096 + 27)
    assert (found.started, found.argv) == ("/usr/bin/python3", ("python3", "größe.py", ""))
    assert found.executable == "/lib/tiny.so"
    assert found.areas == (
        Area(
            BASE, BASE + 4096, readable=True, writable=False, executable=True, saved=len(library()), file="/lib/tiny.so"
        ),
        Area(STACK, STACK + 8192, readable=True, writable=True, executable=False, saved=8192),
    )
    first, other = found.threads
    assert (first.tid, first.signal, first.counter, first.stack) == (42, 11, 116, 119)
    assert (dict(first.registers)["rax"], other.tid) == (110, 43)
    assert core_file.page(tmp_path / "core", BASE, 4) == b"\x7fELF"


def test_how_much_is_missing(tmp_path: Path) -> None:
    found = whole(tmp_path, WHOLE[:-5000])
    assert (found.missing, found.size) == (5000, len(WHOLE) - 5000)
    assert found.areas[1].saved == 8192 - 5000
    assert found.died == Died(11, 1, 8)
    # All but the headers.
    assert whole(tmp_path, WHOLE[: 64 + 3 * 56]).missing == len(WHOLE) - 64 - 3 * 56


def test_a_signal_that_somebody_sent(tmp_path: Path) -> None:
    assert whole(tmp_path, core(page=b"", listed=information(6, -6, 42))).died == Died(6, -6, None, 42)
    # SI_KERNEL: the address is not told.
    assert whole(tmp_path, core(page=b"", listed=information(11, 128, 0))).died == Died(11, 128)


def test_without_siginfo_the_status_tells(tmp_path: Path) -> None:
    assert whole(tmp_path, core(page=b"", listed=status())).died == Died(11)
    assert whole(tmp_path, core(page=b"", listed=status(42, 0))).died is None


def test_another_machine(tmp_path: Path) -> None:
    arm = tuple(range(34))
    found = whole(tmp_path, core(page=library(), listed=status(registers=arm) + files(*ROWS), machine=183))
    assert (found.machine, found.threads[0].counter, found.threads[0].stack) == ("aarch64", 32, 31)
    unknown = whole(tmp_path, core(page=library(), listed=NOTES, machine=9999))
    assert (unknown.machine, unknown.threads[0].registers, len(unknown.files)) == ("machine 9999", (), 1)


def test_a_core_of_32_bits_is_known_as_one(tmp_path: Path) -> None:
    data = b"\x7fELF" + bytes([1, 1, 1]) + bytes(9) + struct.pack("<HH", 4, 3) + bytes(80)
    found = whole(tmp_path, data)
    assert (found.machine, found.bits, found.files) == ("i686", 32, ())
    assert read(tmp_path, data) is None


def test_a_library_without_a_build_id(tmp_path: Path) -> None:
    page = header(3, 0) + bytes(64)
    assert read(tmp_path, core(page=page, listed=files(*ROWS))) == (Mapped("/lib/tiny.so", BASE, ""),)


def test_what_is_no_core(tmp_path: Path) -> None:
    for data in (b"", b"\x7fELF", library(), b"\x7fELF\x01\x01" + bytes(100), b"core" * 100):
        assert read(tmp_path, data) is None
    assert mapped(tmp_path / "none") is None
    assert mapped(tmp_path) is None
    assert core_file.page(tmp_path / "none", 0) == b""


def test_a_file_that_was_mapped_again_to_be_read_is_known_by_its_code(tmp_path: Path) -> None:
    """As Rust's library does for a backtrace, at lower addresses, and with the debug file beside it."""
    page = library()
    again, debug = BASE - 0x100000, BASE - 0x80000
    rows = (
        ("/lib/tiny.so", again, 0),
        ("/lib/tiny.debug", debug, 0),
        ("/lib/tiny.so", BASE, 0),
        ("/lib/tiny.so", BASE + 4096, 1),
    )
    listed = files(*rows)
    first = 64 + 5 * 56
    places = [first + len(listed) + number * len(page) for number in range(3)]
    data = (
        header(4, 5)
        + segment(4, first, 0, len(listed))
        + b"".join(segment(1, place, where, len(page)) for place, where in zip(places, (again, debug, BASE)))
        + segment(1, 0, BASE + 4096, 0, flags=5, memory=4096)
        + listed
        + page * 3
    )
    assert read(tmp_path, data) == (Mapped("/lib/tiny.so", BASE, ID.hex()),)


def test_a_list_of_files_that_lies(tmp_path: Path) -> None:
    body = struct.pack("<QQ", 1 << 60, 4096)
    assert read(tmp_path, core(page=library(), listed=note(0x46494C45, body))) == ()


def test_an_offset_beyond_all_files(tmp_path: Path) -> None:
    for offset in (1 << 63, (1 << 64) - 1):
        data = bytearray(WHOLE)
        # Of the segment that holds the first page.
        struct.pack_into("<Q", data, 64 + 56 + 8, offset)
        assert read(tmp_path, bytes(data)) in {None, ()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(WHOLE)),
)
def test_a_damaged_core_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]], length: int) -> None:
    data = bytearray(WHOLE)
    for place, value in damage:
        data[place] = value
    (tmp_path / "core").write_bytes(bytes(data[: length or None]))
    assert isinstance(core_file.read(tmp_path / "core"), (Core, type(None)))


def test_a_file_whose_beginning_is_missing_is_known_by_its_name(tmp_path: Path) -> None:
    """coredump_filter without its bit for ELF headers, and cores that were cut off."""
    rows = (("/lib/tiny.so", BASE, 0), ("/lib/tiny.so", BASE + 4096, 1), ("/data", BASE, 0))
    assert read(tmp_path, core(page=b"", listed=files(*rows))) == (Mapped("/lib/tiny.so", BASE, ""),)
    assert read(tmp_path, core(page=bytes(64), listed=files(*rows))) == ()
