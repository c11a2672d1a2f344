"""The jobs of a generated release, one after the other as GitHub would run them, up to the tag and the files' readers.

What GitHub has is stood in for: each job has a workspace of its own, artifacts are folders, and a remote that refuses
every push is what `contents: read` comes to. The scripts, the index, git, the client and pyo3ops are the real ones.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.release.journal import Journal
from pyo3ops.release.model import State
from pyo3ops.tasks.ci import Request, run
from pyo3ops.tools.pypiserver import Absent, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

yaml = pytest.importorskip("yaml", reason="PyYAML is not here")

ROOT = Path(__file__).parents[2]
FILES = {
    "pure_thing.py": "x = 1\n",
    "README.md": "# Pure thing\n",
    "LICENSE": "MIT\n",
    "CHANGELOG.md": "# Changelog\n\n## 1.0.0 - 2026-11-28\n\n- First.\n",
    "pyproject.toml": """\
[build-system]
requires = ["flit_core>=3.2,<4"]
build-backend = "flit_core.buildapi"

[project]
name = "pure-thing"
version = "1.0.0"
description = "A thing"
readme = "README.md"
requires-python = ">=3.8"
license = { text = "MIT" }

[tool.flit.module]
name = "pure_thing"

[tool.pyo3ops.release]
index = "INDEX"
announce = "none"

[tool.pyo3ops.release.ignore]
"release.files.sdist-builds" = "it was built a moment ago, and once is enough for a test"
""",
}
#: What stands in for GitHub's own: gh, which hands the job's token to git, and the pyo3ops that the job installs.
GH = '#!/bin/sh\n[ "$1 $2" = "auth setup-git" ]\n'
PYO3OPS = '#!/bin/sh\nexec "{python}" -m pyo3ops "$@"\n'
HOOK = "#!/bin/sh\n[ -e {open} ] || {{ echo this token may only read >&2; exit 1; }}\n"
RIGHT, WRONG = "right", "wrong"


@dataclass
class Runner:
    """GitHub's machines: `ran` is what each step came to, in order."""

    base: Path
    env: Mapping[str, str]
    ran: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def origin(self) -> Path:
        return self.base / "origin.git"

    @property
    def open(self) -> Path:
        """Is there while the job may push."""
        return self.base / "may-write"

    def git(self, *argv: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *argv], cwd=cwd, env=self.env, capture_output=True, text=True, check=True)
        return done.stdout

    def job(self, name: str, job: Mapping[str, Any], **variables: str) -> bool:
        """Do the steps of a job; False where one failed, after those that look past it."""
        here = self.base / f"{name}-{len(self.ran)}"
        here.mkdir()
        if job["permissions"].get("contents") == "write":
            self.open.touch()
        elif self.open.exists():
            self.open.unlink()
        well = True
        for step in job["steps"]:
            if well or step.get("if") == "always()":
                code = self.step(name, step, here, variables)
                well = well and code == 0
        return well

    def step(self, job: str, step: Mapping[str, Any], here: Path, variables: Mapping[str, str]) -> int:
        uses, given = step.get("uses", "").partition("@")[0], step.get("with", {})
        if uses == "actions/checkout":
            self.git("clone", "--quiet", str(self.origin), str(here / given["path"]))
        elif uses == "actions/download-artifact":
            for artifact in self.artifacts(given):
                copy(artifact, here / given["path"])
        elif uses == "actions/upload-artifact":
            self.upload(given, here)
        if "run" not in step:
            return 0
        # Everything that jobs install is here already.
        script = re.sub(r"^python -m pip install .*$", ":", step["run"], flags=re.MULTILINE)
        env = {**self.env, **step["env"], **variables, "GITHUB_WORKSPACE": str(here), "VERSION": "1.0.0"}
        argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        done = subprocess.run(argv, cwd=here, env=env, stdin=subprocess.DEVNULL, check=False)
        self.ran.append((job, step["name"], done.returncode))
        return done.returncode

    def artifacts(self, given: Mapping[str, Any]) -> list[Path]:
        store = self.base / "artifacts"
        found = [
            each for each in store.iterdir() if fnmatch.fnmatch(each.name, given.get("name", given.get("pattern")))
        ]
        assert found or "pattern" in given, f"there is no artifact {given['name']}"
        return found

    def upload(self, given: Mapping[str, Any], here: Path) -> None:
        place = self.base / "artifacts" / given["name"]
        if place.exists():
            assert given.get("overwrite"), f"there is an artifact {given['name']} already"
            shutil.rmtree(place)
        for path in given["path"].split():
            # What stands before the first wildcard is not part of a file's name.
            folder = here / path.partition("*")[0].rpartition("/")[0] if "*" in path else here / path
            for file in here.glob(path if "*" in path else f"{path}/**/*"):
                if file.is_file():
                    target = place / file.relative_to(folder)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    # Permissions do not survive.
                    target.write_bytes(file.read_bytes())

    @property
    def state(self) -> State:
        return Journal.open(self.base / "artifacts" / "journal" / "pure_thing-1.0.0").state

    @property
    def refs(self) -> list[str]:
        return [line.split("\t")[1] for line in self.git("ls-remote", str(self.origin)).splitlines()]


