"""The function of Rust that a line is in, and functions that give guards to their callers."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Mapping, NamedTuple, Sequence

from pyo3ops.stacks.verdicts.rust_takes import closing, take_at
from pyo3ops.stacks.verdicts.rust_tokens import tokens

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.rust_tokens import Token

#: Lines of one function that are looked at, and functions above a line that it may be in.
_LONGEST, _FUNCTIONS = 200, 10
#: Lines behind a line in which its statement ends.
_FURTHER = 12
#: Tokens of a function: what has more of them nobody wrote by hand.
_TOKENS = 6000
_FUNCTION = re.compile(
    r"^\s{0,80}(?:pub(?:\([\w: ]{1,40}\))?\s{1,8})?(?:const\s{1,8}|async\s{1,8}|unsafe\s{1,8}"
    r"|extern\s{0,8}(?:\"[\w-]{0,20}\")?\s{0,8}){0,4}fn\s{1,8}(?P<name>\w{1,200})"
)
#: Lines of a file that are looked through for functions that give a guard, and lines of such a function.
_FILE, _SHORT = 5000, 20
#: Functions of a file that give a guard and are looked into for the lock; files that are known at a time.
_MOST, _KNOWN = 200, 16
#: Lines of a signature, and the letters of each.
_SIGNATURE, _WIDE = 6, 200
_GUARD = re.compile(r"Guard\b")
#: What stands behind an attribute in its line where a person wrote the code there.
_CODE = re.compile(r"\]\s{0,20}(?:(?:let|if|while|match|for|loop)\b|\{|(?!pub\b)[a-z_][\w.:]{0,100}(?:[(!]|\s{0,4}=))")
_DECLARED = re.compile(r"(\w{1,100})\s{0,8}(?::(?!:)|=)")
#: Functions whose closures another thread runs, and some whose closures this one does.
SPAWNS = re.compile(r"spawn\w{0,30}|execute|submit")
SAME_THREAD = frozenset(
    {
        *("attach", "detach", "allow_threads", "with_gil", "map", "and_then", "map_err", "unwrap_or_else", "for_each"),
        *("get_or_init", "get_or_try_init", "call_once", "with", "catch_unwind", "or_insert_with", "unwrap_or_default"),
        *("get_or_init_py_attached", "filter", "filter_map", "flat_map", "fold", "retain", "sort_by", "sort_by_key"),
    }
)


class Function(NamedTuple):
    """A function with a line in it; `line` and those of the tokens count from its first one."""

    name: str
    #: Where it begins in the file, from 0.
    start: int
    line: int
    every: Sequence[Token]
    #: The tokens that its body begins with, and the line.
    body: int
    first: int

    @property
    def is_async(self) -> bool:
        """True for an `async fn`, whose body runs as a closure does."""
        return "async" in {token.text for token in self.every[: self.body]}


def is_generated(lines: Sequence[str], line: int) -> bool:
    """True for an attribute's line: what runs there a macro wrote, as `#[pymethods]` does, and it takes no lock."""
    if not 0 < line <= len(lines):
        return False
    text = lines[line - 1][:1000]
    return re.match(r"\s{0,200}#!?\[", text) is not None and _CODE.search(text) is None


def around(lines: Sequence[str], line: int) -> Function | None:
    """The innermost function that has a line (from 1) in it; None where none is seen."""
    tried = 0
    for start in range(min(line, len(lines)) - 1, max(-1, line - _LONGEST), -1):
        match = _FUNCTION.match(lines[start][:1000])
        if match is None:
            continue
        function = _function(match["name"], lines, start, line - 1)
        tried += 1
        if function is not None or tried == _FUNCTIONS:
            return function
    return None


def _function(name: str, lines: Sequence[str], start: int, line: int) -> Function | None:
    every = list(itertools.islice(tokens(lines[start : line + 1 + _FURTHER]), _TOKENS))
    line -= start
    if len(every) == _TOKENS:
        return None
    body = _body(every)
    if body is None:
        return None
    depth, first = 0, len(every)
    for at, token in enumerate(every[body:], body):
        if token.line >= line and at > body:
            first = at
            break
        depth += (token.text == "{") - (token.text == "}")
        if depth <= 0:
            return None
    return Function(name, start, line, every, body, first)


def _body(every: Sequence[Token]) -> int | None:
    """The brace that a function's body begins with, behind the arrays and blocks of its signature; None without one."""
    at = 0
    while at < len(every) and every[at].text != ";":
        opens = every[at].text in {"(", "[", "{"}
        behind = closing(every, at) + 1 if opens else at + 1
        if every[at].text == "{" and not _is_argument(every, at, behind):
            return at
        at = behind
    return None


def _is_argument(every: Sequence[Token], at: int, behind: int) -> bool:
    """True for a block that is an argument of a type, as in `Array<{ 2 * N }>`."""
    inside = at > 0 and every[at - 1].text in {"<", ","}
    return inside and behind < len(every) and every[behind].text in {">", ","}


def giving_guards(lines: Sequence[str]) -> Mapping[str, str]:
    """The functions of a file that give a guard, and the lock that each takes; no name where it cannot be seen."""
    return _giving(tuple(lines[:_FILE]))


@functools.lru_cache(maxsize=_KNOWN)
def _giving(lines: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    left = _MOST
    for start, line in enumerate(lines):
        match = _FUNCTION.match(line[:1000]) if "fn " in line else None
        if match and _gives("\n".join(each[:_WIDE] for each in lines[start : start + _SIGNATURE])):
            found[match["name"]] = _taken(lines[start : start + _SHORT]) if left else ""
            left = max(0, left - 1)
    return found


def _gives(text: str) -> bool:
    """Whether a signature's type of what it gives has a guard in it."""
    signature = text.partition("{")[0].partition(";\n")[0]
    return "Guard" in signature and _GUARD.search(signature.partition("->")[2]) is not None


def rw_locks(lines: Sequence[str]) -> frozenset[str]:
    """The names that a file declares an RwLock by: statics, fields, variables and parameters."""
    return _rw_locks(tuple(lines[:_FILE]))


@functools.lru_cache(maxsize=_KNOWN)
def _rw_locks(lines: tuple[str, ...]) -> frozenset[str]:
    before = (part[-_WIDE:] for line in lines if "RwLock" in line for part in line[:1000].split("RwLock")[:-1])
    return frozenset(found[-1] for found in map(_DECLARED.findall, before) if found)


def _taken(lines: Sequence[str]) -> str:
    every = list(itertools.islice(tokens(lines), _SHORT * 20))
    takes = (take_at(every, at, {}) for at in range(len(every)))
    return next((take.name for take in takes if take is not None), "")
