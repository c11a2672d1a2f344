"""Locks, tags and rehearsals, by the real git: two clones of one bare repository, as two machines have them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release import lock, rehearsal, tagging
from pyo3ops.release.copied import Copied, copy
from pyo3ops.release.rehearsal import Rehearsal, rehearsing
from pyo3ops.tools import git, git_push, web

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
REF = lock.ref_of("crab", "1.0")
ROUNDS = 20


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Nobody's configuration but ours."""
    need_git()
    settings = {
        "user.name": "A Person",
        "user.email": "a@localhost",
        "init.defaultBranch": "main",
        "commit.gpgsign": "false",
        "protocol.file.allow": "always",
    }
    rows = {f"GIT_CONFIG_KEY_{number}": key for number, key in enumerate(settings)}
    rows.update({f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(settings.values())})
    # Without GIT_*: a hook that runs the tests would hand down its own repository.
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GITHUB_"))}
    kept.update(rows, GIT_CONFIG_COUNT=str(len(settings)), GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull)
    kept["GIT_CEILING_DIRECTORIES"] = str(tmp_path)
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    return kept


def need_git() -> None:
    if not git_push.commit_of(ROOT, "HEAD", os.environ) and "git is not here" in git.why_none(ROOT, os.environ).reason:
        pytest.skip("git is not here")


def run_git(folder: Path, env: dict[str, str], *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=folder, env=env, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path, env: dict[str, str], message: str = "x") -> str:
    run_git(folder, env, "commit", "--quiet", "--allow-empty", "-m", message)
    return run_git(folder, env, "rev-parse", "HEAD")


@pytest.fixture
def bare(tmp_path: Path, env: dict[str, str]) -> Path:
    origin = tmp_path / "origin größe.git"
    run_git(tmp_path, env, "init", "--quiet", "--bare", str(origin))
    return origin


@pytest.fixture
def here(tmp_path: Path, bare: Path, env: dict[str, str]) -> Path:
    """A clone with one commit, pushed."""
    root = tmp_path / "here and there"
    run_git(tmp_path, env, "clone", "--quiet", str(bare), str(root))
    (root / "py").mkdir()
    for name in ("README.md", "py/a b.py", "py/größe.py"):
        (root / name).write_text("x\n", encoding="utf-8")
    run_git(root, env, "add", ".")
    commit(root, env)
    run_git(root, env, "push", "--quiet", "-u", "origin", "HEAD:main")
    run_git(root, env, "remote", "set-head", "origin", "main")
    return root


@pytest.fixture
def there(tmp_path: Path, bare: Path, here: Path, env: dict[str, str]) -> Path:
    """The clone of somebody else."""
    assert here.is_dir()
    run_git(tmp_path, env, "clone", "--quiet", str(bare), str(tmp_path / "there"))
    return tmp_path / "there"


def test_state(here: Path, bare: Path, env: dict[str, str]) -> None:
    seen = git.state(here / "py", env)
    assert seen is not None
    assert (seen.top, seen.prefix, seen.branch, seen.upstream) == (here, "py/", "main", "origin/main")
    assert (seen.ahead, seen.behind, seen.default_branch, seen.operation) == (0, 0, "main", "")
    assert seen.remote == git.Remote("origin", str(bare))
    assert seen.identity == "A Person <a@localhost>"
    assert seen.clean
    run_git(here, env, "tag", "v1")
    run_git(here, env, "tag", "-m", "x", "v2")
    run_git(here, env, "mv", "README.md", "READ ME.md")
    (here / "py/größe.py").write_text("y\n", encoding="utf-8")
    (here / "py/neu.py").touch()
    seen = git.state(here, env)
    assert seen is not None
    assert (seen.staged, seen.modified, seen.untracked) == (("READ ME.md",), ("py/größe.py",), ("py/neu.py",))
    assert seen.tags == ("v1", "v2")


