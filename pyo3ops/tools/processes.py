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
#: PF_KTHREAD (linux/sched.h), and which word behind the name has the flags (proc(5), stat).
_KERNEL, _FLAGS = 0x00200000, 6


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
    #: A thread of the kernel, which has no program.
    kernel: bool = False
    #: What it may do beyond others, a bit each (capabilities(7)).
    capabilities: int = 0
    #: Its own user may not look at it: it has changed its user, or asked for that (prctl(2), PR_SET_DUMPABLE).
    guarded: bool = False

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


def inside(number: int, proc: Path = PROC) -> tuple[Running, ...]:
    """The processes that have a number in a container of theirs, and another one here, by that."""
    if not (proc / "self").exists():
        return ()
    every = (_numbers(proc / each.name) for each in proc.iterdir() if each.name.isdigit())
    found = (_read(proc / str(each[0])) for each in sorted(every) if len(each) > 1 and each[-1] == number)
    return tuple(each for each in found if each is not None)


def _numbers(folder: Path) -> list[int]:
    """The numbers of a process: here, and in each container that it is in."""
    match = re.search(r"^NSpid:((?:\s+\d+)+)$", _text(folder / "status"), re.MULTILINE)
    return [int(folder.name), *map(int, match[1].split()[1:])] if match else []


def elsewhere(proc: Path = PROC) -> bool:
    """True where /proc has the numbers of another container than this process is in."""
    try:
        return int(os.readlink(proc / "self")) != os.getpid()
    except (OSError, ValueError):
        return False


def unstoppable(pid: int, proc: Path = PROC) -> tuple[int, ...]:
    """The threads that wait in the kernel for what no signal ends (state D of proc(5)), most often a disk."""
    tasks = sorted((int(each.name), each) for each in (proc / str(pid) / "task").glob("[0-9]*"))
    return tuple(tid for tid, folder in tasks if _after_name(folder)[:1] == ["D"])


def filtered(proc: Path = PROC) -> bool:
    """True where this process runs under a seccomp filter, as container engines give it."""
    return re.search(r"^Seccomp:\s+2$", _text(proc / "self" / "status"), re.MULTILINE) is not None


def _after_name(folder: Path) -> list[str]:
    """What `stat` says behind the name, which may have anything in it."""
    return _text(folder / "stat").rpartition(")")[2].split()


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
        _is_of_kernel(folder),
        int(fields.get("CapPrm", "") or "0", 16),
        _guarded(folder, uids),
    )


def _is_of_kernel(folder: Path) -> bool:
    words = _after_name(folder)
    return len(words) > _FLAGS and words[_FLAGS].isdigit() and bool(int(words[_FLAGS]) & _KERNEL)


def _guarded(folder: Path, uids: list[str]) -> bool:
    """Whether /proc gives a process to root that is not root's, as it does with those that may not be dumped."""
    try:
        return len(uids) > 1 and int(uids[1]) != 0 and (folder / "status").stat().st_uid == 0
    except (OSError, ValueError):
        return False


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
