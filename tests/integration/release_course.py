"""A project of Python alone with a remote of its own, that its own backend builds in no time and without a network."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.model import Status
from pyo3ops.release import manifest
from pyo3ops.release.journal import FILE, Journal
from pyo3ops.tasks.release import publish, run, status
from tests.release_torture.http_index import HttpIndex, Own, serving
from tests.release_torture.index import Store

from .conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Finding, Report
    from pyo3ops.release.model import State

VERSION = "1.0.0"
NAME = "course_demo"
PYPROJECT = f"""\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["building"]

[project]
name = "course-demo"
version = "{VERSION}"
description = "released by tests"
readme = "README.md"
license = "MIT"
license-files = ["LICENSE"]
requires-python = ">=3.8"
classifiers = ["Programming Language :: Python :: 3"]

[tool.pyo3ops.release]
announce = "auto"
"""
#: What it says of a build, it says by the variables that its caller gives: a log, and a repository to commit to.
BACKEND = """\
import base64, hashlib, io, os, re, subprocess, tarfile, zipfile

FILES = ("building/backend.py", "course_demo/__init__.py", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")


def read(name):
    with open(name, "rb") as stream:
        return stream.read()


def head():
    version = re.search(r'^version = "(.+)"$', read("pyproject.toml").decode(), re.M).group(1)
    lines = ["Metadata-Version: 2.4", "Name: course-demo", "Version: " + version, "Summary: released by tests",
             "Requires-Python: >=3.8", "License-Expression: MIT", "License-File: LICENSE",
             "Classifier: Programming Language :: Python :: 3", "Description-Content-Type: text/markdown"]
    return version, "\\n".join(lines).encode() + b"\\n\\n" + read("README.md")


def build_sdist(sdist_directory, config_settings=None):
    if os.environ.get("COURSE_BUILDS"):
        with open(os.environ["COURSE_BUILDS"], "a") as stream:
            stream.write("sdist\\n")
    if os.environ.get("COURSE_COMMITS"):
        words = ["git", "commit", "--quiet", "--allow-empty", "--message", "meanwhile"]
        subprocess.check_call(words, cwd=os.environ["COURSE_COMMITS"])
    version, metadata = head()
    top = "course_demo-" + version
    with tarfile.open(os.path.join(sdist_directory, top + ".tar.gz"), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, data in [(each, read(each)) for each in FILES] + [("PKG-INFO", metadata)]:
            member = tarfile.TarInfo(top + "/" + name)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    return top + ".tar.gz"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    version, metadata = head()
    info = "course_demo-%s.dist-info/" % version
    tags = b"Wheel-Version: 1.0\\nGenerator: a test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    rows = [("course_demo/__init__.py", read("course_demo/__init__.py")), (info + "METADATA", metadata),
            (info + "WHEEL", tags), (info + "licenses/LICENSE", read("LICENSE"))]
    record = "".join("%s,sha256=%s,%d\\n" % (
        name, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode(), len(data)
    ) for name, data in rows)
    rows.append((info + "RECORD", (record + info + "RECORD,,\\n").encode()))
    name = "course_demo-%s-py3-none-any.whl" % version
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        for each, data in rows:
            archive.writestr(each, data)
    return name
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    "building/backend.py": BACKEND,
    "course_demo/__init__.py": "X = 1\n",
    "README.md": "# course-demo\n\nReleased by tests.\n",
    "LICENSE": "MIT License\n",
    "CHANGELOG.md": f"# Changelog\n\n## {VERSION} - 2026-11-20\n\n- All of it.\n",
    ".gitignore": "dist/\nbuild/\n__pycache__/\n.pyo3ops/\n",
}


