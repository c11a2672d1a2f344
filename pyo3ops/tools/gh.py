"""gh, the command line of GitHub: a release of a repository, and what a run of a workflow left behind.

Who we are there is gh's own affair: a login of its own, or a token in its variables, which it reads itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Sequence
from urllib.parse import urlsplit

from pyo3ops.core.model import Fix
from pyo3ops.core.run import Ended, Result, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds for an answer.
TIMEOUT = 60.0
#: Seconds for all files of a release, up or down.
FILES_TIMEOUT = 3600.0
#: What gh is told by variables: a debugging gh prints headers, and a forced terminal colours and asks.
_UNWANTED = frozenset({"GH_DEBUG", "DEBUG", "GH_FORCE_TTY", "CLICOLOR_FORCE", "GH_REPO"})
_QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "GH_PAGER": "cat"}


@dataclass(frozen=True)
class Repository:
    """A repository on GitHub, or on a GitHub of somebody's own."""

    host: str
    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.host}/{self.owner}/{self.name}"


@dataclass(frozen=True)
class Trouble:
    """Why gh gave no answer; `absent`: it answered that there is no such thing."""

    reason: str
    fix: Fix | None = None
    absent: bool = False


@dataclass(frozen=True)
class Asset:
    """A file of a release, its size in bytes; `sha256` empty where GitHub does not tell, `whole` False where torn."""

    name: str
    size: int
    sha256: str
    whole: bool


@dataclass(frozen=True)
class Release:
    """A release as GitHub has it."""

    url: str
    draft: bool
    prerelease: bool
    assets: tuple[Asset, ...]


@dataclass(frozen=True)
class WorkflowRun:
    """A run of a workflow: how it ended (empty while it runs), of which commit, and what started it."""

    number: str
    conclusion: str
    commit: str
    event: str
    workflow: str
    url: str


def repository_of(url: str, env: Mapping[str, str]) -> Repository | None:
    """The repository on GitHub that an address of git leads to; None for any other place."""
    match = re.fullmatch(r"(?:[^/@\s]+@)?([\w.-]+):(?!//)([^/\s]+)/([^/\s]+?)(?:\.git)?/?", url)
    if match:
        host, owner, name = match.groups()
    else:
        parts = urlsplit(url)
        path = re.fullmatch(r"/([^/]+)/([^/]+?)(?:\.git)?/?", parts.path)
        if not path or not parts.hostname or parts.scheme not in {"https", "http", "ssh", "git", "git+ssh"}:
            return None
        host, (owner, name) = parts.hostname, path.groups()
    host = re.sub(r"^(ssh|www)\.(?=github\.com$)", "", host.lower())
    own = {env.get("GH_HOST", "").lower(), urlsplit(env.get("GITHUB_SERVER_URL", "")).hostname or ""} - {""}
    known = host == "github.com" or host.endswith(".ghe.com") or host in own
    return Repository(host, owner, name) if known else None


def unready(host: str, env: Mapping[str, str]) -> Trouble | None:
    """Why gh cannot be asked about a host; None where it is here, logged in and reaches it."""
    result = _ask(env, "auth", "status", "--hostname", host)
    return None if result.ok else parse_unready(result, host, env)


def release(where: Repository, tag: str, env: Mapping[str, str]) -> Release | Trouble:
    """The release of a tag, a draft too."""
    result = _ask(env, "release", "view", tag, *_repo(where), "--json", "url,isDraft,isPrerelease,assets")
    return parse_release(result.out) if result.ok else _trouble(result)


def create_draft(
    where: Repository, tag: str, title: str, notes: Path, env: Mapping[str, str], *, prerelease: bool
) -> Trouble | None:
    """Make a draft for a tag that is there; None once it is made."""
    result = _ask(env, *draft_words(where, tag, title, notes, prerelease=prerelease))
    return None if result.ok else _trouble(result)


def draft_words(where: Repository, tag: str, title: str, notes: Path, *, prerelease: bool) -> tuple[str, ...]:
    """What gh is told to make a draft: never a tag beside it."""
    kind = ("--prerelease",) if prerelease else ()
    told = ("--draft", "--verify-tag", *kind, "--title", title, "--notes-file", str(notes))
    return ("release", "create", tag, *_repo(where), *told)


