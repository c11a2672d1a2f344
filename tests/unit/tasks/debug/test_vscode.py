from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.debug.vscode import entries
from pyo3ops.tasks.debug import vscode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n'
        '[dependencies]\npyo3 = "0.29"\n',
        encoding="utf-8",
    )
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["maturin>=1"]\nbuild-backend = "maturin"\n'
        '[project]\nname = "a"\nversion = "0.1.0"\n',
        encoding="utf-8",
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("", encoding="utf-8")
    return tmp_path


def test_both_files_are_written_once(project: Path) -> None:
    request = vscode.Request(os.environ)
    first = vscode.run(project, request)
    assert [each.path for each in first.artifacts] == [".vscode/launch.json", ".vscode/tasks.json"]
    assert json.loads((project / ".vscode/tasks.json").read_text(encoding="utf-8"))["tasks"][0]["args"] == [
        *entries.MATURIN
    ]
    second = vscode.run(project, request)
    assert second.artifacts == ()
    assert {each.detail for each in second.findings} == {"all there already"}
    assert {row[2] for row in second.tables[0].rows} == {"there already"}


def test_a_dry_run_writes_nothing(project: Path) -> None:
    report = vscode.run(project, vscode.Request(os.environ, dry_run=True))
    assert all(each.detail.startswith("would be added: pyo3ops: ") for each in report.findings)
    assert {row[2] for row in report.tables[0].rows} == {"would be added"}
    assert not (project / ".vscode").exists()


def test_what_somebody_changed_is_a_warning_with_the_way_to_replace_it(project: Path) -> None:
    vscode.run(project, vscode.Request(os.environ))
    file = project / ".vscode/launch.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"RUST_BACKTRACE": "1"', '"MINE": "2"'), encoding="utf-8")
    launch, _ = vscode.run(project, vscode.Request(os.environ)).findings
    assert launch.status is Status.WARN
    assert launch.fix
    assert launch.fix.argv == ("pyo3ops", "debug", "vscode", "--force")
    assert '"MINE"' in file.read_text(encoding="utf-8")
    vscode.run(project, vscode.Request(os.environ, force=True))
    assert '"MINE"' not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["launch.json", "tasks.json"])
def test_one_file_that_cannot_be_read_keeps_both_as_they_are(name: str, project: Path) -> None:
    (project / ".vscode").mkdir()
    (project / ".vscode" / name).write_text("{ half", encoding="utf-8")
    with pytest.raises(UsageError, match=f"{name} cannot be added to"):
        vscode.run(project, vscode.Request(os.environ))
    assert [each.name for each in (project / ".vscode").iterdir()] == [name]