def outside(home: Path) -> dict[str, str]:
    """An environment in which git knows who commits, and nobody's credentials are."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not re.match(r"(TWINE|UV_PUBLISH|GITHUB|ACTIONS|GH_)", name)
        and name not in {"VIRTUAL_ENV", "CONDA_PREFIX", "NOX_CURRENT_SESSION"}
    }
    settings = {
        "user.name": "A Tester",
        "user.email": "tester@example.org",
        "init.defaultBranch": "main",
        "commit.gpgsign": "false",
        "tag.gpgsign": "false",
    }
    kept["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (key, value) in enumerate(settings.items()):
        kept[f"GIT_CONFIG_KEY_{number}"], kept[f"GIT_CONFIG_VALUE_{number}"] = key, value
    kept["GIT_CONFIG_GLOBAL"] = os.devnull
    kept["UV_PUBLISH_USERNAME"], kept["UV_PUBLISH_PASSWORD"] = "anybody", "anything"
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    kept["PYTHONPATH"] = str(ROOT)
    kept["XDG_STATE_HOME"] = str(home)
    return kept


@dataclass(frozen=True)
class Stage:
    """The project, its remote, and who releases it; in this process, which is the faster way."""

    root: Path
    remote: Path
    env: Mapping[str, str]
    #: What `tell` was told.
    told: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.root / ".pyo3ops/release" / f"{NAME}-{VERSION}"

    @property
    def journal(self) -> Path:
        return self.folder / FILE

    @property
    def state(self) -> State:
        return Journal.open(self.folder).state

    @property
    def events(self) -> list[str]:
        return [record.event for record in Journal.open(self.folder).records]

    @property
    def sealed(self) -> dict[str, str]:
        return {file.name: file.sha256 for file in manifest.load(self.folder).files}

    @property
    def builds(self) -> int:
        """How often the backend made an sdist of the project."""
        log = Path(self.env["COURSE_BUILDS"])
        return len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words], cwd=cwd or self.root, env=dict(self.env), capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    @property
    def refs(self) -> dict[str, str]:
        """What the remote has, by name."""
        rows = (line.split("\t") for line in self.git("ls-remote", str(self.remote)).splitlines())
        return {name: commit for commit, name in rows}

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def commit(self, *, push: bool = True) -> str:
        """A commit of documentation, as somebody makes it meanwhile."""
        with (self.root / "README.md").open("a", encoding="utf-8") as stream:
            stream.write("\nMore words.\n")
        self.git("commit", "--quiet", "--all", "--message", "words")
        if push:
            self.git("push", "--quiet", "origin", "main")
        return self.head

    def release(self, **asked: Any) -> Report:
        return run.run(self.root, run.Request(**self._of(asked)))

    def publish(self, **asked: Any) -> Report:
        return publish.run(self.root, publish.Request(**self._of(asked)))

    def _of(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"env": {**self.env, **asked.get("env", {})}, "yes": True, "tell": self.told.append, **_bare(asked)}

    def status(self, index: str) -> Report:
        return status.run(self.root, status.Request(self.env, index=index))

    def everything(self) -> dict[str, bytes]:
        """Each file of the project and of its remote, git's own among them, but for what git writes when it looks."""
        files = (path for top in (self.root, self.remote) for path in top.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files if path.name not in {"index", "FETCH_HEAD"}}

    def without(self, event: str) -> None:
        """Cut the journal off before a record, as a kill does; what is left is whole."""
        lines = self.journal.read_bytes().splitlines(keepends=True)
        place = next(number for number, line in enumerate(lines) if f'"event":"{event}"'.encode() in line)
        self.journal.write_bytes(b"".join(lines[:place]))

    def damage(self, old: str = "checked", new: str = "cheated") -> None:
        text = self.journal.read_text(encoding="utf-8")
        assert f'"event":"{old}"' in text
        self.journal.write_text(text.replace(f'"event":"{old}"', f'"event":"{new}"'), encoding="utf-8")


def _bare(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name != "env"}


def stage(place: Path, env: Mapping[str, str]) -> Stage:
    """A project in a folder, all of it committed and pushed."""
    root, remote = place / "project", place / "remote.git"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    made = Stage(root, remote, {**env, "COURSE_BUILDS": str(place / "builds")})
    made.git("init", "--quiet", "--bare", str(remote), cwd=place)
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "all of it")):
        made.git(*words)
    made.git("remote", "add", "origin", str(remote))
    made.git("push", "--quiet", "--set-upstream", "origin", "main")
    return made


def copied(of: Stage, place: Path) -> Stage:
    """The same in another folder, with a remote of its own."""
    shutil.copytree(of.root.parent, place, symlinks=True)
    env = {**of.env, "COURSE_BUILDS": str(place / "builds")}
    copy = replace(of, root=place / "project", remote=place / "remote.git", env=env, told=[])
    copy.git("remote", "set-url", "origin", str(copy.remote))
    return copy


@dataclass
class Place:
    """An index over HTTP, by PyPI's rules, that takes as many files as it has room for."""

    store: Store
    http: HttpIndex
    room: int = 10

    @property
    def url(self) -> str:
        return self.http.url

    @property
    def public(self) -> dict[str, str]:
        return {name: file.sha256 for name, file in self.store.files.items()}


@contextlib.contextmanager
def index() -> Iterator[Place]:
    store = Store(time.time)
    place = Place(store, HttpIndex(Own(store)))
    place.http.full = lambda: len(store.files) >= place.room
    with serving(place.http):
        yield place


def public(folder: Path) -> dict[str, str]:
    """What a pypiserver has."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def problems(report: Report) -> dict[str, Finding]:
    """What stopped a run."""
    return {each.id: each for each in report.findings if each.status > Status.WARN}


def warnings(report: Report) -> dict[str, Finding]:
    return {each.id: each for each in report.findings if each.status is Status.WARN}


def steps(report: Report) -> dict[str, str]:
    """Each step with what became of it, or is to be done with it."""
    return {str(row[0]): str(row[1]) for row in report.tables[0].rows}
