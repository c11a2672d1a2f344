"""Debugging across the boundary: breakpoints, crash reports, editor settings, and a dump from inside the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def install(*, signal: int | None = None, folder: Path | str | None = None) -> bool:
    """Have a watcher beside this process that writes the merged stack of every thread when it crashes, or is asked to.

    A fatal signal is one reason; `signal` (SIGUSR2 where None is given; 0 for none) sent to the process, and `dump()`,
    are others. It is written to stderr, and with a `folder` to files there as well. Linux alone has what that takes:
    elsewhere, and where no watcher can be started, `faulthandler` is enabled, stderr says why, and False is returned.
    """
    from pyo3ops.debug import installed  # noqa: PLC0415 - who does not install it pays nothing

    return installed.install(signal, None if folder is None else str(folder))


def dump(timeout: float = 30.0) -> bool:
    """Have the watcher write what every thread does now; False where there is none, or no answer within the seconds.

    Warns (RuntimeWarning) where nobody called `install`.
    """
    from pyo3ops.debug import installed  # noqa: PLC0415

    return installed.dump(timeout)
