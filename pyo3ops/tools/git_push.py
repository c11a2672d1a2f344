"""git, where it writes: objects without a place in the tree, tags, refs here and on a remote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence

from pyo3ops.tools.git import REMOTE_TIMEOUT, ask, bare, unattended

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.run import Result

#: Seconds; hooks of the project's own run before it.
PUSH_TIMEOUT = 300.0
#: Seconds that a person has for the passphrase of a key.
SIGN_TIMEOUT = 120.0
#: What a person's configuration adds to a push is left out of one that names its refs.
_PLAIN = ("--porcelain", "--no-follow-tags", "--recurse-submodules=no", "--no-signed")


@dataclass(frozen=True)
class Pushed:
    """What became of a push; `refused`: the names that git or the remote did not take, and why."""

    ok: bool
    reason: str = ""
    refused: tuple[tuple[str, str], ...] = ()


def push(
    folder: Path,
    remote: str,
    refspecs: Sequence[str],
    env: Mapping[str, str],
    *options: str,
    timeout: float = PUSH_TIMEOUT,
) -> Pushed:
    """Push exactly what the refspecs say; without "+" and a lease no ref is moved but forward."""
    words = ("push", *_PLAIN, *options, remote, *refspecs)
    return parse_pushed(ask(folder, unattended(folder, env), *words, timeout=timeout))


def parse_pushed(result: Result) -> Pushed:
    """What `git push --porcelain` says: a line "FLAG<tab>FROM:TO<tab>SUMMARY (REASON)" for each ref."""
    rows = [line.split("\t") for line in result.out.splitlines()]
    refused = tuple(
        (row[1].rpartition(":")[2], _why(row[2]))
        for row in rows
        if len(row) == 3 and row[0] == "!"  # noqa: PLR2004 - flag, refspec, summary
    )
    if result.ok and not refused:
        return Pushed(ok=True)
    # Of an atomic push, the ref to blame stands among others that were taken back with it.
    blamed = [f"{name}: {why}" for name, why in refused if "atomic" not in why]
    return Pushed(ok=False, reason=bare(_said(result.err) or "; ".join(blamed) or result.reason), refused=refused)


def commit_of(folder: Path, name: str, env: Mapping[str, str]) -> str:
    """The full commit that a name stands for, also behind an annotated tag; empty where there is none."""
    return _value(ask(folder, env, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"))


def object_of(folder: Path, ref: str, env: Mapping[str, str]) -> str:
    """The object that a full ref name stands for here; empty where there is none."""
    return _value(ask(folder, env, "for-each-ref", "--format=%(objectname)", ref))


def is_ancestor(folder: Path, one: str, other: str, env: Mapping[str, str]) -> bool:
    """True where a commit is another one, or lies behind it; False, too, where either is not here."""
    return ask(folder, env, "merge-base", "--is-ancestor", one, other).ok


def fetched(folder: Path, remote: str, ref: str, env: Mapping[str, str]) -> str:
    """Fetch one ref without giving it a name here, and return its object; empty where that fails."""
    words = ("fetch", "--quiet", "--no-tags", "--recurse-submodules=no", remote, ref)
    # A fetch may clean up the whole repository behind itself.
    calm = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")
    if not ask(folder, unattended(folder, env), *calm, *words, timeout=REMOTE_TIMEOUT).ok:
        return ""
    return _value(ask(folder, env, "rev-parse", "--verify", "--quiet", "FETCH_HEAD"))


def fetch_tag(folder: Path, remote: str, name: str, env: Mapping[str, str]) -> bool:
    """Bring a tag of the remote here; False where that fails, or another one of its name is here."""
    words = ("fetch", "--quiet", "--no-tags", remote, f"refs/tags/{name}:refs/tags/{name}")
    return ask(folder, unattended(folder, env), *words, timeout=REMOTE_TIMEOUT).ok


def message_of(folder: Path, commit: str, env: Mapping[str, str]) -> str:
    """The message of a commit object that is here; empty for anything else."""
    result = ask(folder, env, "cat-file", "commit", commit)
    return result.out.partition("\n\n")[2] if result.ok else ""


def lone_commit(folder: Path, message: str, env: Mapping[str, str]) -> Result:
    """Write a commit without parents and files; `out` has its id. Nothing refers to it."""
    tree = ask(folder, env, "hash-object", "-w", "-t", "tree", "--stdin")
    if not tree.ok:
        return tree
    # A machine of CI has nobody's name; that of a person stands in the message where it matters.
    people = {f"GIT_{who}_{what}": "pyo3ops" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return ask(folder, {**env, **people}, "commit-tree", "--no-gpg-sign", "-m", message, tree.out.strip())


def create_ref(folder: Path, ref: str, object_id: str, env: Mapping[str, str]) -> Result:
    """Name an object here, where nothing has that name yet."""
    return ask(folder, env, "update-ref", ref, object_id, "")


def delete_ref(folder: Path, ref: str, object_id: str, env: Mapping[str, str]) -> Result:
    """Take a name away here, where it still stands for that object."""
    return ask(folder, env, "update-ref", "-d", ref, object_id)


def create_tag(folder: Path, name: str, commit: str, message: str, env: Mapping[str, str], *, sign: bool) -> Result:
    """Make an annotated tag here; a tag of that name that is here already is an error."""
    # Lines that begin with # are headings of a change log, not comments.
    words = ("tag", "--annotate", "--sign" if sign else "--no-sign", "--cleanup=whitespace", "-m", message, "--", name)
    return ask(folder, env, *words, commit, timeout=SIGN_TIMEOUT)


def _why(summary: str) -> str:
    match = re.fullmatch(r"\[.*?\](?: \((.*)\))?", summary.strip())
    return bare(match[1] or summary.strip()) if match else bare(summary.strip())


def _said(err: str) -> str:
    """What the remote, or ssh, said before git gave up; hints and the summary of git itself left out."""
    lines = [line.strip() for line in err.splitlines()]
    told = [re.sub(r"^remote: *", "", line) for line in lines if re.match(r"remote: +\S|fatal: |ssh: ", line)]
    errors = [line for line in told if re.match(r"(error|fatal): ", line, re.IGNORECASE)]
    return (errors or told or [""])[0]


def _value(result: Result) -> str:
    return result.out.strip() if result.ok else ""
