"""The tasks on real extension modules, built by the real maturin."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3ops.core.model import Status
from pyo3ops.tasks import build, examples
from pyo3ops.tools import environments

from .conftest import ROOT, need


@pytest.fixture(scope="session")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("targets")


@pytest.fixture(autouse=True)
def _shared(tiny: Path, targets: Path) -> None:
    need("maturin")
    (tiny / ".pyo3ops").mkdir()
    (tiny / ".pyo3ops/target").symlink_to(targets)


def test_a_project_is_its_own_example(tiny: Path, env: dict[str, str]) -> None:
    (tiny / "tests").mkdir()
    test = "import tiny\n\ndef test_answer():\n    assert tiny.answer() == 42\n"
    (tiny / "tests/test_tiny.py").write_text(test, encoding="utf-8")
    told: list[str] = []
    report = examples.run(tiny, examples.Request(env, progress=told.append))
    (finding,) = report.findings
    assert (finding.id, finding.status) == ("examples.tiny", Status.OK)
    version = f"cp3{sys.version_info[1]}"
    assert re.fullmatch(rf"{version}-{version}-\w+: 1 tests passed", finding.detail)
    assert report.exit_code == 0
    assert told
    (again,) = examples.run(tiny, examples.Request(env)).tables[0].rows
    # Nothing changed, nothing is compiled.
    assert again[1] == 0


def test_what_fails_is_told_with_its_last_lines(tiny: Path, env: dict[str, str]) -> None:
    (tiny / "src/lib.rs").write_text("fn broken( {\n", encoding="utf-8")
    (finding,) = examples.run(tiny, examples.Request(env)).findings
    assert finding.status is Status.FAIL
    assert any("src/lib.rs" in line for line in finding.evidence)
    assert finding.fix is not None
    assert "read the whole log" in finding.fix.summary


def test_a_test_that_fails_is_counted(tiny: Path, env: dict[str, str]) -> None:
    (tiny / "tests").mkdir()
    (tiny / "tests/test_tiny.py").write_text("def test_a():\n    assert 0\n\ndef test_b(): ...\n", encoding="utf-8")
    report = examples.run(tiny, examples.Request(env))
    assert (report.findings[0].detail, report.exit_code) == ("tests: 1 failed", 1)
    assert report.tables[0].rows[0][4:6] == (1, 0)


def test_a_module_that_cannot_be_imported(tiny: Path, env: dict[str, str]) -> None:
    text = (tiny / "src/lib.rs").read_text(encoding="utf-8").replace("mod tiny", "mod other")
    (tiny / "src/lib.rs").write_text(text, encoding="utf-8")
    (finding,) = examples.run(tiny, examples.Request(env)).findings
    assert finding.detail.startswith("import: ")
    assert any("PyInit_tiny" in line for line in finding.evidence)


def test_without_maturin(tiny: Path, env: dict[str, str], tmp_path: Path) -> None:
    for program in ("cargo", "rustc"):
        (tmp_path / program).symlink_to(shutil.which(program) or "")
    (finding,) = examples.run(tiny, examples.Request({**env, "PATH": str(tmp_path)})).findings
    assert finding.detail == "maturin cannot be started: No such file or directory"
    assert finding.fix is not None
    assert finding.fix.argv == ("pip", "install", "maturin")


def test_an_editable_build_goes_into_the_active_environment(tiny: Path, env: dict[str, str], tmp_path: Path) -> None:
    target, made = environments.create(tmp_path / "venv", Path(sys.executable), env)
    assert made.ok, made.reason
    report = build.run(tiny, build.Request({**env, "VIRTUAL_ENV": str(target.folder)}))
    assert [(finding.id, finding.status) for finding in report.findings] == [
        ("build.editable", Status.OK),
        ("build.import", Status.OK),
    ], report.findings
    argv = [str(target.python), "-c", "import tiny; print(tiny.answer())"]
    assert subprocess.run(argv, env=dict(target.env), capture_output=True, text=True, check=True).stdout == "42\n"


def test_a_project_outside_this_repository_has_the_sessions(tiny: Path, env: dict[str, str]) -> None:
    # With a noxfile of two lines and with none, the same session says the same.
    own = 'from pyo3ops.sessions import register\nregister("validate")\n'
    documents = []
    for noxfile in (None, own):
        if noxfile:
            (tiny / "noxfile.py").write_text(noxfile, encoding="utf-8")
        argv = [sys.executable, "-m", "pyo3ops", "nox", "-s", "validate", "--", "--json", "--select", "project"]
        done = subprocess.run(argv, cwd=tiny, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        documents.append(json.loads(done.stdout))
    assert [document["project"] for document in documents] == ["tiny", "tiny"]
    assert {finding["id"] for finding in documents[0]["findings"]} == {f["id"] for f in documents[1]["findings"]}


def test_an_example_builds_where_it_is_copied(tmp_path: Path, env: dict[str, str], targets: Path) -> None:
    copy = tmp_path / "copied där"
    shutil.copytree(ROOT / "examples/hello_world", copy, ignore=shutil.ignore_patterns("target", ".*"))
    (copy / ".pyo3ops").mkdir()
    (copy / ".pyo3ops/target").symlink_to(targets)
    report = examples.run(copy, examples.Request(env))
    assert report.findings[0].status is Status.OK, report.findings
