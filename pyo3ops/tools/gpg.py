"""gpg: asked whether it has a secret key to sign with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, Result, run

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds; it starts an agent where none runs.
TIMEOUT = 10.0


def missing(who: str, program: str, env: Mapping[str, str]) -> str:
    """Why `who` (a key, an address, a name with one) cannot sign; empty where there is a secret key for that."""
    wanted = re.search(r"<(.+)>", who)
    argv = [program, "--batch", "--no-tty", "--list-secret-keys", "--with-colons", "--", wanted[1] if wanted else who]
    return parse(run(argv, timeout=TIMEOUT, env=env), who)


def parse(result: Result, who: str) -> str:
    """What `gpg --list-secret-keys --with-colons` came to: lines of `sec` are keys, with `r` or `e` past use."""
    if result.ended is Ended.MISSING:
        return f"{result.argv[0]}, which would sign, is not here"
    keys = [line.split(":") for line in result.out.splitlines() if line.startswith("sec:")]
    if any(len(key) > 1 and key[1] not in ("r", "e", "i", "d") for key in keys):
        return ""
    return f"every secret key of {who} is expired or revoked" if keys else f"gpg has no secret key of {who}"
