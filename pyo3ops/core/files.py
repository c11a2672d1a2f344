"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file's content in one step: temporary file beside it, fsync, rename.

    Raises `OSError`; what stood there before stands there still, then, and nothing is left beside it.
    """
    # The file behind a symbolic link is what is meant, not the link.
    target = Path(os.path.realpath(path))
    if _is_special(target):
        # A device or a pipe is written to; a file in its place would be the end of it.
        target.write_bytes(data)
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode(target))
        os.replace(name, target)  # noqa: PTH105 - the name is a string already
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


#: Stands in a folder that was made to be filled: what is in there is made again by the command that made it.
MADE = ".pyo3ops-made"


def make_empty(folder: Path) -> None:
    """Make a folder, or empty one that this function made.

    Raises `OSError`: `FileExistsError` for a folder that holds what somebody else put there, which is left alone.
    """
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MADE).is_file():
            raise FileExistsError(errno.EEXIST, "it holds files that pyo3ops did not make", str(folder))
        shutil.rmtree(os.path.realpath(folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MADE).touch()


def is_file(path: Path) -> bool:
    """True for a file; False, too, where a folder on the way is not the caller's to look into."""
    return os.path.isfile(path)  # noqa: PTH113 - pathlib's raises for what cannot be looked at


def exists(path: Path) -> bool:
    """True for anything there; False, too, where a folder on the way is not the caller's to look into."""
    return os.path.exists(path)  # noqa: PTH110 - pathlib's raises for what cannot be looked at


def same_file(one: Path, other: Path) -> bool:
    """True where both names lead to one file; False where either leads nowhere."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def home_folder(env: Mapping[str, str]) -> Path:
    """The caller's home, also where neither HOME nor the user database knows one: the root folder then."""
    return Path(env.get("HOME") or os.path.expanduser("~").replace("~", os.sep))  # noqa: PTH111 - pathlib's raises


def own_folder(root: Path) -> Path:
    """The folder below a project's root for what pyo3ops makes there; git ignores it by its own word.

    Raises `OSError` where it cannot be made.
    """
    folder = root / ".pyo3ops"
    folder.mkdir(exist_ok=True)
    if not (folder / ".gitignore").exists():
        write_whole(folder / ".gitignore", b"*\n")
    return folder


def _mode(target: Path) -> int:
    if target.exists():
        return target.stat().st_mode & 0o7777
    # The umask can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
