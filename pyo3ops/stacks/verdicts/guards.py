"""What the source says of locks: which one a line takes, and which ones a function still has where it stands.

This reads Rust by the line, no further than the function that a frame is in. It names the lock, and decides between
explanations that the stacks alone allow; what it does not understand it does not claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Collection, Sequence

from pyo3ops.stacks.model import Language

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame

#: The lines of a file by its path, None where it cannot be read.
Read = Callable[[str], "Sequence[str] | None"]

#: Lines of one function that are looked at.
_LONGEST = 200
_FUNCTION = re.compile(
    r"^\s{0,80}(?:pub(?:\([\w: ]{1,40}\))?\s{1,8})?(?:const\s{1,8}|async\s{1,8}|unsafe\s{1,8}"
    r"|extern\s{0,8}(?:\"[\w-]{0,20}\")?\s{0,8}){0,4}fn\s{1,8}(?P<name>\w{1,200})"
)
_TAKES = re.compile(
    r"(?P<name>[A-Za-z_]\w{0,80}(?:(?:\.|::)[A-Za-z_]\w{0,80}(?:\(\))?){0,6}?)\s{0,60}\.\s{0,4}"
    r"(?:lock|read|write|upgradable_read|lock_arc|lock_py_attached|read_py_attached|write_py_attached)\("
)
_KEPT = re.compile(
    r"\blet\s{1,8}(?:mut\s{1,8})?(?P<guard>[A-Za-z_]\w{0,80})\s{0,8}(?::[^=;]{1,200})?=\s{0,8}&?(?:mut\s{1,4})?$"
)
_HEADER = re.compile(r"\b(?:if\s{1,8}let|while\s{1,8}let|match)\b[^;{}]{0,200}$")
#: What gives the guard itself: anything further is a value of which the guard is dropped at the statement's end.
_STILL_GUARD = re.compile(
    r"\([^()]{0,80}\)(?:\s{0,60}(?:\.\s{0,4}(?:unwrap|expect|unwrap_or_else)\([^;]{0,200}?\)|\?)){0,3}\s{0,8};"
)
_CLOSURE = re.compile(r"\|[^|\n]{0,200}\|")
_WITH = re.compile(r"\s{0,200}(?:async\s{1,8})?with\s{1,8}(?P<name>[A-Za-z_][\w.]{0,120})\s{0,8}(?:as\s[^:]{1,100})?:")
_ACQUIRE = re.compile(r"(?P<name>[A-Za-z_][\w.]{0,120})\.acquire\(")
_COMMENT = re.compile(r"//.*")


@dataclass(frozen=True)
class Taken:
    """A lock as the source calls it, and the line (from 1) that takes it."""

    name: str
    line: int

    @property
    def static(self) -> bool:
        """True for a name in capitals: there is one such lock in the whole program."""
        return re.fullmatch(r"[A-Z][A-Z0-9_]{1,80}", re.split(r"\.|::", self.name)[-1]) is not None


def wanted(frame: Frame, read: Read) -> Taken | None:
    """The lock that a waiting frame's own line takes; None where no line can be read, or it takes none or several."""
    lines = _lines(frame, read)
    if lines is None or frame.line is None:
        return None
    for first in range(frame.line, max(0, frame.line - 3), -1):
        statement = "\n".join(_bare(line) for line in lines[first - 1 : frame.line])
        names = {_plain(match["name"]) for match in _TAKES.finditer(statement)}
        if names:
            return Taken(names.pop(), frame.line) if len(names) == 1 else None
        if first > 1 and _bare(lines[first - 2]).rstrip().endswith((";", "{", "}")):
            # The statement begins here.
            return None
    return None


