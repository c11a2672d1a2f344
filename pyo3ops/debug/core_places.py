"""Where the kernel puts cores on this machine, and the command that gets one from there (core(5))."""

from __future__ import annotations

import re
import shlex
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyo3ops.tools.kernel import CoreLimit

#: Programs that a kernel hands cores to, by their names: what they do with them, and how one gets them back.
_KEEPERS = {
    "systemd-coredump": (
        "systemd-coredump keeps cores, compressed, below /var/lib/systemd/coredump",
        "coredumpctl list; coredumpctl dump {pid} --output core",
    ),
    "apport": (
        "apport keeps cores: of packaged programs in /var/crash, of others in /var/lib/apport/coredump",
        "ls /var/lib/apport/coredump /var/crash; apport-unpack /var/crash/FILE.crash DIR",
    ),
    "abrt-hook-ccpp": ("abrt keeps cores below /var/spool/abrt", "abrt list; ls /var/spool/abrt/ccpp-*/coredump"),
    "wsl-capture-crash": ("WSL keeps cores in Windows: %LOCALAPPDATA%\\Temp\\wsl-crashes", "wsl --version"),
}


def told(pattern: str | None, limit: CoreLimit | None, file: Path) -> tuple[str, str]:
    """Why a core is not where somebody looks for it, and the command that finds it.

    `pattern` is kernel.core_pattern, None where the kernel has none; `file` is what was asked for.
    """
    if pattern is None:
        return "it has another name, or lies elsewhere", "pyo3ops validate --select debug"
    if pattern.startswith("|"):
        return _kept(pattern[1:], _number(file))
    if limit is not None and limit.soft == 0:
        what = f"none was written, maybe: the limit of cores is 0 here, and {_lies(pattern)}"
        return what, "ulimit -c unlimited"
    folder = PurePosixPath(pattern).parent if pattern.startswith("/") else file.parent
    return f"it has another name, or lies elsewhere: {_lies(pattern)}", f"ls -lt {shlex.quote(str(folder))}"


def _kept(command: str, pid: str) -> tuple[str, str]:
    """Of a program that is handed all cores."""
    words = command.split()
    name = PurePosixPath(words[0]).name if words else ""
    if words and not Path(words[0]).exists():
        cause = f"the kernel hands cores to {name}, which is not in here: in a container, its host has the core"
        return cause, "sysctl kernel.core_pattern"
    cause, way = _KEEPERS.get(
        name, (f"the kernel hands cores to {name or 'a program'}, which knows where they are", "")
    )
    return cause, way.format(pid=pid) if way else f"sysctl kernel.core_pattern; man {name}"


def _number(file: Path) -> str:
    """The process's number in the name of a core; PID where it has none."""
    match = re.search(r"\d{1,10}$", file.name)
    return match[0] if match else "PID"


def _lies(pattern: str) -> str:
    where = "" if pattern.startswith("/") else " in the folder that the program was in"
    return f"kernel.core_pattern is {pattern or 'empty'}: they are written{where} under that name"