def test_state_of_what_is_under_way(here: Path, env: dict[str, str]) -> None:
    first = run_git(here, env, "rev-parse", "HEAD")
    for branch, text in (("one", "1\n"), ("two", "2\n")):
        run_git(here, env, "checkout", "--quiet", "-b", branch, first)
        (here / "README.md").write_text(text, encoding="utf-8")
        run_git(here, env, "commit", "--quiet", "-am", "x")
    for command, operation in (("merge", "merge"), ("cherry-pick", "cherry-pick"), ("rebase", "rebase")):
        subprocess.run(["git", command, "one"], cwd=here, env=env, check=False, capture_output=True)
        seen = git.state(here, env)
        assert seen is not None
        assert (seen.operation, seen.modified) == (operation, ("README.md",))
        run_git(here, env, command, "--abort")
    run_git(here, env, "checkout", "--quiet", "--detach")
    seen = git.state(here, env)
    assert seen is not None
    assert seen.detached
    assert (seen.upstream, seen.ahead) == ("", None)


def test_state_at_its_edges(tmp_path: Path, bare: Path, here: Path, env: dict[str, str]) -> None:
    empty, outside = tmp_path / "empty", tmp_path / "outside"
    outside.mkdir()
    run_git(tmp_path, env, "init", "--quiet", str(empty))
    seen = git.state(empty, env)
    assert seen is not None
    assert (seen.head, seen.branch, seen.remote, seen.tags) == ("", "main", None, ())
    assert git.state(outside, env) is None
    assert git.state(bare, env) is None
    assert git.why_none(bare, env).outside
    run_git(tmp_path, env, "clone", "--quiet", "--depth=1", f"file://{here}", "shallow")
    seen = git.state(tmp_path / "shallow", env)
    assert seen is not None
    assert seen.shallow
    (here / ".git/index").write_bytes(b"garbled")
    assert git.state(here, env) is None
    assert "index" in git.why_none(here, env).reason
    # What git says of a folder of another user's.
    refused = git.why_none(bare, {**env, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert refused.fix == ("git", "config", "--global", "--add", "safe.directory", str(bare))


def test_refs_of_a_remote(here: Path, env: dict[str, str]) -> None:
    head = run_git(here, env, "rev-parse", "HEAD")
    run_git(here, env, "tag", "-m", "x", "v1")
    run_git(here, env, "push", "--quiet", "origin", "v1")
    refs = git.remote_refs(here, "origin", ["refs/tags/v*"], env)
    assert isinstance(refs, git.RemoteRefs)
    assert (refs.commit("refs/tags/v1"), refs.default_branch) == (head, "main")
    assert refs.object("refs/tags/v1") != head
    run_git(here, env, "remote", "set-url", "origin", "https://me:secret@127.0.0.1:1/x.git")
    refs = git.remote_refs(here, "origin", ["refs/tags/v*"], env)
    assert isinstance(refs, git.Nothing)
    assert "secret" not in refs.reason
    seen = git.state(here, env)
    assert seen is not None
    assert seen.remote == git.Remote("origin", "https://127.0.0.1:1/x.git")


def holder(journal: str, commit: str = "abc") -> lock.Holder:
    return lock.Holder("A Person <a@localhost>", f"host of {journal}", "2026-01-01T00:00:00Z", journal, commit)


def test_a_lock_is_held_by_one(here: Path, there: Path, bare: Path, env: dict[str, str]) -> None:
    mine = lock.take(here, REF, holder("j1"), "origin", env)
    assert isinstance(mine, lock.Held)
    assert not mine.resumed
    theirs = lock.take(there, REF, holder("j2"), "origin", env)
    assert isinstance(theirs, lock.HeldBy)
    assert theirs.holder == holder("j1")
    # Another version is another release, and the same journal goes on with its own.
    assert isinstance(lock.take(there, lock.ref_of("crab", "1.1"), holder("j2"), "origin", env), lock.Held)
    again = lock.take(there, REF, holder("j1", "def"), "origin", env)
    assert again == lock.Held(REF, mine.object, "origin", resumed=True)
    # Nobody gives back what is somebody else's.
    foreign = lock.Held(REF, run_git(there, env, "rev-parse", "HEAD"), "origin")
    assert lock.release(there, foreign, env) is None
    assert run_git(bare, env, "rev-parse", REF) == mine.object
    assert lock.release(here, mine, env) is None
    assert lock.look(there, REF, "origin", env) is None
    assert lock.release(here, mine, env) is None
    assert run_git(here, env, "status", "--porcelain") == ""


def test_a_lock_is_broken_on_purpose(here: Path, there: Path, env: dict[str, str]) -> None:
    old = lock.take(here, REF, holder("j1"), "origin", env)
    seen = lock.look(there, REF, "origin", env)
    assert isinstance(old, lock.Held)
    assert isinstance(seen, lock.HeldBy)
    # Between the look and the hand, somebody else took it.
    assert lock.release(here, old, env) is None
    newer = lock.take(here, REF, holder("j3"), "origin", env)
    assert isinstance(newer, lock.Held)
    assert lock.break_lock(there, seen, "origin", env) is None
    still = lock.look(there, REF, "origin", env)
    assert isinstance(still, lock.HeldBy)
    assert still.object == newer.object
    assert lock.break_lock(there, still, "origin", env) is None
    assert lock.look(there, REF, "origin", env) is None


def test_a_lock_without_a_remote(here: Path, env: dict[str, str]) -> None:
    mine = lock.take(here, REF, holder("j1"), "", env)
    assert isinstance(mine, lock.Held)
    theirs = lock.take(here, REF, holder("j2"), "", env)
    assert isinstance(theirs, lock.HeldBy)
    assert theirs.holder == holder("j1")
    assert isinstance(lock.take(here, REF, holder("j1"), "", env), lock.Held)
    assert lock.release(here, mine, env) is None
    assert lock.look(here, REF, "", env) is None


def test_a_lock_that_cannot_be(here: Path, bare: Path, env: dict[str, str]) -> None:
    run_git(bare, env, "config", "core.hooksPath", str(bare / "hooks"))
    hook = bare / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho only branches here >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    refused = lock.take(here, REF, holder("j1"), "origin", env)
    assert isinstance(refused, lock.Unavailable)
    assert refused.reason == "only branches here"
    assert refused.fix is not None
    run_git(here, env, "remote", "set-url", "origin", str(bare / "nowhere"))
    assert isinstance(lock.take(here, REF, holder("j1"), "origin", env), lock.Unavailable)
    assert isinstance(lock.take(here, REF, holder("j1"), "origin", {**env, "PATH": ""}), lock.Unavailable)


RACER = """
import os, sys
from pathlib import Path
from pyo3ops.release import lock
folder, me = Path(sys.argv[1]), sys.argv[2]
for line in sys.stdin:
    ref = lock.ref_of("crab", line.strip())
    taken = lock.take(folder, ref, lock.Holder(me, me, "now", f"{me}-{line.strip()}", ""), "origin", os.environ)
    who = taken.holder.who if isinstance(taken, lock.HeldBy) and taken.holder else ""
    print(type(taken).__name__, who, flush=True)
"""


def test_two_at_once(here: Path, there: Path, env: dict[str, str]) -> None:
    """Twenty rounds of two processes, told to start by one line each."""
    inside = {**env, "PYTHONPATH": str(ROOT)}
    racers = {
        name: subprocess.Popen(
            [sys.executable, "-c", RACER, str(folder), name],
            env=inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        for name, folder in (("one", here), ("two", there))
    }  # fmt: skip
    rounds = list(_raced(racers))
    for racer in racers.values():
        racer.communicate()
    assert len(rounds) == ROUNDS
    for said in rounds:
        winners = [name for name, words in said.items() if words == ["Held"]]
        assert len(winners) == 1, said
        # And the other one knows who that is.
        loser = next(words for name, words in said.items() if name not in winners)
        assert loser == ["HeldBy", winners[0]]


def _raced(racers: dict[str, subprocess.Popen[str]]) -> Iterator[dict[str, list[str]]]:
    for number in range(ROUNDS):
        for racer in racers.values():
            assert racer.stdin is not None
            racer.stdin.write(f"1.{number}\n")
        yield {name: racer.stdout.readline().split() for name, racer in racers.items() if racer.stdout is not None}


def test_a_tag_is_pushed_with_its_commit(here: Path, bare: Path, env: dict[str, str]) -> None:
    head = commit(here, env, "release 1.0")
    wanted = tagging.Wanted("v1.0", head, "crab 1.0\n\n## Added\n\n- x", remote="origin", branch="main")
    assert tagging.tag(here, wanted, env) == tagging.Tagged("v1.0", head, made=True, pushed=True)
    assert run_git(bare, env, "rev-parse", "main", "v1.0^{commit}").split() == [head, head]
    assert run_git(bare, env, "cat-file", "-t", "v1.0") == "tag"
    # Headings of the change log are no comments.
    assert "## Added" in run_git(bare, env, "cat-file", "tag", "v1.0")
    again = tagging.tag(here, wanted, env)
    assert again == tagging.Tagged("v1.0", head)


def test_a_tag_that_was_made_and_not_pushed(here: Path, bare: Path, env: dict[str, str]) -> None:
    head = commit(here, env)
    run_git(here, env, "tag", "-m", "x", "v1.0")
    tagged = tagging.tag(here, tagging.Wanted("v1.0", head, "m", remote="origin", branch="main"), env)
    assert tagged == tagging.Tagged("v1.0", head, pushed=True)
    assert run_git(bare, env, "rev-parse", "main") == head


def test_a_tag_that_only_the_remote_has(here: Path, there: Path, env: dict[str, str]) -> None:
    head = run_git(here, env, "rev-parse", "HEAD")
    wanted = tagging.Wanted("v1.0", head, "m", remote="origin", branch="main")
    assert isinstance(tagging.tag(here, wanted, env), tagging.Tagged)
    assert tagging.tag(there, wanted, env) == tagging.Tagged("v1.0", head)
    assert run_git(there, env, "rev-parse", "v1.0^{commit}") == head


def test_tags_are_never_moved(here: Path, there: Path, bare: Path, env: dict[str, str]) -> None:
    first, head = run_git(here, env, "rev-parse", "HEAD"), commit(here, env)
    run_git(there, env, "tag", "-m", "x", "v1.0")
    wanted = tagging.Wanted("v1.0", head, "m", remote="origin", branch="main")
    run_git(there, env, "push", "--quiet", "origin", "v1.0")
    refused = tagging.tag(here, wanted, env)
    assert isinstance(refused, tagging.Untagged)
    assert f"v1.0 on origin is at {first[:12]}" in refused.reason
    assert run_git(bare, env, "rev-parse", "main", "v1.0^{commit}").split() == [first, first]
    local = tagging.tag(here, tagging.Wanted("v2.0", head, "m"), env)
    assert isinstance(local, tagging.Tagged)
    assert "this clone alone" in local.note
    refused = tagging.tag(here, tagging.Wanted("v2.0", first, "m"), env)
    assert isinstance(refused, tagging.Untagged)
    assert "v2.0 here is at" in refused.reason
    missing = tagging.tag(here, tagging.Wanted("v3.0", "0" * 40, "m", remote="origin"), env)
    assert isinstance(missing, tagging.Untagged)
    assert missing.fix is not None


def test_a_branch_that_moved_on(here: Path, there: Path, bare: Path, env: dict[str, str]) -> None:
    release, other = commit(here, env, "release"), commit(there, env, "meanwhile")
    run_git(there, env, "push", "--quiet", "origin", "main")
    wanted = tagging.Wanted("v1.0", release, "m", remote="origin", branch="main")
    refused = tagging.tag(here, wanted, env)
    assert isinstance(refused, tagging.Untagged)
    assert refused.fix is not None
    assert refused.fix.argv == ("git", "pull", "--no-rebase", "origin", "main")
    # Neither of the two was pushed.
    assert run_git(bare, env, "for-each-ref", "--format=%(refname) %(objectname)") == f"refs/heads/main {other}"
    # What it says to type, and then --resume.
    run_git(here, env, *refused.fix.argv[1:], "--no-edit")
    run_git(here, env, "push", "--quiet", "origin", "main")
    merged = run_git(here, env, "rev-parse", "HEAD")
    assert tagging.tag(here, wanted, env) == tagging.Tagged(
        "v1.0", release, pushed=True, note="main on origin has the commit"
    )
    assert run_git(bare, env, "rev-parse", "main", "v1.0^{commit}").split() == [merged, release]


def test_a_branch_that_is_protected(here: Path, bare: Path, env: dict[str, str]) -> None:
    first, head = run_git(here, env, "rev-parse", "HEAD"), commit(here, env)
    hook = bare / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        '#!/bin/sh\ncase "$1" in refs/heads/*) echo "error: protected" >&2; exit 1;; esac\n', encoding="utf-8"
    )
    hook.chmod(0o755)
    refused = tagging.tag(here, tagging.Wanted("v1.0", head, "m", remote="origin", branch="main"), env)
    assert isinstance(refused, tagging.Untagged)
    assert "protected" in refused.reason
    assert refused.fix is not None
    assert run_git(bare, env, "for-each-ref", "--format=%(refname) %(objectname)") == f"refs/heads/main {first}"
    # Without the branch, as after a pull request that has the commit.
    assert isinstance(tagging.tag(here, tagging.Wanted("v1.0", head, "m", remote="origin"), env), tagging.Tagged)


def test_a_signature_that_cannot_be_made(here: Path, bare: Path, env: dict[str, str]) -> None:
    head = run_git(here, env, "rev-parse", "HEAD")
    run_git(here, env, "config", "gpg.program", str(here / "no-such-program"))
    refused = tagging.tag(here, tagging.Wanted("v1.0", head, "m", sign=True, remote="origin", branch="main"), env)
    assert isinstance(refused, tagging.Untagged)
    assert refused.fix is not None
    assert refused.fix.argv is not None
    assert "--sign" in refused.fix.argv
    assert run_git(bare, env, "tag") == run_git(here, env, "tag") == ""


def test_a_tag_by_nobody(here: Path, env: dict[str, str]) -> None:
    head = run_git(here, env, "rev-parse", "HEAD")
    nobody = {**env, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true"}
    seen = git.state(here, nobody)
    assert seen is not None
    assert seen.identity == ""
    refused = tagging.tag(here, tagging.Wanted("v1.0", head, "m", remote="origin", branch="main"), nobody)
    assert isinstance(refused, tagging.Untagged)
    assert refused.fix is not None
    assert refused.fix.argv == ("git", "config", "user.email", "YOU@EXAMPLE.ORG")
    # A lock needs nobody's name.
    assert isinstance(lock.take(here, REF, holder("j1"), "origin", nobody), lock.Held)


def test_a_signed_tag(here: Path, bare: Path, env: dict[str, str], tmp_path: Path) -> None:
    key = tmp_path / "key"
    made = (
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=False)
        if _has_ssh()
        else None
    )
    if made is None or made.returncode:
        pytest.skip("ssh-keygen is not here")
    run_git(here, env, "config", "gpg.format", "ssh")
    run_git(here, env, "config", "user.signingkey", f"{key}.pub")
    head = run_git(here, env, "rev-parse", "HEAD")
    tagged = tagging.tag(here, tagging.Wanted("v1.0", head, "m", sign=True, remote="origin", branch="main"), env)
    assert isinstance(tagged, tagging.Tagged)
    assert "BEGIN SSH SIGNATURE" in run_git(bare, env, "cat-file", "tag", "v1.0")


def _has_ssh() -> bool:
    from shutil import which  # noqa: PLC0415 - only this asks

    return which("ssh-keygen") is not None


def everything(*folders: Path) -> dict[str, bytes]:
    """Every byte below some folders but what a rehearsal calls its own."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): path.read_bytes() for path in files if ".pyo3ops" not in path.parts}


def released(stage: Rehearsal) -> None:
    """What a release does to a repository."""
    env = dict(stage.env)
    head = commit(stage.root, env, "release 1.0")
    assert isinstance(lock.take(stage.root, REF, holder("j1", head), "origin", env), lock.Held)
    tagged = tagging.tag(stage.root, tagging.Wanted("v1.0", head, "m", remote="origin", branch="main"), env)
    assert tagged == tagging.Tagged("v1.0", head, made=True, pushed=True)
    assert run_git(stage.origin, env, "rev-parse", "main") == head


def test_a_rehearsal_changes_nothing(here: Path, bare: Path, env: dict[str, str]) -> None:
    """A subfolder of a repository with a commit that is not pushed, a changed file, a new one and a hook."""
    hook = here / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    unpushed = commit(here, env)
    (here / "README.md").write_text("changed\n", encoding="utf-8")
    (here / "py/new.py").touch()
    # Made before, as a build would.
    (here / "py/.pyo3ops/wheels/dist").mkdir(parents=True)
    (here / "py/.pyo3ops/wheels/dist/crab.whl").touch()
    (here / "py/.pyo3ops/.gitignore").write_text("*\n", encoding="utf-8")
    before = everything(here, bare)
    hooked = {
        **env,
        "GIT_DIR": str(here / ".git"),
        "GIT_INDEX_FILE": str(here / ".git/index"),
        "TWINE_PASSWORD": "real",
    }
    with rehearsing(here / "py", hooked) as stage:
        if not isinstance(stage, Rehearsal):
            pytest.skip(f"pypiserver cannot be installed here: {stage.reason}")
        assert stage.root.name == "py"
        assert (stage.root / ".pyo3ops/wheels/dist/crab.whl").is_file()
        seen = git.state(stage.root, stage.env)
        assert seen is not None
        assert (seen.clean, seen.head, seen.ahead, seen.default_branch) == (True, unpushed, 1, "main")
        assert stage.notes == ("not tracked, and not rehearsed: py/new.py",)
        assert "real" not in stage.env.values()
        released(stage)
        assert web.read(stage.simple, stage.env, accept="text/html", limit=2**16).data
    assert everything(here, bare) == before


KILLED = """
import os, signal, subprocess, sys
from pathlib import Path
from pyo3ops.release.rehearsal import rehearsing
with rehearsing(Path(sys.argv[1]), os.environ) as stage:
    (stage.root / "half").touch()
    (stage.served / "crab-1.0.tar.gz").write_bytes(b"x")
    children = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True).stdout.split()
    print(stage.commit, *children, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_rehearsal_that_was_killed_goes_on(here: Path, env: dict[str, str]) -> None:
    inside = {**env, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(here)],
        env=inside,
        capture_output=True,
        text=True,
        check=False,
    )
    if killed.returncode != -signal.SIGKILL:
        pytest.skip("pypiserver cannot be installed here")
    first, *orphans = killed.stdout.split()
    newer = commit(here, env)
    with rehearsing(here, env, resume=True) as stage:
        assert isinstance(stage, Rehearsal)
        assert (stage.root / "half").is_file()
        assert [path.name for path in stage.served.iterdir()] == ["crab-1.0.tar.gz"]
        assert "crab" in web.read(stage.simple, stage.env, accept="text/html", limit=2**16).data.decode()
        assert stage.commit == first
        assert stage.notes == (f"it goes on with {first[:12]}, and HEAD is {newer[:12]} now",)
    # The index of the one that was killed does not outlive it for long.
    until = time.monotonic() + 10
    while any(map(_alive, orphans)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_alive, orphans))
    # A new one starts from nothing but what was compiled.
    (stage.root / ".pyo3ops/wheels/target").mkdir()
    (stage.root / ".pyo3ops/wheels/target/compiled").touch()
    copied = rehearsal._anew(here, here / ".pyo3ops/rehearsal", env)
    assert isinstance(copied, Copied)
    assert (copied.root, copied.commit) == (stage.root, newer)
    assert not (copied.root / "half").exists()
    assert (copied.root / ".pyo3ops/wheels/target/compiled").is_file()


