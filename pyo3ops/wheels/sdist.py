"""The source distribution: made by the project's own backend, and unpacked for the wheels that are built from it.

Its form is that of PEP 625 and of the Python packaging specification on source distributions.
"""

from __future__ import annotations

import gzip
import io
import json
import posixpath
import shutil
import sys
import tarfile
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple

from pyo3ops.core import toml
from pyo3ops.core.files import make_empty, write_whole
from pyo3ops.core.project import Backend
from pyo3ops.core.run import Ended, spawn, which

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project

#: Seconds; a backend in an environment of its own downloads what it needs first.
TIMEOUT = 900.0
#: What an sdist may unpack to: files, and bytes of all of them.
MOST_FILES = 100_000
MOST_BYTES = 2**30
#: What tarfile and gzip raise for archives that are damaged.
_DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, OverflowError)


@dataclass(frozen=True)
class Made:
    """An sdist, or why there is none with the last lines that the backend wrote. Wall time in seconds."""

    sdist: Path | None
    seconds: float
    tail: tuple[str, ...] = ()
    error: str | None = None


class Refused(Exception):  # noqa: N818 - it is the archive that is at fault
    """An archive that is no sdist that can be built from; its text says why."""


class _File(NamedTuple):
    """A file of an sdist: its path below the sdist's own folder."""

    name: str
    data: bytes
    executable: bool
    #: Seconds since 1970.
    time: int


def make(
    project: Project, output: Path, epoch: int, env: Mapping[str, str], progress: Callable[[str], None] = lambda _: None
) -> Made:
    """Have the backend write the project's sdist into `output`, which is emptied first.

    `epoch` is the time that its files carry, in seconds since 1970. Equal files make equal bytes, whatever the backend.
    Raises `OSError` where `output` cannot be written.
    """
    started = time.monotonic()
    make_empty(output)
    lock = _Lock(project)
    try:
        error, lines = _run(project, output, epoch, env, progress)
    finally:
        changed = lock.put_back()
    found = sorted(output.glob("*.tar.gz"))
    if error is None and changed:
        error = "Cargo.lock is behind Cargo.toml: cargo changed it while the sdist was made"
    if error is None and len(found) != 1:
        error = f"the backend said 0 and left {len(found)} sdists"
    if error is None and project.backend is not Backend.MATURIN:
        error = _normalise(found[0], epoch)
    return Made(None if error else found[0], time.monotonic() - started, tuple(lines[-25:]) if error else (), error)


class _Lock:
    """The Cargo.lock of a project, which cargo brings in step, or makes, unasked: `maturin sdist` has no `--locked`."""

    def __init__(self, project: Project) -> None:
        self._file = project.workspace_root / "Cargo.lock" if project.workspace_root else None
        self._before = self._now()

    def _now(self) -> bytes | None:
        return self._file.read_bytes() if self._file is not None and self._file.is_file() else None

    def put_back(self) -> bool:
        """Make it what it was; True where it said something else, as `--locked` would find."""
        after = self._now()
        if self._file is None or after == self._before:
            return False
        if self._before is None:
            self._file.unlink()
            return False
        write_whole(self._file, self._before)
        # Another order of its packages says the same.
        return after is None or _pinned(after) != _pinned(self._before)


def _pinned(lock: bytes) -> list[str]:
    """What a Cargo.lock says, in an order of its own; raises `ConfigError` where it is no TOML."""
    packages = toml.loads(lock, "Cargo.lock").get("package", ())
    return sorted(json.dumps(package, sort_keys=True, default=str) for package in packages)


def _run(
    project: Project, output: Path, epoch: int, env: Mapping[str, str], progress: Callable[[str], None]
) -> tuple[str | None, list[str]]:
    """Why the backend failed, or None, and the lines that it wrote."""
    lines: list[str] = []
    argv = _argv(project, output, env)
    # Nothing is compiled for it, and still cargo would make the folder in the project.
    told = {
        **env,
        "CARGO_TARGET_DIR": str(output / "target"),
        "SOURCE_DATE_EPOCH": str(epoch),
        "CARGO_TERM_COLOR": "never",
        "NO_COLOR": "1",
    }
    try:
        with spawn(argv, timeout=TIMEOUT, env=told, cwd=project.root) as running:
            for line in running:
                lines.append(line)
                progress(f"{project.name}: {line.strip()}")
    except OSError as missing:
        return f"{argv[0]} cannot be started: {missing.strerror}", lines
    if running.result.ended is Ended.TIMEOUT:
        return f"no sdist within {TIMEOUT / 60:.0f} minutes", lines
    return None if running.result.ok else running.result.reason, lines


