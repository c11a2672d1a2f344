"""qemu-user: runs programs of another processor on this system's own kernel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.files import is_file
from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Seconds; it answers within 0.1.
TIMEOUT = 10.0


@dataclass(frozen=True)
class Qemu:
    """An emulator; `path` is None without one, `error` says why one does not run."""

    path: Path | None = None
    release: str = ""
    error: str | None = None


def ask(name: str, env: Mapping[str, str], folders: Sequence[Path] = ()) -> Qemu:
    """The first `name` ("qemu-aarch64") that answers: on PATH, else in one of the folders, static or not."""
    failed = Qemu()
    for path in _candidates(name, env, folders):
        result = run([str(path), "--version"], timeout=TIMEOUT, env=env)
        said = parse(path, result.out) if result.ok else Qemu(path, error=result.reason)
        if said.error is None:
            return said
        failed = said
    return failed


def parse(path: Path, text: str) -> Qemu:
    """Read what `qemu-aarch64 --version` printed: "qemu-aarch64 version 7.2.22 (...)"."""
    match = re.match(r"qemu-\w+ version (\d+(?:\.\d+)+)", text)
    return Qemu(path, match[1]) if match else Qemu(path, error=f"{path.name} --version printed no version")


def argv(emulator: Path, root: Path, program: Path) -> list[str]:
    """The command that runs a foreign program, which finds its libraries below `root` as if that were the system's."""
    return [str(emulator), "-L", str(root), str(program)]


def _candidates(name: str, env: Mapping[str, str], folders: Sequence[Path]) -> Iterator[Path]:
    # The static one needs nothing of this system, so it is what runs in a container, too.
    names = (f"{name}-static", name)
    yield from (Path(found) for found in (which(each, env) for each in names) if found)
    yield from (folder / each for folder in folders for each in names if is_file(folder / each))
