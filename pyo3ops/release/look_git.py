"""What git tells of a release: asked side by side, of the clone and of its remote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.project import Backend
from pyo3ops.core.run import run
from pyo3ops.core.versions import newest_tag
from pyo3ops.release import lock, tagging
from pyo3ops.tools import git, git_push, gpg
from pyo3ops.tools.git import GitState, Nothing, RemoteRefs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.release.lock import HeldBy, Unavailable
    from pyo3ops.release.model import Pair

#: Seconds for searching the whole tree.
_GREP_TIMEOUT = 10.0
#: Files that git was told to overlook; whoever has more of them has a reason.
_MOST = 200
#: Where a text that looks like a conflict is likely to be one that is tested or explained.
_TEXTS = ("test/", "tests/", "testdata/", "doc/", "docs/")
#: What of a project no sdist lacks, whoever makes it.
_SOURCES = re.compile(
    r".*\.(?:py|pyi|pyx|rs|c|h|cpp)|(?:.*/)?(?:Cargo\.(?:toml|lock)|build\.rs|pyproject\.toml|py\.typed)"
)


def clone(folder: Path, env: Mapping[str, str]) -> GitState | Nothing:
    """The working tree that a folder lies in, or why there is none."""
    return git.state(folder, env) or git.why_none(folder, env)


def remote_refs(folder: Path, state: GitState | Nothing, env: Mapping[str, str]) -> RemoteRefs | Nothing | None:
    """Branches, tags and locks of the remote; None where there is none."""
    if not isinstance(state, GitState) or state.remote is None:
        return None
    return git.remote_refs(folder, state.remote.name, ("refs/heads/*", "refs/tags/*", "refs/pyo3ops/*"), env)


def local_tags(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Every tag of the clone and its commit."""
    words = ("for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags")
    rows = [line.split() for line in git.ask(folder, env, *words).out.splitlines()]
    return {row[0]: row[-1] for row in rows if len(row) > 1}


@dataclass(frozen=True)
class Tags:
    """The tag of a version, where it is, and the releases that tags name."""

    name: str
    places: tuple[Pair, ...]
    released: tuple[Pair, ...]


def tags(
    project: Project, version: str, state: GitState, local: Mapping[str, str], refs: RemoteRefs | Nothing | None
) -> Tags:
    """How the tag of a version is spelt, and which commit has it here and on the remote."""
    names = [name for name in (project.name, *(each.crate for each in project.extensions)) if name]
    there = {} if not isinstance(refs, RemoteRefs) else {name[10:]: refs.commit(name) for name in _tag_refs(refs)}
    known = sorted({*local, *there})
    spelt = tagging.spelling(project.config.release.tag, version, known, names, top=not state.prefix)
    places = [("here", local[spelt])] if spelt in local else []
    remote = state.remote.name if state.remote else ""
    places += [(f"on {remote}", there[spelt])] if spelt in there else []
    return Tags(spelt, tuple(places), tuple(_released(known, names, project.config.release.tag, top=not state.prefix)))


def _tag_refs(refs: RemoteRefs) -> Iterator[str]:
    return (name for name, _ in refs.refs if name.startswith("refs/tags/") and not name.endswith("^{}"))


def _released(known: list[str], names: list[str], configured: str, *, top: bool) -> Iterator[Pair]:
    """The tags that are releases of this project, and their versions."""
    if configured:
        before, _, behind = configured.partition("{version}")
        pattern = re.compile(f"{re.escape(before)}(\\d.*){re.escape(behind)}")
        yield from ((tag, match[1]) for tag, match in ((tag, pattern.fullmatch(tag)) for tag in known) if match)
        return
    if newest_tag(known, names, top=top) is None:
        return
    for tag in known:
        found = newest_tag([tag], names, top=top)
        if found:
            yield found


def contains(folder: Path, state: GitState, refs: RemoteRefs | Nothing | None, env: Mapping[str, str]) -> bool:
    """Whether HEAD has all that the remote's branch of the same name has."""
    there = refs.object(f"refs/heads/{state.branch}") if isinstance(refs, RemoteRefs) else ""
    return not there or there == state.head or git_push.is_ancestor(folder, there, "HEAD", env)


def branches(project: Project, state: GitState | Nothing, refs: RemoteRefs | Nothing | None) -> tuple[str, ...]:
    """Patterns of the branches that releases are made from: configured, or the remote's own."""
    if project.config.release.branches:
        return project.config.release.branches
    own = refs.default_branch if isinstance(refs, RemoteRefs) else ""
    own = own or (state.default_branch if isinstance(state, GitState) else "")
    return (own,) if own else ()


def holder(
    folder: Path, project: Project, version: str, state: GitState | Nothing, env: Mapping[str, str]
) -> HeldBy | Unavailable | None:
    """Who has the lock of a version; None for nobody."""
    if not isinstance(state, GitState):
        return None
    ref = lock.ref_of(project.name or project.root.name, version)
    return lock.look(folder, ref, state.remote.name if state.remote else "", env)


