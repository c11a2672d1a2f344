"""A dump kept in a file, whole, for `debug crash` to read again: the same for each action that has one."""

from __future__ import annotations

import hashlib
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Artifact, Finding, Fix, Location, Status
from pyo3ops.stacks import dump_json

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump

#: Where nearly everybody may write.
_ELSEWHERE = "/tmp/dump.json"  # noqa: S108 - it is told to a person


class Kept(NamedTuple):
    """The file that was written, or what is said where it was not."""

    artifacts: tuple[Artifact, ...] = ()
    findings: tuple[Finding, ...] = ()


def checked(file: Path | None, *command: str) -> None:
    """See that a dump can be written, before anybody is stopped for it; `command` is what was asked for, without it.

    Raises `UsageError` for a folder that is not there or not the caller's to write to, and for a file that is a folder.
    """
    reason, cause = _wrong(Path(os.path.realpath(file))) if file is not None else ("", "")
    if reason:
        again = " ".join(map(shlex.quote, ("pyo3ops", "debug", *command, "--dump", _ELSEWHERE)))
        raise UsageError(f"cannot write {file}: {reason}", cause=cause, command=again)


def _wrong(file: Path) -> tuple[str, str]:
    """What is wrong with the name of a file, and why that is so mostly."""
    if file.is_dir():
        return "it is a folder", "--dump takes the name of a file"
    if not file.parent.is_dir():
        return f"there is no folder {file.parent}", "--dump makes no folders"
    # A device or a pipe is written to; anything else is replaced, which takes leave to write to the folder.
    special = file.exists() and not file.is_file()
    if not os.access(file if special else file.parent, os.W_OK):
        return f"you may not write to {file if special else file.parent}", "it belongs to somebody else"
    return "", ""


def saved(dump: Dump, file: Path | None) -> Kept:
    """Write the dump where that was asked for; a disk that is full is a finding, for the stack is there to be shown."""
    return written(dump_json.to_text(dump).encode("ascii"), file, str(file)) if file is not None else Kept()


def written(data: bytes, file: Path, name: str) -> Kept:
    """Write a dump's text; the file is told by `name`."""
    try:
        write_whole(file, data)
    except OSError as error:
        # The error names the temporary file beside it.
        detail = f"{name} was not written: {error.strerror or type(error).__name__}"
        fix = Fix(f"ask again with --dump in another folder, {_ELSEWHERE} for one", mends=False)
        return Kept(findings=(Finding("debug.dump", "the dump is kept", Status.FAIL, detail, (), fix, Location(name)),))
    return Kept((Artifact(name, "dump", hashlib.sha256(data).hexdigest()),))
