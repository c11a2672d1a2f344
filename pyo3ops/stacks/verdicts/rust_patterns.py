"""Patterns and parameters in the tokens of Rust: which variables they bind, and where they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.verdicts.rust_tokens import Kind

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.rust_tokens import Token

#: Tokens of one pattern.
_LONGEST = 60
#: Behind these an operator stands, and no closure.
_ENDS = frozenset({")", "]", "}", "?"})
_NO_OPERANDS = frozenset({"return", "move", "in", "match", "if", "while", "else", "break", "static", "async"})
_NO_NAMES = frozenset({"mut", "ref", "_", "box"})
_PATTERN_ENDS = frozenset({"=", ";", "=>", "in", "if"})


def names_at(every: Sequence[Token], at: int) -> tuple[str, ...]:
    """The variables of a pattern, which ends before `=`, `:`, `=>`, `in` or the statement's end."""
    found = []
    fields = False
    for index in range(at, min(at + _LONGEST, len(every))):
        text = every[index].text
        if text in _PATTERN_ENDS or (text == ":" and not fields):
            break
        fields = fields or text == "{"
        behind = every[index + 1].text if index + 1 < len(every) else ""
        if _is_variable(every[index]) and behind not in {"::", "(", "{"}:
            found.append(text)
    return tuple(found)


def _is_variable(token: Token) -> bool:
    begins = token.text[:1]
    return token.kind is Kind.NAME and token.text not in _NO_NAMES and (begins.islower() or begins == "_")


def of_arm(every: Sequence[Token], block: int, arrow: int) -> int:
    """Where the pattern of an arm begins: behind the arm before it, or the brace of the `match`."""
    depth = 0
    for index in range(arrow - 1, max(block, arrow - _LONGEST), -1):
        text = every[index].text
        depth += (text in {")", "]"}) - (text in {"(", "["})
        if text in {"{", "}"} or (text == "," and depth == 0):
            return index + 1
    return max(block + 1, arrow - _LONGEST)


def opens_closure(every: Sequence[Token], at: int) -> bool:
    """Whether a closure begins at a place, and not an operator."""
    if every[at].text not in {"|", "||"}:
        return False
    before = every[at - 1]
    operand = before.kind in {Kind.NAME, Kind.VALUE} and before.text not in _NO_OPERANDS
    return not operand and before.text not in _ENDS
