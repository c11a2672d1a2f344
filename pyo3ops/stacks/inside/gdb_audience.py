"""Lets the program stand until a stop was shown: what it writes next is to follow."""
# ruff: noqa: FA100, PTH - gdb's own Python may be 3.6

import os
import select
from typing import Optional, Tuple

#: Seconds that a stop is waited for that nobody shows; a terminal may stand still, too.
PATIENCE = 10.0


class Audience:
    """Whoever shows stops as they are written: told by a named pipe, heard by another; None for nobody."""

    def __init__(self, told: Optional[str], shown: Optional[str]) -> None:
        self._pipes: Optional[Tuple[int, int]] = None
        if told and shown:
            # For reading, too: such a pipe neither waits for its other end nor breaks without it.
            self._pipes = _opened(told), _opened(shown)

    def wait(self) -> None:
        """Tell that a stop was written, and wait until it was shown."""
        if self._pipes is None:
            return
        told, shown = self._pipes
        # An answer that came too late is none to this.
        while select.select([shown], [], [], 0)[0]:
            os.read(shown, 4096)
        os.write(told, b".")
        if not select.select([shown], [], [], PATIENCE)[0]:
            # Nobody is there any more, or does not follow: the program is not kept a second time.
            self._pipes = None


def _opened(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)
