"""What Linux lets debuggers and profilers do: settings below /proc/sys, this process's capabilities and limits."""

from __future__ import annotations

import os
import platform
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Capabilities by their numbers (linux/capability.h).
SYS_PTRACE = 19
SYS_ADMIN = 21
PERFMON = 38


@dataclass(frozen=True)
class Setting:
    """A setting such as "kernel.core_pattern"; `value` is None where this kernel has none of that name."""

    name: str
    value: str | None
    #: /proc/sys is mounted read-only, as container engines do: no one in here can change it.
    frozen: bool = False

    @property
    def number(self) -> int | None:
        """The value of a setting that is a number."""
        return int(self.value) if self.value is not None and re.fullmatch(r"-?\d+", self.value) else None

    def fix(self, summary: str, value: str) -> Fix:
        """Set it until the next start of the machine; for a container its host must."""
        if self.frozen:
            return Fix(f"{summary}: on the host of this container, `sysctl -w {self.name}={value}`")
        return Fix(summary, ("sysctl", "-w", f"{self.name}={value}"))


@dataclass(frozen=True)
class CoreLimit:
    """How large a core may become, in bytes: None without a bound."""

    soft: int | None
    hard: int | None


def setting(name: str, folder: Path = Path("/proc/sys")) -> Setting:
    """Read one setting."""
    file = folder.joinpath(*name.split("."))
    try:
        value = file.read_text(encoding="utf-8", errors="replace").strip()
        frozen = bool(os.statvfs(file).f_flag & os.ST_RDONLY)
    except OSError:
        return Setting(name, None)
    return Setting(name, value, frozen)


def capabilities(status: Path = Path("/proc/self/status")) -> frozenset[int]:
    """The numbers of the capabilities in effect for this process; empty where the system has none."""
    try:
        match = re.search(
            r"^CapEff:\s*([0-9a-f]+)$", status.read_text(encoding="ascii", errors="replace"), re.MULTILINE
        )
    except OSError:
        return frozenset()
    bits = int(match[1], 16) if match else 0
    return frozenset(number for number in range(bits.bit_length()) if bits >> number & 1)


def core_limit() -> CoreLimit | None:
    """RLIMIT_CORE of this process, which what it starts inherits; None where the system has no such limit."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return None
    soft, hard = (
        None if value == resource.RLIM_INFINITY else value for value in resource.getrlimit(resource.RLIMIT_CORE)
    )
    return CoreLimit(soft, hard)


#: The number of perf_event_open(2) by processor (the tables of the kernel).
_PERF_EVENT_OPEN: Mapping[str, int] = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "loongarch64": 241}


def may_sample() -> bool | None:
    """True where the kernel lets this process count events of its own code; None on a processor that is not known.

    It is tried: above 2, perf_event_paranoid means something on the kernels of Debian and Ubuntu alone, and container
    engines refuse the call whatever it says.
    """
    number = _PERF_EVENT_OPEN.get(platform.machine())
    if number is None:
        return None
    try:
        import ctypes  # noqa: PLC0415 - slow to import, and some Pythons are built without
    except ImportError:
        return None
    # struct perf_event_attr, version 0: the software CPU clock, disabled, without kernel and hypervisor.
    attributes = struct.pack("=IIQQQQQQQ", 1, 64, 0, 0, 0, 0, 0b1100001, 0, 0)
    descriptor = ctypes.CDLL(None).syscall(number, ctypes.c_char_p(attributes), 0, -1, -1, 0)
    if descriptor >= 0:
        os.close(descriptor)
    return bool(descriptor >= 0)
