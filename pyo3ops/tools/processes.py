"""The processes of this machine, by proc(5), or by `ps` where there is no /proc: whose they are, and what they run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where Linux shows them.
PROC = Path("/proc")
#: Seconds that `ps` may take.
TIMEOUT = 4.0


@dataclass(frozen=True)
class Running:
    """One process; what its owner keeps from us is None or empty."""

    pid: int
    #: The program's name as the kernel has it, at most 15 characters on Linux.
    name: str
    argv: tuple[str, ...] = ()
    uid: int | None = None
    #: A letter of proc(5): R, S, D, T stopped, t traced, Z zombie.
    state: str = ""
    #: Who traces it already; 0 for nobody.
    tracer: int = 0
    executable: str | None = None
    #: The process sees other numbers than we do: it lives in a container of its own.
    namespaced: bool = False

    @property
    def command(self) -> str:
        """What was typed, for a person."""
        return " ".join(self.argv) or self.name


def find(pid: int, env: Mapping[str, str], proc: Path = PROC) -> Running | None:
    """The process of a number, or None."""
    if (proc / "self").exists():
        return _read(proc / str(pid))
    return next((each for each in _asked(env) if each.pid == pid), None)


def named(pattern: str, env: Mapping[str, str], proc: Path = PROC) -> tuple[Running, ...]:
    """The processes whose command contains a text, without this one and those that started it, by number."""
    known = _every(proc) if (proc / "self").exists() else _asked(env)
    ours = {os.getpid(), *_ancestors(proc)}
    return tuple(each for each in known if each.pid not in ours and pattern in each.command)


def _every(proc: Path) -> Iterator[Running]:
    numbers = sorted(int(each.name) for each in proc.iterdir() if each.name.isdigit())
    yield from (found for number in numbers if (found := _read(proc / str(number))))


def _ancestors(proc: Path) -> Iterator[int]:
    """The parents of this process: a shell has the pattern in its own command."""
    pid = os.getppid()
    for _ in range(100):
        yield pid
        status = _text(proc / str(pid) / "status")
        parent = re.search(r"^PPid:\s*(\d+)$", status, re.MULTILINE)
        if parent is None or int(parent[1]) < 1:
            return
        pid = int(parent[1])


def _read(folder: Path) -> Running | None:
    status = _text(folder / "status")
    fields = dict(re.findall(r"^(\w+):[ \t]*(.*)$", status, re.MULTILINE))
    if not fields.get("Name"):
        return None
    words = _text(folder / "cmdline").split("\0")
    uids = fields.get("Uid", "").split()
    return Running(
        int(folder.name),
        fields["Name"],
        tuple(words[:-1] if words[-1:] == [""] else words),
        int(uids[0]) if uids else None,
        fields.get("State", "")[:1],
        int(fields.get("TracerPid", "0") or 0),
        _link(folder / "exe"),
        len(fields.get("NSpid", "").split()) > 1,
    )


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _link(file: Path) -> str | None:
    try:
        return str(file.readlink()) if hasattr(file, "readlink") else os.readlink(file)
    except OSError:
        return None


def _asked(env: Mapping[str, str]) -> tuple[Running, ...]:
    result = run(["ps", "-A", "-ww", "-o", "pid=,uid=,stat=,command="], timeout=TIMEOUT, env={**env, "LC_ALL": "C"})
    return parse(result.out) if result.ok else ()


def parse(text: str) -> tuple[Running, ...]:
    """Read what `ps -o pid=,uid=,stat=,command=` wrote, which does not tell where one argument ends."""
    rows = re.findall(r"^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(\S.*)$", text, re.MULTILINE)
    return tuple(
        Running(int(pid), Path(command.split(" ")[0]).name, tuple(command.split(" ")), int(uid), state)
        for pid, uid, state, command in rows
    )
