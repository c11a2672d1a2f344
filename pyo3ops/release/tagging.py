"""The tag of a release: annotated, at the commit that the files were built from, pushed together with its branch.

Run again it does what is left. It never moves a tag, and never a branch but forward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterable, Union

from pyo3ops.core.model import Fix
from pyo3ops.core.versions import compare, newest_tag
from pyo3ops.tools import git, git_push

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Wanted:
    """A tag as it shall be; `remote` and `branch` are empty where nothing is pushed, or no branch with the tag."""

    name: str
    #: The full commit that the sealed files were built from.
    commit: str
    message: str
    sign: bool = False
    remote: str = ""
    branch: str = ""


@dataclass(frozen=True)
class Tagged:
    """The tag is there; `made` is False where it was before, `pushed` where the remote had it or there is none."""

    name: str
    commit: str
    made: bool = False
    pushed: bool = False
    #: What to know beside, in words.
    note: str = ""


@dataclass(frozen=True)
class Untagged:
    """Why there is no tag, or none where it should be; `fix` is what a person does before `--resume`."""

    reason: str
    fix: Fix | None = None


Result = Union[Tagged, Untagged]


def spelling(configured: str, version: str, tags: Iterable[str], names: Iterable[str], *, top: bool) -> str:
    """The name of a version's tag: as configured ("v{version}"), else as the newest release is tagged, else the usual.

    `names` are those of the project, the first one its own; `top`: it is the root of its repository.
    """
    own = tuple(names)
    if configured:
        return configured.replace("{version}", version)
    newest = newest_tag(tags, own, top=top)
    if newest is not None:
        return _before(*newest) + version
    # In a subfolder v1.0 would be the tag of everything beside it as well.
    return f"v{version}" if top or not own else f"{own[0]}-v{version}"


def tag(folder: Path, wanted: Wanted, env: Mapping[str, str]) -> Result:
    """Make a tag and push it with the release commit, as far as that is not done."""
    if not git_push.commit_of(folder, wanted.commit, env):
        return Untagged(f"the commit {wanted.commit[:12]} is not in this repository", _fetch(wanted))
    there: git.RemoteRefs | git.Nothing | None = None
    if wanted.remote:
        there = git.remote_refs(folder, wanted.remote, (_ref(wanted), _head(wanted)), env)
    if isinstance(there, git.Nothing):
        return Untagged(there.reason, Fix(f"see that {wanted.remote} can be reached", _asking(wanted), mends=False))
    public = there.commit(_ref(wanted)) if there else ""
    if public and public != wanted.commit:
        return _elsewhere(wanted, public, f"on {wanted.remote}")
    made = _here(folder, wanted, env, public=bool(public))
    if isinstance(made, Untagged) or there is None or public:
        return made
    return _pushed(folder, wanted, env, made, there)


def _here(folder: Path, wanted: Wanted, env: Mapping[str, str], *, public: bool) -> Result:
    """The tag in this repository: the one that is here, the remote's, or a new one."""
    local = git_push.commit_of(folder, _ref(wanted), env)
    if local and local != wanted.commit:
        return _elsewhere(wanted, local, "here")
    if local:
        return Tagged(wanted.name, wanted.commit)
    if public:
        fetched = git_push.fetch_tag(folder, wanted.remote, wanted.name, env)
        return Tagged(wanted.name, wanted.commit, note="" if fetched else "it could not be fetched into this clone")
    result = git_push.create_tag(folder, wanted.name, wanted.commit, wanted.message, env, sign=wanted.sign)
    if result.ok:
        note = "" if wanted.remote else "there is no remote: the tag is in this clone alone"
        return Tagged(wanted.name, wanted.commit, made=True, note=note)
    return Untagged(f"git did not tag: {_first_error(result.err) or result.reason}", _mended(wanted, result.err))


def _mended(wanted: Wanted, err: str) -> Fix:
    if "ident" in err or "tell me who you are" in err:
        return Fix("say who tags, and user.name in the same way", ("git", "config", "user.email", "YOU@EXAMPLE.ORG"))
    words = ("git", "tag", "--sign" if wanted.sign else "--annotate", "-m", wanted.name, wanted.name, wanted.commit)
    return Fix(
        "see that the key can be used without a terminal, or tag by hand" if wanted.sign else "tag by hand", words
    )


