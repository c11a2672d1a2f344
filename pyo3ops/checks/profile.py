"""Profilers, and what they need to see both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.debug import asked_or_skip, linux_tool, python_tool
from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, ok, skip, unknown, warn
from pyo3ops.core.model import Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.checks.facts.debugging import PerfEvents
    from pyo3ops.checks.facts.machine import ActiveEnvironment
    from pyo3ops.core.model import Location
    from pyo3ops.tools.cargo_config import CargoConfig
    from pyo3ops.tools.programs import Program
    from pyo3ops.tools.python import Interpreters
    from pyo3ops.tools.system import Installer

_PERF_HOWTO = "https://docs.python.org/3/howto/perf_profiling.html"
#: The highest perf_event_paranoid under which a process may sample its own code (perf_event_open(2)).
_OWN_CODE = 2
#: The first Python that shows its functions to perf.
_FIRST_TRAMPOLINE = 12


@check("profile.py-spy", "py-spy is here", link="https://github.com/benfred/py-spy")
def py_spy(
    py_spy: Program, asked_tools: Mapping[str, Location], uv: str | None, active_environment: ActiveEnvironment
) -> Verdict:
    """Samples a running Python from outside, without a change to it."""
    return python_tool("py-spy", py_spy, asked_tools, uv, active_environment)


@check("profile.perf", "perf is here", link="https://perfwiki.github.io/main/")
def perf(perf: Program, asked_tools: Mapping[str, Location], installer: Installer) -> Verdict:
    """Samples Rust, C and the kernel alike, and Python 3.12 and later with `-X perf`."""
    return linux_tool(perf, asked_tools, installer)


@check(
    "profile.perf-events",
    "the kernel lets profilers sample",
    link="https://docs.kernel.org/admin-guide/perf-security.html",
)
def perf_events(perf_events: PerfEvents, asked_tools: Mapping[str, Location], installer: Installer) -> Verdict:
    """Perf measures nothing where perf_event_paranoid, as Debian and Ubuntu ship it, or a container forbids it."""
    paranoid = perf_events.paranoid
    if installer.system != "linux" or paranoid.value is None:
        return skip("this kernel has no perf_event_paranoid")
    if paranoid.number is None:
        return unknown(f"{paranoid.name} is {paranoid.value!r}")
    restricted = paranoid.number > _OWN_CODE and not perf_events.privileged
    if perf_events.allowed or (perf_events.allowed is None and not restricted):
        return ok("everything" if perf_events.privileged or paranoid.number < _OWN_CODE else "your own code")
    if restricted:
        reason = f"{paranoid.name} is {paranoid.number}: no sampling without privileges"
        # samply wants 1, and perf 2.
        fix = paranoid.fix("let profilers sample", "1")
    else:
        reason = "the kernel refuses perf_event_open, as in most containers"
        fix = Fix("start the container with `--cap-add PERFMON`, or a seccomp profile that allows perf_event_open")
    if perf_events.tools:
        return warn(reason, fix, [f"in the way of {', '.join(perf_events.tools)}"])
    return asked_or_skip(reason, fix, asked_tools, ("perf",))


@check("profile.trampoline", "perf sees Python functions", needs=("python.interpreters",), link=_PERF_HOWTO)
def trampoline(interpreters: Interpreters, installer: Installer) -> Verdict:
    """Since 3.12, and where it was built for it, `python -X perf` gives every Python function a name in perf."""
    if installer.system != "linux":
        return skip("perf is a tool of Linux")
    recent = [python for python in interpreters.working if python.version.minor >= _FIRST_TRAMPOLINE]
    able = ", ".join(str(python.version) for python in recent if python.trampoline)
    unable = ", ".join(str(python.version) for python in recent if not python.trampoline)
    if able:
        return ok(able, [f"{unable}: built without"] if unable else [])
    if unable:
        return skip(f"{unable}: built without; x86_64 and aarch64 with glibc have it")
    return skip(
        "it came with Python 3.12", Fix("sample older Pythons with py-spy", url="https://github.com/benfred/py-spy")
    )


@check(
    "profile.frame-pointers", "stacks can be walked by frame pointers", needs=("python.interpreters",), link=_PERF_HOWTO
)
def frame_pointers(
    interpreters: Interpreters, cargo_config: CargoConfig, asked_tools: Mapping[str, Location], installer: Installer
) -> Verdict:
    """A profiler walks them fifty times cheaper than debug information; the chain ends at the first code without."""
    if installer.system != "linux":
        return skip("perf is a tool of Linux")
    keeping = [str(python.version) for python in interpreters.working if python.frame_pointers]
    if not keeping:
        fix = Fix("let perf unwind by debug information: `perf record --call-graph dwarf`", url=_PERF_HOWTO)
        return asked_or_skip("no Python here was built with frame pointers", fix, asked_tools, ("perf",))
    if not any("force-frame-pointers" in flag for flag in cargo_config.flags):
        fix = Fix('in .cargo/config.toml: `[build] rustflags = ["-Cforce-frame-pointers=yes"]`')
        return asked_or_skip(
            f"Python {', '.join(keeping)} has them, Rust code is built without", fix, asked_tools, ("perf",)
        )
    return ok(f"Python {', '.join(keeping)} and Rust code")
