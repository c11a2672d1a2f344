"""What becomes of guards: bound to names, lent, moved, dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.verdicts.rust_scope import Guard, Held, Scope, Sort
from pyo3ops.stacks.verdicts.rust_tokens import Kind

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.rust_scopes import Scopes
    from pyo3ops.stacks.verdicts.rust_takes import Take
    from pyo3ops.stacks.verdicts.rust_tokens import Token

#: Macros that look at their arguments, and take none.
_LOOK = frozenset(
    {
        *("println!", "print!", "eprintln!", "eprint!", "format!", "write!", "writeln!", "panic!", "assert!"),
        *("assert_eq!", "assert_ne!", "debug_assert!", "debug!", "info!", "warn!", "error!", "trace!", "log!"),
    }
)
#: Functions of parking_lot that give a lock back for a while.
UNLOCKS = frozenset({"unlocked", "unlocked_fair", "unlock_fair", "bump"})
_LOOPS = frozenset({"loop", "while", "while let", "for"})
_BEFORE_VALUE = frozenset({"(", ",", "=", "{", ":", "return", "[", "=>", "break", "}", ";"})
_AFTER_VALUE = frozenset({")", ",", ";", "}", "]"})


class Moves:
    """Follows the guards of one function by the expressions in which they stand."""

    def __init__(self, every: Sequence[Token], scopes: Scopes) -> None:
        self._every = every
        self._scopes = scopes
        #: Locks that were taken so far.
        self.taken = 0

    def _text(self, at: int) -> str:
        return self._every[at].text if 0 <= at < len(self._every) else ""

    def take(self, take: Take, at: int) -> None:
        """A lock is taken; what becomes of the guard is told by what stands around it."""
        scopes = self._scopes
        scope = scopes.temporary
        self.taken += 1
        guard = Guard(take.name, self._every[at].line, Held.YES if take.certain else Held.PERHAPS, shared=take.shared)
        before, after = self._text(take.first - 1), self._text(take.end)
        if scope.sort is Sort.HEADER:
            guard.bound = after in {"{", "&&"}
        elif scopes.top is scope and self._is_borrowed(scope, take.first):
            guard.value = guard.bound = self._only_fields(take.end)
        elif after in _AFTER_VALUE or (after == "else" and self._text(scope.start) == "let"):
            called = scopes.top.word if scopes.top.sort is Sort.GROUP else ""
            guard.value = before not in {"&", "*", "mut", "&&"} and called not in _LOOK | {"drop"}
            begins = (
                before == "=" and after in {";", "else"} and bool(scope.pattern or self._text(scope.start) == "let")
            )
            guard.bound = guard.value and begins
            assigned = scope.sort is Sort.STATEMENT and scope.marked and before == "="
            if after == ";" and not begins and not assigned:
                guard.value = False
        scope.guards.append(guard)

    def _is_borrowed(self, scope: Scope, first: int) -> bool:
        """True for `let name = &*...`: what is borrowed there lives as long as the name."""
        begin = first
        while self._text(begin - 1) in {"&", "*", "mut"}:
            begin -= 1
        is_let = self._text(scope.start) == "let" and self._text(begin - 1) == "="
        return is_let and begin < first and self._text(begin) == "&"

    def _only_fields(self, at: int) -> bool:
        while self._text(at) == "." and self._text(at + 2) not in {"(", "::"}:
            at += 2
        return self._text(at) == ";"

    def use(self, at: int) -> None:
        """A variable is named: what has its guard may change."""
        before, after = self._text(at - 1), self._text(at + 1)
        if before in {".", "::"} or after in {"(", "::", "!"}:
            return
        known = self._scopes.named(self._text(at))
        if known is None:
            return
        guard, depth = known
        if any(scope.sort is Sort.CLOSURE and scope.marked for scope in self._scopes.open[depth + 1 :]):
            guard.doubt()
        elif self._called() in UNLOCKS:
            self._unlocked(guard, lent=before in {"&", "mut"})
        elif before in _BEFORE_VALUE and after in _AFTER_VALUE:
            self._moved(guard, before, after)

    def _moved(self, guard: Guard, before: str, after: str) -> None:
        scopes = self._scopes
        statement = scopes.nearest(Sort.STATEMENT)
        called = self._called()
        if called in _LOOK or before == "return":
            return
        if called == "drop":
            guard.held = Held.NO if not self._in_head(guard) else Held.PERHAPS
        elif called.startswith("wait"):
            guard.held = Held.NO
            statement.lent.append(guard)
        elif before == "=" and after == ";" and statement.pattern:
            statement.moved.append(guard)
        elif before == "=" and after == ";" and statement.marked:
            guard.doubt()
            scopes.move(guard, scopes.open[0])
        else:
            guard.escaping = before in {"{", ";", "}", "=>"} and after in {"}", ","}
            guard.doubt()

    def _called(self) -> str:
        """The function whose arguments these are."""
        top = self._scopes.top
        return top.word if top.sort is Sort.GROUP else ""

    def _unlocked(self, guard: Guard, *, lent: bool) -> None:
        """A call gives a lock back for as long as it takes; for good, where it gets the guard itself."""
        if lent and guard.held is Held.YES:
            self._scopes.nearest(Sort.STATEMENT).unlocked.append(guard)
        guard.doubt()

    def leave(self, at: int) -> None:
        """A loop is left by `break`: with what is held there, and perhaps with a guard for its value."""
        label = self._text(at + 1) if at + 1 < len(self._every) and self._every[at + 1].kind is Kind.LIFE else ""
        left = self._left(label)
        if left is None:
            return
        left.breaks.append(self._scopes.states())
        value = at + 1 + bool(label)
        known = self._scopes.named(self._text(value))
        if known is not None and self._text(value + 1) in _AFTER_VALUE:
            left.given.append(Guard(known[0].lock, known[0].line, Held.PERHAPS, value=True, shared=known[0].shared))

    def _left(self, label: str) -> Scope | None:
        """The block that a `break` leaves."""
        blocks = [scope for scope in reversed(self._scopes.open) if scope.sort is Sort.BLOCK]
        loops = [scope for scope in blocks if scope.word in _LOOPS]
        if not label:
            return next(iter(loops), None)
        labelled = (each for each in blocks if label in {self._text(each.start - 3), self._text(each.start - 2)})
        return next(labelled, loops[-1] if loops else None)

    def _in_head(self, guard: Guard) -> bool:
        """True for one that a pattern in the head of a block may have bound, or a part of it."""
        return any(guard in scope.guards for scope in self._scopes.open if scope.sort is not Sort.BLOCK)