def _pushed(folder: Path, wanted: Wanted, env: Mapping[str, str], made: Tagged, there: git.RemoteRefs) -> Result:
    """Push the tag, and the branch with it where the remote is behind."""
    head = there.object(_head(wanted)) if wanted.branch else ""
    branches = (
        () if not wanted.branch or _contains(folder, wanted, head, env) else (f"{wanted.commit}:{_head(wanted)}",)
    )
    if branches and head and not git_push.is_ancestor(folder, head, wanted.commit, env):
        return _moved_on(wanted)
    pushed = git_push.push(folder, wanted.remote, (*branches, _ref(wanted)), env, "--atomic")
    if not pushed.ok and branches and "support" in pushed.reason and "atomic" in pushed.reason:
        # What an old server can do: a branch without its tag is no harm, and is found done next time.
        pushed = git_push.push(folder, wanted.remote, branches, env)
        pushed = git_push.push(folder, wanted.remote, (_ref(wanted),), env) if pushed.ok else pushed
    note = "" if branches or not wanted.branch else f"{wanted.branch} on {wanted.remote} has the commit"
    if pushed.ok or _arrived(folder, wanted, env):
        return replace(made, pushed=True, note=made.note or note)
    if any(name == _head(wanted) and _stale(why) for name, why in pushed.refused):
        return _moved_on(wanted)
    return Untagged(f"{wanted.remote} did not take the tag: {pushed.reason}", _by_hand(wanted))


def _contains(folder: Path, wanted: Wanted, head: str, env: Mapping[str, str]) -> bool:
    """True where the remote's branch has the release commit already, also where somebody pushed more on top."""
    if not head or head == wanted.commit:
        return bool(head)
    if not git_push.commit_of(folder, head, env):
        git_push.fetched(folder, wanted.remote, _head(wanted), env)
    return git_push.is_ancestor(folder, wanted.commit, head, env)


def _arrived(folder: Path, wanted: Wanted, env: Mapping[str, str]) -> bool:
    """True where the remote has the tag, although its answer said no, or never came."""
    asked = git.remote_refs(folder, wanted.remote, (_ref(wanted),), env)
    return isinstance(asked, git.RemoteRefs) and asked.commit(_ref(wanted)) == wanted.commit


def _stale(why: str) -> bool:
    return "non-fast-forward" in why or "fetch first" in why


def _elsewhere(wanted: Wanted, commit: str, place: str) -> Untagged:
    return Untagged(
        f"the tag {wanted.name} {place} is at {commit[:12]}, and the files are of {wanted.commit[:12]}",
        Fix(f"find out what {wanted.name} {place} is; tags are never moved", ("git", "show", wanted.name), mends=False),
    )


def _moved_on(wanted: Wanted) -> Untagged:
    # A rebase would make another commit of the one that is public.
    return Untagged(
        f"{wanted.branch} on {wanted.remote} has commits that the release commit {wanted.commit[:12]} does not have",
        Fix(
            f"merge them, do not rebase, and push: git pull --no-rebase {wanted.remote} {wanted.branch}, then "
            f"git push {wanted.remote} {wanted.branch}; the tag stays at its commit",
            ("git", "pull", "--no-rebase", wanted.remote, wanted.branch),
        ),
    )


def _by_hand(wanted: Wanted) -> Fix:
    branch = (f"{wanted.commit}:{_head(wanted)}",) if wanted.branch else ()
    argv = ("git", "push", "--atomic", wanted.remote, *branch, _ref(wanted))
    return Fix("push the release commit (by a pull request where its branch is protected) and the tag", argv)


def _fetch(wanted: Wanted) -> Fix | None:
    return Fix("fetch it", ("git", "fetch", wanted.remote, wanted.commit)) if wanted.remote else None


def _asking(wanted: Wanted) -> tuple[str, ...]:
    return ("git", "ls-remote", wanted.remote)


def _ref(wanted: Wanted) -> str:
    return f"refs/tags/{wanted.name}"


def _head(wanted: Wanted) -> str:
    return f"refs/heads/{wanted.branch}"


def _first_error(err: str) -> str:
    lines = [line.strip() for line in err.splitlines() if line.startswith(("error:", "fatal:"))]
    return lines[0] if lines else ""


def _before(tag_name: str, version: str) -> str:
    """What stands before the version in the name of a tag."""
    starts = (at for at, letter in enumerate(tag_name) if letter.isdigit())
    return next((tag_name[:at] for at in starts if compare(tag_name[at:], version) == 0), "v")
