"""Where the debug information of a library is: for a path and a build ID, the file that has the symbols of that build.

A file of another build is worse than none: its names and lines are wrong. So build IDs decide, and what was built
again since is refused, and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.files import is_file
from pyo3ops.tools import build_id_folders, debug_files, sysroots
from pyo3ops.tools.symbols import DEBUG_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.tools.debug_files import DebugFile
    from pyo3ops.tools.debuginfod import Servers

#: Files of one folder that is looked into for a build.
_MOST_FILES = 512


@dataclass(frozen=True)
class Found:
    """The symbols of one library; `file` is None where there are none."""

    module: str
    build_id: str = ""
    file: DebugFile | None = None
    #: "the file itself", "the symbol store", ".gnu_debuglink", ...; empty without a file.
    where: str = ""
    #: The library itself, where it is here and of that build.
    library: DebugFile | None = None
    #: Files that were looked at and not taken, with the reason.
    refused: tuple[str, ...] = ()
    #: Nothing says which build was loaded: the file was taken as it is here now.
    unverified: bool = False
    #: Where the library is, in words; empty where it is where the process had it, or nowhere.
    instead: str = ""

    @property
    def lines(self) -> bool:
        """True where lines and inlined calls are known, not names alone."""
        return self.file is not None and self.file.lines


class SymbolFiles:
    """Finds libraries and their symbols; each library is looked for once.

    `folders` are looked into first for `.build-id/` and then for files of the same build; `store` is a project's own
    folder of companions, `known` says which builds of a library, by its file name, that store has. `sysroot` is a copy
    of the file system that a process had. Without `servers` nothing asks the network; with `programs` they are asked
    for what is not here itself, too.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        folders: tuple[Path, ...] = (),
        store: Path | None = None,
        known: Mapping[str, tuple[str, ...]] | None = None,
        servers: Servers | None = None,
        debug: Path = DEBUG_FOLDER,
        sysroot: Path | None = None,
        programs: bool = False,
    ) -> None:
        self.env = env
        #: What could not be named, and why, in words.
        self.gaps: list[str] = []
        self._folders = folders
        self._store = store
        self._known = known or {}
        self._servers = servers
        self._debug = debug
        self._sysroot = sysroot
        self._programs = programs
        self._found: dict[tuple[str, str], Found] = {}
        self._builds: dict[Path, dict[str, Path]] = {}

    def find(self, module: str, build_id: str | None = None, head: bytes = b"") -> Found:
        """The symbols of a library by its path, or the name of its file, and its build ID, where one is known.

        Of a build without an ID, `head` is what the library began with in memory: a file that begins otherwise is none.
        """
        key = (module, (build_id or "").lower())
        if key not in self._found:
            self._found[key] = self._search(*key, head)
        return self._found[key]

    def troubles(self) -> tuple[str, ...]:
        """What servers did not answer, in words."""
        return tuple(dict.fromkeys(self._servers.troubles)) if self._servers else ()

    def _search(self, module: str, build_id: str, head: bytes) -> Found:
        library, instead, refused = self._library(module, build_id, head)
        unverified = not build_id and not head
        build_id = build_id or (library.build_id if library else self._only_build(module))
        names: tuple[DebugFile, str] | None = None
        for path, where, crc in self._candidates(library, build_id):
            read = library if library is not None and path == library.path else debug_files.read(path)
            why = _unfit(path, read, build_id, crc)
            if read is None or why:
                refused = (*refused, why)
            elif read.lines:
                return Found(module, build_id, read, where, library, refused, unverified=unverified, instead=instead)
            elif read.names and names is None:
                names = read, where
        file, where = names or (None, "")
        return Found(module, build_id, file, where, library, refused, unverified=unverified, instead=instead)

    def _library(self, module: str, build_id: str, head: bytes) -> tuple[DebugFile | None, str, tuple[str, ...]]:
        """The library itself, where it is if elsewhere, and which files were not taken for it, with the reason."""
        refused: tuple[str, ...] = ()
        for path, where in self._places(module, build_id):
            read = debug_files.read(path) if is_file(path) else None
            why = _other(path, read, build_id, head) if read is not None else ""
            if why:
                refused = (*refused, why)
            elif read is not None and (not where or read.code):
                return read, where, refused
        return None, "", refused

    def _places(self, module: str, build_id: str) -> Iterator[tuple[Path, str]]:
        """Where a library may be, with that in words; what is found by its build alone comes last."""
        path = Path(module)
        if self._sysroot is not None and path.is_absolute():
            below = sysroots.below(self._sysroot, path)
            yield from ((each, f"below {self._sysroot}") for each in (below,) if each is not None)
        # Without a build ID, nothing tells the library of this machine from that of the other one.
        if path.is_absolute() and (self._sysroot is None or build_id):
            yield path, ""
        kept = (self._store,) if self._store else ()
        for folder in (*kept, *self._folders, self._debug):
            yield from ((each, f"{folder}") for each in build_id_folders.files(folder, build_id))
        for folder in self._folders:
            yield from ((each, f"{folder}") for each in self._beside(folder, build_id))
        if self._servers is not None and self._programs:
            downloaded = self._servers.program(build_id)
            yield from ((each, "debuginfod") for each in (downloaded,) if each is not None)

    def _only_build(self, module: str) -> str:
        """The build of a library that the store has one of, where the library is not here."""
        builds = self._known.get(module.replace("\\", "/").rpartition("/")[2], ())
        return builds[0] if len(builds) == 1 else ""

    def _candidates(self, library: DebugFile | None, build_id: str) -> Iterator[tuple[Path, str, int | None]]:
        """Files that may have the symbols, with where they are, and the checksum that is asked of them."""
        if library is not None:
            yield library.path, "the file itself", None
        for folder in (self._store,) if self._store else ():
            yield from ((path, "the symbol store", None) for path in _in(folder, build_id))
        if library is not None and library.link:
            for path in debug_files.links(library.path, library.link, self._debug):
                if is_file(path):
                    yield path, ".gnu_debuglink", library.crc
        for folder in (*self._folders, self._debug):
            yield from ((path, f"{folder}", None) for path in _in(folder, build_id))
        for folder in self._folders:
            yield from ((path, f"{folder}", None) for path in self._beside(folder, build_id))
        if self._servers is not None:
            kept = self._servers.debug_file(build_id)
            if kept is not None:
                yield kept, "debuginfod", None

    def _beside(self, folder: Path, build_id: str) -> Iterator[Path]:
        """Files of a folder that are of a build, such as the library before it was stripped."""
        if folder not in self._builds:
            self._builds[folder] = dict(_builds(folder))
        path = self._builds[folder].get(build_id)
        if path is not None:
            yield path


