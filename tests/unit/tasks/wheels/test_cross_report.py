from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pyo3ops.core.model import Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import cross_report
from pyo3ops.wheels import trial
from pyo3ops.wheels.cross import rows
from pyo3ops.wheels.cross.attempt import NOT_MATURIN, Outcome, Ready
from pyo3ops.wheels.cross.making import Made
from pyo3ops.wheels.cross.truth import Truth
from pyo3ops.wheels.cross.ways import Linker, Origin, Std, Tool
from pyo3ops.wheels.foreign import ForeignPython

ARM, WINDOWS = rows.chosen(["aarch64-unknown-linux-gnu", "x86_64-pc-windows-gnu"])
PYTHON = ForeignPython(Path("/q"), Path("/r"), Path("/p"), PythonVersion(11), "3.11.2", "aarch64", ("glibc", (2, 36)))
READY = Ready(ARM, Std(Origin.KIT, "1.96.0"), Linker(Tool.GCC, Path("/gcc"), "12.2.0"), PYTHON)
WHEEL = Path("/out/it-1-cp311-cp311-manylinux_2_34_aarch64.whl")
MADE = Made(WHEEL, 42.0, Path("/out/build.log"))


def found_of(outcome: Outcome) -> dict[str, tuple[Status, str]]:
    return {each.id.rpartition(".")[2]: (each.status, each.detail) for each in cross_report.findings(outcome)}


def test_a_wheel_that_is_true_and_runs() -> None:
    tested = trial.Tested(passed=7, skipped=1, seconds=3.0)
    assert found_of(Outcome("it", READY, MADE, Truth((2, 34), ()), tested)) == {
        "build": (Status.OK, WHEEL.name),
        "tag": (Status.OK, "needs glibc 2.34"),
        "tests": (Status.OK, "Python 3.11.2 on aarch64, glibc 2.36: 7 tests passed, 1 skipped"),
    }


def test_a_wheel_that_reaches_fewer_systems_than_planned_warns() -> None:
    outcome = Outcome("it", READY, MADE, Truth((2, 34), ()), floor=(2, 17))
    _, tag = cross_report.findings(outcome)
    assert (tag.status, tag.detail) == (Status.WARN, "needs glibc 2.34; the plan says 2.17")
    assert tag.fix is not None
    assert tag.fix.argv == ("pyo3ops", "wheels", "cross", "--target", ARM.triple, "--tool", "zig")


def test_what_fails_is_told_with_its_reason() -> None:
    failed = Made(None, 3.0, Path("/out/build.log"), ("error: no linker",), "maturin ended with 1")
    (build,) = cross_report.findings(Outcome("it", READY, failed, error=failed.error, tail=failed.tail))
    assert (build.status, build.detail, build.evidence) == (Status.FAIL, "maturin ended with 1", ("error: no linker",))
    _, tag, tests = cross_report.findings(
        Outcome("it", READY, MADE, Truth((2, 34), ("it.so needs libpython3.11.so",)), trial.Tested(error="import: no"))
    )
    assert (tag.status, tests.status, tests.detail) == (Status.FAIL, Status.FAIL, "import: no")
    (never,) = cross_report.findings(Outcome("it", READY, error="cargo metadata: no"))
    assert never.fix is not None
    assert never.fix.argv == ("pyo3ops", "validate")


def test_what_is_experimental_says_so() -> None:
    build, tag = cross_report.findings(Outcome("it", replace(READY, target=WINDOWS, python=None), MADE, Truth((), ())))
    assert build.evidence[0].startswith("experimental: ")
    assert (tag.status, tag.detail) == (Status.SKIP, "its libraries are no ELF files: Windows")


def test_each_failure_has_its_own_way_out() -> None:
    made = Made(None, 1.0, Path("/out/build.log"), error="maturin cannot be started: No such file or directory")
    (absent,) = cross_report.findings(Outcome("it", READY, made, error=made.error))
    (other,) = cross_report.findings(Outcome("it", READY, error=NOT_MATURIN))
    assert absent.fix is not None
    assert other.fix is not None
    assert (absent.fix.argv, other.fix.url) == (("pip", "install", "maturin"), "https://cibuildwheel.pypa.io")
    failed = trial.Tested(error="not installed: uv cannot be started: No such file or directory")
    *_, tests = cross_report.findings(Outcome("it", READY, MADE, Truth((2, 17), ()), failed))
    assert tests.fix is not None
    assert tests.fix.argv == ("pip", "install", "uv")


def test_the_table_and_the_sums(tmp_path: Path) -> None:
    wheel = tmp_path / WHEEL.name
    wheel.write_bytes(b"bytes")
    outcome = Outcome("it", READY, replace(MADE, wheel=wheel), Truth((2, 34), ()), trial.Tested(passed=7, seconds=3.0))
    failed = Outcome("other", READY, error="no")
    assert cross_report.table([outcome, failed]).rows == (
        ("it", ARM.triple, "gcc 12.2.0", WHEEL.name, "2.34", 42.0, 7, 3.0),
        ("other", ARM.triple, "gcc 12.2.0", None, None, None, None, None),
    )
    (artifact,) = cross_report.artifacts([outcome, failed])
    assert artifact.sha256 == "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"
    assert [fact.name for fact in cross_report.facts([outcome])] == [ARM.triple]
