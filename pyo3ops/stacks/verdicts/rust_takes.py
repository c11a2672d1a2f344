"""Expressions that take a lock, found in the tokens of Rust: which lock, and what becomes of the guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from pyo3ops.stacks.verdicts.rust_tokens import Kind, Token

#: Methods that wait for a lock: those without arguments, and those with some.
_PLAIN = frozenset(
    {
        *("lock", "read", "write", "upgradable_read", "read_recursive", "lock_arc", "read_arc", "write_arc"),
        *("lock_owned", "read_owned", "write_owned", "blocking_lock", "blocking_read", "blocking_write"),
    }
)
_WITH = frozenset({"lock_py_attached", "read_py_attached", "write_py_attached"})
_TRIED = frozenset(
    {
        *("try_lock", "try_read", "try_write", "try_upgradable_read", "try_lock_arc", "try_lock_owned"),
        *("try_lock_for", "try_lock_until", "try_read_for", "try_read_until", "try_write_for", "try_write_until"),
    }
)
_SHARED = frozenset({"read", "write"})
#: What gives the guard out of a Result, and what may.
_OPENS = frozenset({"unwrap", "expect", "unwrap_or_else"})
_MAY_OPEN = frozenset({"map_err", "ok", "ok_or", "ok_or_else", "context", "with_context", "wrap_err"})
#: What takes the guard out of a Result for itself.
_CONSUMES = frozenset({"map", "map_or", "map_or_else", "and_then", "is_ok_and"})
#: Tokens back from a method that belong to what it is called on.
_LONGEST = 60
#: Tokens of a closure's parameters, and between parentheses or braces.
_PARAMETERS, _GROUP = 60, 3000
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPENING = frozenset(_CLOSES.values())


@dataclass(frozen=True)
class Take:
    """One expression that takes a lock."""

    name: str
    #: The tokens of it: from the lock's name to behind the last call that still gives the guard.
    first: int
    end: int
    #: False where it may have failed, or the lock is one of several.
    certain: bool
    #: It waits where the lock is not free.
    waits: bool
    #: The method is one that files have too: it takes a lock where it is called on an RwLock.
    shared: bool = False


def take_at(every: Sequence[Token], at: int, returning: Mapping[str, str]) -> Take | None:
    """The lock that is taken by the method or the function whose name stands at a place; None for any other.

    `returning` are functions that give a guard to their caller, with the lock that they take.
    """
    word = every[at].text
    if not _is(every, at + 1, "("):
        return None
    if word in returning and not _is(every, at - 1, "fn"):
        end, _ = _opened(every, closing(every, at + 1) + 1)
        return Take(returning[word], _start(every, at), end, certain=False, waits=False)
    plain = word in _PLAIN and _is(every, at + 2, ")")
    if not _is(every, at - 1, ".") or not (plain or word in _WITH or word in _TRIED):
        return None
    first = _start(every, at)
    name, one = _named(every[first : at - 1])
    end, opened = _opened(every, closing(every, at + 1) + 1)
    # `if let`, `while let`, `match` and `let ... else` tell a Result from a guard themselves.
    sure = opened is True or (
        opened is None and (word not in _TRIED or _is(every, end, "{") or _is(every, end, "else"))
    )
    if opened is None and _is(every, end, ".") and every[min(end + 1, len(every) - 1)].text in _CONSUMES:
        sure = False
    return Take(name, first, end, sure and one, word not in _TRIED, word in _SHARED)


def closing(every: Sequence[Token], at: int) -> int:
    """Where the parenthesis that opens at a place is closed; the last token that is looked at where it is not."""
    depth, end = 0, min(len(every), at + _GROUP)
    for index in range(at, end):
        text = every[index].text
        depth += (text in _OPENING) - (text in _CLOSES)
        if depth <= 0:
            return index
    return end - 1


def behind_closure(every: Sequence[Token], at: int) -> int:
    """Behind the parameters of a closure that begins at a place."""
    if every[at].text == "||":
        return at + 1
    ends = (index for index in range(at + 1, min(at + _PARAMETERS, len(every))) if every[index].text == "|")
    return next(ends, at) + 1


def _is(every: Sequence[Token], at: int, text: str) -> bool:
    return 0 <= at < len(every) and every[at].text == text


def _opened(every: Sequence[Token], at: int) -> tuple[int, bool | None]:
    """Behind what takes the guard out of a Result; True where that is done, False where it may be, None without it.

    What is awaited a future has, which may give it to others, or end, where no thread shows it: not certain.
    """
    found: bool | None = None
    while at < len(every):
        if _is(every, at, "?"):
            at, found = at + 1, found is not False
        elif _is(every, at, ".") and _is(every, at + 1, "await"):
            at, found = at + 2, False
        elif _is(every, at, ".") and _is(every, at + 2, "(") and every[at + 1].text in _OPENS | _MAY_OPEN:
            found = every[at + 1].text in _OPENS and found is not False
            at = closing(every, at + 2) + 1
        else:
            break
    return at, found


def _start(every: Sequence[Token], at: int) -> int:
    """Where the expression begins that ends in a method's name."""
    first = at
    while first > 0 and at - first < _LONGEST:
        before = every[first - 1]
        if before.text in {".", "::", "?"}:
            first -= 1
        elif before.text in {")", "]"} and every[first].text in {".", "[", "(", "?"}:
            first = _opening(every, first - 1)
        elif _is_part(before) and (every[first].text in {".", "::", "[", "(", "?"}):
            first -= 1
        else:
            break
    return first


def _is_part(token: Token) -> bool:
    return token.kind in {Kind.NAME, Kind.VALUE} and token.text not in _WORDS


#: Words that are no part of an expression's path.
_WORDS = frozenset({"in", "match", "if", "while", "return", "else", "let", "mut", "ref", "move", "break"})


def _opening(every: Sequence[Token], at: int) -> int:
    depth = 0
    for index in range(at, max(-1, at - _LONGEST), -1):
        text = every[index].text
        depth += (text in _CLOSES) - (text in _OPENING)
        if depth == 0:
            return index
    return at


def _named(path: Sequence[Token]) -> tuple[str, bool]:
    """What a lock is called by what stands before the method; False where it is one of several, as in `shards[0]`."""
    parts: list[str] = []
    depth, one = 0, True
    for at, token in enumerate(path):
        depth += token.text in _OPENING
        if depth == 0 and token.text != "?":
            parts.append(token.text)
        elif token.text in _OPENING and not (token.text == "(" and _is(path, at + 1, ")")):
            one = one and at == 0
        depth -= token.text in _CLOSES
    if not parts or parts[0] == ".":
        # (*self.state).lock()
        inside = [token.text for token in path if token.kind is Kind.NAME]
        return (inside[-1], False) if inside else ("", False)
    return "".join(parts), one
