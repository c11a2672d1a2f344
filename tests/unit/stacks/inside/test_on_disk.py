"""Files of a process found again on disk: those of this very process, moved ones, and others of the same name."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import struct
import sys
from pathlib import Path

import pytest

from pyo3ops.stacks.inside import looking
from pyo3ops.stacks.inside.files import Found, Mapped, build_id, mapped, read_elf
from pyo3ops.stacks.inside.memory import Memory, Unreadable
from pyo3ops.stacks.inside.on_disk import BY_PATH, OnDisk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes of this system are not read here")


@pytest.fixture(scope="module")
def mine() -> OnDisk:
    """The files of this process."""
    found = OnDisk(mapped(looking.maps(os.getpid())))
    with looking.process_memory(os.getpid()) as memory:
        found.find(memory, os.readlink("/proc/self/exe"))
    return found


def test_this_process(mine: OnDisk) -> None:
    executable = os.readlink("/proc/self/exe")
    assert mine.place(executable) == executable
    assert mine.gaps == []
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    python = mine.python_at(runtime)
    assert python is not None
    assert (python.minor, python.release) == ("{}.{}".format(*sys.version_info[:2]), platform.python_version())
    # Old versions have a symbol for it, and no section.
    assert python.runtime == runtime
    assert mine.python_at(None) in {None, python}
    by_path = {row["path"]: row for row in mine.described({executable: "/elsewhere.debug"})}
    assert by_path[executable]["symbols"] == "/elsewhere.debug"


def test_what_a_file_has_at_an_address(mine: OnDisk) -> None:
    executable = next(each for each in mine.files if each.path == os.readlink("/proc/self/exe"))
    assert mine.content(executable.start, 4) == b"\x7fELF"
    with pytest.raises(Unreadable, match="neither"):
        mine.content(16, 4)


def _library(mine: OnDisk) -> Mapped:
    """One with a build ID."""
    return next(each for each in mine.files if "libc" in each.path)


def _pages(path: str) -> Memory:
    """A process that has a file at its first address, which is not 0."""
    content = Path(path).read_bytes()[:4096]
    return Memory(lambda address, size: content[address - 4096 : address - 4096 + size])


def test_a_file_that_was_replaced_is_found_by_its_build_id(mine: OnDisk, tmp_path: Path) -> None:
    library = _library(mine)
    elf = read_elf(library.path)
    assert elf is not None
    identity = build_id(library.path, elf)
    assert identity is not None
    other = tmp_path / "other.so"
    shutil.copyfile(os.readlink("/proc/self/exe"), other)
    moved = Mapped(str(other), 4096, ((4096, 8192, True),))
    lost = OnDisk([moved])
    lost.find(_pages(library.path))
    assert lost.gaps == [f"{other} was replaced since it was loaded: its symbols are missing"]
    assert lost.place(str(other)) is None
    assert lost.described({})[0]["build_id"] == identity
    kept = tmp_path / "symbols/.build-id" / identity[:2] / f"{identity[2:]}.debug"
    kept.parent.mkdir(parents=True)
    kept.symlink_to(library.path)
    again = OnDisk([moved], [str(tmp_path / "symbols")])
    again.find(_pages(library.path))
    assert (again.place(str(other)), again.gaps) == (str(kept), [])


def test_a_file_that_is_gone() -> None:
    gone = OnDisk([Mapped("/nonexistent/a.so", 4096, ((4096, 8192, True),)), Mapped("/data", 0, ((0, 9, False),))])
    gone.find()
    assert gone.gaps == ["/nonexistent/a.so is not here: its symbols are missing"]
    assert gone.python_at(None) is None
    assert gone.elf("/nonexistent/a.so") is None


def test_files_by_address() -> None:
    files = [Mapped("/a", 10, ((10, 20, True), (30, 40, False))), Mapped("/b", 20, ((20, 30, True),))]
    modules = looking.Modules(files)
    assert [modules.at(address) for address in (9, 10, 19, 20, 35, 40)] == [None, "/a", "/a", "/b", "/a", None]


@pytest.mark.parametrize(
    ("name", "symbol", "last"),
    [
        ("call_back", "_ZN1a9call_back17h0123456789abcdefE", True),
        ("a::call_back", "_ZN1a9call_back17h0123456789abcdefE", False),
        ("call0<T>", "_ZN1a5call017h0123456789abcdefE", True),
        ("{closure#0}", "_ZN1a1b28_$u7b$$u7b$closure$u7d$$u7d$17hE", True),
        ("other", "_ZN1a9call_back17h0123456789abcdefE", False),
    ],
)
def test_names_that_say_less_than_the_symbol(name: str, symbol: str, *, last: bool) -> None:
    assert looking.is_last_part(name, symbol) is last


def test_what_proc_says() -> None:
    said = looking.told(os.getpid(), "/x")
    assert (said["pid"], said["executable"], said["cwd"]) == (os.getpid(), "/x", str(Path.cwd()))
    with looking.process_memory(os.getpid()) as memory:
        assert all(word >= 0 for word in looking.words_on_stacks(os.getpid(), memory))
        with pytest.raises(Unreadable):
            memory.block(8, 8)


def _tiny(folder: Path, *, name: str = "libpython3.13.so.1.0", data: bytes = b"", flags: int = 4) -> Path:
    """A file of one segment, without a build ID."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    front = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 3, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    size = 120 + len(data)
    path.write_bytes(front + struct.pack("<IIQQQQQQ", 1, flags, 0, 0, 0, size, size, 4096) + data)
    return path


