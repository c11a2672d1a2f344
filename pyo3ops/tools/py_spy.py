"""py-spy: the commands that record a program's Python and native stacks, or print them once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Samples a second, as many as perf takes.
FREQUENCY = 199


def record_argv(command: Sequence[str], file: Path) -> list[str]:
    """Record a command in speedscope's format, which has whole paths where py-spy's other formats cut them."""
    return [
        "py-spy", "record", "--native", "--rate", str(FREQUENCY), "--format", "speedscope",
        "--output", str(file), "--", *command,
    ]  # fmt: skip


#: What it says, and the word of `stacks.sources.protocol.REASONS` for it.
_REFUSALS = (
    (r"Operation not permitted|Permission [Dd]enied|os error (?:1|13)\b", "denied"),
    (r"No such process|Check that the process is running|os error 3\b", "gone"),
    (
        r"Failed to (?:find|get) python version|Failed to get binary from coredump|unexpected argument '--core'",
        "unable",
    ),
)


def dump_argv(py_spy: str, pid: int | None, core: Path | None, *, variables: bool = False) -> list[str]:
    """Print the Python stacks of a process or of a core as JSON, with whole paths.

    Without its native frames: some of them are missing without a word.
    """
    target = ["--core", str(core)] if core else ["--pid", str(pid)]
    return [py_spy, "dump", "--json", "--full-filenames", *(["--locals"] if variables else ()), *target]


def refusal(said: str) -> str:
    """Why it gave nothing, in one of the words of the sources."""
    return next((word for pattern, word in _REFUSALS if re.search(pattern, said)), "broken")
