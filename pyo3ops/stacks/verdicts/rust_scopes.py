"""Where guards of locks live in a function of Rust: scopes, temporaries and moves, up to one token.

The rules are those of the reference's chapter on destructors. Where editions differ, or a guard is moved to where it
cannot be followed, it is `Held.PERHAPS`.
"""

from __future__ import annotations

from typing import Iterable, Iterator, Sequence

from pyo3ops.stacks.verdicts.rust_scope import Guard, Held, Scope, Sort
from pyo3ops.stacks.verdicts.rust_tokens import Kind, Token

#: Scopes that temporaries live in.
TEMPORARY = frozenset({Sort.STATEMENT, Sort.HEADER, Sort.ARM, Sort.CLOSURE})
#: Blocks that are entered on one way and not on another, and those that may have an `else`.
_MAYBE = frozenset({"while", "while let", "for", "loop", "let else"})
_IFS = frozenset({"if", "if let"})
#: What a block ends with that is not gone on from.
_LEAVES = frozenset({"return", "break", "continue", "panic", "unreachable", "todo", "unimplemented", "exit", "abort"})


class Scopes:
    """The scopes that are open at a place, from the function's body inwards."""

    def __init__(self) -> None:
        self.open: list[Scope] = [Scope(Sort.BLOCK, 0, "fn")]

    @property
    def top(self) -> Scope:
        """The innermost."""
        return self.open[-1]

    def push(self, sort: Sort, start: int, word: str = "", *, marked: bool = False) -> Scope:
        """Open one."""
        scope = Scope(sort, start, word, marked=marked)
        if sort in {Sort.BLOCK, Sort.CLOSURE, Sort.ARM}:
            scope.before = self.states()
        self.open.append(scope)
        return scope

    def guards(self) -> Iterator[Guard]:
        """Every guard that has not ended, the oldest first."""
        return (guard for scope in self.open for guard in scope.guards)

    def nearest(self, *sorts: Sort) -> Scope:
        """The innermost of some sorts; the function's body where there is none."""
        return next((scope for scope in reversed(self.open) if scope.sort in sorts), self.open[0])

    @property
    def temporary(self) -> Scope:
        """The scope that a temporary lives in."""
        return next((scope for scope in reversed(self.open) if scope.sort in TEMPORARY), self.open[0])

    def named(self, name: str) -> tuple[Guard, int] | None:
        """The guard that a variable has, and how deep the scope is that the variable begins in."""
        for depth in range(len(self.open) - 1, -1, -1):
            if name in self.open[depth].names:
                guard = self.open[depth].names[name]
                return None if guard is None else (guard, depth)
        return None

    def of(self, name: str) -> Scope:
        """The block that a variable begins in; this one where it is not known."""
        known = (scope for scope in reversed(self.open) if name in scope.names)
        return next(known, self.nearest(Sort.BLOCK))

    def move(self, guard: Guard, scope: Scope) -> None:
        """Let a guard live in another scope from now on."""
        for each in self.open:
            if guard in each.guards:
                each.guards.remove(guard)
        scope.guards.append(guard)

    def states(self) -> dict[Guard, Held]:
        """What is known of each guard now."""
        return {guard: guard.held for guard in self.guards()}

    def _branch(self, of: Scope, way: Scope, *, left: bool) -> None:
        """One way through an `if` or a `match` is over, where it is not `left`; the next one begins as it did."""
        if not left:
            of.ways.append(self.states())
        for guard in self.guards():
            guard.held = way.before.get(guard, guard.held)

    def _merge(self, of: Scope) -> None:
        """All ways through come together: what is true of one alone is not certain any more."""
        ways, of.ways = of.ways, []
        for guard in self.guards() if ways else ():
            known = {way.get(guard, Held.NO) for way in ways}
            guard.held = known.pop() if len(known) == 1 else Held.PERHAPS

    def _once_or_never(self, way: Scope, *, left: bool) -> None:
        """The end of what is done on one way alone."""
        ways = [way.before, *way.breaks] if left else [way.before, *way.breaks, self.states()]
        self._merge(Scope(Sort.BLOCK, 0, ways=ways))

    def end_closure(self) -> None:
        """The innermost scope is a closure whose body is over; when it was called, and whether, is not known."""
        closure = self.open.pop()
        self._once_or_never(closure, left=False)

    def end_group(self) -> None:
        """A parenthesis is closed."""
        while len(self.open) > 1 and self.top.sort in {Sort.CLOSURE, Sort.HEADER}:
            if self.top.sort is Sort.CLOSURE:
                self.end_closure()
            else:
                self.end_header("")
        if self.top.sort is Sort.GROUP:
            self.open.pop()

    def end_header(self, keeps: str) -> None:
        """A header is over; where it `keeps` its temporaries, they are the statement's from now on."""
        header = self.open.pop()
        if keeps:
            for guard in header.guards:
                guard.of_if = keeps == "if let"
            self.temporary.guards.extend(header.guards)

    def end_arm(self, every: Sequence[Token]) -> None:
        """An arm of a `match` is over; what it gave is the value of the `match`."""
        arm = self.open.pop()
        _hand_on(arm, self.temporary)
        self._branch(self.nearest(Sort.BLOCK), arm, left=_leaves(every, arm.start))

    def end_block(self, every: Sequence[Token], at: int) -> None:
        """A block is closed by the brace at a place."""
        tail: list[Guard] = []
        last: Scope | None = None
        while len(self.open) > 1 and self.top.sort is not Sort.BLOCK:
            last = self.open.pop()
            tail.extend(last.guards)
        if len(self.open) == 1:
            return
        block = self.open.pop()
        left = _leaves(every, last.start if last else _last_statement(every, block.start, at))
        self._give(block, tail)
        self._join(block, every, at, left=left)
        self.temporary.guards.extend(block.given)

    def _give(self, block: Scope, tail: Sequence[Guard]) -> None:
        """What a block gives as its value, which is in its last expression, is the statement's around it."""
        for guard in (*tail, *block.guards):
            if block.word in {"closure", "fn"} or guard.held is Held.NO:
                continue
            if guard.value or guard.escaping or (block.word == "" and guard in tail):
                # In edition 2024 the temporaries of a block's last expression end with the block.
                guard.doubt()
                guard.bound = False
                self.temporary.guards.append(guard)

    def _join(self, block: Scope, every: Sequence[Token], at: int, *, left: bool) -> None:
        around = self.top
        goes_on = at + 1 < len(every) and every[at + 1].text == "else"
        if block.word in _IFS and not goes_on:
            around.ways.append(block.before)
        if block.word in _IFS or block.word == "else":
            self._branch(around, block, left=left)
        if block.word == "match":
            self._merge(block)
        elif (block.word in _IFS or block.word == "else") and not goes_on:
            self._merge(around)
        elif block.word in _MAYBE or block.breaks:
            self._once_or_never(block, left=left or block.word == "let else")

    def end_statement(self, every: Sequence[Token]) -> None:
        """A statement is over: what it bound lives in the block, and its temporaries end."""
        statement = self.open.pop()
        self._close(statement, every)
        if statement.word == "cfg":
            # In some builds it is not there.
            self._once_or_never(statement, left=False)

    def _close(self, statement: Scope, every: Sequence[Token]) -> None:
        block = self.nearest(Sort.BLOCK, Sort.ARM)
        for guard in statement.unlocked:
            guard.held = Held.YES
        kept = [guard for guard in statement.guards if guard.held is not Held.NO and (guard.value or guard.escaping)]
        is_let = every[statement.start].text == "let"
        if not is_let and statement.pattern:
            self._replaced(statement)
        for guard in (*statement.lent, *statement.moved):
            if guard in statement.lent:
                guard.held = Held.YES
            if is_let:
                self.move(guard, block)
            self._bind(guard, statement, block, is_let=is_let)
        for guard in kept:
            self._keep(guard, statement, block, is_let=is_let)
        if is_let:
            for name in statement.pattern:
                if name not in block.names or block.names[name] not in (*kept, *statement.lent, *statement.moved):
                    block.names[name] = None

    def _keep(self, guard: Guard, statement: Scope, block: Scope, *, is_let: bool) -> None:
        if guard.bound and is_let and not statement.pattern:
            # `let _ = ...` keeps nothing.
            return
        if not guard.bound:
            guard.doubt()
        guard.value = guard.escaping = False
        if statement.marked:
            # A field may be there for longer than the block.
            self.open[0].guards.append(guard)
        elif is_let or not statement.pattern:
            block.guards.append(guard)
        else:
            self.of(statement.pattern[0]).guards.append(guard)
        self._bind(guard, statement, block, is_let=is_let)

    def _bind(self, guard: Guard, statement: Scope, block: Scope, *, is_let: bool) -> None:
        for name in statement.pattern:
            (block if is_let else self.of(name)).names[name] = guard

    def _replaced(self, statement: Scope) -> None:
        """What a variable had before is dropped when it gets something else."""
        for name in statement.pattern:
            known = self.named(name)
            if known and known[0].held is Held.YES and known[0] not in statement.lent:
                known[0].held = Held.NO


def _hand_on(scope: Scope, to: Scope) -> None:
    for guard in scope.guards:
        if guard.value and guard.held is not Held.NO:
            guard.doubt()
            guard.bound = False
            to.guards.append(guard)


def _last_statement(every: Sequence[Token], start: int, at: int) -> int:
    """Where the last statement begins that ends with a semicolon right before a block's end."""
    if every[at - 1].text != ";":
        return at
    depth = 0
    for index in range(at - 2, start, -1):
        text = every[index].text
        depth += (text in {")", "]", "}"}) - (text in {"(", "[", "{"})
        if depth == 0 and text in {";", "}", "{"}:
            return index + 1
    return start + 1


def _leaves(every: Sequence[Token], at: int) -> bool:
    words: Iterable[Token] = every[at : at + 6]
    for token in words:
        if token.text in _LEAVES:
            return True
        if token.kind is not Kind.NAME and token.text != "::":
            return False
    return False
