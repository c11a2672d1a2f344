"""py-spy: the command that records a program's Python and native stacks."""

from __future__ import annotations

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
