from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import profile
from pyo3ops.checks.facts.debugging import PerfEvents
from pyo3ops.checks.facts.machine import ActiveEnvironment
from pyo3ops.checks.verdict import ok, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.tools.cargo_config import CargoConfig, Flags
from pyo3ops.tools.kernel import Setting
from pyo3ops.tools.programs import Program
from pyo3ops.tools.python import Interpreters
from pyo3ops.tools.system import Installer

if TYPE_CHECKING:
    from pyo3ops.tools.python import Interpreter

LINUX = Installer(None, "linux")
MAC = Installer("brew", "darwin")
NOWHERE = ActiveEnvironment(None, None, exists=True, nox_session=False)
CI = Location("Makefile", 9)
PARANOID = "kernel.perf_event_paranoid"
HOWTO = "https://docs.python.org/3/howto/perf_profiling.html"
POINTERS = CargoConfig(rustflags=(Flags(("-Cforce-frame-pointers=yes",), "config.toml"),))


def test_py_spy() -> None:
    fix = Fix("install py-spy", ("pip", "install", "py-spy"))
    quiet = "not installed, and nothing in this project asks for it"
    assert profile.py_spy(Program("py-spy", "/bin/py-spy", "0.4.3"), {}, None, NOWHERE) == ok("0.4.3")
    assert profile.py_spy(Program("py-spy"), {}, None, NOWHERE) == skip(quiet, fix)
    expected = warn(f"not installed, and {CI} uses it", fix, where=CI)
    assert profile.py_spy(Program("py-spy"), {"py-spy": CI}, None, NOWHERE) == expected
    hung = Program("py-spy", "/bin/py-spy", error="no answer", hung=True)
    assert profile.py_spy(hung, {}, None, NOWHERE) == unknown("no answer", fix)


def test_perf() -> None:
    assert profile.perf(Program("perf", "/bin/perf", "6.1.187"), {}, LINUX) == ok("6.1.187")
    assert profile.perf(Program("perf"), {"perf": CI}, MAC) == skip("perf is a tool of Linux")
    reason = "/usr/bin/perf ended with 2: WARNING: perf not found for kernel 6.8.0-31"
    assert profile.perf(Program("perf", "/usr/bin/perf", error=reason), {}, LINUX) == warn(reason, LINUX.fix("perf"))


def events(
    value: str | None,
    allowed: bool | None = True,  # noqa: FBT001, FBT002 - read beside the value
    *,
    privileged: bool = False,
    tools: tuple[str, ...] = (),
) -> PerfEvents:
    return PerfEvents(Setting(PARANOID, value), privileged, allowed, tools)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (events("-1"), "everything"),
        (events("1"), "everything"),
        (events("2"), "your own code"),
        (events("2", None), "your own code"),
        # A kernel without Debian's patch knows nothing above 2.
        (events("4"), "your own code"),
        (events("4", privileged=True), "everything"),
        (events("4", None, privileged=True), "everything"),
    ],
)
def test_sampling_is_free(facts: PerfEvents, words: str) -> None:
    assert profile.perf_events(facts, {}, LINUX) == ok(words)


@pytest.mark.parametrize("allowed", [False, None])
def test_sampling_is_restricted(allowed: bool | None) -> None:  # noqa: FBT001
    fix = Fix("let profilers sample", ("sysctl", "-w", f"{PARANOID}=1"))
    reason = f"{PARANOID} is 4: no sampling without privileges"
    assert profile.perf_events(events("4", allowed), {}, LINUX) == skip(reason, fix)
    assert profile.perf_events(events("4", allowed), {"perf": CI}, LINUX) == warn(reason, fix, [f"{CI} uses it"], CI)
    stopped = warn(reason, fix, ["in the way of perf, samply"])
    assert profile.perf_events(events("4", allowed, tools=("perf", "samply")), {}, LINUX) == stopped


def test_a_container_refuses() -> None:
    fix = Fix("start the container with `--cap-add PERFMON`, or a seccomp profile that allows perf_event_open")
    reason = "the kernel refuses perf_event_open, as in most containers"
    assert profile.perf_events(events("2", allowed=False), {}, LINUX) == skip(reason, fix)
    stopped = profile.perf_events(events("4", allowed=False, privileged=True, tools=("perf",)), {}, LINUX)
    assert stopped == warn(reason, fix, ["in the way of perf"])


def test_sampling_without_the_setting() -> None:
    assert profile.perf_events(events(None), {}, LINUX) == skip("this kernel has no perf_event_paranoid")
    assert profile.perf_events(events("1"), {}, MAC) == skip("this kernel has no perf_event_paranoid")
    assert profile.perf_events(events("x"), {}, LINUX) == unknown(f"{PARANOID} is 'x'")


def test_trampoline(make_interpreter: Callable[..., Interpreter]) -> None:
    old, new = make_interpreter("3.11"), make_interpreter("3.12", trampoline=True)
    without = make_interpreter("3.13")
    assert profile.trampoline(Interpreters((), (old, new), ()), LINUX) == ok("3.12")
    mixed = profile.trampoline(Interpreters((), (new, without), ()), LINUX)
    assert mixed == ok("3.12", ["3.13: built without"])
    bare = profile.trampoline(Interpreters((), (without,), ()), LINUX)
    assert bare == skip("3.13: built without; x86_64 and aarch64 with glibc have it")
    way = Fix("sample older Pythons with py-spy", url="https://github.com/benfred/py-spy")
    assert profile.trampoline(Interpreters((), (old,), ()), LINUX) == skip("it came with Python 3.12", way)
    assert profile.trampoline(Interpreters((), (new,), ()), MAC) == skip("perf is a tool of Linux")


def test_frame_pointers(make_interpreter: Callable[..., Interpreter]) -> None:
    keeping = Interpreters((), (make_interpreter("3.15", frame_pointers=True), make_interpreter("3.12")), ())
    assert profile.frame_pointers(keeping, POINTERS, {}, LINUX) == ok("Python 3.15 and Rust code")
    assert profile.frame_pointers(keeping, POINTERS, {}, MAC) == skip("perf is a tool of Linux")
    way = Fix('in .cargo/config.toml: `[build] rustflags = ["-Cforce-frame-pointers=yes"]`')
    reason = "Python 3.15 has them, Rust code is built without"
    assert profile.frame_pointers(keeping, CargoConfig(), {}, LINUX) == skip(reason, way)
    asked = profile.frame_pointers(keeping, CargoConfig(), {"perf": CI}, LINUX)
    assert asked == warn(reason, way, [f"{CI} uses it"], CI)


def test_no_frame_pointers(make_interpreter: Callable[..., Interpreter]) -> None:
    without = Interpreters((), (make_interpreter("3.12"),), ())
    fix = Fix("let perf unwind by debug information: `perf record --call-graph dwarf`", url=HOWTO)
    reason = "no Python here was built with frame pointers"
    assert profile.frame_pointers(without, POINTERS, {}, LINUX) == skip(reason, fix)
    asked = profile.frame_pointers(without, POINTERS, {"perf": CI}, LINUX)
    assert asked == warn(reason, fix, [f"{CI} uses it"], CI)