def _other(path: Path, read: DebugFile, build_id: str, head: bytes) -> str:
    """Why a file is not the library that was loaded; empty where it is, or where nothing tells."""
    if build_id and read.build_id != build_id:
        now = f"it is of the build {read.build_id[:12]}" if read.build_id else "it has no build ID"
        return f"{path} was built again since: {now} now, {build_id[:12]} is wanted"
    if not build_id and head and not _begins(path, head):
        return f"{path} was built again since: it begins otherwise than what was loaded, which has no build ID"
    return ""


def _begins(path: Path, head: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(head)) == head
    except OSError:
        return False


def _unfit(path: Path, read: DebugFile | None, build_id: str, crc: int | None) -> str:
    """Why a file does not have the symbols; empty where it may."""
    if read is None:
        return f"{path} is no ELF file that can be read"
    if not read.whole:
        return f"{path} is cut short"
    if build_id and read.build_id and read.build_id != build_id:
        return f"{path} is of the build {read.build_id[:12]}"
    if build_id and not read.build_id and crc is None:
        return f"{path} has no build ID"
    if crc is not None and read.build_id != build_id and debug_files.crc_of(path) != crc:
        return f"{path} is not the file that .gnu_debuglink means: its checksum differs"
    return ""


def _in(folder: Path, build_id: str) -> Iterator[Path]:
    path = build_id_folders.companion(folder, build_id)
    if path is not None:
        yield path


def _builds(folder: Path) -> Iterator[tuple[str, Path]]:
    """Build and path of the ELF files of a folder."""
    try:
        files = [path for _, path in zip(range(_MOST_FILES), sorted(folder.iterdir())) if is_file(path)]
    except OSError:
        return
    for path in files:
        read = debug_files.read(path)
        if read is not None and read.build_id:
            yield read.build_id, path
