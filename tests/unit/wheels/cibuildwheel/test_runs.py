from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pyo3ops.core.files import MADE
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.cibuildwheel import runs
from pyo3ops.wheels.cibuildwheel.arrangement import Identifier
from pyo3ops.wheels.cibuildwheel.runs import Here, Order
from pyo3ops.wheels.plan import Interpreters, PlannedWheel

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project

#: Plays the part of cibuildwheel: what it is to build, in order, a failure where FAILS names one, and what it was told
#: into calls.json. Like the real one it tests what a stable ABI's first Python built, and gives up at a failure.
PLAY = """\
import json, os, sys
build, fails = os.environ["CIBW_BUILD"].split(), os.environ.get("FAILS", "").split()
with open(os.environ["CALLS"], "a") as calls:
    told = {name: value for name, value in os.environ.items() if name.startswith("CIBW_") or name == "VIRTUAL_ENV"}
    calls.write(json.dumps([sys.argv[1:], told]) + "\\n")
if any(name.partition("-")[2] in fails for name in build):
    sys.exit("cibuildwheel: error: Command ['podman', 'create'] failed with code 125.")
for place, name in enumerate(build):
    print(f"Building {name} wheel")
    if place and "ABI3" in os.environ:
        found = "a-1-cp39-abi3-any.whl"
        print(f"Found previously built wheel {found}, that's compatible with {name}. Skipping build step...")
    else:
        print("Building wheel...")
    if "b:" + name in fails:
        sys.exit("cibuildwheel: error: it does not compile")
    print("Testing wheel...")
    if name in fails:
        sys.exit("cibuildwheel: error: the test does not pass")
    print(f"\\u2713 {name} finished in 1.00s", flush=True)
"""


def identifiers(*names: str, shared: bool = False) -> list[Identifier]:
    found: list[Identifier] = []
    for name in names:
        python, _, tag = name.partition("-")
        own = PlannedWheel(Interpreters("cp39" if shared else python, "abi3", (PythonVersion(9),), ""), tag)
        found.append(Identifier(python, tag, own, builds=not (shared and any(each.tag == tag for each in found))))
    return found


class Play:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = folder / "cibuildwheel"
        (folder / "play.py").write_text(PLAY, encoding="utf-8")
        self.script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/play.py" "$@"\n', encoding="utf-8")
        self.script.chmod(0o755)
        self.order = Order(
            folder, folder, folder / "c.toml", folder, "linux", "podman; create_args: --x", {"manylinux_x86_64": "i:1"}
        )
        self.told: list[str] = []

    def build(self, rows: list[Identifier], **env: str) -> runs.Outcome:
        inside = {"CALLS": str(self.folder / "calls.json"), "PYTHONIOENCODING": "utf-8", "VIRTUAL_ENV": "/v", **env}
        return runs.build(self.script, self.order, rows, inside, self.told.append)

    @property
    def calls(self) -> list[tuple[list[str], dict[str, str]]]:
        lines = (self.folder / "calls.json").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path)


def shown(outcome: runs.Outcome) -> list[str]:
    return [f"{each.identifier} {'ok' if each.finished else each.step}" for each in outcome.ran]


def test_each_platform_is_a_run_of_its_own(play: Play) -> None:
    outcome = play.build(identifiers("cp39-manylinux_x86_64", "cp39-musllinux_x86_64", "cp310-manylinux_x86_64"))
    assert shown(outcome) == ["cp39-manylinux_x86_64 ok", "cp310-manylinux_x86_64 ok", "cp39-musllinux_x86_64 ok"]
    assert outcome.stops == ()
    (argv, env), (_, other) = play.calls
    assert argv[:2] == ["--platform", "linux"]
    assert env == {
        "CIBW_BUILD": "cp39-manylinux_x86_64 cp310-manylinux_x86_64",
        "CIBW_SKIP": "",
        "CIBW_ARCHS": "x86_64",
        "CIBW_CONTAINER_ENGINE": "podman; create_args: --x",
        "CIBW_MANYLINUX_X86_64_IMAGE": "i:1",
    }
    assert other["CIBW_BUILD"] == "cp39-musllinux_x86_64"
    assert "Building cp39-manylinux_x86_64 wheel" in play.told
    assert "finished in" in (play.folder / "cibuildwheel.log").read_text(encoding="utf-8")


