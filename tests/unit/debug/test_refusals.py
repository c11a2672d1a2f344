from __future__ import annotations

import pytest

from pyo3ops.core.model import Status
from pyo3ops.debug.refusals import Circumstances, beforehand, explained
from pyo3ops.stacks.sources.protocol import Refused
from pyo3ops.tools.kernel import Setting
from pyo3ops.tools.processes import Running

AGAIN = ("pyo3ops", "debug", "stacktrace", "12")
DENIED = (("gdb", Refused("denied", "ptrace: Operation not permitted.")),)


def circumstances(
    *, uid: int = 1000, owner: int = 1000, scope: str | None = "0", privileged: bool = False, namespaced: bool = False
) -> Circumstances:
    process = Running(12, "python", uid=owner, namespaced=namespaced)
    return Circumstances(process, uid, Setting("kernel.yama.ptrace_scope", scope), privileged)


@pytest.mark.parametrize(
    ("where", "says", "way"),
    [
        (circumstances(scope="1"), "kernel.yama.ptrace_scope is 1: only what the debugger itself started", "as root"),
        (circumstances(scope="2"), "only with CAP_SYS_PTRACE", "as root"),
        (circumstances(scope="3"), "nobody, until the next start", "without kernel.yama.ptrace_scope = 3"),
        (circumstances(owner=0), "the process is user 0's, and this is user 1000", "as root"),
        (circumstances(namespaced=True), "it runs in a container", "as root"),
        (circumstances(uid=0, owner=0), "root without CAP_SYS_PTRACE", "--cap-add=SYS_PTRACE"),
        (circumstances(uid=0, owner=0, privileged=True), "a security module", "seccomp"),
        (circumstances(scope=None), "a security module", "as root"),
    ],
)
def test_a_refused_attach_has_its_cause_and_the_way_out(where: Circumstances, says: str, way: str) -> None:
    found = explained(DENIED, where, AGAIN)
    assert (found.id, found.status) == ("debug.attach", Status.UNKNOWN)
    assert says in found.detail
    assert found.fix
    assert way in found.fix.summary
    assert found.fix.argv in (None, ("sudo", *AGAIN))
    assert found.evidence == ("gdb: ptrace: Operation not permitted.",)


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("gone", "the process ended"),
        ("timeout", "did not answer in time"),
        ("missing", "no debugger is here"),
        ("unable", "nothing that a debugger can look at"),
        ("broken", "could read it"),
    ],
)
def test_other_reasons(reason: str, says: str) -> None:
    found = explained((("gdb", Refused(reason)),), circumstances(), AGAIN)
    assert says in found.detail
    assert found.evidence == (f"gdb: {reason}",)
    assert found.fix


def test_what_shows_beforehand() -> None:
    zombie, traced = beforehand(Running(12, "a", state="Z")), beforehand(Running(12, "a", state="t", tracer=99))
    assert zombie
    assert "zombie" in zombie.detail
    assert traced
    assert "process 99 traces it already" in traced.detail
    assert beforehand(Running(12, "a", state="S")) is None
