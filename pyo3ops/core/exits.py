"""The exit codes of every verb."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the process says when it ends; the same for every verb."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INTERNAL = 3
    UNKNOWN = 4
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line for a person."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.OK: "nothing failed",
    Exit.FAILED: "something failed (with --strict: or warned)",
    Exit.USAGE: "wrong usage or configuration",
    Exit.INTERNAL: "a bug in pyo3ops or a crashed check; a log to paste was written",
    Exit.UNKNOWN: "nothing failed, but something could not be determined",
    Exit.INTERRUPTED: "interrupted (^C, SIGTERM or SIGHUP)",
}
