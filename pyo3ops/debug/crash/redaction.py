"""Pasted text without what says whose it is: people, machines, addresses, tokens, passwords, folders.

What is taken out is replaced by a word that stays the same for the same thing, so that the text can still be followed;
functions, files' names and line numbers stay. In doubt something goes.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Mapping, Match, Pattern

from pyo3ops.debug.crash.redaction_rules import (
    ADDRESSES,
    HEX,
    HOMES,
    KNOWN_TOKENS,
    LOGINS,
    MAIL,
    MIXED,
    NO_NAMES,
    OPTION,
    PATH,
    SECRET_BARE,
    SECRET_NAMES,
    SECRET_OPTION,
    SECRET_VALUES,
    SECRET_VARIABLE,
    SECRET_WORDS,
    SECRETS,
    SPOKEN,
    SYSTEM,
    TAILS,
    WINDOWS_PATH,
)

if TYPE_CHECKING:
    from pathlib import Path

#: Characters of a person's or a machine's name that is looked for everywhere: shorter ones are in every word.
_TELLING = 3
#: A word of ours.
_OURS = re.compile(r"<(?:key|token|secret|mail|ip|mac|host|user|folder)\d{1,9}>\Z")
#: What is no text of anybody: a build's name.
_KEPT = frozenset({"build_id"})
_SMALL = {ord(letter): letter.lower() for letter in string.ascii_uppercase}


def _may_be_secret(value: str) -> bool:
    """False for what code writes behind such a name: a call, a type, an attribute."""
    words = ("None", "str", "null", "true", "false", "True", "False")
    return value not in words and not value.endswith("()") and not (value[-1] == "(" and value[:-1].isidentifier())


def _value(text: str, name: Match[str]) -> Match[str] | None:
    """The group `it` is the value that stands behind a secret's name; None where there is none."""
    word, at = text[name.start() : name.end()], name.end()
    if word.isupper() and (variable := SECRET_VARIABLE.match(text, at)):
        return variable
    patterns = (SECRET_WORDS, *SECRET_VALUES) if name[0] in SPOKEN else SECRET_VALUES
    found = next(filter(None, (each.match(text, at) for each in patterns)), None)
    if found is None and OPTION.search(text[max(0, name.start() - 90) : name.start()]):
        found = SECRET_OPTION.match(text, at)
    return found or SECRET_BARE.match(text, at)


