from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Finding, Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import cibuildwheel_build as building
from pyo3ops.tasks.wheels.cibuildwheel_build import Request
from pyo3ops.tools.cibuildwheel import container_engine, lines
from pyo3ops.tools.containers import Engine
from pyo3ops.wheels.cibuildwheel.arrangement import arrange
from pyo3ops.wheels.cibuildwheel.runs import Here
from pyo3ops.wheels.plan import Interpreters, PlannedWheel

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.wheels.cibuildwheel.project import Configured

X86 = Here.of("Linux", "x86_64")
ANSWERS = """\
case "$1" in
    version) echo '{"Client": {"Version": "4.3.1"}}';;
    run) echo 'Error: netavark' >&2; exit 127;;
esac"""


def member(*targets: str) -> Configured:
    wheels = [PlannedWheel(Interpreters("cp312", "cp312", (PythonVersion(12),), ""), target) for target in targets]
    return cast("Configured", SimpleNamespace(name="a", arrangement=arrange(wheels, lines())))


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


LINUX, MAC = "x86_64-unknown-linux-gnu", "aarch64-apple-darwin"


def test_what_is_for_this_machine_is_chosen() -> None:
    one = member(LINUX, MAC, "aarch64-unknown-linux-gnu")
    assert [each.name for each in building._chosen(one, X86, ())] == ["cp312-manylinux_x86_64"]
    # Who names one means it, emulated or not.
    assert [each.name for each in building._chosen(one, X86, ("cp312-manylinux_aarch64",))] == [
        "cp312-manylinux_aarch64"
    ]


def test_an_identifier_that_is_not_planned_is_a_wrong_call() -> None:
    building._check_only([member(LINUX)], ("cp312-manylinux_x86_64",))
    with pytest.raises(UsageError, match="nothing that is planned is called cp38-manylinux_x86_64") as raised:
        building._check_only([member(LINUX)], ("cp38-manylinux_x86_64",))
    assert raised.value.cause == "near: cp312-manylinux_x86_64"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost/a:1", ("manylinux_x86_64", "localhost/a:1")),
        ("musllinux_x86_64=localhost/a:1", ("musllinux_x86_64", "localhost/a:1")),
        ("localhost/a:1@sha256=b", ("manylinux_x86_64", "localhost/a:1@sha256=b")),
    ],
)
def test_an_image_stands_in_for_one_of_cibuildwheels(text: str, expected: tuple[str, str]) -> None:
    assert building._image(text, X86) == expected


def test_no_engine_is_a_finding_with_what_to_install(tmp_path: Path) -> None:
    finding = building._engine(Request({"PATH": str(tmp_path)}))
    assert isinstance(finding, Finding)
    assert (finding.id, finding.status) == ("cibuildwheel.engine", Status.FAIL)
    assert finding.detail == "there is neither docker nor podman"
    assert finding.fix is not None
    assert finding.fix.summary == "install docker"


def test_the_engine_that_works_is_taken(tmp_path: Path) -> None:
    env = program(tmp_path, "podman", ANSWERS)
    program(tmp_path, "docker", "echo Cannot connect to the Docker daemon. >&2; exit 1")
    engine = building._engine(Request(env))
    assert isinstance(engine, Engine)
    assert (engine.name, engine.release) == ("podman", "4.3.1")


@pytest.mark.parametrize("by_variable", [False, True])
def test_the_engine_that_is_asked_for_is_not_replaced(tmp_path: Path, by_variable: bool) -> None:  # noqa: FBT001
    env = program(tmp_path, "podman", ANSWERS)
    program(tmp_path, "docker", "echo Cannot connect to the Docker daemon. >&2; exit 1")
    request = (
        Request({**env, "CIBW_CONTAINER_ENGINE": "docker; create_args: --x"})
        if by_variable
        else Request(env, engine="docker")
    )
    finding = building._engine(request)
    assert isinstance(finding, Finding)
    assert finding.detail == "docker: the Docker daemon does not run"
    assert finding.fix is not None


def test_an_image_that_does_not_run_is_found_before_anything_is_built(tmp_path: Path) -> None:
    env = program(tmp_path, "podman", ANSWERS)
    finding = building._trouble(Engine("podman", "podman"), "localhost/a:1", Request(env))
    assert finding is not None
    assert finding.detail == "podman with localhost/a:1: it cannot make a network for the container"


def test_an_image_that_is_not_here_is_left_to_cibuildwheel(tmp_path: Path) -> None:
    env = program(tmp_path, "podman", "exit 1")
    assert building._trouble(Engine("podman", "podman"), "localhost/a:1", Request(env)) is None


def test_a_folder_that_cannot_be_made_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="nothing can be built here"):
        building._output(tmp_path, Request({}, output=tmp_path / "file/out"))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("", "podman; create_args: --label=x --y"),
        ("docker", "podman; create_args: --label=x --y"),
        ("podman; create-args: --network=host", "podman; create_args: --network=host --label=x --y"),
        (
            "podman; create_args: --a; disable_host_mount: true",
            "podman; create_args: --a --label=x --y; disable_host_mount: true",
        ),
    ],
)
def test_options_of_the_variable_stay(told: str, expected: str) -> None:
    assert container_engine("podman", ("--label=x", "--y"), told) == expected
