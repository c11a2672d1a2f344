from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.tasks.wheels import build_advice
from pyo3ops.wheels.toolchain import Zig

#: What cargo 1.95, maturin 1.16 and rustc 1.95 wrote.
LOCKED = "error: cannot update the lock file /p/Cargo.lock because --locked was passed to prevent this"
SELECT = "error: failed to select a version for the requirement `target-lexicon = '^0.13.3'` (locked to 0.13.6)"
LINKER = "error: linker `cc` not found"
MISSING = "error: couldn't read `src/data.txt`: No such file or directory (os error 2)"
#: maturin says with every failure how it called cargo.
COMMAND = '  Caused by: Cargo build finished with "exit status: 101": `env -u CARGO "cargo" "rustc" "--locked" "--lib"`'
FULL = "error: failed to write /t/lib.rmeta: No space left on device (os error 28)"


@pytest.mark.parametrize(
    ("error", "tail", "said"),
    [
        ("maturin ended with 1", (LOCKED,), "bring Cargo.lock in step"),
        ("maturin ended with 1", (SELECT,), "choose versions that the index has"),
        ("maturin ended with 1", (LINKER,), "C compiler"),
        ("maturin ended with 1", (MISSING, COMMAND), "let the sdist include what is missing"),
        ("Cargo.lock is behind Cargo.toml: cargo changed it", (), "bring Cargo.lock in step"),
        ("maturin ended with 1", (FULL,), "make room"),
        ("a.whl: No space left on device", (), "make room"),
        ("maturin cannot be started: No such file or directory", (), "install maturin"),
        ("no Rust compiler: rustc cannot be started", (), "install Rust"),
        ("python ended with 1: No module named build", (), "install what asks the backend"),
        ("dist/a.whl: it is there, and pyo3ops did not make it", (), "move it away"),
        ("maturin ended with 1", ("error[E0425]: cannot find value",), "read the whole log: /log"),
    ],
)
def test_the_way_out(error: str, tail: tuple[str, ...], said: str) -> None:
    assert said in build_advice.fix(error, tail, {"PATH": ""}, Path("/log")).summary


def test_without_a_log_the_machine_is_looked_at() -> None:
    assert build_advice.fix("?", (), {}, None).argv == ("pyo3ops", "validate")


def test_the_line_that_names_the_reason_is_told() -> None:
    tail = ("   Compiling a", "error[E0425]: cannot find value `x`", "error: could not compile `a`")
    assert build_advice.telling("maturin ended with 1", tail) == f"maturin ended with 1: {tail[1]}"
    assert build_advice.telling("maturin ended with 1", ()) == "maturin ended with 1"
    assert build_advice.telling("it says error: x", ("error: x",)) == "it says error: x"


@pytest.mark.parametrize(
    ("reason", "zig", "status", "argv"),
    [
        ("its tag asks for 2.34, the plan for 2.17", None, Status.WARN, ("pip", "install", "ziglang")),
        ("its tag asks for 2.34, the plan for 2.17", Zig("0.15"), Status.WARN, ("auditwheel", "repair")),
        ("no index takes the platform linux_x86_64", None, Status.WARN, ("auditwheel", "repair")),
        ("it is not planned", None, Status.FAIL, ("pyo3ops", "wheels", "plan")),
        ("it is of version 2, not 1", None, Status.FAIL, ("pyo3ops", "wheels", "plan")),
    ],
)
def test_a_wheel_that_is_none_of_the_plan(reason: str, zig: Zig | None, status: Status, argv: tuple[str, ...]) -> None:
    member: Any = SimpleNamespace(toolchain=SimpleNamespace(zig=zig))
    found, fix = build_advice.other_than_planned(reason, Path("/dist/a.whl"), member)
    assert found is status
    assert fix.argv is not None
    assert fix.argv[: len(argv)] == argv