def _alive(number: str) -> bool:
    # One that ended and that nobody has asked for yet is no program any more.
    shown = subprocess.run(["ps", "-o", "stat=", "-p", number], capture_output=True, text=True, check=False).stdout
    return bool(shown.strip()) and not shown.strip().startswith("Z")


def test_a_copy_of_what_lies_in_no_repository(tmp_path: Path, env: dict[str, str]) -> None:
    sdist, folder = tmp_path / "crab-1.0", tmp_path / "rehearsal"
    for name in ("Cargo.lock", ".gitignore", "src/lib.rs", "target/debug/x"):
        (sdist / name).parent.mkdir(parents=True, exist_ok=True)
        (sdist / name).write_text("Cargo.lock\n", encoding="utf-8")
    # maturin refuses to pack a PKG-INFO beside the one that it writes.
    (sdist / "PKG-INFO").touch()
    (sdist / "pyproject.toml").write_text('[build-system]\nbuild-backend = "maturin"\n', encoding="utf-8")
    folder.mkdir()
    before = everything(sdist)
    copied = copy(sdist, folder, env)
    assert isinstance(copied, Copied)
    assert run_git(copied.root, env, "ls-files").split() == [
        ".gitignore", "Cargo.lock", "pyproject.toml", "src/lib.rs",
    ]  # fmt: skip

    seen = git.state(copied.root, env)
    assert seen is not None
    assert (seen.clean, seen.upstream, seen.default_branch, seen.head) == (True, "origin/main", "main", copied.commit)
    assert copied.root.name == "crab-1.0"
    (copied.root / "target").mkdir()
    (copied.root / "target/built").touch()
    assert run_git(copied.root, env, "status", "--porcelain") == ""
    assert everything(sdist) == before


