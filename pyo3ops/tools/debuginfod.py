"""debuginfod: servers that answer a build ID with its debug information, or the program (elfutils, debuginfod(8)).

Only `--online` asks them. What came is kept in a folder that gdb can look into as well.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import reason_of
from pyo3ops.core.files import is_file
from pyo3ops.tools import build_id_folders, debug_files, web

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.tools.debug_files import DebugFile

#: The variable that every client reads: addresses, separated by spaces.
VARIABLE = "DEBUGINFOD_URLS"
#: Bytes of the largest answer; Chromium's is as large.
LIMIT = 4 * 2**30
#: Servers that are asked.
_MOST = 8


class Servers:
    """The servers of an environment; one that did not answer is not asked again.

    What came is kept below `cache`, as `.build-id/ab/cdef.debug`; `limit` is in bytes.
    """

    def __init__(self, env: Mapping[str, str], cache: Path, limit: int = LIMIT) -> None:
        self.cache = cache
        #: What went wrong, in words.
        self.troubles: list[str] = []
        self._env = env
        self._limit = limit
        self._silent: set[str] = set()

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses that the environment names; only http and https are any."""
        words = self._env.get(VARIABLE, "").split()[:_MOST]
        return tuple(word.rstrip("/") for word in words if word.lower().startswith(("http://", "https://")))

    def debug_file(self, build_id: str) -> Path | None:
        """The debug file of a build, from the cache or a server; None where no server has it, with the reasons kept."""
        return self._kept_or_asked(build_id, "debuginfo", build_id_folders.relative(build_id))

    def program(self, build_id: str) -> Path | None:
        """The program or the library itself, as `debug_file`."""
        return self._kept_or_asked(build_id, "executable", build_id_folders.of_program(build_id))

    def _kept_or_asked(self, build_id: str, kind: str, name: str) -> Path | None:
        if not build_id_folders.valid(build_id):
            return None
        if is_file(self.cache / name):
            return self.cache / name
        asked = (self._from(url, build_id, kind, self.cache / name) for url in self.urls if url not in self._silent)
        return next((path for path in asked if path is not None), None)

    def _from(self, url: str, build_id: str, kind: str, target: Path) -> Path | None:
        try:
            return self._downloaded(f"{url}/buildid/{build_id}/{kind}", build_id, target)
        except web.Trouble as trouble:
            if not trouble.absent:
                self._silent.add(url)
                self.troubles.append(f"{trouble.reason}; this server was not asked again")
        except OSError as error:
            self.troubles.append(f"nothing can be kept: {reason_of(error, self.cache)}")
        return None

    def _downloaded(self, url: str, build_id: str, target: Path) -> Path | None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(target) as path:
            with path.open("wb") as file:
                for part in web.chunks(url, self._env, limit=self._limit):
                    file.write(part)
            read = debug_files.read(path)
            why = _unfit(read, build_id)
            if why:
                self.troubles.append(f"{web.shown(url)}: what came is {why}, and was thrown away")
                return None
            path.replace(target)
        return target


def _unfit(read: DebugFile | None, build_id: str) -> str:
    if read is None:
        return "no whole ELF file"
    if read.build_id != build_id:
        return f"of the build {read.build_id or 'without an ID'}"
    return "" if read.whole else "cut short"


@contextlib.contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A file beside the target, gone at the end unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=".debuginfod-", dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
