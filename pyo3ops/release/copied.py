"""A repository once more, elsewhere: a clone of what is committed, and a bare repository in place of its remote.

The original is only read. Hooks are left behind, as nobody knows what they reach.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.discover import read_pyproject
from pyo3ops.core.errors import ConfigError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Fix
from pyo3ops.core.project import Backend, backend_of
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds for one step of git; a large history is linked, not copied.
TIMEOUT = 600.0
#: What points git at another repository than the one in its working folder.
_ELSEWHERE = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
#: What is made of sources, and what belongs to a machine.
_MADE = ("target", ".git", ".pyo3ops", ".venv", "venv", ".nox", ".tox", "node_modules", "__pycache__", ".mypy_cache")
#: Who commits where nobody is known: in the copy alone.
_NOBODY = ("rehearsal", "rehearsal@localhost")
#: Settings of a clone that say who commits, and how tags are signed.
_OWN = r"^(user|gpg|gpg\..*|tag|commit)\.[a-z]+$"


@dataclass(frozen=True)
class Copied:
    """`root` is the project in the copy, `origin` the bare repository; `commit` is what both stand at."""

    root: Path
    origin: Path
    commit: str
    #: What is not in the copy, or other than in the original, in words.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Uncopied:
    """Why there is no copy."""

    reason: str
    fix: Fix | None = None


class _Failed(Exception):  # noqa: N818 - an answer of git
    pass


def copy(root: Path, folder: Path, env: Mapping[str, str]) -> Copied | Uncopied:
    """Copy the repository that a project lies in, or the project alone where it lies in none, into an empty folder."""
    inside = without_repository(env)
    seen = git.state(root, inside)
    try:
        if seen is not None and seen.head and git.ask(root, inside, "ls-files", "--", ".").out:
            return _cloned(seen, folder, inside)
        missing = git.why_none(root, inside)
        if seen is None and not missing.outside:
            return Uncopied(missing.reason, Fix("let git look at it", missing.fix) if missing.fix else None)
        return _made(root, folder, inside)
    except _Failed as failed:
        return Uncopied(str(failed))
    except OSError as error:
        return Uncopied(f"it cannot be copied: {reason_of(error, folder)}")


def without_repository(env: Mapping[str, str]) -> dict[str, str]:
    """`env` for git in a folder of its own, as if started by hand: a hook of git hands down where it was started."""
    kept = {name: value for name, value in env.items() if name not in _ELSEWHERE}
    # What git-lfs would fetch is not here.
    return {**kept, "GIT_LFS_SKIP_SMUDGE": "1", "GIT_TERMINAL_PROMPT": "0"}


def _cloned(seen: git.GitState, folder: Path, env: Mapping[str, str]) -> Copied:
    name = seen.remote.name if seen.remote else "origin"
    top, origin = folder / "copy" / (seen.top.name or "project"), folder / "origin.git"
    top.parent.mkdir(parents=True, exist_ok=True)
    _git(folder, env, "clone", "--quiet", "--bare", "--template=", str(seen.top), str(origin))
    _as_the_remote(seen, name, origin, env)
    _git(folder, env, "clone", "--quiet", "--template=", "--origin", name, str(seen.top), str(top))
    _settle(seen, name, top, origin, env)
    notes = [*_submodules(seen.top, top, env), *_left(seen)]
    if seen.remote is None:
        notes.append("there is no remote: a bare copy stands in for one")
    return Copied(top / seen.prefix, origin, seen.head, tuple(notes))


def _as_the_remote(seen: git.GitState, name: str, origin: Path, env: Mapping[str, str]) -> None:
    """Give the bare repository the branches that the remote had when it was last asked."""
    place = f"refs/remotes/{name}/"
    if git.ask(seen.top, env, "for-each-ref", "--count=1", place).out:
        _git(origin, env, "fetch", "--quiet", "--prune", "--no-tags", str(seen.top), f"+{place}*:refs/heads/*")
        # The remote's HEAD is no branch of it.
        _git(origin, env, "update-ref", "-d", "refs/heads/HEAD")
    default = seen.default_branch or seen.branch
    if default:
        _git(origin, env, "symbolic-ref", "HEAD", f"refs/heads/{default}")


def _settle(seen: git.GitState, name: str, top: Path, origin: Path, env: Mapping[str, str]) -> None:
    """Point the clone at the bare repository, and give it what the original's own configuration says of people."""
    _git(top, env, "remote", "set-url", name, str(origin))
    _git(top, env, "fetch", "--quiet", "--prune", name)
    _git(top, env, "config", "core.hooksPath", str(origin.parent / "no-hooks"))
    own = git.parse_config(git.ask(seen.top, env, "config", "--local", "--null", "--get-regexp", _OWN).out)
    identity = {} if seen.identity else dict(zip(("user.name", "user.email"), _NOBODY))
    for key, value in {**identity, **own}.items():
        _git(top, env, "config", key, value)
    if seen.default_branch:
        _git(top, env, "remote", "set-head", name, seen.default_branch)
    if seen.detached:
        # A clone guesses a branch that stands there.
        _git(top, env, "checkout", "--quiet", "--detach")
    else:
        _git(top, env, "config", f"branch.{seen.branch}.remote", name)
        merged = seen.upstream[len(name) + 1 :] if seen.upstream.startswith(f"{name}/") else seen.branch
        _git(top, env, "config", f"branch.{seen.branch}.merge", f"refs/heads/{merged}")


