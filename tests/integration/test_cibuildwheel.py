"""`[tool.cibuildwheel]` beside cibuildwheel itself: its JSON schema, its identifiers, and wheels from containers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pyo3ops.core import discover, toml
from pyo3ops.core.model import Finding, Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import cibuildwheel as configuring
from pyo3ops.tasks.wheels import cibuildwheel_build as building
from pyo3ops.tasks.wheels.cibuildwheel import Action, Request
from pyo3ops.tools import cibuildwheel as tool
from pyo3ops.tools import containers
from pyo3ops.wheels import trial
from pyo3ops.wheels.cibuildwheel.arrangement import arrange
from pyo3ops.wheels.cibuildwheel.keys import settings
from pyo3ops.wheels.cibuildwheel.project import configured
from pyo3ops.wheels.cibuildwheel.table import configuration, merge
from pyo3ops.wheels.plan import Interpreters, PlannedWheel

from .conftest import ROOT, need

if TYPE_CHECKING:
    from pyo3ops.core.model import Report

HELLO = ROOT / "examples/hello_world"
IMAGE = "localhost/manylinux_local:1"
#: None at first; then what a machine needs that is a container itself.
OPTIONS = ((), ("--network=host", *containers.ULIMITS))

#: Projects that need each line of cibuildwheel, and more than one: Pythons, stable ABI, targets (all without).
PROJECTS = {
    "three": ("3.8 3.12", "", ()),
    "four": ("3.9 3.12 3.14t 3.15", "abi3-py39", ()),
    "both": ("3.8 3.15", "", ("x86_64-unknown-linux-gnu",)),
    "odd": ("3.12", "abi3-py312", ("i686-pc-windows-msvc", "universal2-apple-darwin", "riscv64gc-unknown-linux-musl")),
}


def made(folder: Path, pythons: str, feature: str, targets: tuple[str, ...]) -> Path:
    """A copy of the smallest example, for other Pythons and targets, that compiles faster."""
    shutil.copytree(HELLO, folder, ignore=shutil.ignore_patterns("target", ".pyo3ops"))
    manifest = (
        (folder / "Cargo.toml").read_text(encoding="utf-8").replace("lto = true\ncodegen-units = 1", "lto = false")
    )
    if feature:
        manifest = manifest.replace('pyo3 = "0.29"', f'pyo3 = {{ version = "0.29", features = ["{feature}"] }}')
    (folder / "Cargo.toml").write_text(manifest, encoding="utf-8")
    lines = (folder / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    lines = [
        line for line in lines if not line.startswith(("requires-python = ", '    "Programming Language :: Python ::'))
    ]
    lowest = pythons.split(maxsplit=1)[0]
    lines.insert(lines.index("[project]") + 1, f'requires-python = ">={lowest}"')
    lines += ["", "[tool.pyo3ops]", f"pythons = {json.dumps(pythons.split())}"]
    lines += ["", "[tool.pyo3ops.wheels]", f"targets = {json.dumps(list(targets))}"] if targets else []
    (folder / "pyproject.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def session_env() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "CONDA_PREFIX"}}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])}


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory, session_env: dict[str, str]) -> dict[str, Path]:
    """Each line of cibuildwheel, by the name of the line."""
    python = configuring.runner(session_env)
    if isinstance(python, Finding):
        pytest.skip("no Python here runs cibuildwheel")
    folder = tmp_path_factory.mktemp("lines")
    found = {}
    for line in tool.lines():
        program = tool.installed(line, folder / line.name.replace(" ", "-"), python, session_env)
        if program.error:
            pytest.skip(f"cibuildwheel cannot be installed here: {program.error}")
        found[line.name] = program.script
    return found


@pytest.mark.parametrize("name", PROJECTS)
def test_tables_are_valid_and_select_what_is_planned(
    name: str, tmp_path: Path, env: dict[str, str], programs: dict[str, Path]
) -> None:
    need("cargo")
    jsonschema = pytest.importorskip("jsonschema")
    each = configured(discover.read_project(made(tmp_path / name, *PROJECTS[name]), env))
    config = tmp_path / "cibuildwheel.toml"
    config.write_bytes(configuration(each.merged))
    table = toml.load(config)["tool"]["cibuildwheel"]
    assert table["build"]
    everything = {row.name for row in each.arrangement.identifiers}
    for part in each.arrangement.parts:
        script = programs[part.line.name]
        (schema,) = script.parents[1].glob("**/cibuildwheel/resources/cibuildwheel.schema.json")
        jsonschema.validate(table, json.loads(schema.read_text(encoding="utf-8")))
        asked: set[str] = set()
        for platform in ("linux", "macos", "windows"):
            names, error = tool.identifiers(script, each.project.root, config, platform, env)
            assert error is None
            asked.update(names)
        planned = {row.name for row in part.identifiers}
        assert planned <= asked <= everything


def test_what_has_to_be_opted_for_is_selected(tmp_path: Path, env: dict[str, str], programs: dict[str, Path]) -> None:
    need("cargo")
    each = configured(discover.read_project(made(tmp_path / "a", "3.13", "", ("x86_64-unknown-linux-gnu",)), env))
    free = PlannedWheel(
        Interpreters("cp313", "cp313t", (PythonVersion(13, free_threaded=True),), ""), "x86_64-unknown-linux-gnu"
    )
    arrangement = arrange([free], tool.lines())
    keys = settings(each.project, each.planned, arrangement, trial.TestRequirements())
    config = tmp_path / "cibuildwheel.toml"
    config.write_bytes(configuration(merge(b"", keys)))
    names, error = tool.identifiers(programs["cibuildwheel 3"], each.project.root, config, "linux", env)
    assert (names, error) == (("cp313t-manylinux_x86_64",), None)


def test_what_was_recorded_is_what_is_there(programs: dict[str, Path]) -> None:
    for line in tool.lines():
        (found,) = programs[line.name].parents[1].glob("**/cibuildwheel/resources/build-platforms.toml")
        table = toml.load(found)
        rows = [
            row["identifier"]
            for system in ("linux", "macos", "windows")
            for row in table[system]["python_configurations"]
        ]
        assert {f"{python}-{tag}" for tag, pythons in line.identifiers.items() for python in pythons} == {
            name for name in rows if name.startswith("cp")
        }, "python ci/recorders/cibuildwheel.py"


def test_written_and_checked_and_asked_for(tmp_path: Path, env: dict[str, str], programs: dict[str, Path]) -> None:
    need("cargo")
    assert programs
    root = made(tmp_path / "a project", "3.8 3.12", "", ())
    assert configuring.run(root, Request(env, action=Action.CHECK)).exit_code == 1
    assert configuring.run(root, Request(env, action=Action.WRITE)).exit_code == 0
    assert configuring.run(root, Request(env, action=Action.CHECK)).exit_code == 0
    asked = configuring.run(root, Request(env, identifiers=True))
    assert {each.id: each.status for each in asked.findings}["cibuildwheel.identifiers.a project.3"] is Status.OK
    # Somebody's own key asks for less.
    lines = (root / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    lines = ['skip = "cp312-*" # mine' if line.startswith("skip = ") else line for line in lines]
    (root / "pyproject.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = configuring.run(root, Request(env, identifiers=True))
    finding = next(each for each in asked.findings if each.id == "cibuildwheel.identifiers.a project.3")
    assert finding.status is Status.FAIL
    assert "planned alone: cp312-manylinux_x86_64" in finding.evidence


def test_the_table_of_the_example_is_in_step(env: dict[str, str]) -> None:
    need("cargo")
    each = configured(discover.read_project(ROOT / "examples" / "production_deployment", env))
    assert not each.merged.stale, "pyo3ops wheels cibuildwheel --write"
    assert each.merged.kept == ()


@pytest.fixture(scope="session")
def contained(session_env: dict[str, str]) -> tuple[str, ...]:
    """What containers need to be told here, with the image of ci/containers made where it is not."""
    engine = containers.ask("podman", session_env)
    if not engine.works:
        pytest.skip(f"containers cannot run here: {engine.error or 'there is no podman'}")
    if not containers.has_image(engine, IMAGE, session_env):
        make_image(session_env)
    found = [containers.trouble(engine, IMAGE, options, session_env) for options in OPTIONS]
    if None not in found:
        pytest.skip(f"containers cannot run here: {found[-1].words if found[-1] else ''}")
    return OPTIONS[found.index(None)]


def make_image(env: dict[str, str]) -> None:
    need("debootstrap", "rustc")
    if os.geteuid() != 0:
        pytest.skip("containers cannot run here: making an image takes root")
    script = str(ROOT / "ci/containers/local_manylinux.sh")
    # What a confined machine needs does no harm on another one.
    told = {**env, "PODMAN_OPTIONS": " ".join(OPTIONS[-1])}
    made = subprocess.run(["sh", script, IMAGE], env=told, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"containers cannot run here: {made.stderr.strip().splitlines()[-1]}")


def built(root: Path, env: dict[str, str], contained: tuple[str, ...], *only: str) -> Report:
    request = building.Request(
        # abi3 wheels are audited in an environment that is fetched from where its author releases.
        {**env, "CIBW_AUDIT_COMMAND": ""},
        only=only,
        engine="podman",
        images=(IMAGE,),
        container_options=contained,
    )
    return building.run(root, request)


def statuses(report: Report) -> dict[str, str]:
    return {each.id: each.status.value for each in report.findings}


class Case(NamedTuple):
    """Wheels that one line of cibuildwheel has to come to: Pythons of the project, identifiers, tags of the wheels."""

    line: str
    pythons: str
    feature: str
    identifiers: str
    tags: str


CASES = {
    "3.x with 3.8": Case("3", "3.8 3.12", "", "cp38 cp312", "cp38-cp38 cp312-cp312"),
    "4.x": Case("4", "3.12 3.13", "", "cp312 cp313", "cp312-cp312 cp313-cp313"),
    "abi3, tested on another": Case("4", "3.9 3.13", "abi3-py39", "cp39 cp313", "cp39-abi3"),
}


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", CASES)
def test_wheels_are_built_and_tested_in_containers(
    name: str, tmp_path: Path, env: dict[str, str], contained: tuple[str, ...]
) -> None:
    line, pythons, feature, identifiers, tags = CASES[name]
    root = made(tmp_path / "größe", pythons, feature, ())
    report = built(root, env, contained, *(f"{python}-manylinux_x86_64" for python in identifiers.split()))
    found = statuses(report)
    assert report.exit_code == 0, report.findings
    for python in identifiers.split():
        assert found[f"cibuildwheel.build.größe.{python}-manylinux_x86_64"] == "ok"
    assert found["cibuildwheel.set.größe"] == "ok"
    assert next(fact.value for fact in report.facts if fact.name == "cibuildwheel").startswith(f"{line}.")
    wheels = [Path(artifact.path).name for artifact in report.artifacts]
    assert sorted("-".join(name.split("-")[2:4]) for name in wheels) == sorted(tags.split())
    assert all("manylinux_2_" in name for name in wheels)
    assert " passed in " in (root / ".pyo3ops/cibuildwheel/größe/cibuildwheel.log").read_text(encoding="utf-8")
    assert not (root / ".pyo3ops/cibuildwheel/größe/sources").exists()
    assert own_containers(env) == []


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_a_test_that_fails_there_is_a_finding_and_the_others_go_on(
    tmp_path: Path, env: dict[str, str], contained: tuple[str, ...]
) -> None:
    root = made(tmp_path / "a", "3.12 3.13", "", ())
    broken = "import sys\n\ndef test_it():\n    assert sys.version_info[:2] != (3, 12)\n"
    (root / "tests/test_broken.py").write_text(broken, encoding="utf-8")
    report = built(root, env, contained, "cp312-manylinux_x86_64", "cp313-manylinux_x86_64")
    found = {each.id: each for each in report.findings}
    failed = found["cibuildwheel.build.a.cp312-manylinux_x86_64"]
    assert (failed.status, report.exit_code) == (Status.FAIL, 1)
    assert failed.detail.startswith("Testing wheel failed: ")
    assert any("test_broken.py" in line for line in failed.evidence)
    assert found["cibuildwheel.build.a.cp313-manylinux_x86_64"].status is Status.OK
    assert len(report.artifacts) == 1


SCRIPT = """\
import os, signal, sys
from pathlib import Path
from pyo3ops.core.run import end_all
from pyo3ops.tasks.wheels import cibuildwheel_build as building
signal.signal(signal.SIGINT, signal.default_int_handler)
request = building.Request(os.environ, only=("cp312-manylinux_x86_64",), engine="podman", images=(sys.argv[2],),
    container_options=tuple(sys.argv[3:]), progress=lambda line: print(line, flush=True))
try:
    building.run(Path(sys.argv[1]), request)
except KeyboardInterrupt:
    sys.exit(130)
finally:
    end_all()
"""


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_an_interrupt_leaves_no_container(tmp_path: Path, env: dict[str, str], contained: tuple[str, ...]) -> None:
    root = made(tmp_path / "a", "3.12", "", ())
    argv = [sys.executable, "-c", SCRIPT, str(root), IMAGE, *contained]
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if "Compiling" in line:
                break
        running = own_containers(env)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        process.communicate(timeout=90)
    assert (len(running), process.returncode) == (1, 130)
    assert time.monotonic() - started < 60
    assert own_containers(env) == []
    assert list((root / ".pyo3ops/cibuildwheel/a").glob("*.whl")) == []
    assert not (root / ".pyo3ops/cibuildwheel/a/sources").exists()


def own_containers(env: dict[str, str]) -> list[str]:
    argv = ["podman", "ps", "--all", "--quiet", "--filter", "label=pyo3ops.run"]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.split()
