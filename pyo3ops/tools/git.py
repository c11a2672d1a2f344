"""git: the state of a working tree, the refs of its remote, which files it ignores, a repository for a new project."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.core.run import Ended, Result, run

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds; listing the tags of a repository with ten thousand commits takes a tenth.
TIMEOUT = 2.0
#: Seconds for a look at the whole tree, where a cold disk may have to be read.
TREE_TIMEOUT = 20.0
#: Seconds for an answer of the remote.
REMOTE_TIMEOUT = 30.0


@dataclass(frozen=True)
class Checkout:
    """The working tree that a folder belongs to; `top`: it is the root; `tags`: those merged into HEAD."""

    top: bool
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Remote:
    """Where releases are pushed to; `url` has no credentials, and may be the path of a folder."""

    name: str
    url: str


@dataclass(frozen=True)
class GitState:
    """A working tree as git tells it; paths are relative to `top`, with slashes, folders end with one."""

    top: Path
    #: The folder that was asked about, from `top`: empty, or with a slash at its end.
    prefix: str
    #: The full commit; empty before the first one.
    head: str
    #: Empty where HEAD is detached.
    branch: str
    #: Such as "origin/main"; empty for a branch without one.
    upstream: str
    #: Commits that the upstream has not, and that it has more, as of the last fetch; None where nobody can tell.
    ahead: int | None
    behind: int | None
    #: Changed and not staged, conflicts among them.
    modified: tuple[str, ...]
    untracked: tuple[str, ...]
    staged: tuple[str, ...]
    #: The remote of the upstream, else origin, else the only one.
    remote: Remote | None
    #: The remote's own branch, as of the last fetch; empty where that was never told.
    default_branch: str
    shallow: bool
    #: What was begun and not ended: merge, rebase, cherry-pick, revert, bisect, am; empty for none.
    operation: str
    #: Those at HEAD.
    tags: tuple[str, ...]
    #: "Name <address>" of who commits here; empty where git knows none and would refuse.
    identity: str
    #: `user.signingkey`, and what `tag.gpgSign` says.
    signing_key: str
    signs_tags: bool

    @property
    def detached(self) -> bool:
        """True where no branch is checked out."""
        return not self.branch

    @property
    def clean(self) -> bool:
        """True where the tree is what HEAD says, and nothing lies beside it."""
        return not (self.modified or self.untracked or self.staged)

    def own(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of some paths that lie in the folder that was asked about, or hold it."""
        return tuple(path for path in paths if path.startswith(self.prefix) or self._holds(path))

    def _holds(self, path: str) -> bool:
        return path.endswith("/") and self.prefix.startswith(path)


@dataclass(frozen=True)
class Nothing:
    """Why git tells nothing: `fix` is the command that helps, where there is one."""

    reason: str
    fix: tuple[str, ...] | None = None
    #: True where git works, and the folder lies in no working tree.
    outside: bool = False


@dataclass(frozen=True)
class RemoteRefs:
    """What a remote has under some names: full names and object ids; annotated tags once more, with ^{} behind."""

    refs: tuple[tuple[str, str], ...]
    #: Empty where its HEAD names no branch.
    default_branch: str

    def object(self, name: str) -> str:
        """The object that a full name stands for; empty where the remote has none."""
        return dict(self.refs).get(name, "")

    def commit(self, name: str) -> str:
        """The same, behind an annotated tag."""
        return self.object(f"{name}^{{}}") or self.object(name)


def checkout(folder: Path, env: Mapping[str, str]) -> Checkout | None:
    """The git checkout that a folder lies in; None outside of one, and where git cannot tell."""
    prefix = run(["git", "rev-parse", "--show-prefix"], timeout=TIMEOUT, env=env, cwd=folder)
    if not prefix.ok:
        return None
    # Other branches have tags of their own: 2.0 on main is no news to a maintained 1.x.
    tags = run(["git", "tag", "--list", "--merged", "HEAD"], timeout=TIMEOUT, env=env, cwd=folder)
    return Checkout(not prefix.out.strip(), tuple(tags.out.split()) if tags.ok else ())


def state(folder: Path, env: Mapping[str, str]) -> GitState | None:
    """The working tree that a folder lies in, without asking the network; None where `why_none` says why."""
    found = _state(folder, env)
    return found if isinstance(found, GitState) else None


def why_none(folder: Path, env: Mapping[str, str]) -> Nothing:
    """Why `state` has no answer for a folder."""
    found = _state(folder, env)
    return found if isinstance(found, Nothing) else Nothing("it has an answer now")