def overlooked(folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    """Files that are not what git has, and of which it was told to say nothing (assume-unchanged, skip-worktree)."""
    listed = git.ask(folder, env, "ls-files", "-v", "-z", timeout=_GREP_TIMEOUT).out.split("\0")
    names = [row[2:] for row in listed if row[:1].islower() or row[:1] == "S"]
    # A sparse checkout has none of what it leaves out.
    there = [name for name in names if (folder / name).is_file()][:_MOST]
    if not there:
        return ()
    staged = git.ask(folder, env, "ls-files", "--stage", "-z", "--", *there).out.split("\0")
    known = {row.partition("\t")[2]: row.split()[1] for row in staged if "\t" in row}
    hashes = git.ask(folder, env, "hash-object", "--", *there).out.split()
    return tuple(name for name, found in zip(there, hashes) if known.get(name) != found)


def markers(folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    """Files with both ends of a conflict, from the project's root; those of tests and documents are left out."""
    words = ("grep", "--name-only", "-z", "-I", "--all-match", "-e", "^<<<<<<< ", "-e", "^>>>>>>> ")
    found = git.ask(folder, env, *words, timeout=_GREP_TIMEOUT).out.split("\0")
    return tuple(name for name in found if name and not name.startswith(_TEXTS))


def key_missing(project: Project, state: GitState | Nothing, folder: Path, env: Mapping[str, str]) -> str:
    """Why a tag cannot be signed that has to be; empty where it can, or need not."""
    if not isinstance(state, GitState) or not (project.config.release.sign or state.signs_tags):
        return ""
    told = git.ask(folder, env, "config", "--null", "--get-regexp", r"^gpg\.").out
    config = git.parse_config(told)
    kind = config.get("gpg.format", "openpgp")
    if kind == "ssh":
        return _ssh_key_missing(state.signing_key, config)
    if kind != "openpgp":
        return ""
    who = state.signing_key or state.identity
    return gpg.missing(who, config.get("gpg.program", "gpg"), env)


def _ssh_key_missing(key: str, config: Mapping[str, str]) -> str:
    from pathlib import Path  # noqa: PLC0415 - above it is for types alone

    if not key:
        return "" if config.get("gpg.ssh.defaultkeycommand") else "gpg.format is ssh, and user.signingkey names no key"
    if key.startswith(("key::", "ssh-", "ecdsa-", "sk-")):
        return ""
    try:
        there = Path(key).expanduser().is_file()
    except (OSError, RuntimeError):
        there = False
    return "" if there else f"user.signingkey names {key}, which is not there"


def strays(
    project: Project, pyproject: Mapping[str, Any], state: GitState | Nothing, env: Mapping[str, str]
) -> tuple[str, ...]:
    """Files that no commit has, that git does not ignore, and that an sdist would take along."""
    if not isinstance(state, GitState) or not state.own(state.untracked):
        return ()
    listed = git.ask(project.root, env, "ls-files", "--others", "--exclude-standard", "-z", timeout=_GREP_TIMEOUT)
    beside = [name for name in listed.out.split("\0") if name]
    if project.backend is not Backend.MATURIN:
        return tuple(name for name in beside if _SOURCES.fullmatch(name))
    taken = {*_packed(project, env)}
    patterns = _included(pyproject)
    python = project.python_source.relative_to(project.root).as_posix() if project.python_source else None
    packages = tuple(f"{'' if python in (None, '.') else f'{python}/'}{name}/" for name in _packages(project))
    return tuple(
        name
        for name in beside
        if name in taken or name.startswith(packages) or any(_fits(name, pattern) for pattern in patterns)
    )


def _packages(project: Project) -> set[str]:
    return {extension.module.split(".")[0] for extension in project.extensions}


def _packed(project: Project, env: Mapping[str, str]) -> Iterator[str]:
    """What cargo would pack of each crate, from the project's root."""
    for extension in project.extensions:
        folder = extension.manifest.parent
        argv = ["cargo", "package", "--list", "--allow-dirty", "--offline", "--manifest-path", str(extension.manifest)]
        result = run(argv, timeout=_GREP_TIMEOUT, env=env, cwd=folder)
        prefix = folder.relative_to(project.root).as_posix() if project.root in folder.parents else ""
        yield from (f"{prefix}/{line}" if prefix else line for line in result.out.splitlines())


def _included(pyproject: Mapping[str, Any]) -> list[str]:
    """The patterns of `[tool.maturin] include` that go for the sdist."""
    tool = pyproject.get("tool")
    maturin = tool.get("maturin") if isinstance(tool, dict) else None
    rows = maturin.get("include") if isinstance(maturin, dict) else None
    found = []
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, str):
            found.append(row)
        elif isinstance(row, dict) and "sdist" in str(row.get("format", "sdist")):
            found.append(str(row.get("path", "")))
    return found


def _fits(name: str, pattern: str) -> bool:
    # `**/` stands for no folder, too.
    return fnmatchcase(name, pattern) or fnmatchcase(name, pattern.replace("**/", ""))
