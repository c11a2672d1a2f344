"""The log that a bug of ours leaves behind: what a maintainer needs, ready to paste."""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Host

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def write_log(argv: Sequence[str], trace: str) -> Path | None:
    """Write a log with versions, platform, command and traceback; None where no folder takes it."""
    host = Host.here()
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib's raises where nobody knows it
    text = (
        "### pyo3ops crashed\n\n"
        f"- pyo3ops {host.pyo3ops}, Python {host.python}, {host.system} {host.release} {host.machine}\n"
        f"- command: `pyo3ops {' '.join(shlex.quote(word) for word in argv)}`\n\n"
        f"```\n{trace.rstrip()}\n```\n"
    )
    # Whose machine it is, is nobody's business; a home of one letter would be half of every path.
    text = text.replace(home, "~") if len(home) > 1 else text
    name = time.strftime(f"crash-%Y%m%d-%H%M%S-{os.getpid()}.md")
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / name, text.encode("utf-8", "backslashreplace"))
        except OSError:
            continue
        return folder / name
    return None


def _folders() -> Iterator[Path]:
    import platformdirs  # noqa: PLC0415 - for a crash alone

    yield Path(platformdirs.user_log_dir("pyo3ops", appauthor=False))
    yield Path(tempfile.gettempdir())
