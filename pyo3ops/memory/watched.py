"""One program run under memcheck, after a run without it; what became of both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.model import Status
from pyo3ops.core.run import Ended, run
from pyo3ops.stacks.readers.valgrind import RECORD_LIMIT, Reading, read
from pyo3ops.tools import valgrind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.run import Result
    from pyo3ops.stacks.readers.valgrind import Record

#: Seconds for the run without valgrind, and for the one under it: up to fifty times slower, on a slow machine.
PLAIN_TIMEOUT = 600.0
TIMEOUT = 3600.0
#: Lines of what a program said that are shown.
TAIL = 25

_KILLED = -9
#: pytest's exit codes (https://docs.pytest.org/en/stable/reference/exit-codes.html).
_PYTEST = {
    1: "tests fail",
    2: "pytest was interrupted, or could not collect the tests",
    3: "pytest itself failed",
    4: "pytest does not understand its arguments",
}
NO_TESTS = 5


@dataclass(frozen=True)
class Watched:
    """What became of one program; `plain` is its run without valgrind."""

    plain: Result
    result: Result
    reading: Reading

    @property
    def verdict(self) -> tuple[Status, str]:
        """Whether the program did what it should, and else in words why not."""
        unknown = self._unknown()
        if unknown:
            return Status.UNKNOWN, unknown
        if self.reading.signal is None and self.result.code in (0, NO_TESTS):
            return Status.OK, ""
        if self.reading.signal:
            why = f"ended by {self.reading.signal}"
        else:
            why = _PYTEST.get(self.result.code or 0) or self.result.reason
        return Status.FAIL, f"{why} {self._compared()}"

    def _unknown(self) -> str | None:
        """Why nothing can be told."""
        if self.result.ended is Ended.TIMEOUT:
            return f"not done within {TIMEOUT / 60:.0f} minutes"
        if self.result.ended is Ended.MISSING:
            return self.result.reason
        if self.result.code == _KILLED and self.reading.signal is None:
            return "killed from outside, as the kernel does where memory runs out"
        if self.reading.cut:
            return f"{self.reading.cut:,} records of valgrind were not looked at, after {RECORD_LIMIT:,} others"
        ended = self.reading.complete and self.reading.signal is None
        words = None if ended else valgrind.complaint(self.result.out + self.result.err)
        if words is None and not self.reading.complete:
            return f"valgrind's record has no end: {self.result.reason}"
        return words

    @property
    def tail(self) -> tuple[str, ...]:
        """What it wrote last: from Python's word of a crash on, else the last lines."""
        lines = (self.result.out + self.result.err).splitlines()
        crash = next((index for index, line in enumerate(lines) if "Fatal Python error" in line), -TAIL)
        return tuple(lines[crash:][:TAIL])

    def _compared(self) -> str:
        return "under valgrind alone" if self.plain.code in (0, NO_TESTS) else "without valgrind, too"


def watch(
    program: str,
    command: Sequence[str],
    folder: Path,
    *,
    cwd: Path,
    env: Mapping[str, str],
    suppressions: Sequence[Path] = (),
    unwritten: bool = True,
    track_origins: bool = False,
    keep: Callable[[Record], bool] = lambda _: True,
    written: Sequence[Path] = (),
) -> Watched:
    """Run a command plainly, which compiles its modules, then under the valgrind at `program`.

    `folder` takes valgrind.xml and valgrind.log. `keep` says which records are wanted; `written` are files that the
    command writes, of which only those of the second run stay. For the rest see `memcheck_argv`. Raises `OSError` where
    a file cannot be written.
    """
    xml, log = folder / "valgrind.xml", folder / "valgrind.log"
    inside = valgrind.watched_env(env, folder / "modules")
    plain = run(command, timeout=PLAIN_TIMEOUT, env=inside, cwd=cwd)
    for file in (xml, *written):
        if file.exists():
            file.unlink()
    argv = valgrind.memcheck_argv(
        program, xml, command, suppressions=suppressions, unwritten=unwritten, track_origins=track_origins
    )
    result = run(argv, timeout=TIMEOUT, env=inside, cwd=cwd)
    log.write_text(f"$ {' '.join(argv)}\n{result.out}{result.err}", encoding="utf-8", errors="backslashreplace")
    return Watched(plain, result, read(xml, keep) if xml.is_file() else Reading())


def importing(modules: Sequence[str]) -> str:
    """A program that imports modules and ends as the pytest plugin ends: for a project without tests.

    Raises `ValueError` for what is no name of a module.
    """
    wrong = [name for name in modules if not re.fullmatch(r"[\w.]+", name)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no module")
    lines = ["import gc, os", *(f"import {name}" for name in modules), "gc.collect()", "os._exit(0)"]
    return "\n".join(lines)
