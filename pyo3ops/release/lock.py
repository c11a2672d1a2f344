"""One release of a version at a time, across machines: a git ref that can only be created, on the remote.

It names a small commit without files or parents whose message says who releases. Without a remote the same ref stands
in the repository at hand, and keeps two releases from the same clone apart.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Union

from pyo3ops.core.model import Fix
from pyo3ops.tools import git, git_push

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PLACE = "refs/pyo3ops/release"
_TITLE = "pyo3ops: a release is under way"


@dataclass(frozen=True)
class Holder:
    """Who releases, from where, since when (ISO 8601, UTC), by which journal, and what."""

    who: str
    host: str
    when: str
    journal: str
    commit: str

    def __str__(self) -> str:
        return f"{self.who} on {self.host} since {self.when}"


@dataclass(frozen=True)
class Held:
    """The lock is ours; `remote` is empty where it stands in this clone alone. `resumed`: it was before."""

    ref: str
    object: str
    remote: str
    resumed: bool = False

    @property
    def note(self) -> str:
        """How far the lock reaches, in words."""
        if self.remote:
            return f"{self.ref} on {self.remote}"
        return f"{self.ref} in this clone: without a remote, other machines do not see it"


@dataclass(frozen=True)
class HeldBy:
    """Somebody else's lock; `holder` is None where its text cannot be read."""

    ref: str
    object: str
    holder: Holder | None

    @property
    def reason(self) -> str:
        """Why there is nothing to do but wait, in words."""
        return f"{self.ref} is held by {self.holder or 'somebody who left no name'}"


@dataclass(frozen=True)
class Unavailable:
    """Nobody can tell whether a release is under way, or say that one is."""

    reason: str
    fix: Fix | None = None


Taken = Union[Held, HeldBy, Unavailable]


def ref_of(project: str, version: str) -> str:
    """The ref that one release of a version has to itself."""
    return "/".join((_PLACE, _word(re.sub(r"[-_.]+", "-", project).lower()), _word(version)))


def host_of(env: Mapping[str, str]) -> str:
    """What tells one machine from another: the run of a workflow, else the machine's own name."""
    if env.get("GITHUB_ACTIONS") and env.get("GITHUB_RUN_ID"):
        return f"{env.get('GITHUB_REPOSITORY', '')} run {env['GITHUB_RUN_ID']}".strip()
    return platform.node() or "a machine without a name"


def take(folder: Path, ref: str, holder: Holder, remote: str, env: Mapping[str, str]) -> Taken:
    """Take a lock on a remote (its name; empty: in this clone); the lock that the same journal took is taken up again.

    After any failure it is asked who has it: an answer that got lost may have been a yes.
    """
    written = git_push.lone_commit(folder, text_of(holder), env)
    if not written.ok:
        return Unavailable(git.bare(written.reason))
    mine = written.out.strip()
    reason = _created(folder, ref, mine, remote, env)
    found = look(folder, ref, remote, env) if reason else HeldBy(ref, mine, holder)
    if found is None:
        return _refused(reason, remote)
    if isinstance(found, Unavailable) or not found.holder or found.holder.journal != holder.journal:
        return found
    return Held(ref, found.object, remote, resumed=found.object != mine)


def look(folder: Path, ref: str, remote: str, env: Mapping[str, str]) -> HeldBy | Unavailable | None:
    """Who has a lock now, whoever that is; None for nobody."""
    if not remote:
        there = git_push.object_of(folder, ref, env)
        return HeldBy(ref, there, parse_text(git_push.message_of(folder, there, env))) if there else None
    listed = git.remote_refs(folder, remote, (ref,), env)
    if isinstance(listed, git.Nothing):
        return Unavailable(listed.reason)
    there = listed.object(ref)
    if not there:
        return None
    here = git_push.fetched(folder, remote, ref, env)
    return HeldBy(ref, there, parse_text(git_push.message_of(folder, there, env)) if here else None)


def release(folder: Path, held: Held, env: Mapping[str, str]) -> Unavailable | None:
    """Give a lock back, where it still is the one that was taken: None once it is not ours any more."""
    return _deleted(folder, held.ref, held.object, held.remote, env)


def break_lock(folder: Path, held: HeldBy, remote: str, env: Mapping[str, str]) -> Unavailable | None:
    """Take a lock away from whom `look` found, and from nobody else: None once it is gone."""
    return _deleted(folder, held.ref, held.object, remote, env)


def text_of(holder: Holder) -> str:
    """What the lock says, for people and for `parse_text`."""
    return "\n".join([_TITLE, "", *(f"{field.name}: {_line(getattr(holder, field.name))}" for field in fields(holder))])


def parse_text(text: str) -> Holder | None:
    """Who took a lock, by its own words; None where they are not ours."""
    pairs = dict(line.split(": ", 1) for line in text.splitlines()[1:] if ": " in line)
    if not text.startswith(_TITLE) or "journal" not in pairs:
        return None
    return Holder(**{field.name: _line(pairs.get(field.name, "")) for field in fields(Holder)})


def _created(folder: Path, ref: str, mine: str, remote: str, env: Mapping[str, str]) -> str:
    """Empty once the ref is ours, else why not."""
    if not remote:
        made = git_push.create_ref(folder, ref, mine, env)
        return "" if made.ok else made.reason
    # An empty lease: the ref must not be there, and the remote holds that, not the look before.
    lease = f"--force-with-lease={ref}:"
    pushed = git_push.push(folder, remote, (f"{mine}:{ref}",), env, lease, "--no-verify", timeout=git.REMOTE_TIMEOUT)
    return "" if pushed.ok else pushed.reason


def _deleted(folder: Path, ref: str, theirs: str, remote: str, env: Mapping[str, str]) -> Unavailable | None:
    if remote:
        lease = f"--force-with-lease={ref}:{theirs}"
        pushed = git_push.push(folder, remote, (f":{ref}",), env, lease, "--no-verify", timeout=git.REMOTE_TIMEOUT)
        ok, reason = pushed.ok, pushed.reason
    else:
        removed = git_push.delete_ref(folder, ref, theirs, env)
        ok, reason = removed.ok, removed.reason
    if ok:
        return None
    found = look(folder, ref, remote, env)
    if isinstance(found, Unavailable):
        return found
    return None if found is None or found.object != theirs else Unavailable(reason)


def _refused(reason: str, remote: str) -> Unavailable:
    fix = Fix(f"let whoever releases push to {remote}", ("git", "push", "--dry-run", remote, "HEAD"), mends=False)
    return Unavailable(reason, fix if remote else None)


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9+!.]+|\.\.+|^\.|\.$", "-", text)


def _line(text: str) -> str:
    """One line without control characters, however the text came here."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:300]
