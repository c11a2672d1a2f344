"""Releases of examples/production_deployment, all the way: a real build, pypiserver and remote, and real kills."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

import pytest

from pyo3ops.release import manifest
from pyo3ops.release.advice import reached
from pyo3ops.release.journal import Journal
from pyo3ops.release.model import State
from pyo3ops.tools.pypiserver import Absent, Serving, serving
from tests.release_torture import http_index
from tests.release_torture.http_index import HttpIndex, Proxied, Reply

from .conftest import ROOT, need
from .release_course import outside as nobody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.release_torture.http_index import Sending

#: Seconds for one run of pyo3ops, the build among them.
TIMEOUT = 600.0
#: Seconds for a run to come as far as its first upload, and to end when it is told to.
DEADLINE = 120.0
#: What the journal says by then, of the files alone, for the last word that it has on a file at hand.
LAST = {"intent": ["intent"], "sent": ["intent", "sent"], "confirmed": ["intent", "sent", "confirmed", "intent"]}
#: What the whole file adds to the example: one wheel, which this machine can build and install.
SETTINGS = """
[tool.pyo3ops]
pythons = ["{python}"]

[tool.pyo3ops.wheels]
targets = ["{target}"]
manylinux = "{glibc}"

[tool.pyo3ops.release]
smoke = ["-c", "import production_deployment; print(production_deployment.count(b'a b'))"]
"""
VERSION = "0.2.0"


@dataclass(frozen=True)
class Stage:
    """A project with a remote of its own."""

    root: Path
    remote: Path
    env: Mapping[str, str]

    @property
    def folder(self) -> Path:
        return self.root / ".pyo3ops/release" / f"production_deployment_pyo3ops-{VERSION}"

    @property
    def sealed(self) -> dict[str, str]:
        return {file.name: file.sha256 for file in manifest.load(self.folder).files}

    @property
    def state(self) -> State:
        return Journal.open(self.folder).state

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words], cwd=cwd or self.root, env=dict(self.env), capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def pyo3ops(self, *words: str, env: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        argv = [sys.executable, "-m", "pyo3ops", *words, "--project", str(self.root), "--json"]
        done = subprocess.run(
            argv, env={**self.env, **(env or {})}, cwd=self.root, capture_output=True, timeout=TIMEOUT, check=False
        )
        document = json.loads(done.stdout)
        assert document["exit_code"] == done.returncode
        return done.returncode, document

    def started(self, *words: str) -> subprocess.Popen[bytes]:
        """A run, to be stopped."""
        argv = [sys.executable, "-m", "pyo3ops", *words]
        return subprocess.Popen(
            argv, cwd=self.root, env=dict(self.env), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def public(self, served: Path) -> dict[str, str]:
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in served.iterdir()}


def problems(document: Mapping[str, Any]) -> dict[str, str]:
    """What stopped a run: the ids of findings that failed or could not be determined, and what they say."""
    bad = ("fail", "unknown", "crash")
    found = {row["id"]: row["detail"] for row in document["findings"] if row["status"] in bad}
    failure = document.get("failure")
    return {**found, **({"failure": failure["message"]} if failure else {})}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which git knows who commits, and nobody's credentials are."""
    need("git", "cargo", "maturin", "uv")
    if platform.system() != "Linux":
        pytest.skip("the plan of these tests is one of Linux")
    kept = nobody(tmp_path_factory.mktemp("home"))
    # As in CI: link-time optimisation is not what is tested here.
    kept["CARGO_PROFILE_RELEASE_LTO"], kept["CARGO_PROFILE_RELEASE_CODEGEN_UNITS"] = "false", "16"
    return kept


@contextlib.contextmanager
def served(folder: Path, env: Mapping[str, str], user: str = "", password: str = "") -> Iterator[Serving]:
    folder.mkdir(exist_ok=True)
    with serving(folder, env, user=user, password=password) as server:
        if isinstance(server, Absent):
            pytest.skip(f"pypiserver cannot be installed here: {server.reason}")
        yield server


