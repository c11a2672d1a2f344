"""The known causes: rows of data/why.toml, one a way in which building, installing or importing an extension fails."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Pattern

from pyo3ops.core.model import Status
from pyo3ops.core.toml import load

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Characters that a pattern spans, with and without lines between; a test measures every pattern.
FAR, NEAR = 3200, 800
_TABLE = Path(__file__).parents[1] / "data" / "why.toml"


class Rank(IntEnum):
    """How much a message says: a cause is always told, a general one where no cause is in the same lines."""

    CAUSE = 0
    GENERAL = 1
    #: Told only where nothing else was found.
    CONSEQUENCE = 2


@dataclass(frozen=True)
class Needle:
    """One pattern, and words in small letters without which it cannot fit: those are found much faster."""

    text: str
    words: str
    #: Characters before and behind those words within which it fits.
    reach: int

    def pattern(self) -> Pattern[str]:
        """The pattern, in which small letters and capitals are the same, and a space is a line's end too."""
        return _compiled(self.text)


@dataclass(frozen=True)
class Cause:
    """One row; `{name}` in its texts and its command is what the group of that name caught, else the one in `words`."""

    id: str
    title: str
    needles: tuple[Needle, ...]
    cause: str
    cure: str
    source: str
    command: tuple[str, ...] = ()
    #: Where the command is for: names of sys.platform, or none for everywhere.
    platforms: tuple[str, ...] = ()
    rank: Rank = Rank.CAUSE
    status: Status = Status.FAIL
    words: Mapping[str, str] = field(default_factory=dict)
    #: Ids of what follows from this one, and is not told beside it.
    explains: tuple[str, ...] = ()

    def cause_text(self, words: Mapping[str, str] | None = None) -> str:
        """Why it happens."""
        return filled(self.cause, words or self.words)

    def cure_text(self, words: Mapping[str, str] | None = None) -> str:
        """What to do."""
        return filled(self.cure, words or self.words)

    def argv(self, words: Mapping[str, str]) -> tuple[str, ...]:
        """The command."""
        return tuple(filled(word, words) for word in self.command)

    def places(self) -> tuple[str, ...]:
        """The names that the command wants filled in."""
        return tuple(name for word in self.command for name in names(word))

    def applies(self, platform: str) -> bool:
        """True where the command can be typed, by a name of sys.platform."""
        return not self.platforms or platform in self.platforms


def names(text: str) -> list[str]:
    """The names of the places to fill in a text."""
    return re.findall(r"\{(\w+)\}", text)


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its places filled; what is filled in is not looked at again."""
    return re.sub(r"\{(\w+)\}", lambda match: words[match[1]], text)


@functools.lru_cache(maxsize=None)
def causes() -> tuple[Cause, ...]:
    """Every known cause, in the order of the table."""
    return tuple(_cause(row) for row in load(_TABLE)["cause"])


def _cause(row: Mapping[str, Any]) -> Cause:
    lists = {name: tuple(row.get(name, ())) for name in ("command", "platforms", "explains")}
    return Cause(
        id=row["id"],
        title=row["title"],
        needles=tuple(needle(text) for text in row["patterns"]),
        cause=row["cause"],
        cure=row["cure"],
        source=row["source"],
        rank=Rank[row.get("rank", "cause").upper()],
        status=Status(row.get("status", "fail")),
        words=row.get("words", {}),
        **lists,
    )


def needle(text: str) -> Needle:
    """The needle of one pattern of the table."""
    return Needle(text, _words(text), FAR if r"[\s\S]" in text else NEAR)


@functools.lru_cache(maxsize=None)
def _compiled(text: str) -> Pattern[str]:
    # On demand: compiling all of them takes longer than reading a megabyte.
    return re.compile(text.replace(" ", r"[ \n]"), re.IGNORECASE)


def _words(pattern: str) -> str:
    """The longest text that the pattern has outside of groups, classes and what may be missing."""
    pattern = re.sub(
        r"\\([.()\[\]{}?*+|^$#'\"`-])", lambda match: "\x00" if match[1] in "()[]{}?*+|" else match[1], pattern
    )
    pattern = re.sub(r"\\.", "\x00", re.sub(r"\[[^\]]*\]", "\x00", pattern))
    while True:
        inner = re.sub(r"\([^()]*\)", "\x00", pattern)
        if inner == pattern:
            break
        pattern = inner
    pattern = re.sub(r".(?:[?*]|\{[\d,]*\}\??)", "\x00", pattern)
    return max(re.split(r"[\x00.?*+^$]", pattern), key=len).lower()