def test_a_copy_of_what_its_repository_does_not_have(here: Path, env: dict[str, str]) -> None:
    """An sdist that was unpacked somewhere in a repository is no part of that."""
    (here / "unpacked").mkdir()
    (here / "unpacked/Cargo.toml").touch()
    folder = here.parent / "rehearsal"
    folder.mkdir()
    copied = copy(here / "unpacked", folder, env)
    assert isinstance(copied, Copied)
    assert run_git(copied.root, env, "ls-files") == "Cargo.toml"


def test_a_copy_with_a_submodule(here: Path, there: Path, env: dict[str, str]) -> None:
    run_git(here, env, "submodule", "--quiet", "add", str(there), "deps/lib")
    commit(here, env)
    folder = here.parent / "rehearsal"
    folder.mkdir()
    copied = copy(here, folder, env)
    assert isinstance(copied, Copied)
    assert (copied.root / "deps/lib/README.md").is_file()
    seen = git.state(copied.root, env)
    assert seen is not None
    assert seen.clean
    assert copied.notes == ("deps/lib: the files of the submodule, as they are in the working tree",)


def test_a_copy_of_a_tag_that_is_checked_out(here: Path, env: dict[str, str]) -> None:
    run_git(here, env, "checkout", "--quiet", "--detach")
    run_git(here, env, "remote", "rename", "origin", "upstream")
    folder = here.parent / "rehearsal"
    folder.mkdir()
    copied = copy(here, folder, env)
    assert isinstance(copied, Copied)
    seen = git.state(copied.root, env)
    assert seen is not None
    assert (seen.detached, seen.clean, seen.head) == (True, True, copied.commit)
    assert seen.remote == git.Remote("upstream", str(copied.origin))