def remote_refs(
    folder: Path, remote: str, patterns: Iterable[str], env: Mapping[str, str], *, timeout: float = REMOTE_TIMEOUT
) -> RemoteRefs | Nothing:
    """Ask a remote, over the network and without a question to anybody, which refs match full names or patterns."""
    wanted = [each for pattern in patterns for each in (pattern, f"{pattern}^{{}}")]
    result = ask(folder, unattended(folder, env), "ls-remote", "--symref", remote, "HEAD", *wanted, timeout=timeout)
    return parse_remote_refs(result.out) if result.ok else Nothing(bare(result.reason))


def ask(folder: Path, env: Mapping[str, str], *words: str, timeout: float = TIMEOUT) -> Result:
    """Run git in a folder: in words that can be read, without taking a lock for what is only looked at."""
    plain = {**env, "LC_ALL": "C", "LANGUAGE": "", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    return run(["git", *words], timeout=timeout, env=plain, cwd=folder)


def unattended(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """`env` in which ssh, too, asks nobody for a password or whether it knows a host."""
    if "GIT_SSH" in env and "GIT_SSH_COMMAND" not in env:
        return dict(env)
    configured = env.get("GIT_SSH_COMMAND") or ask(folder, env, "config", "--get", "core.sshCommand").out.strip()
    command = configured or "ssh"
    # Other programs, such as plink, have options of their own.
    if re.match(r'"?([^\s"]*[/\\])?ssh(\.exe)?"?(\s|$)', command):
        command += " -oBatchMode=yes"
    return {**env, "GIT_SSH_COMMAND": command}


def bare(text: str) -> str:
    """An address, or a text with addresses in it, without the credentials before their hosts."""
    # Who logs in by ssh is no secret, and part of the address.
    text = re.sub(r"\b(ssh|git\+ssh)://([^/\s@:]+):[^/\s@]*@", r"\1://\2@", text)
    return re.sub(r"\b((?!ssh:|git\+ssh:)[a-z][a-z0-9+.-]*)://[^/\s]*@", r"\1://", text)


def init(folder: Path, env: Mapping[str, str]) -> bool:
    """Make a folder a repository, where git is here and the folder lies in none; True where it is one now."""
    inside = run(["git", "rev-parse", "--is-inside-work-tree"], timeout=TIMEOUT, env=env, cwd=folder)
    if inside.ok or inside.ended is Ended.MISSING:
        return False
    return run(["git", "init", "--quiet"], timeout=TIMEOUT, env=env, cwd=folder).ok


def ignoring(file: Path, env: Mapping[str, str]) -> str | None:
    """The pattern by which git leaves a file out, as "FILE:LINE: PATTERN"; None for a file that it has or takes."""
    argv = ["git", "check-ignore", "--verbose", "--", file.name]
    return parse_ignoring(run(argv, timeout=TIMEOUT, env=env, cwd=file.parent).out)


def parse_ignoring(text: str) -> str | None:
    """What `git check-ignore --verbose` says of one file."""
    source, _, _ = text.partition("\t")
    parts = source.strip().split(":", 2)
    # A pattern with an exclamation mark is printed as well, and takes the file back in.
    if len(parts) != 3 or parts[2].startswith("!"):  # noqa: PLR2004 - source, line, pattern
        return None
    return f"{parts[0]}:{parts[1]}: {parts[2]}"


def parse_remote_refs(text: str) -> RemoteRefs:
    """What `git ls-remote --symref` prints: `ref: NAME<tab>HEAD`, and a line `OBJECT<tab>NAME` for each ref."""
    pairs = [line.split("\t", 1) for line in text.splitlines() if "\t" in line]
    head = next((first for first, name in pairs if name == "HEAD" and first.startswith("ref: ")), "")
    # A name that matches two patterns is printed once for each where a server filters.
    refs = {name: first for first, name in pairs if not first.startswith("ref: ") and name != "HEAD"}
    return RemoteRefs(tuple(refs.items()), _after(head, "refs/heads/"))


@dataclass(frozen=True)
class Status:
    """What `git status --porcelain=v2 --branch -z` says; the fields are those of `GitState`."""

    head: str = ""
    branch: str = ""
    upstream: str = ""
    ahead: int | None = None
    behind: int | None = None
    modified: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    staged: tuple[str, ...] = ()


def parse_status(text: str) -> Status:
    """Read `git status --porcelain=v2 --branch -z`: entries that end with a NUL; a rename has its old name behind."""
    headers: dict[str, str] = {}
    modified, untracked, staged = [], [], []
    entries = iter(text.split("\0"))
    for entry in entries:
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            name, _, headers_value = rest.partition(" ")
            headers[name] = headers_value
        elif kind == "?":
            untracked.append(rest)
        elif kind == "u":
            modified.append(rest.split(" ", 9)[-1])
        elif kind in {"1", "2"}:
            path = rest.split(" ", 7 if kind == "1" else 8)[-1]
            if kind == "2":
                next(entries, "")
            staged += [path] if rest[0] != "." else []
            modified += [path] if rest[1] != "." else []
    distance = re.fullmatch(r"\+(\d+) -(\d+)", headers.get("branch.ab", ""))
    head, branch = headers.get("branch.oid", ""), headers.get("branch.head", "")
    return Status(
        head="" if head == "(initial)" else head,
        branch="" if branch == "(detached)" else branch,
        upstream=headers.get("branch.upstream", ""),
        ahead=int(distance[1]) if distance else None,
        behind=int(distance[2]) if distance else None,
        modified=tuple(modified),
        untracked=tuple(untracked),
        staged=tuple(staged),
    )


def parse_config(text: str) -> dict[str, str]:
    """What `git config --null --get-regexp` prints; of a key that is there twice, the last one counts, as in git."""
    pairs = (entry.partition("\n") for entry in text.split("\0") if entry)
    # A key without a value means true.
    return {key: value if line else "true" for key, line, value in pairs}


def parse_refusal(result: Result) -> Nothing:
    """Why git told nothing, of its own words."""
    if result.ended is Ended.MISSING:
        return Nothing("git is not here")
    if "not a git repository" in result.err:
        return Nothing("this is no git repository", outside=True)
    if "must be run in a work tree" in result.err:
        return Nothing("this is a repository without a working tree", outside=True)
    owned = re.search(r"dubious ownership in repository at '(.+)'", result.err)
    if owned:
        fix = ("git", "config", "--global", "--add", "safe.directory", owned[1])
        return Nothing(f"git does not trust {owned[1]}: it belongs to another user", fix)
    return Nothing(bare(result.reason))


def _state(folder: Path, env: Mapping[str, str]) -> GitState | Nothing:
    places = ("--show-toplevel", "--show-prefix", "--absolute-git-dir", "--is-shallow-repository")
    asked = ask(folder, env, "rev-parse", *places)
    lines = asked.out.split("\n")
    if not asked.ok or len(lines) < len(places):
        return parse_refusal(asked)
    listed = ask(
        folder, env, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal", timeout=TREE_TIMEOUT
    )
    if not listed.ok:
        return parse_refusal(listed)
    top, prefix, inside, shallow = lines[:4]
    status = parse_status(listed.out)
    keys = r"^(remote\..*\.url|user\.signingkey|tag\.gpgsign)$"
    config = parse_config(ask(folder, env, "config", "--null", "--get-regexp", keys).out)
    remote = _remote(folder, env, chosen(config, status.upstream))
    return GitState(
        **vars(status),
        top=Path(top),
        prefix=prefix,
        remote=remote,
        default_branch=_default_branch(folder, env, remote),
        shallow=shallow == "true",
        operation=next((name for file, name in _OPERATIONS if os.path.exists(os.path.join(inside, file))), ""),  # noqa: PTH110, PTH118 - git's own text
        tags=_tags_at_head(folder, env),
        identity=_identity(ask(folder, env, "var", "GIT_COMMITTER_IDENT").out),
        signing_key=config.get("user.signingkey", ""),
        signs_tags=config.get("tag.gpgsign", "").lower() in {"true", "yes", "on", "1"},
    )


#: What git leaves in its folder while something is under way; a rebase may stop in a cherry-pick of its own.
_OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)


def chosen(config: Mapping[str, str], upstream: str) -> str:
    """The remote that counts: the one of the upstream, else origin, else the only one; empty where there is none."""
    names = [match[1] for match in (re.fullmatch(r"remote\.(.+)\.url", key) for key in config) if match]
    # Names of remotes may have slashes.
    of_upstream = [name for name in names if upstream.startswith(f"{name}/")]
    if of_upstream:
        return max(of_upstream, key=len)
    return "origin" if "origin" in names else names[0] if len(names) == 1 else ""


def _remote(folder: Path, env: Mapping[str, str], name: str) -> Remote | None:
    if not name:
        return None
    # Rewritten by url.*.pushInsteadOf, as a push would go.
    return Remote(name, bare(ask(folder, env, "remote", "get-url", "--push", name).out.strip()))


def _default_branch(folder: Path, env: Mapping[str, str], remote: Remote | None) -> str:
    if remote is None:
        return ""
    place = f"refs/remotes/{remote.name}/"
    return _after(ask(folder, env, "symbolic-ref", "--quiet", f"{place}HEAD").out.strip(), place)


def _tags_at_head(folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    words = ("for-each-ref", "--points-at=HEAD", "--format=%(refname:strip=2)", "refs/tags")
    return tuple(_lines(ask(folder, env, *words)))


def _lines(result: Result) -> Iterator[str]:
    yield from result.out.splitlines() if result.ok else ()


def _identity(text: str) -> str:
    match = re.match(r"(.*<.*>) \d+ [+-]\d{4}$", text.strip())
    return match[1] if match else ""


def _after(text: str, mark: str) -> str:
    return text.partition(mark)[2]
