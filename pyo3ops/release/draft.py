"""A draft of what is new, from the commits since the last release; a person rewrites it for those who read it.

Types of commits are those of Conventional Commits 1.0, the groups those of Keep a Changelog.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.core.run import Ended
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Seconds, for the log of a large repository.
TIMEOUT = 30.0
#: Commits; a draft of more of them is nothing that anybody rewrites.
MOST = 2000
GROUPS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_TYPES = {
    "feat": "Added",
    "feature": "Added",
    "add": "Added",
    "fix": "Fixed",
    "bugfix": "Fixed",
    "perf": "Changed",
    "change": "Changed",
    "revert": "Changed",
    "deprecate": "Deprecated",
    "remove": "Removed",
    "security": "Security",
}
_CONVENTIONAL = re.compile(r"(?P<type>[A-Za-z]+)(?:\((?P<scope>[^)\n]*)\))?(?P<breaking>!)?:\s+(?P<text>\S.*)")
#: What a release, a merge and a rebase leave, and no reader wants.
_NOISE = re.compile(
    r"(?:merge (?:branch|pull request|remote|tag|commit)\b|(?:release|prepare(?: for)?|bump version(?: to)?)\s+v?\d"
    r"|v?\d+\.\d+(?:\.\d+)?\S*$|(?:fixup|squash|amend)!|wip\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Commit:
    """A commit as the log has it."""

    id: str
    subject: str
    body: str = ""


def log_since(root: Path, env: Mapping[str, str], tag: str | None) -> tuple[Commit, ...] | str:
    """The commits since a tag that changed something below `root`, newest first, or why git does not tell.

    Without a tag, all of them; of more than `MOST`, the newest.
    """
    reach = f"{tag}..HEAD" if tag else "HEAD"
    words = ("log", "--no-merges", f"--max-count={MOST}", "--format=%H%x1f%s%x1f%b%x1e", reach, "--", ".")
    result = git.ask(root, env, *words, timeout=TIMEOUT)
    if not result.ok:
        return "git is not here" if result.ended is Ended.MISSING else result.reason
    return parse_log(result.out)


def parse_log(text: str) -> tuple[Commit, ...]:
    """Read `git log --format=%H%x1f%s%x1f%b%x1e`."""
    rows = (row.strip("\n").split("\x1f") for row in text.split("\x1e"))
    return tuple(Commit(row[0], row[1].strip(), row[2].strip()) for row in rows if len(row) == len(("id", "s", "b")))


def draft(commits: Sequence[Commit], known: str = "") -> str:
    """What is new as Markdown, oldest first: in groups where most commits are conventional ones, else a plain list.

    Nothing stands there twice, nor what `known`, the section that it is for, says already; empty where nothing is left.
    """
    kept = _without_reverted([each for each in commits if each.subject and not _NOISE.match(each.subject)])
    read = [(_CONVENTIONAL.fullmatch(each.subject), each) for each in reversed(kept)]
    conventional = sum(match is not None for match, _ in read) * 2 >= len(read)
    rows = list(_grouped(read)) if conventional else [("", _clean(each.subject)) for _, each in read]
    new = list(_new(rows, known))
    parts = []
    for group in ("", *GROUPS):
        entries = [f"- {text}" for name, text in new if name == group]
        if entries:
            parts.append("\n".join([*([f"### {group}", ""] if group else []), *entries]))
    return "\n\n".join(parts)


def _without_reverted(commits: Sequence[Commit]) -> list[Commit]:
    """Without what was taken back again, and without the taking back of it."""
    ids = {each.id for each in commits}
    subjects = {each.subject for each in commits}
    gone: set[str] = set()
    for each in commits:
        named = re.search(r"This reverts commit ([0-9a-f]{7,64})", each.body)
        quoted = re.fullmatch(r'Revert "(.*)"', each.subject)
        reverted = {one for one in ids if named and one.startswith(named[1])}
        if reverted or (quoted and quoted[1] in subjects):
            gone |= {each.id, *(reverted or {one.id for one in commits if quoted and one.subject == quoted[1]})}
    return [each for each in commits if each.id not in gone]


def _grouped(read: Iterable[tuple[re.Match[str] | None, Commit]]) -> Iterator[tuple[str, str]]:
    """Group and text of each commit that users notice; chores, tests and the like are none."""
    for match, commit in read:
        if match is None:
            yield "Changed", _clean(commit.subject)
            continue
        breaking = bool(match["breaking"]) or re.search(r"^BREAKING[ -]CHANGE:", commit.body, re.MULTILINE) is not None
        group = _TYPES.get(match["type"].lower()) or ("Changed" if breaking else "")
        text = f"{match['scope']}: {match['text']}" if match["scope"] else _clean(match["text"])
        if group:
            yield group, f"**Breaking:** {_clean(text)}" if breaking else _clean(text)


def _clean(text: str) -> str:
    """One line that begins with a capital, without control characters, in which `Vec<u8>` is no HTML."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", " ", text).strip()
    parts = re.split(r"(`[^`]*`)", text[:1].upper() + text[1:])
    return "".join(part if part.startswith("`") else part.replace("<", r"\<") for part in parts)


def _new(rows: Iterable[tuple[str, str]], known: str) -> Iterator[tuple[str, str]]:
    seen = {_plain(line) for line in known.splitlines()}
    numbers = set(re.findall(r"#(\d+)\b", known))
    for group, text in rows:
        request = re.search(r"\(#(\d+)\)\s*$", text)
        if _plain(text) in seen or (request and request[1] in numbers):
            continue
        seen.add(_plain(text))
        yield group, text


def _plain(line: str) -> str:
    """What makes two entries one: without the bullet, the case, the request's number and the full stop."""
    text = re.sub(r"^\s*[-*+]\s+", "", line)
    return re.sub(r"\W+", " ", re.sub(r"\(#\d+\)", "", text)).strip().casefold()