def copy(source: Path, target: Path) -> None:
    for file in source.rglob("*"):
        if file.is_file():
            (target / file.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target / file.relative_to(source))


@dataclass
class Released:
    """A repository with a release to make, GitHub's machines, and the folder that the index serves."""

    runner: Runner
    jobs: Mapping[str, Mapping[str, Any]]
    served: Path

    def run(self, *names: str, password: str = RIGHT) -> str:
        """Do these jobs, or all; the first one that failed. The one that publishes alone has credentials."""
        for name, job in self.jobs.items():
            # Signing takes GitHub itself.
            if name == "attest" or (names and name not in names):
                continue
            trusted = {"UV_PUBLISH_USERNAME": "u", "UV_PUBLISH_PASSWORD": password} if name == "publish" else {}
            if not self.runner.job(name, job, **trusted):
                return name
        return ""

    @property
    def public(self) -> list[str]:
        return sorted(path.name for path in self.served.iterdir())


@pytest.fixture
def released(tmp_path: Path, env: dict[str, str]) -> Iterator[Released]:
    for program in ("git", "bash", "uv"):
        if shutil.which(program, path=env["PATH"]) is None:
            pytest.skip(f"{program} is not here")
    programs, served = tmp_path / "programs", tmp_path / "served"
    settings = {
        "init.defaultBranch": "main",
        "commit.gpgsign": "false",
        "user.name": "a",
        "user.email": "a@example.org",
    }
    for number, (key, value) in enumerate(settings.items()):
        env.update({f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value})
    env.update(GIT_CONFIG_COUNT=str(len(settings)), CI="true", PYTHONPATH=str(ROOT))
    env["PATH"] = os.pathsep.join([str(programs), env["PATH"]])
    for folder in (programs, served, tmp_path / "artifacts"):
        folder.mkdir()
    for name, text in {"gh": GH, "pyo3ops": PYO3OPS.format(python=sys.executable)}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    runner = Runner(tmp_path, env)
    with serving(served, env, user="u", password=RIGHT) as server:
        if isinstance(server, Absent):
            pytest.skip("pypiserver cannot be installed here")
        yield Released(runner, repository(runner, server.url), served)


def repository(runner: Runner, index: str) -> Mapping[str, Mapping[str, Any]]:
    """Make the project, its workflow and its remote; the jobs, in their order."""
    project = runner.base / "project"
    project.mkdir()
    for name, text in FILES.items():
        (project / name).write_text(text.replace("INDEX", index))
    assert run(project, Request(runner.env, write=True, only=("release",))).worst is Status.OK
    runner.git("init", "--quiet", "--bare", str(runner.origin))
    for argv in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "Release 1.0.0"]):
        runner.git(*argv, cwd=project)
    runner.git("push", "--quiet", str(runner.origin), "main", cwd=project)
    hook = runner.origin / "hooks" / "pre-receive"
    hook.write_text(HOOK.format(open=runner.open))
    hook.chmod(0o755)
    jobs: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        (project / ".github" / "workflows" / "release.yml").read_text()
    )["jobs"]
    return jobs


def test_from_the_source_to_the_tag_with_an_attempt_that_fails_to_publish(released: Released) -> None:
    """What stopped goes on from the journal of the job that failed, with the same bytes: nothing is built again."""
    assert released.run(password=WRONG) == "publish"
    assert released.public == []
    assert "refs/pyo3ops/release/pure-thing/1.0.0" in released.runner.refs
    sealed = released.runner.base / "artifacts" / "sealed" / "pure_thing-1.0.0" / "files"
    before = {path.name: path.read_bytes() for path in sealed.iterdir()}
    assert released.run("publish", "verify", "announce") == ""
    assert {path.name: path.read_bytes() for path in released.served.iterdir()} == before
    assert sorted(before) == ["pure_thing-1.0.0-py3-none-any.whl", "pure_thing-1.0.0.tar.gz"]
    assert released.runner.state is State.ANNOUNCED
    # The tag is there, and the lock is not any more.
    assert set(released.runner.refs) == {"HEAD", "refs/heads/main", "refs/tags/v1.0.0", "refs/tags/v1.0.0^{}"}
    assert [job for job, _, code in released.runner.ran if code] == ["publish"]


def test_another_version_than_the_files_state_builds_nothing(released: Released) -> None:
    project = released.runner.base / "project"
    file = project / "pyproject.toml"
    file.write_text(file.read_text().replace('version = "1.0.0"', 'version = "0.9.0"'))
    released.runner.open.touch()
    released.runner.git("commit", "--quiet", "--all", "--message", "older", cwd=project)
    released.runner.git("push", "--quiet", str(released.runner.origin), "main", cwd=project)
    assert released.run() == "plan"
    assert list((released.runner.base / "artifacts").iterdir()) == []
