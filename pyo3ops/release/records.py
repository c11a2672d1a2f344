"""The lines of a journal: each a record, chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Tuple, Union

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a record may hold.
Value = Union[str, int, bool]
#: What a record holds, by key.
Data = Tuple[Tuple[str, Value], ...]
#: What the first record has for the hash of the one before it.
ORIGIN = "0" * 64
#: Characters of a text in a record: reasons are other programs' words, of any length.
LONGEST = 500
_KEYS = frozenset({"number", "time", "event", "data", "previous", "sha256"})
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
#: What must not be kept: credentials in an address, tokens of package indexes and of GitHub, those of a header.
_SECRETS = (
    (re.compile(r"(\w://)[^/\s@]*@"), r"\1"),
    # Macaroons all begin alike; projects may be called pypi-something.
    (re.compile(r"\b(pypi-)AgE[A-Za-z0-9_-]{8,}"), r"\1..."),
    (re.compile(r"\b(gh[a-z]_|github_pat_)\w{12,}"), r"\1..."),
    (re.compile(r"\b((?:basic|bearer|token)\s+)[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), r"\1..."),
)


@dataclass(frozen=True)
class Record:
    """One line: what happened and when (UTC, ISO 8601), the hash of the line before and its own, in hexadecimal."""

    number: int
    time: str
    event: str
    data: Data
    previous: str
    sha256: str

    def said(self, key: str) -> str:
        """A value as text; empty where the record does not have it."""
        return str(dict(self.data).get(key, ""))

    @property
    def line(self) -> bytes:
        """The record as it stands in the file, with the line's end."""
        return _canonical({**_bare(self), "sha256": self.sha256}) + b"\n"


def make(number: int, time: str, event: str, data: Mapping[str, object], previous: str) -> Record:
    """A record with its hash; texts are bounded, without secrets. Raises `TypeError` for other than plain values."""
    bare = Record(number, time, event, tuple((key, _kept(key, data[key])) for key in sorted(data)), previous, "")
    return Record(bare.number, bare.time, bare.event, bare.data, bare.previous, _digest(bare))


def parse(line: bytes, number: int, previous: str) -> Record | str:
    """The record that a line (without its end) is, or what is wrong with it as that number, behind `previous`."""
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return "it is no JSON"
    if not isinstance(row, dict) or set(row) != _KEYS or not _plain(row):
        return "it is no record"
    record = Record(
        row["number"], row["time"], row["event"], tuple(sorted(row["data"].items())), row["previous"], row["sha256"]
    )
    if record.number != number or record.previous != previous:
        return "the line before is another one than when it was written"
    if _digest(record) != record.sha256 or record.line != line + b"\n":
        return "it is not as it was written"
    return record


def without_secrets(text: str) -> str:
    """A text from outside, on one line, of bounded length, without what looks like a secret."""
    # Cut first, generously: no pattern meets megabytes.
    plain = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text[: 40 * LONGEST]).split())
    for pattern, left in _SECRETS:
        plain = pattern.sub(left, plain)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 3] + "..."


def _kept(key: str, value: object) -> Value:
    if isinstance(value, str):
        # A lone surrogate, of a file's name, is no UTF-8.
        return without_secrets(value.encode("utf-8", "backslashreplace").decode("utf-8"))
    if isinstance(value, int):
        return value
    raise TypeError(f"{key} is no text, number or truth: {type(value).__name__}")


def _plain(row: dict[str, Any]) -> bool:
    texts = all(isinstance(row[key], str) for key in ("time", "event", "previous", "sha256"))
    data = row["data"]
    return texts and type(row["number"]) is int and isinstance(data, dict) and all(map(_is_value, data.values()))


def _is_value(value: object) -> bool:
    return isinstance(value, (str, int))


def _bare(record: Record) -> dict[str, object]:
    return {
        "number": record.number,
        "time": record.time,
        "event": record.event,
        "data": dict(record.data),
        "previous": record.previous,
    }


def _canonical(row: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(row).encode("utf-8")


def _digest(record: Record) -> str:
    return hashlib.sha256(_canonical(_bare(record))).hexdigest()
