"""A project whose folder is not ASCII, under locales that know nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Mapping, Sequence

import pytest

ROOT = Path(__file__).parents[2]
LOCALES: tuple[Mapping[str, str], ...] = (
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "C", "PYTHONUTF8": "0"},
    {"LC_ALL": "POSIX"},
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "größe-検証"
    left_out = shutil.ignore_patterns("target", ".*", "*.so")
    return Path(shutil.copytree(ROOT / "examples/hello_world", folder, ignore=left_out))


def run(argv: Sequence[str], project: Path, locale: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    env = {**env, **locale, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pyo3ops", *argv]
    return subprocess.run(command, cwd=project, env=env, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("locale", LOCALES, ids=" ".join)
def test_a_project_is_read_as_in_any_other_locale(locale: Mapping[str, str], project: Path) -> None:
    argv = ("validate", "--select", "project,pyo3", "--json")
    found = []
    for each in ({"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}, locale):
        document = json.loads(run((*argv, "--report", "a.md", "--report", "b.html"), project, each).stdout)
        found.append({finding["id"]: finding["status"] for finding in document["findings"]})
    assert found[0] == found[1]
    assert "crash" not in found[1].values()
    assert found[1]["project.manifest"] == "ok"


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("wheels", "plan"), 0),
        (("debug", "vscode", "--dry-run"), 0),
        (("debug", "crash", "größe.log"), 2),
        (("why", "größe.log"), 2),
        (("build", "--größe"), 2),
        (("validate", "--project", "größe"), 0),
        (("set", "größe.toml", "a", "1"), 2),
    ],
)
def test_no_name_is_a_crash(argv: Sequence[str], code: int, project: Path) -> None:
    (project / "größe").mkdir()
    done = run(argv, project, LOCALES[0])
    said = done.stdout + done.stderr
    assert b"Traceback" not in said
    assert b"UnicodeEncodeError" not in said
    assert done.returncode in {code, 1, 4} if code == 0 else done.returncode == code


def test_what_is_set_is_utf_8_in_every_locale(project: Path) -> None:
    done = run(("set", "pyproject.toml", "project.description", "größe"), project, LOCALES[0])
    assert (done.returncode, done.stderr) == (0, b"")
    assert 'description = "größe"\n' in (project / "pyproject.toml").read_text("utf-8")
