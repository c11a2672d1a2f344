"""A lock between processes that cannot be left behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable

try:
    import fcntl
except ImportError:  # Windows: nobody waits for anybody there, and nothing in use is ever removed
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """An advisory lock on a file, gone with the last process that holds it, however that ends."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        # Reading suffices for flock, and works in a checkout that became read-only.
        self.fd = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        self._say = say

    def share(self) -> None:
        """Hold it together with others; waits for an owner to end."""
        self._take(shared=True)

    def own(self) -> None:
        """Hold it alone; waits for all others to end."""
        self._take(shared=False)

    def try_own(self) -> bool:
        """Hold it alone if nobody else does; True where that came off."""
        if fcntl is None:
            return False
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def inherit(self) -> None:
        """Keep it held by the program that this process becomes."""
        os.set_inheritable(self.fd, True)  # noqa: FBT003 - the standard library's signature

    def close(self) -> None:
        """Give it up."""
        os.close(self.fd)

    def _take(self, *, shared: bool) -> None:
        if fcntl is None:
            return
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self.fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self._say("bootstrap: another bootstrap is making this environment; waiting for it ...")
            fcntl.flock(self.fd, kind)
