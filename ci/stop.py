"""The one expected ending of the bootstrap: what happened, the usual cause, what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: What pip or the system says, the usual cause, and what to do about it.
CAUSES = (
    ("No space left on device", "the disk is full", "df -h {root}"),
    ("Disk quota exceeded", "your disk quota is used up", "df -h {root}"),
    ("Read-only file system", "the checkout cannot be written to", "copy it to a folder that you may write to"),
    ("Permission denied", "the checkout belongs to somebody else", "copy it to a folder that you may write to"),
    (
        "DO NOT MATCH THE HASHES",
        "a package is not the one that was locked, or a proxy changed it on the way",
        "try another network; do not go on with a package that was changed",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "a proxy that signs connections itself, or a system without CA certificates",
        "name the proxy's certificate: PIP_CERT=FILE python3 ci/bootstrap.py ...",
    ),
    (
        "(from versions: none)",
        "no network, or a proxy in between",
        "connect this machine, or name a mirror: PIP_INDEX_URL=https://... python3 ci/bootstrap.py ...",
    ),
    (
        "(from versions: ",
        "the package index that pip asks lacks a locked version",
        "name a complete mirror: PIP_INDEX_URL=https://... python3 ci/bootstrap.py ...",
    ),
)


class Stop(Exception):  # noqa: N818 - an ending with its way out, not a bug
    """`message` says what happened, `cause` the usual reason, `command` the next step; exit code 2."""

    exit_code = 2

    def __init__(self, message: str, *, cause: str = "", command: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.command = command

    def __str__(self) -> str:
        lines = [f"bootstrap: {self.message}"]
        lines += [f"  usual cause: {self.cause}"] if self.cause else []
        lines += [f"  next: {self.command}"] if self.command else []
        return "\n".join(lines)


def explained(what: str, said: str, root: Path) -> Stop:
    """The ending that `said`, the words of pip or of the system, stands for: its last lines, the cause, the way out."""
    cause, command = next(((cause, way) for sign, cause, way in CAUSES if sign in said), ("", ""))
    last = "\n".join(f"    {line}" for line in said.splitlines()[-8:])
    return Stop(f"{what}\n{last}" if last else what, cause=cause, command=command.format(root=root))