def still_held(frame: Frame, below: Collection[str], read: Read) -> tuple[Taken, ...] | None:
    """The locks that the frame's function took before its line and kept, the last one first; None: cannot be read.

    `below` are the functions that run in the same thread: a closure has the guards of the function around it only where
    that is one of them, and not in a thread that it was given to.
    """
    lines = _lines(frame, read)
    if lines is None or frame.line is None:
        return None
    start = _start(lines, frame.line)
    if start is None:
        return None
    text = "\n".join(_bare(line) for line in lines[start : frame.line])
    # The line itself may take another one: only what is complete before it counts.
    before = text.rfind("\n") + 1
    begins = 0
    if "{closure" in frame.function and _FUNCTION.match(lines[start])["name"] not in below:  # type: ignore[index]
        begins = max((match.end() for match in _CLOSURE.finditer(text)), default=len(text))
    return tuple(reversed(_kept(text, begins, before, start + 1)))


def _kept(text: str, begins: int, before: int, first: int) -> list[Taken]:
    kept = []
    for match in _TAKES.finditer(text, begins):
        if match.start() >= before:
            break
        guard = _guard(text, match)
        rest = text[match.end() : before]
        if guard is None or not _open(rest):
            continue
        if guard and _given_away(guard, rest):
            continue
        kept.append(Taken(_plain(match["name"]), first + text.count("\n", 0, match.start())))
    return kept


def _guard(text: str, taken: re.Match[str]) -> str | None:
    """The name that a guard is kept by, empty for one that a block keeps; None for a guard that is dropped at once."""
    head = text[max(0, taken.start() - 300) : taken.start()]
    kept = _KEPT.search(head)
    if kept and kept["guard"] != "_" and _STILL_GUARD.match(text[taken.end() - 1 : taken.end() + 500]):
        return kept["guard"]
    return "" if _HEADER.search(head) else None


def _given_away(guard: str, rest: str) -> bool:
    """True where a guard was dropped, moved or replaced, or may have been: it stands alone, or a closure moves it."""
    alone = rf"(?:[(,={{:]|\breturn)\s{{0,80}}{guard}\s{{0,80}}[),;}}]|\b{guard}\s{{0,80}}=[^=]"
    return re.search(alone, rest) is not None or ("move " in rest and re.search(rf"\b{guard}\b", rest) is not None)


def _open(rest: str) -> bool:
    """True where the block that a guard was made in has not ended."""
    depth = 0
    for letter in rest:
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            return False
    return True


def _start(lines: Sequence[str], line: int) -> int | None:
    for at in range(min(line, len(lines)) - 1, max(-1, line - _LONGEST), -1):
        if _FUNCTION.match(lines[at]):
            return at
    return None


def python_wanted(frame: Frame, read: Read) -> str | None:
    """The lock that a line of Python takes, as the source calls it; None where it takes none, or cannot be read."""
    lines = read(frame.file) if frame.file else None
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return None
    match = _WITH.match(lines[frame.line - 1][:1000]) or _ACQUIRE.search(lines[frame.line - 1][:1000])
    return match["name"] if match else None


def python_held(frame: Frame, read: Read) -> tuple[str, ...] | None:
    """What the `with` statements around a line of Python keep, by name, the innermost first; None: cannot be read."""
    lines = read(frame.file) if frame.file else None
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return None
    held, depth = [], _indent(lines[frame.line - 1])
    for line in reversed(lines[max(0, frame.line - 1 - _LONGEST) : frame.line - 1]):
        if not line.strip() or _indent(line) >= depth:
            continue
        depth = _indent(line)
        match = _WITH.match(line[:1000])
        if match:
            held.append(match["name"])
        if line.lstrip().startswith(("def ", "async def ", "class ")):
            break
    return tuple(held)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _lines(frame: Frame, read: Read) -> Sequence[str] | None:
    if frame.file is None or frame.language is Language.PYTHON:
        return None
    return read(frame.file)


def _bare(line: str) -> str:
    return _COMMENT.sub("", line[:1000])


def _plain(name: str) -> str:
    return name.replace("()", "")


def nothing(_: str) -> None:
    """Reads no file: for dumps whose sources are not here."""
