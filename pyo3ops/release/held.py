"""A lock file: held by one process of this machine, and let go by the system when that ends, however it ends."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Held:
    """A lock that is ours until it is released."""

    stream: IO[bytes]

    def release(self) -> None:
        """Let others have it. The file stays: whoever waits for it has it open."""
        self.stream.close()


def hold(path: Path) -> Held | None:
    """The lock, or None where somebody else holds it. Raises `OSError` where no file can be made or locked there."""
    stream = path.open("ab")
    try:
        taken = _take(stream)
    except BaseException:
        stream.close()
        raise
    if not taken:
        stream.close()
        return None
    return Held(stream)


def _take(stream: IO[bytes]) -> bool:
    if sys.platform == "win32":
        return _take_region(stream)
    import fcntl  # noqa: PLC0415 - there is none on Windows

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_region(stream: IO[bytes]) -> bool:
    if sys.platform != "win32":
        raise OSError("regions are locked on Windows")
    import msvcrt  # noqa: PLC0415 - there is none elsewhere

    stream.seek(0, os.SEEK_SET)
    try:
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    except PermissionError:
        return False
    return True