def test_a_failure_does_not_stop_the_others(play: Play) -> None:
    rows = identifiers("cp39-manylinux_x86_64", "cp310-manylinux_x86_64", "cp311-manylinux_x86_64")
    outcome = play.build(rows, FAILS="b:cp310-manylinux_x86_64")
    assert sorted(shown(outcome)) == [
        "cp310-manylinux_x86_64 Building wheel",
        "cp311-manylinux_x86_64 ok",
        "cp39-manylinux_x86_64 ok",
    ]
    stop = outcome.stop_at("cp310-manylinux_x86_64")
    assert stop is not None
    assert stop.error == "it does not compile"
    assert stop.tail[-1] == "cibuildwheel: error: it does not compile"
    assert [env["CIBW_BUILD"] for _, env in play.calls][-1] == "cp39-manylinux_x86_64 cp311-manylinux_x86_64"


def test_a_test_that_fails_leaves_the_wheel_to_the_others(play: Play) -> None:
    rows = identifiers("cp39-manylinux_x86_64", "cp310-manylinux_x86_64", "cp311-manylinux_x86_64", shared=True)
    outcome = play.build(rows, FAILS="cp310-manylinux_x86_64", ABI3="1")
    assert sorted(shown(outcome)) == [
        "cp310-manylinux_x86_64 Testing wheel",
        "cp311-manylinux_x86_64 ok",
        "cp39-manylinux_x86_64 ok",
    ]
    assert [each.wheel for each in outcome.ran if each.identifier.startswith("cp311")] == ["a-1-cp39-abi3-any.whl"]


def test_a_wheel_that_is_not_built_is_not_tested(play: Play) -> None:
    rows = identifiers("cp39-manylinux_x86_64", "cp310-manylinux_x86_64", shared=True)
    outcome = play.build(rows, FAILS="b:cp39-manylinux_x86_64", ABI3="1")
    assert shown(outcome) == ["cp39-manylinux_x86_64 Building wheel"]
    assert len(play.calls) == 1


def test_a_platform_that_does_not_start_is_given_up_alone(play: Play) -> None:
    rows = identifiers("cp39-manylinux_x86_64", "cp39-musllinux_x86_64")
    outcome = play.build(rows, FAILS="manylinux_x86_64")
    assert shown(outcome) == ["cp39-musllinux_x86_64 ok"]
    assert [(stop.at, stop.error) for stop in outcome.stops] == [
        ("manylinux_x86_64", "Command ['podman', 'create'] failed with code 125.")
    ]


@pytest.mark.parametrize(
    ("system", "architecture", "yes", "no"),
    [
        ("Linux", "x86_64", "cp39-manylinux_x86_64 cp39-musllinux_i686", "cp39-manylinux_aarch64 cp39-macosx_x86_64"),
        ("Linux", "aarch64", "cp39-manylinux_aarch64", "cp39-manylinux_armv7l cp39-manylinux_x86_64"),
        ("Darwin", "arm64", "cp39-macosx_arm64 cp39-macosx_x86_64 cp39-macosx_universal2", "cp39-manylinux_aarch64"),
        ("Darwin", "x86_64", "cp39-macosx_x86_64", "cp39-macosx_arm64 cp39-win_amd64"),
        ("Windows", "AMD64", "cp39-win_amd64 cp39-win32", "cp39-win_arm64 cp39-manylinux_x86_64"),
        ("Windows", "ARM64", "cp39-win_arm64", "cp39-win_amd64"),
        ("FreeBSD", "amd64", "", "cp39-manylinux_x86_64 cp39-win_amd64"),
    ],
)
def test_what_a_machine_builds(system: str, architecture: str, yes: str, no: str) -> None:
    here = Here.of(system, architecture)
    assert [here.runs(each) for each in identifiers(*yes.split())] == [True] * len(yes.split())
    assert [here.runs(each) for each in identifiers(*no.split())] == [False] * len(no.split())


def test_this_machine_is_one() -> None:
    assert Here.now().architectures


def project(root: Path, workspace: Path | None = None) -> Project:
    return cast("Project", SimpleNamespace(root=root, workspace_root=workspace))


def test_what_tools_made_is_not_copied(tmp_path: Path) -> None:
    root = tmp_path / "a"
    kept = ("src/lib.rs", "tests/test_a.py", ".cargo/config.toml", "target.rs")
    left = ("target/CACHEDIR.TAG", ".venv/pyvenv.cfg", ".pyo3ops/x", f"out/{MADE}", "tests/__pycache__/a.pyc")
    for name in (*kept, *left):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    package = runs.copy_sources(project(root), root / "out" / "sources")
    assert package == root / "out" / "sources"
    assert sorted(path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()) == sorted(kept)


def test_a_member_is_copied_with_its_workspace(tmp_path: Path) -> None:
    member = tmp_path / "w/crates/a"
    member.mkdir(parents=True)
    (tmp_path / "w/Cargo.toml").touch()
    package = runs.copy_sources(project(member, tmp_path / "w"), tmp_path / "copy")
    assert package == tmp_path / "copy/crates/a"
    assert (tmp_path / "copy/Cargo.toml").is_file()
