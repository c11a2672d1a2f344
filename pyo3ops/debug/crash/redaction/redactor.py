"""Words for what is taken out of a text, and how much of each kind that was."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Mapping, Sequence, Tuple

from pyo3ops.debug.crash.redaction import blocks, ends, names, paths, random_words, values
from pyo3ops.debug.crash.redaction.shapes import in_small, shapes, spans, words

if TYPE_CHECKING:
    from pathlib import Path
    from re import Match

    from pyo3ops.debug.crash.redaction.shapes import Shape

#: Begin, end, and what stands there instead.
Change = Tuple[int, int, str]
#: Characters of a person's or a machine's name that is looked for everywhere: shorter ones are in every word.
_TELLING = 3
#: What is no text of anybody: a build's name.
_KEPT = frozenset({"build_id"})
_WHOLE = re.compile(rf"(?:{values.OURS.pattern})\Z")


class Redactor:
    """Words for what was taken out, and how much of each kind that was."""

    def __init__(self, env: Mapping[str, str] | None = None, root: Path | None = None) -> None:
        self._words: dict[tuple[str, str], str] = {}
        self._numbers: Counter[str] = Counter()
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
        small = in_small(text)
        for near, pattern in paths.HOMES:
            for first, last in spans(small, near):
                for match in pattern.finditer(text, first, last):
                    self._know("user", match["user"])
        for match in _mails(text, small):
            self._know("user", match["user"])
        for shape in shapes("login"):
            for first, last in shape.found(text, small):
                self._know(shape.kind, text[first:last])

    def _know(self, kind: str, name: str) -> None:
        name = name.strip()
        if len(name) >= _TELLING and name.lower() not in words("nobody") and not name.isdigit():
            self._names.setdefault(name.lower(), kind)

    def redacted(self, text: str) -> str:
        """The text without; `learn` it first."""
        text = blocks.without(text, self._word)
        text = self._without_shapes(text, shapes("token"))
        text = _changed(text, self._replaced("secret", text, ends.passwords(text)))
        text = self._without_shapes(text, shapes("secret"))
        places = values.found(text, in_small(text))
        text = _changed(text, ((first, last, self._lines("secret", text[first:last])) for first, last in places))
        text = _changed(text, self._replaced("mail", text, map(_span, _mails(text, in_small(text)))))
        for found in (paths.quoted, paths.found, paths.of_windows):
            text = _changed(text, self._told(text, found(text)))
        text = self._without_shapes(text, shapes("address"))
        text = _changed(text, self._known(text))
        return _changed(text, self._replaced("token", text, random_words.found(text)))

    def _without_shapes(self, text: str, each: Sequence[Shape]) -> str:
        small = in_small(text)
        for shape in each:
            changed = _changed(text, self._of_shape(shape, text, small))
            text, small = changed, small if changed is text else in_small(changed)
        return text

    def _of_shape(self, shape: Shape, text: str, small: str) -> Iterator[Change]:
        """What a shape takes out, and the begins of the next lines where a token goes on there."""
        for first, last, word in self._replaced(shape.kind, text, shape.found(text, small)):
            yield first, last, word
            rest = values.continued(text, last) if shape.kind in ("token", "secret") else None
            while rest is not None:
                yield rest.start("it"), rest.end("it"), word
                rest = values.continued(text, rest.end("it"))

    def _replaced(self, kind: str, text: str, places: Iterable[tuple[int, int]]) -> Iterator[Change]:
        """What stands in each place as a word."""
        for first, last in places:
            it = text[first:last]
            if it and not _WHOLE.match(it) and it not in ("***", "REDACTED", "None"):
                yield first, last, self._lines(kind, it)

    def _told(self, text: str, matches: Iterable[Match[str]]) -> Iterator[Change]:
        for match in matches:
            first, last = paths.place(text, match)
            told = paths.told(text[first:last], self._root, self._folder)
            if told != text[first:last]:
                yield first, last, told

    def _known(self, text: str) -> Iterator[Change]:
        """The names that were learnt, wherever they stand as words."""
        small = in_small(text)
        for first, last in names.found(small, self._names):
            yield first, last, self._word(self._names[small[first:last]], text[first:last])

    def _lines(self, kind: str, it: str) -> str:
        """The word for something, with its line ends: lines keep their numbers."""
        return self._word(kind, it) + "\n" * it.count("\n")

    def _word(self, kind: str, it: str) -> str:
        self.counts[kind] += 1
        key = (kind, it.lower())
        if key not in self._words:
            self._numbers[kind] += 1
            self._words[key] = f"<{kind}{self._numbers[kind]}>"
        return self._words[key]

    def _folder(self, path: str) -> str:
        return self._word("folder", path.replace("\\", "/").rstrip("/"))


_MAIL = re.compile(r"\b(?P<user>[A-Za-z0-9_.%+\-]{1,64})@(?:[A-Za-z0-9\-]{1,63}\.){1,6}[A-Za-z]{2,24}\b")


def _mails(text: str, small: str) -> Iterator[Match[str]]:
    for first, last in spans(small, ("@",)):
        yield from _MAIL.finditer(text, first, last)


def _span(match: Match[str]) -> tuple[int, int]:
    return match.span()


def _changed(text: str, changes: Iterable[Change]) -> str:
    """The text with all changes, which come in order; one that begins in another is left out."""
    parts: list[str] = []
    end = 0
    for first, last, word in changes:
        if first >= end:
            parts += [text[end:first], word]
            end = last
    return "".join((*parts, text[end:])) if parts else text


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
