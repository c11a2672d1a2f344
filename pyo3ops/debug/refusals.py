"""Why a process cannot be looked at, and the way out: what the kernel says of it, of us and of ptrace."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.tools import kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.stacks.sources.protocol import Refused
    from pyo3ops.tools.kernel import Setting
    from pyo3ops.tools.processes import Running

_YAMA = "https://docs.kernel.org/admin-guide/LSM/Yama.html"
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

    @staticmethod
    def of(process: Running | None) -> Circumstances:
        """As they are for this process here."""
        uid = os.getuid() if hasattr(os, "getuid") else -1
        privileged = kernel.SYS_PTRACE in kernel.capabilities()
        return Circumstances(process, uid, kernel.setting("kernel.yama.ptrace_scope"), privileged)


def explained(refused: Sequence[tuple[str, Refused]], where: Circumstances, again: tuple[str, ...]) -> Finding:
    """What kept every source from looking; `again` is the command that was typed, for advice that repeats it."""
    said = tuple(f"{name}: {each.said or each.reason}" for name, each in refused)
    reasons = {each.reason for _, each in refused}
    if "denied" in reasons:
        detail, fix = _denied(where, again)
    elif "gone" in reasons:
        detail, fix = "the process ended", Fix("look whether it runs", ("ps", "-A", "-f"), mends=False)
    elif "timeout" in reasons:
        detail, fix = _slow(again)
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
    if process.state == "Z":
        detail = "it has ended and is a zombie: its parent has not asked how"
        return Finding("debug.attach", "the process can be looked at", Status.UNKNOWN, detail)
    if process.tracer:
        detail = f"process {process.tracer} traces it already, and the kernel allows one tracer"
        fix = Fix("end that debugger, or ask it", ("ps", "-f", "-p", str(process.tracer)), mends=False)
        return Finding("debug.attach", "the process can be looked at", Status.UNKNOWN, detail, fix=fix)
    return None


def _slow(again: tuple[str, ...]) -> tuple[str, Fix]:
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
    if where.privileged:
        return
    if process and process.uid is not None and process.uid != where.uid:
        yield f"the process is user {process.uid}'s, and this is user {where.uid}"
    if process and process.namespaced:
        yield "it runs in a container"
    if scope is not None and scope >= _CHILDREN:
        who = {_CHILDREN: "only what the debugger itself started", _ADMIN: "only with CAP_SYS_PTRACE"}
        yield f"{where.scope.name} is {scope}: {who.get(scope, 'nobody, until the next start')}"
    if where.uid == 0:
        yield "this is root without CAP_SYS_PTRACE, as in a container"


def _way_out(where: Circumstances, again: tuple[str, ...]) -> Fix:
    """The least that helps: what changes nothing on the machine comes first."""
    scope = where.scope.number
    inside = "; or start the program with PYO3OPS_DEBUG=1, which allows its own watcher"
    if where.uid == 0 and not where.privileged:
        return Fix(f"start the container with --cap-add=SYS_PTRACE{inside}", url=_YAMA)
    if scope == _NOBODY:
        return Fix(f"start the machine without {where.scope.name} = 3 in its sysctl.conf", url=_YAMA)
    if where.privileged:
        return Fix(f"ask what protects it: seccomp, AppArmor and SELinux can{inside}", url=_YAMA)
    return Fix(f"look as root{inside}", ("sudo", *again), url=_YAMA, mends=False)
