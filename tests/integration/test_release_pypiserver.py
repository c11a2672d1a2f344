"""Releases to a real pypiserver, by a real client, over a connection that fails, in processes that are really killed.

Whatever the script: in the end the public set is empty or exactly what was sealed, and no file was sent again once it
was confirmed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import IO, TYPE_CHECKING, Any, Iterator

import pytest

from pyo3ops.release.journal import Journal
from pyo3ops.release.manifest import fingerprint, load, seal
from pyo3ops.release.model import State
from pyo3ops.tools import pypiserver
from tests.release_torture import dists, driver
from tests.release_torture.http_index import HttpIndex, Proxied, serving
from tests.release_torture.scripts import FaultScript

from .conftest import need

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.release.model import Manifest
    from pyo3ops.tools.pypiserver import Serving

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tests of kills need fork and SIGKILL")

#: Runs after which a release that is not over has failed: faults and kills of a script are fewer.
MOST_RUNS = 60
#: The last boundary at which a run may be killed; those without anything to do have fewer.
BOUNDARIES = 60
FEW = range(12)
MANY = range(12, 50)


class Driver:
    """The process that forks runs."""

    def __init__(self, out: IO[str], into: IO[str]) -> None:
        self._out = out
        self._into = into

    def run(self, **order: object) -> Mapping[str, Any]:
        self._into.write(json.dumps(order) + "\n")
        self._into.flush()
        found: Mapping[str, Any] = json.loads(self._out.readline())
        return found


@dataclass(frozen=True)
class Bench:
    """What all scripts of a module share: one pypiserver, one driver."""

    server: Serving
    folder: Path
    driver: Driver

    def sha256(self, name: str) -> str | None:
        path = self.folder / name
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def public(self, project: str) -> dict[str, str]:
        return {path.name: self.sha256(path.name) or "" for path in self.folder.glob(f"{project}-*")}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    import os  # noqa: PLC0415 - the only use

    need("uv")
    folder = tmp_path_factory.mktemp("public")
    with pypiserver.serving(folder, os.environ) as server, _driver() as running:
        if isinstance(server, pypiserver.Absent):
            pytest.skip(server.reason)
        yield Bench(server, folder, running)


@contextlib.contextmanager
def _driver() -> Iterator[Driver]:
    argv = [sys.executable, driver.__file__]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        yield Driver(process.stdout, process.stdin)
        process.stdin.close()


def checked(folder: Path, project: str, files: int, salt: str = "") -> Manifest:
    """A release that is ready to be published."""
    made = dists.make(folder.parent / "dist", project, "1.0", files, salt=salt)
    manifest = seal(made, folder, project=project, version="1.0")
    with Journal.open(folder) as journal:
        journal.append(State.PLANNED.value)
        journal.append(State.SEALED.value, manifest=fingerprint(manifest))
        journal.append(State.CHECKED.value)
    return manifest


def confirmed(folder: Path) -> set[str]:
    return {record.said("file") for record in Journal.open(folder).records if record.event == "confirmed"}


def intents(folder: Path) -> Counter[str]:
    return Counter(record.said("file") for record in Journal.open(folder).records if record.event == "intent")


def torture(seed: int, bench: Bench, place: Path, client: str = "uv") -> int:
    """Run one script to its end; how many runs that took."""
    script, project = FaultScript(seed), f"seed_{seed}_{client}"
    kills = Random(seed)  # noqa: S311 - a script
    folder = place / "release"
    manifest = checked(folder, project, script.files)
    sealed = {file.name: file.sha256 for file in manifest.files}
    index = HttpIndex(Proxied(bench.server.url, bench.sha256), script.draw)
    with serving(index):
        for run in range(1, MOST_RUNS):
            index.full = lambda run=run: script.is_full(len(bench.public(project)), run)  # type: ignore[misc]
            already, posts = confirmed(folder), len(index.posts)
            kill = kills.randint(1, BOUNDARIES) if run <= script.kills else 0
            ended = bench.driver.run(folder=str(folder), url=index.url, simple=index.simple, client=client, kill=kill)
            index.settle()
            assert "error" not in ended, ended
            assert not already & {post.name for post in index.posts[posts:]}, "sent again after it was confirmed"
            assert bench.public(project).items() <= sealed.items(), "bytes that nobody sealed are public"
            if ended.get("state") in (State.PUBLISHED.value, State.ABORTED.value):
                break
        else:
            pytest.fail(f"no end in {MOST_RUNS} runs: {ended}")
    _judge(ended["state"], bench.public(project), sealed)
    if client == "uv":
        # Twine tries again by itself, within one upload.
        assert all(count <= intents(folder)[name] for name, count in Counter(post.name for post in index.posts).items())
    return run


def _judge(state: str, public: Mapping[str, str], sealed: Mapping[str, str]) -> None:
    assert public == (sealed if state == State.PUBLISHED.value else {})


@pytest.mark.parametrize("seed", FEW)
def test_a_script_of_faults_and_kills(seed: int, bench: Bench, tmp_path: Path) -> None:
    torture(seed, bench, tmp_path)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", MANY)
def test_more_scripts_of_faults_and_kills(seed: int, bench: Bench, tmp_path: Path) -> None:
    torture(seed, bench, tmp_path)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(3))
def test_a_script_with_twine(seed: int, bench: Bench, tmp_path: Path) -> None:
    torture(seed, bench, tmp_path, "twine")


def test_each_boundary_of_one_release(bench: Bench, tmp_path: Path) -> None:
    """Killed at the first boundary, then at the second of what is left, and so on, without any other fault."""
    folder = tmp_path / "release"
    manifest = checked(folder, "boundaries", 2)
    with serving(HttpIndex(Proxied(bench.server.url, bench.sha256))) as index:
        order = {"folder": str(folder), "url": index.url, "simple": index.simple, "client": "uv"}
        for kill in range(1, BOUNDARIES):
            already, posts = confirmed(folder), len(index.posts)
            ended = bench.driver.run(**order, kill=kill)
            assert "error" not in ended, ended
            assert not already & {post.name for post in index.posts[posts:]}
            if not ended["signal"]:
                break
        assert kill > 1
    assert ended["state"] == State.PUBLISHED.value
    assert bench.public("boundaries") == {file.name: file.sha256 for file in manifest.files}


def test_somebody_elses_bytes_are_the_end(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    manifest = checked(folder, "foreign", 3)
    other = dists.make(tmp_path / "other", "foreign", "1.0", 3, salt="other")[1]
    shutil.copy(other, bench.folder / other.name)
    server = bench.server
    for _ in range(2):
        ended = bench.driver.run(folder=str(folder), url=server.url, simple=server.simple, client="uv", kill=0)
        assert ended["state"] == State.STUCK.value, ended
        assert "other bytes" in ended["reason"]
    assert list(bench.public("foreign")) == [other.name]
    assert load(folder) == manifest
