"""--deep with the real cargo, --online where nobody answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3ops.core.model import Finding, Status
from pyo3ops.core.selection import Selection
from pyo3ops.tasks import validate

TEMPLATE = Path(__file__).parents[1] / "data/environments/templates/healthy"
HERE = f"3.{sys.version_info[1]}"

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A healthy project for the Python that runs this."""
    shutil.copytree(TEMPLATE, tmp_path / "project")
    with (tmp_path / "project/pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[tool.pyo3ops]\npythons = ["{HERE}"]\n')
    return tmp_path / "project"


def judge(project: Path, check: str, **changes: str) -> Finding:
    env = {**os.environ, **changes}
    mode = "deep" if check == "build.trial" else "online"
    request = validate.Request(env, Selection((check,)), modes=frozenset({mode}))
    (finding,) = validate.run(project, request).findings
    return finding


def fetched(project: Path) -> None:
    done = subprocess.run(["cargo", "fetch", "--locked"], cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no registry answers: {done.stderr.strip().splitlines()[-1]}")


def test_a_module_is_compiled_and_imported(project: Path) -> None:
    fetched(project)
    finding = judge(project, "build.trial")
    assert finding.status is Status.OK, finding
    assert finding.detail.startswith(f"for {HERE}.")
    assert "imported" in finding.evidence[0]


def test_a_compiler_that_fails_is_quoted(project: Path) -> None:
    fetched(project)
    finding = judge(project, "build.trial", RUSTFLAGS="-C no-such-option")
    assert finding.status is Status.FAIL
    assert finding.detail.startswith(f"not for {HERE}.")
    assert any("no-such-option" in line for line in finding.evidence)


def test_nothing_is_downloaded_unasked(project: Path, tmp_path: Path) -> None:
    finding = judge(project, "build.trial", CARGO_HOME=str(tmp_path / "cargo"))
    assert finding.status is Status.UNKNOWN, finding
    assert finding.fix is not None
    assert finding.fix.argv == ("cargo", "fetch", "--locked")


@pytest.mark.parametrize("check", ["online.cargo-registry", "online.python-index"])
def test_a_network_that_is_not_there_only_warns(check: str, project: Path, tmp_path: Path) -> None:
    nowhere = {
        "CARGO_HOME": str(tmp_path / "cargo"),
        "CARGO_NET_OFFLINE": "true",
        "UV_OFFLINE": "1",
        "UV_NO_CACHE": "1",
    }
    proxy = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9")
    finding = judge(project, check, **nowhere, **proxy, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0")
    assert finding.status is Status.WARN, finding
    assert finding.detail.startswith("no answer: ")
    assert finding.fix is not None
