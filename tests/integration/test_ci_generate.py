"""Generated workflows before those who judge workflows: actionlint, and zizmor at its most pedantic, find nothing.

The steps themselves are run as well (`-m heavy`): what the Linux job does, from the sdist to the tests of the wheel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.tasks.ci import Request, run

ROOT = Path(__file__).parents[2]
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"
MANIFEST = """\
[package]
name = "NAME"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = { version = "0.29", features = FEATURES }
"""
PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "NAME"
version = "0.1.0"
requires-python = ">=OLDEST"

[dependency-groups]
test = ["pytest"]

[tool.pyo3ops]
pythons = PYTHONS

[tool.pyo3ops.wheels]
targets = TARGETS
"""
LIBRARY = """\
use pyo3::prelude::*;

#[pymodule]
mod NAME {
    use super::*;

    #[pyfunction]
    fn answer() -> u32 {
        42
    }
}
"""
TEST = """\
import NAME


def test_answer():
    assert NAME.answer() == 42
"""
GNU, MUSL = "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"
MANY = [
    GNU, "aarch64-unknown-linux-gnu", "i686-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf", MUSL,
    "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "aarch64-apple-darwin", "universal2-apple-darwin",
    "x86_64-pc-windows-msvc", "i686-pc-windows-msvc",
]  # fmt: skip
#: Name, features of PyO3, Pythons, targets.
PLANS: list[tuple[str, list[str], list[str], list[str]]] = [
    ("abi3", ["abi3-py38"], ["3.8", "3.13"], []),
    ("specific", [], ["3.8", "3.11", "3.13"], []),
    ("free", ["abi3-py39"], ["3.9", "3.14", "3.14t"], []),
    ("single", [], ["3.12"], ["aarch64-apple-darwin"]),
    ("untested", [], ["3.12"], ["armv7-unknown-linux-gnueabihf"]),
    ("many", ["abi3-py39", "abi3t-py315"], ["3.9", "3.14t", "3.15", "3.15t"], MANY),
]


def make(root: Path, name: str, features: list[str], pythons: list[str], targets: list[str]) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not here")
    (root / "src").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "Cargo.toml").write_text(MANIFEST.replace("NAME", name).replace("FEATURES", str(features)))
    settings = PYPROJECT.replace("PYTHONS", str(pythons)).replace("TARGETS", str(targets)).replace("OLDEST", pythons[0])
    (root / "pyproject.toml").write_text(settings.replace("NAME", name))
    (root / "src" / "lib.rs").write_text(LIBRARY.replace("NAME", name))
    (root / "tests" / "test_it.py").write_text(TEST.replace("NAME", name))
    return root


PURE = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "pure"
version = "0.1.0"
"""
#: Of each plan the wheels and their release; of two members two releases; of Python alone nothing but a release.
NAMES = [
    *(f"{row[0]}-{kind}" for row in PLANS for kind in ("wheels", "release")),
    "both-wheels", "both-release-one", "both-release-two", "pure-release",
]  # fmt: skip


@pytest.fixture(scope="session")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder .github/workflows with the workflows of every plan, of two members, and of a project of Python alone."""
    together = tmp_path_factory.mktemp("workflows") / ".github" / "workflows"
    together.mkdir(parents=True)
    roots = {name: make(tmp_path_factory.mktemp(name) / name, name, *rest) for name, *rest in PLANS}
    both, pure = (tmp_path_factory.mktemp(name) for name in ("both", "pure"))
    (both / "pyproject.toml").write_text('[tool.pyo3ops]\ncrates = ["one", "two"]\n')
    (pure / "pyproject.toml").write_text(PURE)
    for name in ("one", "two"):
        make(both / name, name, [], ["3.12"], [])
    for name, root in {**roots, "both": both, "pure": pure}.items():
        report = run(root, Request(os.environ, write=True))
        assert {each.status for each in report.findings} <= {Status.OK, Status.SKIP}
        for file in (root / ".github" / "workflows").iterdir():
            shutil.copy(file, together / f"{name}-{file.name}")
    return together


def judged(argv: list[str], folder: Path) -> tuple[int, str]:
    env = {**os.environ, "GOFLAGS": "-mod=mod", "NO_COLOR": "1"}
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def zizmor() -> str:
    found = shutil.which("zizmor") or shutil.which("zizmor", path=str(Path(sys.executable).parent))
    return found or pytest.skip("zizmor is not here")


def actionlint() -> list[str]:
    if shutil.which("actionlint"):
        return ["actionlint"]
    if shutil.which("go") is None:
        pytest.skip("actionlint is not here")
    return ["go", "run", ACTIONLINT]


def test_zizmor_finds_nothing(workflows: Path) -> None:
    code, said = judged([zizmor(), "--offline", "--persona=pedantic", str(workflows)], workflows)
    assert "No findings to report" in said
    assert code == 0, said


