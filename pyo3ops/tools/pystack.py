"""pystack: the command that prints the Python and native stacks of a process or of a core, and why it refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: What it says, and the word of `stacks.sources.protocol.REASONS` for it.
_REFUSALS = (
    (r"Operation not permitted|Permission denied", "denied"),
    (r"No such process|Could not read the contents of /proc/\d{1,10}|process .{0,40}does not exist", "gone"),
    (r"not a Python|no Python|does not contain.{0,40}interpreter|only supports Linux", "unable"),
)


def remote_argv(pystack: str, pid: int, *, variables: bool = False) -> list[str]:
    """Print the stacks of a process, of threads that Python does not know as well."""
    return [pystack, "--no-color", "remote", *_options(variables), str(pid)]


def core_argv(pystack: str, core: Path, executable: Path | None, *, variables: bool = False) -> list[str]:
    """Print the stacks of a core; it finds the executable itself where none is given."""
    return [pystack, "--no-color", "core", *_options(variables), str(core), *([str(executable)] if executable else ())]


def _options(variables: bool) -> Sequence[str]:  # noqa: FBT001 - one switch
    return ("--native-all", "--locals") if variables else ("--native-all",)


def refusal(said: str) -> str:
    """Why it gave nothing, in one of the words of the sources."""
    return next((word for pattern, word in _REFUSALS if re.search(pattern, said)), "broken")