@pytest.fixture(scope="module")
def checked(outside: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A release that is built, sealed and checked, in a folder with a space and a letter beyond ASCII."""
    place = tmp_path_factory.mktemp("größe der welt")
    root, remote = place / "project", place / "remote.git"
    shutil.copytree(ROOT / "examples/production_deployment", root, ignore=shutil.ignore_patterns("target", ".pyo3ops"))
    (root / ".gitignore").write_text("target/\n__pycache__/\n.pyo3ops/\n", encoding="utf-8")
    described = subprocess.run(["rustc", "-vV"], env=outside, capture_output=True, text=True, check=True).stdout
    (host,) = re.findall(r"^host: (\S+)$", described, re.MULTILINE)
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    python, glibc = "{}.{}".format(*sys.version_info[:2]), platform.libc_ver()[1].replace(".", "_")
    more = SETTINGS.format(python=python, target=host, glibc=glibc)
    (root / "pyproject.toml").write_text(text + more, encoding="utf-8")
    log = root / "CHANGELOG.md"
    entry = "## Unreleased\n\n- Something new.\n\n## 0.1.0"
    log.write_text(log.read_text(encoding="utf-8").replace("## 0.1.0", entry), encoding="utf-8")
    stage = Stage(root, remote, outside)
    stage.git("init", "--quiet", "--bare", str(remote), cwd=place)
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "all of it")):
        stage.git(*words)
    stage.git("remote", "add", "origin", str(remote))
    stage.git("push", "--quiet", "--set-upstream", "origin", "main")
    with served(place / "empty", outside) as server:
        asked = ("release", "--bump", "minor", "--until", "checked", "--yes", "--index", server.url)
        code, document = stage.pyo3ops(*asked)
    assert code == 0, problems(document)
    assert stage.state is State.CHECKED
    return stage


@pytest.fixture
def stage(checked: Stage, tmp_path: Path) -> Stage:
    """A copy of it, with a copy of its remote."""
    place = tmp_path / "größe der welt"
    shutil.copytree(checked.root.parent, place, symlinks=True, ignore=shutil.ignore_patterns("wheels", "empty"))
    copy = replace(checked, root=place / "project", remote=place / "remote.git")
    copy.git("remote", "set-url", "origin", str(copy.remote))
    return copy


@pytest.fixture
def index(stage: Stage, tmp_path: Path) -> Iterator[Serving]:
    with served(tmp_path / "served", stage.env) as server:
        yield server


def test_what_is_prepared_is_one_commit(checked: Stage) -> None:
    assert checked.git("log", "-1", "--format=%s") == f"Release {VERSION}"
    assert checked.git("status", "--porcelain") == ""
    changed = checked.git("diff", "--name-only", "HEAD~").splitlines()
    assert changed == ["CHANGELOG.md", "Cargo.lock", "Cargo.toml"]
    assert f"## {VERSION} - 20" in (checked.root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert manifest.load(checked.folder).commit == checked.git("rev-parse", "HEAD")
    # Nothing is public, so others may release.
    assert checked.git("ls-remote", "origin", "refs/pyo3ops/*") == ""


def test_all_the_way_and_again(stage: Stage, index: Serving, tmp_path: Path) -> None:
    code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", index.url)
    assert code == 0, problems(document)
    assert stage.state is State.ANNOUNCED
    assert stage.public(tmp_path / "served") == stage.sealed
    refs = {
        name: commit for commit, name in (line.split("	") for line in stage.git("ls-remote", "origin").splitlines())
    }
    head = stage.git("rev-parse", "HEAD")
    assert (refs["refs/heads/main"], refs[f"refs/tags/v{VERSION}^{{}}"]) == (head, head)
    assert not any(name.startswith("refs/pyo3ops") for name in refs)
    before = (stage.folder / "journal.jsonl").read_bytes()
    code, document = stage.pyo3ops("release", "--yes", "--index", index.url)
    assert (code, problems(document)) == (0, {})
    assert (stage.folder / "journal.jsonl").read_bytes() == before
    code, document = stage.pyo3ops("release", "status", "--index", index.url)
    assert (code, [row["status"] for row in document["findings"]]) == (0, ["ok", "ok"])
    code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", index.url)
    assert (code, document["failure"]["message"]) == (2, "there is no release to go on with")


class Gate(Proxied):
    """An index that keeps a client waiting: with a file, or with its page, until the test has killed who waits."""

    def __init__(self, url: str, served: Path, event: str) -> None:
        super().__init__(url, sha256=lambda _: None)
        self._served, self._event = served, event
        self._killed, self._ended = threading.Event(), threading.Event()
        #: Whether the file that was under way arrives.
        self.kept = False
        self.waiting = threading.Event()

    @property
    def _stands(self) -> bool:
        return not self._killed.is_set() and len(list(self._served.iterdir())) == (self._event != "intent")

    def put(self, sending: Sending) -> Reply:
        if self._event == "sent" or not self._stands:
            return super().put(sending)
        return self._held(lambda: super(Gate, self).put(sending) if self.kept else Reply(400))

    def page(self, project: str, accept: str) -> Reply:
        if self._event == "sent" and self._stands:
            return self._held(lambda: Reply(503))
        return super().page(project, accept)

    def _held(self, then: Callable[[], Reply]) -> Reply:
        self.waiting.set()
        self._killed.wait(DEADLINE)
        try:
            return then()
        finally:
            self._ended.set()

    def open(self) -> None:
        """Let everybody in from now on; comes back when nobody waits any more."""
        self._killed.set()
        assert self._ended.wait(DEADLINE)


def ended(running: subprocess.Popen[bytes], gate: Gate, stop: int) -> bytes:
    """Stop a run for which the gate is closed; what it said."""
    until = time.monotonic() + DEADLINE
    while not gate.waiting.wait(0.05):
        assert running.poll() is None
        assert time.monotonic() < until
    running.send_signal(stop)
    out, _ = running.communicate(timeout=DEADLINE)
    gate.open()
    return out or b""


@pytest.mark.parametrize(("event", "kept"), [("intent", False), ("intent", True), ("sent", True), ("confirmed", False)])
def test_killed_and_resumed(stage: Stage, index: Serving, tmp_path: Path, event: str, kept: bool) -> None:  # noqa: FBT001 - a parameter
    """While a file is sent, which arrives or does not; before it is seen; and behind it, with the next one."""
    folder, sealed = tmp_path / "served", stage.sealed
    gate = Gate(index.url, folder, event)
    gate.kept = kept
    with http_index.serving(HttpIndex(gate)) as front:
        words = ("release", "--resume", "--yes", "--index", front.url)
        ended(stage.started(*words), gate, signal.SIGKILL)
        events = [record.event for record in Journal.open(stage.folder).records]
        assert stage.state is State.PUBLISHING
        assert events[events.index("publishing") + 1 :] == LAST[event]
        assert len(stage.public(folder)) == (event != "intent" or kept)
        code, document = stage.pyo3ops(*words)
        assert code == 0, problems(document)
        posts = [post.name for post in front.posts]
    assert stage.public(folder) == stage.sealed == sealed
    assert all(posts.count(name) == 1 or not kept for name in sealed), posts
    told = [(record.event, record.said("file")) for record in Journal.open(stage.folder).records]
    for name in sealed:
        assert told.count(("confirmed", name)) == 1
        assert ("intent", name) not in told[told.index(("confirmed", name)) :]


def test_a_refused_password_can_be_corrected(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "guarded"
    with served(folder, stage.env, user="somebody", password="right-and-secret") as server:  # noqa: S106 - no secret
        wrong = {"UV_PUBLISH_USERNAME": "somebody", "UV_PUBLISH_PASSWORD": "wrong-and-secret"}
        code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", server.url, env=wrong)
        assert (code, "release.step.publish" in problems(document)) == (1, True)
        assert list(folder.iterdir()) == []
        right = {**wrong, "UV_PUBLISH_PASSWORD": "right-and-secret"}
        code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", server.url, env=right)
        assert code == 0, problems(document)
    assert stage.public(folder) == stage.sealed
    told = json.dumps(document) + (stage.folder / "journal.jsonl").read_text(encoding="utf-8")
    assert "and-secret" not in told


def test_other_bytes_are_never_stepped_over(stage: Stage, index: Serving, tmp_path: Path) -> None:
    name = next(name for name in stage.sealed if name.endswith(".whl"))
    (tmp_path / "served" / name).write_bytes(b"of somebody else")
    code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", index.url)
    assert (code, "release.index.names" in problems(document)) == (1, True)
    assert [path.name for path in (tmp_path / "served").iterdir()] == [name]
    code, document = stage.pyo3ops("release", "status", "--index", index.url)
    assert (code, problems(document)["release.public"]) == (1, "1 names hold other bytes")


def test_the_second_of_two_is_refused(stage: Stage, index: Serving, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    shutil.copytree(stage.root, other, symlinks=True)
    # Another machine's journal is another one.
    shutil.rmtree(other / ".pyo3ops/release")
    second = replace(stage, root=other)
    code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", index.url, "--until", "published")
    assert code == 0, problems(document)
    dist = tmp_path / "dist"
    shutil.copytree(stage.folder / "files", dist)
    words = ("release", "publish", "--from", str(dist), "--yes", "--index", index.url)
    code, document = second.pyo3ops(*words)
    assert code == 1
    assert "A Tester <tester@example.org>" in next(iter(problems(document).values()))
    assert not (second.folder / "manifest.json").exists()
    # Where the first machine is lost, the second takes over; the same bytes are already there.
    code, document = second.pyo3ops(*words, "--break-lock")
    assert code == 0, problems(document)
    assert second.sealed == stage.sealed == stage.public(tmp_path / "served")


def test_files_of_an_earlier_build_are_published_as_they_are(stage: Stage, index: Serving, tmp_path: Path) -> None:
    dist, sealed = tmp_path / "dist", stage.sealed
    shutil.copytree(stage.folder / "files", dist)
    shutil.rmtree(stage.root / ".pyo3ops")
    code, document = stage.pyo3ops("release", "publish", "--yes", "--index", index.url)
    assert (code, "release.step.build" in problems(document)) == (1, True)
    code, document = stage.pyo3ops("release", "publish", "--from", str(dist), "--yes", "--index", index.url)
    assert code == 0, problems(document)
    assert stage.public(tmp_path / "served") == sealed
    code, document = stage.pyo3ops("release", "verify", "--from", str(dist), "--index", index.url)
    assert code == 0, problems(document)
    assert stage.state is State.PUBLISHED


def test_a_set_that_is_not_complete_is_not_published(stage: Stage, index: Serving, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    shutil.copytree(stage.folder / "files", dist)
    next(dist.glob("*.whl")).unlink()
    code, document = stage.pyo3ops("release", "publish", "--from", str(dist), "--yes", "--index", index.url)
    assert (code, list(problems(document))) == (1, ["release.files.complete"])
    assert list((tmp_path / "served").iterdir()) == []


def test_a_changed_file_is_not_published(stage: Stage, index: Serving, tmp_path: Path) -> None:
    victim = stage.folder / "files" / next(iter(stage.sealed))
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes() + b"\0")
    code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", index.url)
    assert (code, bool(problems(document))) == (1, True)
    assert list((tmp_path / "served").iterdir()) == []


def test_a_lost_journal_is_made_up_for_by_the_index(stage: Stage, index: Serving, tmp_path: Path) -> None:
    code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", index.url, "--until", "published")
    assert code == 0, problems(document)
    journal = stage.folder / "journal.jsonl"
    damaged = journal.read_text(encoding="utf-8").replace('"event":"checked"', '"event":"cheated"')
    journal.write_text(damaged, encoding="utf-8")
    code, document = stage.pyo3ops("release", "--resume", "--yes", "--index", index.url)
    assert (code, "is damaged" in document["failure"]["message"]) == (2, True)
    code, document = stage.pyo3ops("release", "--recover", "--yes", "--break-lock", "--index", index.url)
    assert code == 0, problems(document)
    assert stage.state is State.ANNOUNCED
    assert list(stage.folder.glob("journal.damaged*"))
    assert stage.public(tmp_path / "served") == stage.sealed


def test_a_dry_run_and_a_run_without_a_person_change_nothing(stage: Stage, index: Serving, tmp_path: Path) -> None:
    def everything() -> list[tuple[str, bytes]]:
        files = (path for path in stage.root.parent.rglob("*") if path.is_file())
        return sorted((str(path), path.read_bytes()) for path in files)

    before = everything()
    code, document = stage.pyo3ops("release", "--dry-run", "--index", index.url)
    assert (code, problems(document)) == (0, {})
    states = {row[0]: row[1] for row in document["tables"][0]["rows"]}
    assert (states["seal"], states["publish"], states["tag"]) == ("done", "to do", "to do")
    code, document = stage.pyo3ops("release", "--resume", "--index", index.url)
    assert (code, "nobody can be asked" in document["failure"]["message"]) == (2, True)
    assert everything() == before
    assert list((tmp_path / "served").iterdir()) == []


def test_an_interrupt_says_how_far_it_came(stage: Stage, index: Serving, tmp_path: Path) -> None:
    gate = Gate(index.url, tmp_path / "served", "intent")
    with http_index.serving(HttpIndex(gate)) as front:
        words = ("release", "--resume", "--yes", "--index", front.url)
        document = json.loads(ended(stage.started(*words, "--json"), gate, signal.SIGINT))
        assert document["exit_code"] == 130
        assert document["failure"]["command"] == f"pyo3ops release --resume --version {VERSION} --index {front.url}"
        assert f"{VERSION} is publishing" in document["failure"]["message"]
        code, document = stage.pyo3ops(*words)
    assert code == 0, problems(document)
    assert stage.public(tmp_path / "served") == stage.sealed


def journals(rehearsal: Path) -> list[Path]:
    """Those of a rehearsal in the making: folders come and go meanwhile, which rglob takes badly before Python 3.13."""
    return [Path(folder, "journal.jsonl") for folder, _, names in os.walk(rehearsal) if "journal.jsonl" in names]


def test_a_rehearsal_is_killed_and_goes_on(checked: Stage, tmp_path: Path) -> None:
    """Beside the release: what is built already is not compiled again, and nothing outside the copy changes."""
    place = tmp_path / "größe der welt"
    shutil.copytree(checked.root.parent, place, symlinks=True, ignore=shutil.ignore_patterns("empty"))
    stage = replace(checked, root=place / "project", remote=place / "remote.git")
    stage.git("remote", "set-url", "origin", str(stage.remote))
    refs = stage.git("for-each-ref"), stage.git("ls-remote", "origin"), stage.git("status", "--porcelain")
    rehearsal, until = stage.root / ".pyo3ops/rehearsal", time.monotonic() + TIMEOUT
    with stage.started("release", "--rehearse") as running:
        try:
            while not any('"event":"sent"' in file.read_text(encoding="utf-8") for file in journals(rehearsal)):
                assert running.poll() is None
                assert time.monotonic() < until
                time.sleep(0.01)
        finally:
            running.kill()
        running.communicate(timeout=DEADLINE)
    (folder,) = (file.parent for file in journals(rehearsal))
    # On a slow machine the kill comes late: nobody knows how late.
    killed = Journal.open(folder).state
    assert reached(killed, State.PUBLISHING)
    code, document = stage.pyo3ops("release", "status", "--rehearse")
    assert (code, killed.value in json.dumps(document["findings"])) == (0, True)
    code, document = stage.pyo3ops("release", "--rehearse", "--resume")
    if killed is State.ANNOUNCED:
        assert (code, document["failure"]["message"]) == (2, "there is no release to go on with")
    else:
        assert code == 0, problems(document)
    assert Journal.open(folder).state is State.ANNOUNCED
    sealed = {file.name: file.sha256 for file in manifest.load(folder).files}
    assert stage.public(rehearsal / "served") == sealed
    assert (stage.git("for-each-ref"), stage.git("ls-remote", "origin"), stage.git("status", "--porcelain")) == refs
