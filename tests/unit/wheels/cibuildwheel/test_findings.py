from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from pyo3ops.core.model import Finding, Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.cibuildwheel import Ran, lines
from pyo3ops.wheels.cibuildwheel.arrangement import arrange
from pyo3ops.wheels.cibuildwheel.findings import Built, findings_of
from pyo3ops.wheels.cibuildwheel.runs import Outcome, Stopped
from pyo3ops.wheels.plan import Interpreters, PlannedWheel
from pyo3ops.wheels.planned import PlannedSet
from pyo3ops.wheels.platforms import System

if TYPE_CHECKING:
    from pyo3ops.wheels.cibuildwheel.project import Configured

ABI3 = PlannedWheel(
    Interpreters("cp39", "abi3", (PythonVersion(9), PythonVersion(12)), "abi3 covers them"), "x86_64-unknown-linux-gnu"
)
MAC = PlannedWheel(ABI3.interpreters, "aarch64-apple-darwin")
BUILDS, TESTS = "cp39-manylinux_x86_64", "cp312-manylinux_x86_64"
NAME = "a-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"


def built(*ran: Ran, stops: tuple[Stopped, ...] = (), **changes: Any) -> list[Finding]:
    wanted = PlannedSet(
        name="a",
        version="1.0",
        sdist=True,
        wheels=(ABI3, MAC),
        left=(),
        floors=((System.GLIBC, (2, 17)), (System.MUSL, (1, 2))),
        pythons_from="",
        targets_from="",
    )
    arrangement = arrange(wanted.wheels, lines())
    each = cast("Configured", SimpleNamespace(name="a", planned=wanted, arrangement=arrangement))
    chosen = tuple(row for row in arrangement.identifiers if row.platform == "linux")
    outcomes = ((arrangement.parts[0], "4.3.5", Outcome(ran, stops)),)
    fields = {"chosen": chosen, "outcomes": outcomes, "wheels": (Path(NAME),), "contained": True, **changes}
    return list(findings_of(Built(each, Path("out/a"), **fields)))


def statuses(findings: list[Finding]) -> dict[str, str]:
    return {each.id.partition(".")[2]: each.status.value for each in findings}


def test_all_that_was_planned_for_this_machine_was_built() -> None:
    found = built(Ran(BUILDS, 20.0, finished=True), Ran(TESTS, 9.0, finished=True, wheel=NAME))
    assert statuses(found) == {
        f"build.a.{BUILDS}": "ok",
        f"build.a.{TESTS}": "ok",
        "set.a": "ok",
        "elsewhere.a": "skip",
    }
    assert [each.seconds for each in found[:2]] == [20.0, 9.0]
    assert found[1].detail == f"tested with {NAME}"
    assert found[2].detail == NAME
    assert "macosx_arm64" in found[3].detail


def test_a_failure_has_its_step_its_words_and_a_way_to_try_it_alone() -> None:
    stop = Stopped(TESTS, "Command failed with code 1", ("FAILED test_a.py",))
    ran = (Ran(BUILDS, 20.0, finished=True), Ran(TESTS, 9.0, finished=False, step="Testing wheel", wheel=NAME))
    finding = built(*ran, stops=(stop,))[1]
    assert (finding.status, finding.detail) == (Status.FAIL, "Testing wheel failed: Command failed with code 1")
    assert finding.evidence == ("FAILED test_a.py",)
    assert finding.fix is not None
    assert finding.fix.argv == ("pyo3ops", "wheels", "build", "--engine", "cibuildwheel", "--only", TESTS)


def test_what_depends_on_a_failure_is_a_skip_and_the_set_is_not_complete() -> None:
    ran = Ran(BUILDS, 20.0, finished=False, step="Building wheel")
    found = built(ran, stops=(Stopped(BUILDS, "no"),), wheels=())
    assert statuses(found) == {
        f"build.a.{BUILDS}": "fail",
        f"build.a.{TESTS}": "skip",
        "set.a": "fail",
        "elsewhere.a": "skip",
    }
    assert found[2].evidence == (f"missing: {ABI3}",)


def test_an_engine_that_refuses_is_understood() -> None:
    stop = Stopped("manylinux_x86_64", "Command ['podman', 'create'] failed", ("Error: netavark: No such file",))
    found = built(stops=(stop,), wheels=())
    assert found[0].id == "cibuildwheel.start.a.manylinux_x86_64"
    assert found[0].detail == "it cannot make a network for the container"
    assert found[0].fix is not None
    assert "--network=host" in found[0].fix.summary
    assert [each.status for each in found[1:3]] == [Status.SKIP] * 2
    assert "gave up" in found[1].detail


def test_words_that_nobody_knows_are_told_with_the_log() -> None:
    stop = Stopped("manylinux_x86_64", "before_all failed", ("Error: netavark",))
    found = built(stops=(stop,), wheels=(), contained=False)
    assert found[0].detail == "before_all failed"
    assert found[0].fix is not None
    assert found[0].fix.summary == f"read the whole log: {Path('out/a/cibuildwheel.log')}"


def test_a_wheel_that_reaches_less_far_than_planned_is_another_one() -> None:
    ran = (Ran(BUILDS, 20.0, finished=True), Ran(TESTS, 9.0, finished=True, wheel=NAME))
    newer = Path(NAME.replace("2_17", "2_34"))
    found = built(*ran, wheels=(newer,))
    assert statuses(found)["set.a"] == "fail"
    assert any("its tag asks for 2.34, the plan for 2.17" in line for line in found[2].evidence)


def test_with_an_image_of_the_callers_own_floors_are_not_judged() -> None:
    ran = (Ran(BUILDS, 20.0, finished=True), Ran(TESTS, 9.0, finished=True, wheel=NAME))
    newer = Path(NAME.replace("2_17", "2_34"))
    found = built(*ran, wheels=(newer,), images={"manylinux_x86_64": "mine:1"})
    assert statuses(found)["set.a"] == "ok"
    assert statuses(found)["floors.a"] == "skip"
    assert "mine:1" in found[3].detail


def test_nothing_for_this_machine_is_said() -> None:
    found = built(chosen=(), outcomes=(), wheels=())
    assert statuses(found) == {"elsewhere.a": "skip"}
    assert found[0].detail.startswith("4 identifiers")


def test_a_folder_that_takes_nothing_is_a_finding() -> None:
    found = built(problem="out/a: No space left on device")
    assert statuses(found) == {"build.a": "fail"}
