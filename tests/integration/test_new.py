"""A project started from an example stands alone: it validates, builds and passes its tests at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pyo3ops.core.model import Status
from pyo3ops.core.samples import samples
from pyo3ops.tasks import examples, new, validate

from .conftest import need

#: Half a minute of a compiler each: one with packages of its own, one without, and one that has a program's tests.
QUICK = {"calculator", "hello_world", "ffi_safety"} if sys.version_info >= (3, 13) else {"calculator", "hello_world"}
EXAMPLES = [
    pytest.param(example, marks=() if example in QUICK else pytest.mark.heavy, id=example) for example in samples()
]


@pytest.fixture(scope="session")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("targets of new")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_new_project_is_green_at_once(example: str, quick: dict[str, str], tmp_path: Path, targets: Path) -> None:
    need("maturin")
    new.run(tmp_path, new.Request("zz-top", quick, example, "ein Ördner"))
    root = tmp_path / "ein Ördner"
    (root / ".pyo3ops").mkdir()
    (root / ".pyo3ops/target").symlink_to(targets)
    # What the machine lacks is no fault of the project's.
    judged = validate.run(root, validate.Request(quick))
    own = ("project.", "pyo3.", "build.maturin", "build.backend")
    worse = [
        each for each in judged.findings if each.id.startswith(own) and each.status not in (Status.OK, Status.SKIP)
    ]
    assert worse == []
    report = examples.run(root, examples.Request(quick))
    (finding,) = report.findings
    assert finding.status is Status.OK, finding
    assert finding.id == "examples.zz-top"
    _, _, _, _, passed, *_ = report.tables[0].rows[0]
    assert isinstance(passed, int)
    assert passed > 5


def test_the_command_line_starts_one(env: dict[str, str], tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "pyo3ops", "new", "my_module", "--from", "calculator"]
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cd my_module" in done.stdout
    again = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    listed = subprocess.run([*argv[:4], "--list"], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert all(name in listed.stdout for name in samples())


def test_an_installed_pyo3ops_has_its_examples(env: dict[str, str], tmp_path: Path) -> None:
    code = "from pyo3ops.core.samples import samples; import pyo3ops; print(pyo3ops.__file__, *samples())"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    file, *names = done.stdout.split()
    assert Path(file).is_file()
    assert names == list(samples())
