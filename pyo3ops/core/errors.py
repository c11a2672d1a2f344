"""Expected endings: each carries its exit code and the way out.

Whatever else reaches the command line is a bug of ours and ends with `Exit.INTERNAL`.
"""

from __future__ import annotations

import re
import shutil

from pyo3ops.core.exits import Exit


class Pyo3opsError(Exception):
    """An expected ending: `message` says what happened, `cause` the usual reason, `command` what to type next."""

    exit_code = Exit.FAILED

    def __init__(self, message: str, *, cause: str = "", command: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.command = command


def reason_of(error: OSError, place: object) -> str:
    """Which file and why, of an error of the system; `place` stands in where it names none.

    A failed `shutil.copytree` has its reasons in a list, and neither a file name nor an error number.
    """
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list) and error.args[0]:
        _, target, why = error.args[0][0]
        # The text of an OSError: its number before, both names behind.
        return f"{target}: {re.sub(r'^.Errno -?[0-9]+. |: .*', '', str(why))}"
    return f"{error.filename or place}: {error.strerror or error}"


class UsageError(Pyo3opsError):
    """The command line asks for something that cannot be."""

    exit_code = Exit.USAGE


class ConfigError(Pyo3opsError):
    """`[tool.pyo3ops]`, pyproject.toml or Cargo.toml cannot be used as written."""

    exit_code = Exit.USAGE


class Undetermined(Pyo3opsError):  # noqa: N818 - nothing failed, only nothing is known
    """What everything else depends on did not answer."""

    exit_code = Exit.UNKNOWN


class Interrupted(Pyo3opsError):  # noqa: N818 - an ending asked for from outside is no error
    """^C, SIGTERM or SIGHUP arrived."""

    exit_code = Exit.INTERRUPTED