def test_zizmor_would_find_something(workflows: Path, tmp_path: Path) -> None:
    text = (
        (workflows / "abi3-wheels.yml")
        .read_text()
        .replace("permissions: {}\n", "")
        .replace("$BUILDS", "${{ github.head_ref }}")
    )
    (tmp_path / "wheels.yml").write_text(text)
    code, said = judged([zizmor(), "--offline", "--persona=pedantic", str(tmp_path / "wheels.yml")], tmp_path)
    assert code != 0
    assert "template-injection" in said


def test_actionlint_finds_nothing(workflows: Path) -> None:
    files = [str(path) for path in sorted(workflows.iterdir())]
    assert len(files) == len(NAMES)
    code, said = judged([*actionlint(), *files], workflows)
    assert code == 0, said


def test_actionlint_would_find_something(workflows: Path, tmp_path: Path) -> None:
    text = (workflows / "abi3-wheels.yml").read_text().replace("needs: [sdist,", "needs: [source,")
    (tmp_path / "wheels.yml").write_text(text)
    code, said = judged([*actionlint(), str(tmp_path / "wheels.yml")], tmp_path)
    assert code != 0
    assert 'needs job "source"' in said


@pytest.mark.parametrize("name", NAMES)
def test_the_scripts_are_bash(name: str, workflows: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not here")
    jobs = yaml.safe_load((workflows / f"{name}.yml").read_text())["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert scripts
    for script in scripts:
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_the_steps_of_the_linux_job_build_and_test_the_wheel(tmp_path: Path) -> None:
    """With this machine's Pythons, and without what only GitHub's machines have: artifacts and other systems."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not here")
    python = f"3.{sys.version_info.minor}"
    root = make(tmp_path / "repository", "steps", [f"abi3-py3{sys.version_info.minor}"], [python], [GNU])
    with (root / "Cargo.toml").open("a") as file:
        file.write('\n[profile.dist]\ninherits = "release"\ndebug = "line-tables-only"\nstrip = "none"\n')
    subprocess.run(["cargo", "generate-lockfile"], cwd=root, check=True)
    run(root, Request(os.environ, write=True, only=("wheels",)))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for argv in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "all"]):
        subprocess.run([*git, *argv], cwd=root, check=True)
    document = yaml.safe_load((root / ".github" / "workflows" / "wheels.yml").read_text())
    env = _tools(tmp_path, document["env"])
    (entry,) = document["jobs"]["linux"]["strategy"]["matrix"]["include"]
    for job in ("sdist", "linux"):
        for step in document["jobs"][job]["steps"]:
            if "run" in step and step.get("name") != "Install what builds":
                _do(step, entry, tmp_path, env)
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name == f"steps-0.1.0-cp3{sys.version_info.minor}-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
    # Debug information was split off, and is kept by the build ID that the library has.
    (companion,) = (tmp_path / "symbols").rglob("*.debug")
    assert companion.stat().st_size > wheel.stat().st_size


def _tools(workspace: Path, pinned: dict[str, Any]) -> dict[str, str]:
    """An environment with what the job installs; the Pythons are those of this machine."""
    subprocess.run([sys.executable, "-m", "venv", workspace / "tools"], check=True)
    python = workspace / "tools" / "bin" / "python"
    wanted = [f"maturin=={pinned['MATURIN']}", f"uv=={pinned['UV']}", f"ziglang=={pinned['ZIGLANG']}"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted, ROOT], check=True)
    return {
        **os.environ,
        **pinned,
        "UV_PYTHON_PREFERENCE": "system",
        "UV_PYTHON_DOWNLOADS": "never",
        "GITHUB_WORKSPACE": str(workspace),
        "PATH": os.pathsep.join([str(python.parent), str(Path(sys.base_prefix) / "bin"), os.environ["PATH"]]),
    }


def _do(step: dict[str, Any], entry: dict[str, str], workspace: Path, env: dict[str, str]) -> None:
    own = {name: str(value) for name, value in step.get("env", {}).items()}
    for key, value in entry.items():
        own = {name: text.replace(f"${{{{ matrix.{key} }}}}", value) for name, text in own.items()}
    argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(argv, cwd=workspace, env={**env, **own}, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, step["name"]


@pytest.mark.parametrize("folder", [".", "examples/production_deployment"])
def test_the_workflows_of_this_repository_are_in_step(folder: str, env: dict[str, str]) -> None:
    found = run(ROOT / folder, Request(env, check=True)).findings
    assert [each.id for each in found] == ["ci.wheels", "ci.release"]
    assert {each.status for each in found} == {Status.OK}, "pyo3ops ci generate --write"


def test_zizmor_would_find_what_a_release_must_not_do(workflows: Path, tmp_path: Path) -> None:
    text = (workflows / "abi3-release.yml").read_text()
    for right, wrong, name in (
        ('--version "$VERSION" --resume', "--version ${{ inputs.version }} --resume", "template-injection"),
        ("          persist-credentials: false\n", "", "artipacked"),
        ("permissions: {}\n", "permissions: write-all\n", "excessive-permissions"),
    ):
        assert right in text
        (tmp_path / "release.yml").write_text(text.replace(right, wrong))
        code, said = judged([zizmor(), "--offline", "--persona=pedantic", str(tmp_path / "release.yml")], tmp_path)
        assert code != 0
        assert name in said
