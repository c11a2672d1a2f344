from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from pyo3ops.core.model import Fix
from pyo3ops.tools import kernel
from pyo3ops.tools.kernel import CoreLimit, Setting

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def test_a_setting_is_a_file(tmp_path: Path) -> None:
    assert kernel.setting("kernel.yama.ptrace_scope", tmp_path) == Setting("kernel.yama.ptrace_scope", None)
    (tmp_path / "kernel/yama").mkdir(parents=True)
    (tmp_path / "kernel/yama/ptrace_scope").write_text("1\n", encoding="utf-8")
    said = kernel.setting("kernel.yama.ptrace_scope", tmp_path)
    assert said == Setting("kernel.yama.ptrace_scope", "1")
    assert said.number == 1


@pytest.mark.parametrize(("value", "number"), [("-1", -1), ("4", 4), ("core", None), ("", None), (None, None)])
def test_a_number(value: str | None, number: int | None) -> None:
    assert Setting("kernel.x", value).number == number


def test_the_fix_is_a_command_but_in_a_container() -> None:
    assert Setting("kernel.x", "1").fix("let it", "0") == Fix("let it", ("sysctl", "-w", "kernel.x=0"))
    frozen = Setting("kernel.x", "1", frozen=True).fix("let it", "0")
    assert frozen == Fix("let it: on the host of this container, `sysctl -w kernel.x=0`")


def test_capabilities_are_bits(tmp_path: Path) -> None:
    status = tmp_path / "status"
    assert kernel.capabilities(status) == frozenset()
    status.write_text("Name:\tsh\nCapEff:\t0000000000080001\nCapBnd:\t000001ffffffffff\n", encoding="ascii")
    assert kernel.capabilities(status) == {0, kernel.SYS_PTRACE}
    status.write_text("Name:\tsh\nCapEff:\t0000000000000000\n", encoding="ascii")
    assert kernel.capabilities(status) == frozenset()


@linux
def test_this_machine_has_a_core_pattern() -> None:
    assert kernel.setting("kernel.core_pattern").value is not None


@linux
def test_sampling_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel.may_sample() in {True, False, None}
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    assert kernel.may_sample() is None


@linux
def test_a_call_that_the_kernel_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    # A number that no kernel has: refused as a container's seccomp profile refuses the real one.
    monkeypatch.setattr(kernel, "_PERF_EVENT_OPEN", {platform.machine(): 99999})
    assert kernel.may_sample() is False


@linux
def test_no_descriptor_stays_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    kernel.may_sample()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@linux
def test_the_limit_is_what_the_system_says() -> None:
    import resource  # noqa: PLC0415 - Windows has none

    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, before[1]))
        limit = kernel.core_limit()
        assert limit == CoreLimit(0, None if before[1] == resource.RLIM_INFINITY else before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


def test_a_system_without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert kernel.core_limit() is None