class Redactor:
    """Words for what was taken out, and how much of each kind that was."""

    def __init__(self, env: Mapping[str, str] | None = None, root: Path | None = None) -> None:
        self._words: dict[tuple[str, str], str] = {}
        self._names: dict[str, str] = {}
        self._root = str(root) if root else ""
        self.counts: Counter[str] = Counter()
        env = env or {}
        for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"):
            self._know("user", env.get(name, ""))
        for name in ("HOSTNAME", "COMPUTERNAME", "HOST"):
            self._know("host", env.get(name, ""))

    def learn(self, text: str) -> None:
        """Take note of the people and machines that a text names, so that they are found wherever they stand."""
        for pattern in HOMES:
            for match in pattern.finditer(text):
                self._know("user", match["user"])
        for match in MAIL.finditer(text):
            self._know("user", match["user"])
        for pattern, kind in LOGINS:
            for match in pattern.finditer(text):
                self._know(kind, match["name"])

    def _know(self, kind: str, name: str) -> None:
        name = name.strip()
        if len(name) >= _TELLING and name.lower() not in NO_NAMES and not name.isdigit():
            self._names.setdefault(name.lower(), kind)

    def redacted(self, text: str) -> str:
        """The text without; `learn` it first."""
        for pattern, kind in KNOWN_TOKENS:
            text = self._replaced(pattern, kind, text)
        for pattern in SECRETS:
            text = self._replaced(pattern, "secret", text)
        text = self._without_secrets(text)
        text = self._replaced(MAIL, "mail", text)
        text = PATH.sub(self._path, text)
        text = WINDOWS_PATH.sub(self._path, text)
        for pattern, kind in ADDRESSES:
            text = self._replaced(pattern, kind, text)
        text = self._known(text)
        text = self._replaced(HEX, "token", text)
        return self._replaced(MIXED, "token", text)

    def _replaced(self, pattern: Pattern[str], kind: str, text: str) -> str:
        """The text with each group `it` of the pattern, or each match, replaced."""
        named = "it" in pattern.groupindex

        def word(match: Match[str]) -> str:
            it = match["it"] if named else match[0]
            if not it or _OURS.match(it) or it in ("***", "REDACTED", "None"):
                return match[0]
            if not named:
                return self._word(kind, it)
            start, end = match.start("it") - match.start(), match.end("it") - match.start()
            return f"{match[0][:start]}{self._word(kind, it)}{match[0][end:]}"

        return pattern.sub(word, text)

    def _without_secrets(self, text: str) -> str:
        """The text without what stands behind names of secrets: `password = ...`, `"token": "..."`, `--api-key ...`."""
        # Small letters are searched much faster than both; only ASCII's, so that places stay the same.
        small = text.translate(_SMALL)
        parts: list[str] = []
        end = 0
        for name in SECRET_NAMES.finditer(small):
            if name.start() < end:
                continue
            match = _value(text, name)
            if match is None or _OURS.match(match["it"]) or not _may_be_secret(match["it"]):
                continue
            parts += [text[end : match.start("it")], self._word("secret", match["it"])]
            end = match.end("it")
        return "".join((*parts, text[end:]))

    def _word(self, kind: str, it: str) -> str:
        self.counts[kind] += 1
        key = (kind, it.lower())
        if key not in self._words:
            number = 1 + sum(1 for known, _ in self._words if known == kind)
            self._words[key] = f"<{kind}{number}>"
        return self._words[key]

    def _known(self, text: str) -> str:
        """The text without the names that were learnt, wherever they stand as words."""
        if not self._names:
            return text
        names = sorted(self._names, key=len, reverse=True)[:500]
        pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, names))})(?![A-Za-z0-9])", re.IGNORECASE)
        return pattern.sub(lambda match: self._word(self._names[match[0].lower()], match[0]), text)

    def _path(self, match: Match[str]) -> str:
        """A path from where it tells about programs, not about people."""
        path = match[0]
        if self._root and path.startswith(self._root + "/"):
            return path[len(self._root) + 1 :]
        if SYSTEM.match(path):
            return path
        for pattern in TAILS:
            tail = pattern.search(path)
            if tail:
                return f"{self._folder(path[: tail.start('tail')])}/{tail['tail']}"
        folder, _, name = path.replace("\\", "/").rpartition("/")
        if path.startswith("\\\\") and "." not in name:
            return self._folder(path)
        return f"{self._folder(folder)}/{name}" if folder.strip("/") else path

    def _folder(self, path: str) -> str:
        return self._word("folder", path.replace("\\", "/").rstrip("/"))


def redacted(
    text: str, env: Mapping[str, str], root: Path | None = None
) -> tuple[str, Callable[[str], str], Counter[str]]:
    """The text without, what does the same to a further text, and how much of each kind was taken out."""
    redactor = Redactor(env, root)
    redactor.learn(text)
    return redactor.redacted(text), redactor.redacted, redactor.counts


def everywhere(value: Any, change: Callable[[str], str], known: dict[str, str] | None = None) -> Any:  # noqa: ANN401
    """The value, any of the model's, with every text in it changed, but for builds' names."""
    known = {} if known is None else known
    if isinstance(value, str) and not isinstance(value, Enum):
        if value not in known:
            known[value] = change(value)
        return known[value]
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(everywhere(each, change, known) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        names = (each.name for each in fields(value) if each.name not in _KEPT)
        old = {name: getattr(value, name) for name in names}
        new = {name: everywhere(each, change, known) for name, each in old.items()}
        return replace(value, **new) if new != old else value
    return value
