from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.debug import core_input
from pyo3ops.debug.core_input import opened

from ..tools.elves import header, library, note, segment  # noqa: TID252 - tests are no package with a name of its own

CORE = header(4, 1) + segment(4, 120, 0, 20) + note(1, b"")


def refused(file: Path, env: dict[str, str] | None = None) -> UsageError:
    with pytest.raises(UsageError) as caught, opened(file, env or {}):
        raise AssertionError("it was opened")
    assert caught.value.cause
    assert caught.value.command
    return caught.value


def test_a_core_is_opened_where_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "core größe"
    file.write_bytes(CORE)
    with opened(file, {}) as (path, core):
        assert (path, core.machine, core.size) == (file, "x86_64", len(CORE))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_a_compressed_one_is_unpacked_and_goes(pack: object, tmp_path: Path) -> None:
    file = tmp_path / "core.packed"
    file.write_bytes(pack(CORE))  # type: ignore[operator] # one of three functions
    with opened(file, {}) as (path, core):
        assert path.read_bytes() == CORE
        assert core.machine == "x86_64"
    assert not path.exists()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_one_that_was_cut_short_is_named(pack: object, tmp_path: Path) -> None:
    file = tmp_path / "core.packed"
    data = pack(CORE * 1000)  # type: ignore[operator] # one of three functions
    file.write_bytes(data[: len(data) - 12])
    assert f"{file} cannot be unpacked" in refused(file).message
    middle = len(data) // 2
    file.write_bytes(data[:middle] + b"\xff\x00\xff\x00" + data[middle + 4 :])
    assert "cannot be unpacked" in refused(file).message


@pytest.mark.parametrize("program", ["zstd", "lz4"])
def test_what_systemd_compresses_with(program: str, tmp_path: Path) -> None:
    file = tmp_path / "core"
    file.write_bytes(CORE)
    magic = {"zstd": b"\x28\xb5\x2f\xfd", "lz4": b"\x04\x22\x4d\x18"}[program]
    packed = tmp_path / f"core.{program}"
    packed.write_bytes(magic + b"nothing")
    absent = refused(packed, {"PATH": ""})
    assert (absent.command, "which is not here" in absent.message) == (f"{program} -d {packed}", True)
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not here")
    env = {"PATH": str(tmp_path / "bin")}
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / program).symlink_to(path)
    assert "cannot be unpacked" in refused(packed, env).message
    packed.unlink()
    subprocess.run([program, "-q", *(["-o"] if program == "zstd" else []), *_places(program, file, packed)], check=True)
    with opened(packed, env) as (there, core):
        assert (there.read_bytes(), core.machine) == (CORE, "x86_64")


def _places(program: str, file: Path, packed: Path) -> list[str]:
    return [str(packed), str(file)] if program == "zstd" else [str(file), str(packed)]


def test_no_more_is_unpacked_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_input, "LARGEST", 1000)
    file = tmp_path / "core.gz"
    file.write_bytes(gzip.compress(bytes(5000)))
    assert "too large to unpack" in refused(file).message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"just text\n", "is no core of Linux"),
        (b"\x7fELF", "is no core of Linux"),
        (library(), "is no core, but a program or a library of x86_64"),
        (header(4, 3)[:40], "begins as a core does, and is damaged"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "but a Mach-O file: cores of macOS are read with lldb"),
        (b"MDMP" + bytes(60), "but a minidump of Windows"),
        (gzip.compress(b"text"), "is no core of Linux"),
    ],
)
def test_what_is_no_core_is_told_what_it_is(data: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "not größe"
    file.write_bytes(data)
    assert said in refused(file).message


def test_a_program_is_what_exe_takes(tmp_path: Path) -> None:
    file = tmp_path / "python"
    file.write_bytes(library())
    assert refused(file).command == f"pyo3ops debug core CORE --exe {file}"


@contextlib.contextmanager
def _nobody() -> Iterator[None]:
    """Root may read every file: it is somebody else for a while."""
    own = os.geteuid()
    try:
        if own == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(own)


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes on Windows")
def test_a_file_that_is_not_ours_to_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "core"
        file.write_bytes(CORE)
        file.chmod(0)
        with _nobody():
            found = refused(file)
        assert (found.message, found.command) == (f"cannot read {file}: Permission denied", f"ls -l {file}")


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path).message == f"{tmp_path} is no file"
    assert refused(tmp_path / "none").message == f"there is no file {tmp_path / 'none'}"


def test_text_is_what_a_crash_printed_more_often_than_not(tmp_path: Path) -> None:
    file = tmp_path / "ci log"
    file.write_bytes(b"Traceback\n")
    assert refused(file).command == f"pyo3ops debug crash '{file}'"
    # What was unpacked is gone by then.
    file.write_bytes(gzip.compress(b"Traceback\n"))
    assert refused(file).command == "pyo3ops debug core --help"


def test_of_a_folder_the_last_core_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for age, (name, data) in enumerate({"core.1": CORE, "core.2": CORE, "core.txt": b"text", "other": CORE}.items()):
        (tmp_path / name).write_bytes(data)
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    (tmp_path / "core.d").mkdir()
    assert refused(tmp_path).command == f"pyo3ops debug core {tmp_path / 'core.2'}"
    monkeypatch.chdir(tmp_path)
    assert refused(tmp_path).command == "pyo3ops debug core core.2"
