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


@pytest.mark.parametrize(
    ("process", "more", "says"),
    [
        (Running(12, "a", uid=1000, capabilities=1), {"mightier": True}, "capabilities that this one has not"),
        (Running(12, "a", uid=1000, guarded=True), {}, "it keeps its own user out"),
        (Running(12, "a", uid=1000), {"filtered": True}, "a seccomp filter"),
    ],
)
def test_what_keeps_a_user_from_a_process_of_its_own(process: Running, more: dict[str, bool], says: str) -> None:
    where = Circumstances(process, 1000, Setting("kernel.yama.ptrace_scope", "0"), privileged=False, **more)  # type: ignore[arg-type] # flags
    assert says in explained(DENIED, where, AGAIN).detail


def test_root_below_a_filter_is_told_how_to_start_the_container() -> None:
    where = Circumstances(None, 0, Setting("kernel.yama.ptrace_scope", None), privileged=True, filtered=True)
    found = explained((("lldb", Refused("denied", "lost connection")),), where, AGAIN)
    assert "seccomp" in found.detail
    assert found.fix
    assert "--security-opt seccomp=unconfined" in found.fix.summary


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        ((("gdb", Refused("missing")), ("lldb", Refused("missing"))), "no debugger is here"),
        ((("gdb", Refused("missing")), ("lldb", Refused("broken", "its Python does not start"))), "could read it"),
        ((("gdb", Refused("broken", "TypeError: a bug of ours")),), "could read it"),
    ],
)
def test_a_filter_does_not_explain_what_is_not_here_or_broken(
    refused: tuple[tuple[str, Refused], ...], says: str
) -> None:
    where = Circumstances(None, 0, Setting("kernel.yama.ptrace_scope", None), privileged=True, filtered=True)
    found = explained(refused, where, AGAIN)
    assert says in found.detail
    assert "seccomp" not in f"{found.detail} {found.fix}"


def test_what_waits_in_the_kernel_is_no_slow_debugger() -> None:
    where = Circumstances(Running(12, "a"), 0, Setting("a", None), privileged=True, unstoppable=(12, 13))
    found = explained((("gdb", Refused("timeout")),), where, AGAIN)
    assert "thread 12 and 1 more waits in the kernel" in found.detail


def test_a_thread_of_the_kernel_has_not_ended() -> None:
    refused = (("gdb", Refused("unable", "it is a thread of the kernel")), ("py-spy", Refused("gone")))
    assert "it is a thread of the kernel" in explained(refused, circumstances(), AGAIN).detail
    found = beforehand(Running(2, "kthreadd", kernel=True))
    assert found
    assert "a thread of the kernel" in found.detail


def test_who_traces_it_may_be_outside() -> None:
    found = beforehand(Running(12, "a", state="t"))
    assert found
    assert "outside of this container" in found.detail