def upload(where: Repository, tag: str, files: Sequence[Path], env: Mapping[str, str]) -> Trouble | None:
    """Add files to a release, in place of what it has under their names; None once all are there."""
    words = ("release", "upload", tag, *map(str, files), *_repo(where), "--clobber")
    result = _ask(env, *words, timeout=FILES_TIMEOUT)
    return None if result.ok else _trouble(result)


def publish(where: Repository, tag: str, env: Mapping[str, str]) -> Trouble | None:
    """Make a draft public; None once it is."""
    result = _ask(env, "release", "edit", tag, *_repo(where), "--draft=false")
    return None if result.ok else _trouble(result)


def workflow_run(where: Repository, number: str, env: Mapping[str, str]) -> WorkflowRun | Trouble:
    """What became of a run of a workflow."""
    fields = "conclusion,status,headSha,event,workflowName,url"
    result = _ask(env, "run", "view", number, *_repo(where), "--json", fields)
    return parse_run(number, result.out) if result.ok else _trouble(result)


def download(
    where: Repository, number: str, folder: Path, env: Mapping[str, str], *, name: str = "", pattern: str = ""
) -> Trouble | None:
    """Unpack the artifacts of a run into a folder: the one of a name, or each that fits in a folder of its own."""
    which = ("--name", name) if name else ("--pattern", pattern)
    words = ("run", "download", number, *_repo(where), *which, "--dir", str(folder))
    result = _ask(env, *words, timeout=FILES_TIMEOUT)
    return None if result.ok else _trouble(result)


def parse_release(text: str) -> Release | Trouble:
    """What `gh release view --json` prints."""
    try:
        read: Any = json.loads(text)
        assets = tuple(
            Asset(
                str(row["name"]), int(row["size"]), _sha256(row.get("digest")), row.get("state") in {None, "uploaded"}
            )
            for row in read["assets"]
        )
        return Release(str(read["url"]), read["isDraft"] is True, read["isPrerelease"] is True, assets)
    except (ValueError, KeyError, TypeError):
        return Trouble("what gh says of the release cannot be read")


def parse_run(number: str, text: str) -> WorkflowRun | Trouble:
    """What `gh run view --json` prints."""
    try:
        read: Any = json.loads(text)
        words = [str(read[key] or "") for key in ("conclusion", "headSha", "event", "workflowName", "url")]
    except (ValueError, KeyError, TypeError):
        return Trouble("what gh says of the run cannot be read")
    return WorkflowRun(number, *words)


def parse_unready(result: Result, host: str, env: Mapping[str, str]) -> Trouble:
    """Why `gh auth status` was no yes."""
    if result.ended is Ended.MISSING:
        return _missing()
    said = result.err + result.out
    login = Fix(f"log in to {host}", ("gh", "auth", "login", "--hostname", host))
    if env.get("GITHUB_ACTIONS"):
        login = Fix("hand the step its token: env: GH_TOKEN: ${{ github.token }}, with contents: write for the job")
    if "not logged in" in said.lower():
        return Trouble(f"gh is not logged in to {host}", login)
    marked = re.search(r"^ *(?:X|-) ((?:Failed|Timeout|The token).*)$", said, re.MULTILINE)
    return Trouble(f"gh cannot use {host}: {marked[1].strip() if marked else result.reason}", login)


def _trouble(result: Result) -> Trouble:
    if result.ended is Ended.MISSING:
        return _missing()
    lines = [line.strip() for line in (result.err or result.out).splitlines() if line.strip()]
    absent = bool(re.search(r"release not found|no artifact matches|no valid artifacts|HTTP 404", "\n".join(lines)))
    # The first line says what happened; what follows is advice on how to use gh.
    return Trouble(lines[0] if lines and result.ended is Ended.EXITED else result.reason, absent=absent)


def _missing() -> Trouble:
    return Trouble("gh is not here", Fix("install gh, GitHub's command line", url="https://cli.github.com"))


def _ask(env: Mapping[str, str], *words: str, timeout: float = TIMEOUT) -> Result:
    told = {**{name: value for name, value in env.items() if name not in _UNWANTED}, **_QUIET}
    return run(["gh", *words], timeout=timeout, env=told)


def _repo(where: Repository) -> tuple[str, str]:
    return "--repo", str(where)


def _asset(row: Mapping[str, Any]) -> Asset:
    return Asset(
        str(row["name"]), int(row["size"]), _sha256(row.get("digest")), row.get("state", "uploaded") == "uploaded"
    )


def _sha256(digest: object) -> str:
    return digest[len("sha256:") :] if isinstance(digest, str) and digest.startswith("sha256:") else ""
