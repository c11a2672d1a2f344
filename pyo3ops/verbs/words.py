"""Words of the command line as what tasks take, and what is said of those that are none."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAY = 86_400


def path(text: str | None) -> Path | None:
    """What an option names; an empty word is a variable that was not set, and must not mean the default in silence."""
    if text == "":
        raise UsageError("a file or folder has an empty name", cause="a variable of the shell is not set, as in $DIST")
    return Path(text).absolute() if text is not None else None


def paths(texts: Sequence[str]) -> tuple[Path, ...]:
    """What several words name."""
    return tuple(Path(text).absolute() for text in texts)


def seconds(text: str) -> float:
    """A time in seconds, up to a day; `ArgumentTypeError` for anything else."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < _DAY:
        raise argparse.ArgumentTypeError(f"{text} is no time in seconds: a number above 0 is one, such as 0.5 or 60")
    return value