def test_a_file_that_was_found_elsewhere_lies_under_its_own_path(tmp_path: Path) -> None:
    place = _tiny(tmp_path / BY_PATH / "opt/lib")
    file = Mapped("/opt/lib/libpython3.13.so.1.0", 4096, ((4096, 8192, True),))
    found = OnDisk([file], [str(tmp_path)])
    found.find()
    assert (found.place(file.path), found.gaps) == (str(place), [])


def test_a_file_without_a_build_id_must_begin_as_what_was_loaded(tmp_path: Path) -> None:
    place = _tiny(tmp_path, data=bytes(5000))
    file = Mapped(str(place), 4096, ((4096, 12288, True),))
    same = OnDisk([file])
    same.find(_pages(str(place)))
    assert same.gaps == []
    before = _pages(str(place))
    content = before.block(4096, 4096)
    _tiny(tmp_path, data=b"another" + bytes(5000))
    other = OnDisk([file])
    other.find(Memory(lambda address, size: content[address - 4096 : address - 4096 + size]))
    assert other.gaps == [f"{place} was replaced since it was loaded: its symbols are missing"]


def test_what_a_process_may_write_to_is_not_as_it_is_in_the_file(tmp_path: Path) -> None:
    for flags, fits in ((4, True), (6, False)):
        place = _tiny(tmp_path, data=b"began with", flags=flags)
        found = OnDisk([Mapped(str(place), 4096, ((4096, 8192, True),))])
        found.find()
        if fits:
            assert found.content(4096 + 120, 5) == b"began"
        else:
            with pytest.raises(Unreadable, match="the file has what it began with"):
                found.content(4096 + 120, 5)


def test_an_interpreter_whose_file_is_gone_is_told_by_its_data() -> None:
    file = Mapped("/gone/libpython3.13.so.1.0", 4096, ((4096, 8192, True), (8192, 12288, False)))
    data = bytes(160) + b"xdebugpy" + bytes(4096 - 168)
    there = {8192: data}

    def read(address: int, size: int) -> bytes:
        if address not in there:
            raise Unreadable("not there")
        return there[address][:size]

    found = OnDisk([file])
    found.find(Memory(read))
    assert found.python_at(None) == Found("3.13", None, 8192 + 160)
    there[8192] = bytes(4096)
    found = OnDisk([file])
    found.find(Memory(read))
    # That it is no process of Python, nobody may say.
    assert found.python_at(None) == Found("3.13", None, None)
    other = OnDisk([Mapped("/gone/libcrab.so", 4096, ((4096, 8192, True),))])
    other.find()
    assert other.python_at(None) is None


def test_an_executable_that_is_gone_is_found_under_either_name(tmp_path: Path) -> None:
    place = _tiny(tmp_path, name="kept")
    found = OnDisk([Mapped("/gone/python3.13", 4096, ((4096, 8192, True),), deleted=True)])
    found.find(None, "/gone/python3.13 (deleted)", instead=str(place))
    assert found.place("/gone/python3.13 (deleted)") == found.place("/gone/python3.13") == str(place)
