"""Target folders, one an interpreter: a switch between interpreters in a shared one recompiles PyO3 each time.

A new folder starts as a copy of one that was built for another interpreter, so that only what depends on the Python is
compiled again. Never hard links: cargo writes its fingerprints in place, through the shared inode.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator

if TYPE_CHECKING:
    from pyo3ops.core.pythons import PythonVersion

#: Stands in a folder that a build completed in; only such a one is worth copying.
BUILT = ".pyo3ops-built"


def target_folder(base: Path, python: PythonVersion) -> Path:
    """The target folder of an interpreter below `base`, seeded where it does not exist and another one was built in.

    Raises `OSError` where the folder cannot be written.
    """
    base.mkdir(parents=True, exist_ok=True)
    folder = base / python.tag
    with locked(base / ".lock"):
        if not folder.exists():
            seed = _seed(base)
            if seed is None:
                folder.mkdir()
            else:
                _copy(seed, folder)
    return folder


def has_seed(base: Path) -> bool:
    """True where a new target folder below `base` would start as a copy of one that was built in."""
    return _seed(base) is not None


def mark_built(folder: Path) -> None:
    """Say that a build completed in a target folder, which makes it a seed for others."""
    (folder / BUILT).touch()


def _seed(base: Path) -> Path | None:
    """The folder that was built in last."""
    built = sorted(base.glob(f"cp3*/{BUILT}"), key=lambda file: file.stat().st_mtime)
    return built[-1].parent if built else None


def _copy(seed: Path, folder: Path) -> None:
    """A full copy with every time kept, made aside and renamed: what cargo finds is whole or absent."""
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        shutil.copytree(seed, aside / "target", symlinks=True, copy_function=shutil.copy2)
        (aside / "target" / BUILT).unlink()
        (aside / "target").rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def locked(file: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Be the one process, and the one thread, in here with this file; `waiting` is called where another one is first.

    Raises `OSError` where the file cannot be made.
    """
    with file.open("w") as stream:
        if os.name == "posix":
            import fcntl  # noqa: PLC0415 - there is none on Windows, where a rename onto a folder fails by itself

            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(stream, fcntl.LOCK_EX)
        yield
