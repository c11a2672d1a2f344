"""What the source says of locks: which one a line takes, and which ones a function still has where it stands.

This reads Rust by the line, no further than the function that a frame is in. It names the lock, and decides between
explanations that the stacks alone allow; what it does not understand it does not claim.
"""

from __future__ import annotations

import itertools
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
#: Locks that one function takes, at most: with more of them it is no source that a person wrote.
_MOST = 100
_FUNCTION = re.compile(
    r"^\s{0,80}(?:pub(?:\([\w: ]{1,40}\))?\s{1,8})?(?:const\s{1,8}|async\s{1,8}|unsafe\s{1,8}"
    r"|extern\s{0,8}(?:\"[\w-]{0,20}\")?\s{0,8}){0,4}fn\s{1,8}(?P<name>\w{1,200})"
)
_TAKES = re.compile(
    r"\b(?P<name>[A-Za-z_]\w{0,80}(?:(?:\.|::)[A-Za-z_]\w{0,80}(?:\(\))?){0,6}?)\s{0,60}\.\s{0,4}"
    r"(?:lock|read|write|upgradable_read|lock_arc|lock_py_attached|read_py_attached|write_py_attached)\("
)
_KEPT = re.compile(
    r"\blet\s{1,8}(?:mut\s{1,8})?(?P<guard>[A-Za-z_]\w{0,80})\s{0,8}(?::[^=;]{1,200})?=\s{0,8}&?(?:mut\s{1,4})?$"
)
_HEADER = re.compile(r"\b(?P<word>if\s{1,8}let|while\s{1,8}let|match)\b[^;{}]{0,200}$")
#: What stands before the statement of a line: ends of blocks, and the next part of an `if`.
_ENDS = re.compile(r"[\s}]{0,200}(?:else\b)?")
_ELSE = re.compile(r"\s{0,200}else\b")
#: Where these are called, a guard that has no name may be given back before its block ends.
_PASSED_ON = re.compile(r"\bdrop\s{0,8}\(|\.\s{0,8}(?:map|map_or|map_or_else|and_then)\b")
#: What gives the guard itself: anything further is a value of which the guard is dropped at the statement's end.
_STILL_GUARD = re.compile(
    r"\([^()]{0,80}\)(?:\s{0,60}(?:\.\s{0,4}(?:unwrap|expect|unwrap_or_else)\([^;]{0,200}?\)|\?)){0,3}\s{0,8};"
)
_CLOSURE = re.compile(r"\|[^|\n]{0,200}\|")
_WITH = re.compile(r"\s{0,200}(?:async\s{1,8})?with\s{1,8}(?P<name>[A-Za-z_][\w.]{0,120})\s{0,8}(?:as\s[^:]{1,100})?:")
_ACQUIRE = re.compile(r"(?P<name>[A-Za-z_][\w.]{0,120})\.acquire\(")
_DETACHES = re.compile(r"\s{0,200}\w{1,80}\.(?:detach|allow_threads)\(")
_COMMENT = re.compile(r"//.*")
#: Characters and texts: a brace in them is no block's.
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.[^']{0,8})'|"(?:[^"\\]|\\.){0,1000}["]""")


@dataclass(frozen=True)
class Taken:
    """A lock as the source calls it, and the line (from 1) that takes it."""

    name: str
    line: int
    #: False where it may have been given back, as in an `else`: of which edition the crate is, is not known here.
    certain: bool = True

    def may_be(self, other: Taken) -> bool:
        """True where both may name one lock: a field is called by many names, of which the last part is the same."""
        ends = {re.split(r"\.|::", name)[-1] for name in (self.name, other.name)}
        return self.name == other.name or (len(ends) == 1 and not self.static)

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
    ends = _ENDS.match(text, before).end()  # type: ignore[union-attr]
    begins = 0
    if "{closure" in frame.function and _FUNCTION.match(lines[start])["name"] not in below:  # type: ignore[index]
        begins = max((match.end() for match in _CLOSURE.finditer(text)), default=len(text))
    takes = list(itertools.islice(_TAKES.finditer(text, begins, before), _MOST + 1))
    return tuple(reversed(_kept(text[:ends], takes, start + 1))) if len(takes) <= _MOST else None


def _kept(text: str, takes: Sequence[re.Match[str]], first: int) -> list[Taken]:
    kept = []
    for match in takes:
        certain = _is_kept(text, match)
        if certain is not None:
            line = first + text.count("\n", 0, match.start())
            kept.append(Taken(_plain(match["name"]), line, certain))
    return kept


def _is_kept(text: str, taken: re.Match[str]) -> bool | None:
    """Whether a guard is still kept where the text ends: for certain, perhaps (False), or not (None)."""
    head, rest = text[max(0, taken.start() - 300) : taken.start()], text[taken.end() :]
    kept = _KEPT.search(head)
    if kept and kept["guard"] != "_" and _STILL_GUARD.match(text[taken.end() - 1 : taken.end() + 500]):
        return True if _open(rest) and not _given_away(kept["guard"], rest) else None
    header = _HEADER.search(head)
    return _in_block(rest, may_go_on=header["word"].startswith("if")) if header else None


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


def _in_block(rest: str, *, may_go_on: bool) -> bool | None:
    """The same of a guard that is in the head of a block; an `if let` may go on with an `else`."""
    # In an `else` edition 2024 has dropped it, and others have not.
    depth, first = 0, True
    for at, letter in enumerate(rest):
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            return None
        if letter == "}" and depth == 0:
            if not (may_go_on and _ELSE.match(rest, at + 1)):
                return None
            first = False
    return first and not _PASSED_ON.search(rest)


def _start(lines: Sequence[str], line: int) -> int | None:
    for at in range(min(line, len(lines)) - 1, max(-1, line - _LONGEST), -1):
        if _FUNCTION.match(lines[at]):
            return at
    return None


def keeps_nothing(frame: Frame, read: Read) -> bool:
    """True where the frame's line begins with the `detach` that is over: no variable takes what comes out of it."""
    lines = _lines(frame, read)
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return False
    begins = (
        frame.line == 1
        or _bare(lines[frame.line - 2]).rstrip().endswith((";", "{", "}"))
        or not lines[frame.line - 2].strip()
    )
    return begins and _DETACHES.match(lines[frame.line - 1][:1000]) is not None


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
    return _COMMENT.sub("", _LITERAL.sub('""', line[:1000]))


def _plain(name: str) -> str:
    return name.replace("()", "")


def nothing(_: str) -> None:
    """Reads no file: for dumps whose sources are not here."""