def _argv(project: Project, output: Path, env: Mapping[str, str]) -> list[str]:
    if project.backend is Backend.MATURIN:
        return ["maturin", "sdist", "--out", str(output)]
    uv = which("uv", env)
    if uv:
        return [uv, "build", "--sdist", "--out-dir", str(output)]
    return [sys.executable, "-m", "build", "--sdist", "--outdir", str(output), "."]


def _normalise(sdist: Path, epoch: int) -> str | None:
    """Write an sdist again, in the order of its names and with one time: setuptools writes when it was made."""
    top = sdist.name[: -len(".tar.gz")]
    try:
        files = sorted(_files(sdist))
    except Refused as refused:
        return str(refused)
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", mtime=epoch, fileobj=packed) as stream, tarfile.open(
        fileobj=stream, mode="w", format=tarfile.PAX_FORMAT
    ) as archive:
        for file in files:
            info = tarfile.TarInfo(f"{top}/{file.name}")
            info.size, info.mtime, info.mode = len(file.data), epoch, 0o755 if file.executable else 0o644
            archive.addfile(info, io.BytesIO(file.data))
    write_whole(sdist, packed.getvalue())
    return None


def unpack(sdist: Path, folder: Path) -> int:
    """Make `folder` hold what an sdist has below its own folder, and nothing else; the time of its newest file.

    A file whose content is there already is not touched, and one that is written gets the time of now: cargo takes a
    source for changed where it is younger than what was compiled of it, and an sdist's times say nothing of that.
    Raises `Refused` for an archive that cannot be trusted or read, and `OSError` where the folder cannot be written.
    """
    files = {file.name: file for file in _files(sdist)}
    _clear(folder, set(files))
    for file in files.values():
        path = folder / file.name
        if not (path.is_file() and path.read_bytes() == file.data):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        path.chmod(0o755 if file.executable else 0o644)
    return max((file.time for file in files.values()), default=0)


def _clear(folder: Path, names: set[str]) -> None:
    """Take away what is none of the named files, links above all: nothing may be written through one."""
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    above = {posixpath.dirname(name) for name in names}
    above |= {parent for name in above for parent in _parents(name)}
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or (path.is_file() and name not in names):
            path.unlink()
        elif path.is_dir() and name not in above:
            shutil.rmtree(path)


def _parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = posixpath.dirname(name)


def _files(sdist: Path) -> Iterator[_File]:
    """The files of an sdist; a link is the file that it leads to."""
    try:
        with tarfile.open(sdist) as archive:
            members = _bounded(archive)
            yield from (_file(archive, name, members) for name in members)
    except _DAMAGED as error:
        raise Refused(f"{sdist.name} is damaged: {error}") from None


def _bounded(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Name and entry of each file and link below the one folder of the archive."""
    members: dict[str, tarfile.TarInfo] = {}
    size = 0
    tops = set()
    for member in archive:
        name = member.name[2:] if member.name.startswith("./") else member.name
        if "\\" in name or name.startswith("/") or {"", ".", ".."} & set(name.rstrip("/").split("/")):
            raise Refused(f"its member {member.name!r} leads elsewhere")
        top, _, rest = name.partition("/")
        tops.add(top)
        size += member.size
        if member.isdir():
            continue
        if not rest or not (member.isfile() or member.issym() or member.islnk()):
            raise Refused(f"its member {member.name!r} is no file in a folder")
        members[rest] = member
        if len(members) > MOST_FILES or size > MOST_BYTES:
            raise Refused(f"it holds more than {MOST_FILES} files or {MOST_BYTES >> 30} GiB")
    if len(tops) != 1:
        raise Refused(f"it holds {len(tops)} folders where an sdist has one")
    return members


def _file(archive: tarfile.TarFile, name: str, members: Mapping[str, tarfile.TarInfo]) -> _File:
    found, at = members[name], name
    for _ in members:
        if found.isfile():
            break
        # A symbolic link counts from where it is, a hard link from the top of the archive.
        target = posixpath.join(posixpath.dirname(at), found.linkname)
        at = posixpath.normpath(target) if found.issym() else found.linkname.partition("/")[2]
        if at not in members:
            raise Refused(f"its link {name!r} leads to no file in it")
        found = members[at]
    stream = archive.extractfile(found) if found.isfile() else None
    if stream is None:
        raise Refused(f"its link {name!r} leads to itself")
    return _File(name, stream.read(), bool(found.mode & 0o100), int(found.mtime))