def _submodules(original: Path, top: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Copy the files of submodules, which a clone leaves empty; their own repositories stay where they are."""
    listed = git.ask(original, env, "ls-files", "--stage", "-z", timeout=git.TREE_TIMEOUT).out
    for row in listed.split("\0"):
        if row.startswith("160000 "):
            path = row.partition("\t")[2]
            if not (original / path).is_dir():
                continue
            # The clone has an empty folder there, which Python 3.8 may not copy into.
            shutil.rmtree(str(top / path), ignore_errors=True)
            ignored = shutil.ignore_patterns(".git")
            shutil.copytree(str(original / path), str(top / path), symlinks=True, ignore=ignored)
            yield f"{path}: the files of the submodule, as they are in the working tree"


def _left(seen: git.GitState) -> Iterator[str]:
    for what, paths in (("changed", (*seen.staged, *seen.modified)), ("not tracked", seen.untracked)):
        several = sorted(set(seen.own(paths)))
        if several:
            shown = ", ".join(several[:3]) + (f" and {len(several) - 3} more" if len(several) > 3 else "")  # noqa: PLR2004 - a line
            yield f"{what}, and not rehearsed: {shown}"


def _made(root: Path, folder: Path, env: Mapping[str, str]) -> Copied:
    """Copy a project that nobody put under version control, such as an unpacked sdist, and commit it there."""
    top, origin = folder / "copy" / (root.name or "project"), folder / "origin.git"
    shutil.copytree(str(root), str(top), symlinks=True, ignore=shutil.ignore_patterns(*_MADE, *_described(root)))
    _git(top, env, "init", "--quiet", "--template=")
    _git(top, env, "symbolic-ref", "HEAD", "refs/heads/main")
    own = {"user.name": _NOBODY[0], "user.email": _NOBODY[1], "commit.gpgsign": "false", "tag.gpgsign": "false"}
    for key, value in {**own, "core.hooksPath": str(folder / "no-hooks")}.items():
        _git(top, env, "config", key, value)
    # What a .gitignore leaves out is part of an sdist all the same.
    _git(top, env, "add", "--all", "--force", ".")
    _git(top, env, "commit", "--quiet", "--message", "As it was found")
    # What is built there is no change of it, whether or not a .gitignore came along.
    (top / ".git/info").mkdir(exist_ok=True)
    write_whole(top / ".git/info/exclude", "".join(f"{name}\n" for name in _MADE).encode())
    _git(folder, env, "clone", "--quiet", "--bare", "--template=", str(top), str(origin))
    _git(top, env, "remote", "add", "origin", str(origin))
    _git(top, env, "fetch", "--quiet", "origin")
    _git(top, env, "remote", "set-head", "origin", "main")
    _git(top, env, "branch", "--quiet", "--set-upstream-to=origin/main")
    head = git.ask(top, env, "rev-parse", "HEAD").out.strip()
    return Copied(top, origin, head, ("it is in no git repository: the copy is committed to one of its own",))


def _described(root: Path) -> tuple[str, ...]:
    """What the last sdist said of itself, where the backend will not pack that again."""
    try:
        return ("PKG-INFO",) if backend_of(read_pyproject(root)) is Backend.MATURIN else ()
    except ConfigError:
        return ()


def _git(folder: Path, env: Mapping[str, str], *words: str) -> None:
    result = git.ask(folder, env, *words, timeout=TIMEOUT)
    if not result.ok:
        raise _Failed(git.bare(f"git {words[0]}: {result.reason}"))
