"""What Python's source says of the locks of `threading`: which one a line takes, and which ones are kept around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator, Sequence

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame
    from pyo3ops.stacks.verdicts.guards import Read

#: Lines of one function that are looked at, lines of one `with`, and letters of a line.
_LONGEST, _HEAD, _WIDEST = 200, 12, 1000
_WITH = re.compile(r"\s{0,200}(?:async\s{1,8})?with\s{1,8}(?P<name>[A-Za-z_][\w.]{0,120})\s{0,8}(?:as\s[^:]{1,100})?:")
_ACQUIRE = re.compile(r"(?P<name>[A-Za-z_][\w.]{0,120})\.acquire\(")
_BEGINS = re.compile(r"(?:async\s{1,8})?with\b")
_DEFINES = re.compile(r"(?:async\s{1,8})?(?:def|class)\s")
_NAME = re.compile(r"[A-Za-z_][\w.]{0,120}")
_AS = re.compile(r"\sas\s")
#: What a `with` of many programs calls, and is no lock.
_NO_LOCKS = re.compile(
    r"(?:[a-z_]{1,40}\.){0,3}(?:open|suppress|closing|nullcontext|redirect_std(?:out|err)|catch_warnings|localcontext"
    r"|(?:Named)?Temporary(?:File|Directory)|(?:Thread|Process)PoolExecutor)\("
)
#: Functions that run when somebody calls them, and not where they stand.
_LATER = ("<lambda>", "<genexpr>")
_OPENING, _CLOSING = "([{", ")]}"
_INSTANCE = re.compile(r"(?:self|cls)\.")
_ADDRESS = re.compile(r"0x[0-9a-f]{4,16}\b")


def wanted(frame: Frame, read: Read) -> str | None:
    """The lock that a line of Python takes, as the source calls it; None where it takes none, or cannot be read."""
    lines = read(frame.file) if frame.file else None
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return None
    line = lines[frame.line - 1][:_WIDEST]
    match = _WITH.match(line) or _ACQUIRE.search(line)
    return match["name"] if match else None


def shows(waiting: Frame, owners: Sequence[Frame], name: str, read: Read) -> bool:
    """Whether one of a thread's frames is seen to keep the lock that another waits for, by the name of that.

    Every class has a `self._lock`: such a name tells something between methods of one class alone, and nothing where
    the frames' variables show two instances.
    """
    held = (owner for owner in owners if name in (_around(owner, read)[0]))
    return any(_is_one(waiting, owner) for owner in held) if _INSTANCE.match(name) else any(True for _ in held)


def _is_one(one: Frame, other: Frame) -> bool:
    """Whether `self` may be one instance in two frames."""
    classes = {frame.function.rpartition(".")[0] for frame in (one, other)}
    instances = [_instance(frame) for frame in (one, other)]
    return len(classes) == 1 and "" not in classes and (None in instances or len(set(instances)) == 1)


def _instance(frame: Frame) -> str | None:
    """The address in the value of `self`, where the source shows variables."""
    values = (each.value for each in frame.variables if each.name in {"self", "cls"})
    match = _ADDRESS.search(next(values, ""))
    return match[0] if match else None


def held(frame: Frame, read: Read) -> tuple[str, ...] | None:
    """What the `with` statements around a line of Python keep, by name, the innermost first.

    None where that cannot be read: another expression than a name, a lock that was taken by `acquire`, a function whose
    beginning is not seen.
    """
    names, whole = _around(frame, read)
    return tuple(names) if whole else None


def _around(frame: Frame, read: Read) -> tuple[list[str], bool]:
    """The names that are seen, and whether nothing else is held."""
    lines = read(frame.file) if frame.file else None
    names: list[str] = []
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines) or frame.function.endswith(_LATER):
        return names, False
    last = frame.line - 1
    if _DEFINES.match(lines[last].lstrip()[:_WIDEST]):
        return names, True
    whole, depth = True, _indent(lines[last])
    for at in range(last - 1, max(-1, last - 1 - _LONGEST), -1):
        text = _code(lines[at])
        whole = whole and ".acquire(" not in text
        if not text or _indent(lines[at]) >= depth:
            continue
        if text[0] in _CLOSING:
            # The line that opens it is as far to the left.
            depth = _indent(lines[at]) + 1
            continue
        depth = _indent(lines[at])
        if _BEGINS.match(text):
            items = list(_items(" ".join(map(_code, lines[at : min(at + _HEAD, last)]))))
            names += [item for item in reversed(items) if _NAME.fullmatch(item)]
            whole = whole and bool(items) and all(_is_known(item) for item in items)
        elif _DEFINES.match(text):
            return names, whole
        else:
            # Neither the head of a block nor the beginning of the line's own statement: a text, or what nobody knows.
            whole = whole and text[-1] in ":,\\" + _OPENING
    return names, whole and frame.function == "<module>"


def _code(line: str) -> str:
    """A line without what surrounds it; of comments as much as can be told without reading texts."""
    text = line[:_WIDEST].strip()
    return "" if text.startswith("#") else text.partition("  #")[0].rstrip()


def _is_known(item: str) -> bool:
    return _NAME.fullmatch(item) is not None or _NO_LOCKS.match(item) is not None


def _items(text: str) -> Iterator[str]:
    """What a `with` statement enters, each without its `as`; nothing where its end is not seen."""
    head = _until(_BEGINS.sub("", text, count=1).strip(), ":")
    if head is None:
        return
    if head.startswith("(") and _until(head[1:], ")") == head[1:-1]:
        head = head[1:-1]
    while head.strip():
        item = _until(head, ",")
        item = head if item is None else item
        yield _AS.split(item, maxsplit=1)[0].strip()
        head = head[len(item) + 1 :]


def _until(text: str, sign: str) -> str | None:
    """What stands before a sign that is in no brackets; None where there is none."""
    depth = 0
    for at, letter in enumerate(text):
        if depth == 0 and letter == sign:
            return text[:at]
        depth += (letter in _OPENING) - (letter in _CLOSING)
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
