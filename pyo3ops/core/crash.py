"""The log that a bug of ours leaves behind: what a maintainer needs, ready to paste."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Host

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Who somebody is, in an address; the password (it may have a slash that nobody encoded), or the token, by itself.
_LOGIN = re.compile(r"(?<=\w://)(?:[^\s/:@]*:(?!\d{1,5}/)(\S+)|([^\s/]+))@")
#: Characters of a password that is looked for elsewhere: shorter ones are in every word.
_TELLING = 4


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
    text = _without_logins(text)
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


def _without_logins(text: str) -> str:
    """A text without what addresses in it say of who somebody is; libraries repeat a part of it, which goes, too."""
    found = {match[1] or match[2] for match in _LOGIN.finditer(text)}
    text = _LOGIN.sub("***@", text)
    for password in sorted({*found, *map(unquote, found)}, key=len, reverse=True):
        text = text.replace(password, "***") if len(password) >= _TELLING else text
    return text


def _folders() -> Iterator[Path]:
    import platformdirs  # noqa: PLC0415 - for a crash alone

    # Not everybody has a home, or a place to write to.
    with contextlib.suppress(RuntimeError, KeyError):
        yield Path(platformdirs.user_log_dir("pyo3ops", appauthor=False))
    with contextlib.suppress(FileNotFoundError):
        yield Path(tempfile.gettempdir())
