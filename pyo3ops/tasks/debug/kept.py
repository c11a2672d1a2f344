"""A dump kept in a file, whole, for `debug crash` to read again: the same for each action that has one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Artifact
from pyo3ops.stacks import dump_json

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.stacks.model import Dump


def kept(dump: Dump, file: Path | None, action: str) -> tuple[Artifact, ...]:
    """The file that was written, none where none was asked for; `UsageError` where it cannot be written."""
    if file is None:
        return ()
    data = dump_json.to_text(dump).encode("ascii")
    try:
        write_whole(file, data)
    except OSError as error:
        raise UsageError(
            f"the dump cannot be written: {reason_of(error, file)}",
            command=f"pyo3ops debug {action} --dump /tmp/dump.json",
        ) from error
    return (Artifact(str(file), "dump", hashlib.sha256(data).hexdigest()),)
