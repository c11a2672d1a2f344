"""TOML files, with errors that name the file."""

from __future__ import annotations

import errno
import shlex
import sys
from typing import TYPE_CHECKING, Any

from pyo3ops.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes; the largest Cargo.lock files in the wild have a tenth of that.
LIMIT = 32 * 2**20

_CAUSES = {
    errno.ENOENT: "it was moved or deleted, or its name is misspelt",
    errno.EACCES: "it is not yours to read",
    errno.EPERM: "it is not yours to read",
    errno.EISDIR: "a folder has its name",
}


def load(path: Path) -> dict[str, Any]:
    """Read a TOML file; `ConfigError` names the file, and the place in it, where that cannot be done."""
    try:
        if path.stat().st_size > LIMIT:
            raise ConfigError(f"{path} is larger than {LIMIT >> 20} MiB", cause="it is hardly a TOML file")
        return loads(path.read_bytes(), str(path))
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0, "the disk or the folder cannot be read")
        command = f"ls -ld {shlex.quote(str(path))}"
        raise ConfigError(f"cannot read {path}: {error.strerror}", cause=cause, command=command) from None


def loads(data: bytes, name: str) -> dict[str, Any]:
    """Read TOML text; `name` is what errors call it."""
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - which of the two there is depends on the Python
    else:
        import tomli as tomllib  # noqa: PLC0415

    try:
        # CRLF line ends are TOML, a byte order mark is not, and editors write both.
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{name} is not UTF-8: byte {error.start} is wrong",
            cause="an editor kept it in another encoding, or it is no text",
            command=f"file {shlex.quote(name)}",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not TOML: {error}", cause="a typing error at that place") from None
    except RecursionError:
        raise ConfigError(f"{name} is nested too deeply to be read") from None
