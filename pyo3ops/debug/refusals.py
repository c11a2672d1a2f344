"""Why a process cannot be looked at, and the way out: what the kernel says of it, of us and of ptrace."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.tools import kernel, processes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.stacks.sources.protocol import Refused
    from pyo3ops.tools.kernel import Setting
    from pyo3ops.tools.processes import Running

_YAMA = "https://docs.kernel.org/admin-guide/LSM/Yama.html"
#: Seconds in which a thread that waits for a disk may be done, and between two looks at it.
PATIENCE, _STEP = 1.0, 0.05
#: How ELF files of 32 bits begin.
_OF_32_BITS = b"\x7fELF\x01"
#: Values of kernel.yama.ptrace_scope: descendants only, CAP_SYS_PTRACE only, nobody.
_CHILDREN, _ADMIN, _NOBODY = 1, 2, 3


@dataclass(frozen=True)
class Circumstances:
    """What decides whether one process may look at another."""

    process: Running | None
    #: Who asks; 0 is root.
    uid: int
    scope: Setting
    #: CAP_SYS_PTRACE is in effect.
    privileged: bool
    #: The process may do what this one may not.
    mightier: bool = False
    #: This process runs under a seccomp filter.
    filtered: bool = False
    #: Threads of the process that no signal reaches just now.
    unstoppable: tuple[int, ...] = ()

    @staticmethod
    def of(process: Running | None) -> Circumstances:
        """As they are for this process here."""
        own = kernel.capabilities()
        return Circumstances(
            process,
            os.getuid() if hasattr(os, "getuid") else -1,
            kernel.setting("kernel.yama.ptrace_scope"),
            kernel.SYS_PTRACE in own,
            process is not None and bool(process.capabilities & ~sum(1 << number for number in own)),
            processes.filtered(),
            processes.unstoppable(process.pid) if process is not None else (),
        )


def explained(refused: Sequence[tuple[str, Refused]], where: Circumstances, again: tuple[str, ...]) -> Finding:
    """What kept every source from looking; `again` is the command that was typed, for advice that repeats it."""
    said = tuple(f"{name}: {each.said or each.reason}" for name, each in refused)
    reasons = {each.reason for _, each in refused}
    if "denied" in reasons:
        detail, fix = _denied(where, again)
    elif "gone" in reasons and "unable" not in reasons:
        detail, fix = "the process ended", Fix("look whether it runs", ("ps", "-A", "-f"), mends=False)
    elif "timeout" in reasons:
        detail, fix = _slow(where, again)
    elif "unable" in reasons:
        told = next(each.said for _, each in refused if each.reason == "unable")
        detail = f"it is nothing that a debugger can look at: {told}"
        fix = Fix("name a process of a program", ("ps", "-A", "-f"), mends=False)
    elif reasons <= {"missing"}:
        detail = "no debugger is here that can look at it"
        fix = Fix("install one: gdb sees most", ("pyo3ops", "validate", "--select", "debug", "--fix"), need="gdb")
    else:
        detail, fix = "no debugger could read it", Fix("read what each of them said")
    return Finding("debug.attach", "the process can be looked at", Status.UNKNOWN, detail, said, fix, link=_YAMA)


def beforehand(process: Running) -> Finding | None:
    """What shows before anybody tries that looking is of no use; None where nothing does."""
    found = _hopeless(process)
    if found is None:
        return None
    detail, fix = found
    return Finding("debug.attach", "the process can be looked at", Status.UNKNOWN, detail, fix=fix)


def _hopeless(process: Running) -> tuple[str, Fix | None] | None:
    if processes.elsewhere():
        detail = "/proc shows the processes of another container than this one is in, by other numbers"
        return detail, Fix("have it show those of this one", ("mount", "-t", "proc", "proc", "/proc"))
    if process.state == "Z":
        return "it has ended and is a zombie: its parent has not asked how", None
    if process.kernel:
        fix = Fix("see where it is in the kernel", ("sudo", "cat", f"/proc/{process.pid}/stack"), mends=False)
        return "it is a thread of the kernel: there is neither Python nor Rust in it", fix
    if process.tracer or process.state == "t":
        return _traced(process.tracer)
    if _has_few_bits(process.pid):
        fix = Fix("ask gdb itself", ("gdb", "-p", str(process.pid), "-batch", "-ex", "bt"), mends=False)
        return "its program is of 32 bits, and those of 64 bits alone are read", fix
    return _waiting(process.pid)


def _traced(tracer: int) -> tuple[str, Fix]:
    if not tracer:
        detail = "somebody outside of this container traces it already, and the kernel allows one tracer"
        return detail, Fix("look who does on the host of the container", ("ps", "-A", "-f"), mends=False)
    found = processes.find(tracer, {})
    name = f" ({found.name})" if found else ""
    detail = f"process {tracer}{name} traces it already, and the kernel allows one tracer"
    return detail, Fix("end that debugger, or ask it", ("ps", "-f", "-p", str(tracer)), mends=False)


def _has_few_bits(pid: int) -> bool:
    """Whether addresses of a program have 32 bits; False for one whose file is not ours to read."""
    try:
        with (processes.PROC / str(pid) / "exe").open("rb") as file:
            return file.read(len(_OF_32_BITS)) == _OF_32_BITS
    except OSError:
        return False


def _waiting(pid: int) -> tuple[str, Fix] | None:
    """Threads that cannot be stopped, and stay so: whoever attaches waits for them, and stops the process later on."""
    until = time.monotonic() + PATIENCE
    stuck = frozenset(processes.unstoppable(pid))
    while stuck and time.monotonic() < until:
        time.sleep(_STEP)
        stuck &= frozenset(processes.unstoppable(pid))
    return _stuck(pid, sorted(stuck)) if stuck else None


def _stuck(pid: int, threads: Sequence[int]) -> tuple[str, Fix]:
    which = f"thread {threads[0]}" + (f" and {len(threads) - 1} more" if len(threads) > 1 else "")
    detail = f"{which} waits in the kernel for what no signal ends (state D): a disk, a network share, a child of vfork"
    return detail, Fix("see what for", ("sudo", "cat", f"/proc/{pid}/task/{threads[0]}/stack"), mends=False)


def _slow(where: Circumstances, again: tuple[str, ...]) -> tuple[str, Fix]:
    if where.process is not None and where.unstoppable:
        return _stuck(where.process.pid, where.unstoppable)
    return (
        "a debugger did not answer in time: reading the symbols of large libraries takes longer the first time",
        Fix("give it longer", (*again, "--timeout", "300"), mends=False),
    )


def _denied(where: Circumstances, again: tuple[str, ...]) -> tuple[str, Fix]:
    words = list(_causes(where))
    detail = (
        f"the kernel does not allow it: {'; '.join(words) or 'a security module, or a container without SYS_PTRACE'}"
    )
    return detail, _way_out(where, again)


def _causes(where: Circumstances) -> Iterator[str]:
    process, scope = where.process, where.scope.number
    if where.filtered:
        yield "this process runs under a seccomp filter, as a container's, which may leave out ptrace"
    if where.privileged:
        return
    if process and process.uid is not None and process.uid != where.uid:
        yield f"the process is user {process.uid}'s, and this is user {where.uid}"
    elif process and where.uid != 0:
        yield from _of_one_user(process, mightier=where.mightier)
    if process and process.namespaced:
        yield "it runs in a container"
    if scope is not None and scope >= _CHILDREN:
        who = {_CHILDREN: "only what the debugger itself started", _ADMIN: "only with CAP_SYS_PTRACE"}
        yield f"{where.scope.name} is {scope}: {who.get(scope, 'nobody, until the next start')}"
    if where.uid == 0:
        yield "this is root without CAP_SYS_PTRACE, as in a container"


def _of_one_user(process: Running, *, mightier: bool) -> Iterator[str]:
    """What keeps a user's own process from that user."""
    if mightier:
        yield f"it has capabilities that this one has not (`getpcaps {process.pid}` names them)"
    elif process.guarded:
        yield "it keeps its own user out: it changed its user since it was started, or asked for that (prctl)"


def _way_out(where: Circumstances, again: tuple[str, ...]) -> Fix:
    """The least that helps: what changes nothing on the machine comes first."""
    scope = where.scope.number
    inside = "; or start the program with PYO3OPS_DEBUG=1, which allows its own watcher"
    if where.filtered and where.uid == 0:
        return Fix(f"start the container with --cap-add=SYS_PTRACE --security-opt seccomp=unconfined{inside}")
    if where.uid == 0 and not where.privileged:
        return Fix(f"start the container with --cap-add=SYS_PTRACE{inside}", url=_YAMA)
    if scope == _NOBODY:
        return Fix(f"start the machine without {where.scope.name} = 3 in its sysctl.conf", url=_YAMA)
    if where.privileged:
        return Fix(f"ask what protects it: seccomp, AppArmor and SELinux can{inside}", url=_YAMA)
    return Fix(f"look as root{inside}", ("sudo", *again), url=_YAMA, mends=False)
