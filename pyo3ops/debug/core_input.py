"""The file that is said to be a core: unpacked where it is compressed, and told what it is where it is none."""

from __future__ import annotations

import contextlib
import itertools
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import exists, is_file
from pyo3ops.core.run import run, which
from pyo3ops.core.sizes import in_words
from pyo3ops.debug import core_places
from pyo3ops.tools import core_file, kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.tools.core_file import Core

#: Bytes of the largest core that is unpacked, and those that stay free on the disk.
LARGEST = 64 * 2**30
_FREE = 2**30
_CHUNK = 2**22
#: Entries of a folder that are looked at for a core.
_ENTRIES = 2000
#: Seconds for a program that unpacks.
_TIMEOUT = 1800.0

#: Beginnings of files that are compressed, with the name of the format.
_PACKED = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\0": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
#: What no module of the standard library reads everywhere: the program that does, with its options.
_PROGRAMS = {"zstd": ("zstd", "-qdf", "-o"), "lz4": ("lz4", "-qdf")}
_OTHERS = {
    b"\xcf\xfa\xed\xfe": "a Mach-O file: cores of macOS are read with lldb, `lldb -c FILE`",
    b"MDMP": "a minidump of Windows: it is read with WinDbg or lldb",
}


@contextlib.contextmanager
def opened(file: Path, env: Mapping[str, str]) -> Iterator[tuple[Path, Core]]:
    """The core and what it says; a compressed one is unpacked, and what was unpacked is gone at the end.

    Raises `UsageError` for whatever is no core of Linux, with what it is instead.
    """
    head = _head(file)
    packed = next((name for magic, name in _PACKED.items() if head.startswith(magic)), None)
    if packed is None:
        yield file, _core(file, head)
        return
    with tempfile.TemporaryDirectory(prefix="pyo3ops-core-") as folder:
        whole = Path(folder) / "core"
        _unpack(file, whole, packed, env)
        yield whole, _core(whole, _head(whole), unpacked=True)


def _head(file: Path) -> bytes:
    if not exists(file):
        cause, command = core_places.told(kernel.setting("kernel.core_pattern").value, kernel.core_limit(), file)
        raise _unusable(f"there is no file {file}", cause, command)
    if not is_file(file):
        cause = "a core is one file; a folder or a device is none"
        raise _unusable(f"{file} is no file", cause, *_newest(file))
    try:
        with file.open("rb") as stream:
            return stream.read(64)
    except OSError as error:
        raise _unusable(
            f"cannot read {reason_of(error, file)}", "cores belong to the user whose process it was", f"ls -l {file}"
        ) from None


def _newest(folder: Path) -> Iterator[str]:
    """The command for the last core in a folder, where one is there."""
    with contextlib.suppress(OSError):
        names = [each for each in itertools.islice(folder.iterdir(), _ENTRIES) if "core" in each.name and is_file(each)]
        found = [each for each in names if _is_core(each)]
        if found:
            yield f"pyo3ops debug core {_quoted(max(found, key=lambda each: each.stat().st_mtime))}"


def _is_core(file: Path) -> bool:
    with file.open("rb") as stream:
        told = core_file.machine_of(stream.read(64))
    return told is not None and told[2] == core_file.ET_CORE


def _quoted(file: Path) -> str:
    """A file as a word of a command, from the current folder where it is below that."""
    with contextlib.suppress(OSError, ValueError):
        file = file.relative_to(Path.cwd())
    return shlex.quote(str(file))


def _core(file: Path, head: bytes, *, unpacked: bool = False) -> Core:
    core = core_file.read(file)
    if core is not None:
        return core
    told = core_file.machine_of(head)
    if told is not None and told[2] != core_file.ET_CORE:
        raise UsageError(
            f"{file} is no core, but a program or a library of {told[0]}",
            cause="the two files were changed for one another",
            command=f"pyo3ops debug core CORE --exe {file}",
        )
    if told is not None:
        raise _unusable(f"{file} begins as a core does, and is damaged", "its headers cannot be read")
    what = next((words for magic, words in _OTHERS.items() if head.startswith(magic)), None)
    if not head:
        raise _unusable(f"{file} is empty", "the disk was full, or the limit of cores was 0 (ulimit -c)")
    but = f", but {what}" if what else ""
    message = f"{file} is no core of Linux{but}"
    if b"\0" not in head and not what and not unpacked:
        # Whoever has text has what a crash printed, more often than not.
        raise _unusable(
            message, "it is text; a core is an ELF file of type CORE", f"pyo3ops debug crash {_quoted(file)}"
        )
    raise _unusable(message, "a core is an ELF file of type CORE")


def _unusable(message: str, cause: str, command: str = "pyo3ops debug core --help") -> UsageError:
    return UsageError(message, cause=cause, command=command)


def _unpack(file: Path, target: Path, packed: str, env: Mapping[str, str]) -> None:
    if packed in _PROGRAMS:
        _by_program(file, target, _PROGRAMS[packed], env)
        return
    try:
        with _stream(file, packed) as stream, target.open("wb") as out:
            _copy(stream.read, out.write, target, file)
    except (OSError, EOFError, ValueError, ImportError) as error:
        raise _damaged(file, packed, str(error)) from None
    except Exception as error:
        # zlib and lzma, which may both be absent, have errors that are no OSError.
        if type(error).__module__ not in {"zlib", "lzma", "_lzma"}:
            raise
        raise _damaged(file, packed, str(error)) from None


def _damaged(file: Path, packed: str, why: str) -> UsageError:
    return _unusable(f"{file} cannot be unpacked ({packed}): {why}", "it was cut short, or is damaged", f"file {file}")


def _stream(file: Path, packed: str) -> Any:  # noqa: ANN401 - one of three classes without a common one
    import bz2  # noqa: PLC0415 - only a compressed core pays, and some Pythons are built without these
    import gzip  # noqa: PLC0415
    import lzma  # noqa: PLC0415

    opener: Any = {"gzip": gzip.open, "xz": lzma.open, "bzip2": bz2.open}[packed]
    return opener(file)


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], int], target: Path, file: Path) -> None:
    size = 0
    for part in iter(lambda: read(_CHUNK), b""):
        size += len(part)
        if size > LARGEST or shutil.disk_usage(target.parent).free < _FREE:
            raise _unusable(
                f"{file} is too large to unpack here: {in_words(size)} so far",
                f"less than {in_words(_FREE)} would be free in {target.parent}, which TMPDIR chooses",
                "TMPDIR=/var/tmp pyo3ops debug core FILE",
            )
        write(part)


def _by_program(file: Path, target: Path, argv: tuple[str, ...], env: Mapping[str, str]) -> None:
    """Ask zstd, with which systemd-coredump compresses, or lz4, with which it did."""
    if which(argv[0], env) is None:
        raise _unusable(
            f"{file} is compressed with {argv[0]}, which is not here to unpack it",
            "systemd-coredump compresses cores; `coredumpctl dump PID --output core` unpacks them, too",
            f"{argv[0]} -d {file}",
        )
    places = (str(target), str(file.absolute())) if argv[-1] == "-o" else (str(file.absolute()), str(target))
    result = run([*argv, *places], timeout=_TIMEOUT, env=env)
    if not result.ok:
        raise _damaged(file, argv[0], result.reason)
