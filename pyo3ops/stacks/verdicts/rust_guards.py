"""Goes through the tokens of a function, and keeps the scopes in which its guards live."""

from __future__ import annotations

from typing import Mapping, Sequence

from pyo3ops.stacks.verdicts.rust_items import behind_attribute, behind_item, is_assigned, is_cfg, item_at
from pyo3ops.stacks.verdicts.rust_moves import Moves
from pyo3ops.stacks.verdicts.rust_patterns import names_at, of_arm, opens_closure
from pyo3ops.stacks.verdicts.rust_scope import Guard, Held, Sort
from pyo3ops.stacks.verdicts.rust_scopes import Scopes
from pyo3ops.stacks.verdicts.rust_takes import behind_closure, closing, take_at
from pyo3ops.stacks.verdicts.rust_tokens import Kind, Token

_HEADERS = frozenset({"if", "while", "match", "for"})
#: What begins a statement that needs no semicolon.
_BLOCKS = frozenset({*_HEADERS, "loop", "unsafe", "{"})
#: Blocks of an arm that end it without a comma.
_VALUES = frozenset({"arm", "match", "if", "if let", "else"})
#: Scopes in one another, and locks that one function takes, at most: what has more of them nobody wrote by hand.
_DEEPEST, _MOST = 100, 100
#: Tokens of a closure's body without braces.
_BODY = 200


class Reading:
    """One function, read up to some token."""

    def __init__(self, every: Sequence[Token], returning: Mapping[str, str]) -> None:
        self.every = every
        #: Those of the file, and closures of this function that were bound to a name.
        self._returning = dict(returning)
        self.scopes = Scopes()
        self._moves = Moves(every, self.scopes)
        #: Before the next statement stands a `cfg`.
        self._cfg = False
        self._signs = {
            "{": self._open_brace,
            "}": self._close_brace,
            **dict.fromkeys(";,", self._separator),
            **dict.fromkeys("([", self._open_group),
            **dict.fromkeys(")]", self._close_group),
            "=>": self._arrow,
            "&&": self._or_else,
            "|": self._bar,
            "||": self._bar,
        }

    def until(self, first: int, end: int) -> bool:
        """Go through the tokens of a body, from its opening brace on; False for one that no person wrote."""
        at = first + 1
        while at < end:
            at = self._step(at)
            if len(self.scopes.open) > _DEEPEST or self._moves.taken > _MOST:
                return False
        return True

    def _text(self, at: int) -> str:
        return self.every[at].text if 0 <= at < len(self.every) else ""

    def _step(self, at: int) -> int:
        """Do one token, and say which one is next."""
        token = self.every[at]
        behind = behind_attribute(self.every, at)
        if behind > at:
            top = self.scopes.top
            self._cfg = self._cfg or (top.sort is Sort.BLOCK and top.word != "match" and is_cfg(self.every, at))
            return behind
        if self._begins(at):
            item = item_at(self.every, at)
            if item:
                self._cfg = False
                return behind_item(self.every, at, item)
            self._statement(at)
        doing = self._signs.get(token.text)
        if doing is not None:
            return doing(at)
        if token.kind is Kind.NAME:
            return self._name(at)
        return at + 1

    def _begins(self, at: int) -> bool:
        """Whether a statement begins here."""
        top = self.scopes.top
        return top.sort is Sort.BLOCK and top.word != "match" and self._text(at) not in {"}", ";", "pub", "#"}

    def _statement(self, at: int) -> None:
        statement = self.scopes.push(Sort.STATEMENT, at)
        if self._text(at) == "let":
            statement.pattern = names_at(self.every, at + 1)
        elif self.every[at].kind is Kind.NAME and self._text(at + 1) == "=":
            statement.pattern = (self._text(at),)
        else:
            statement.marked = is_assigned(self.every, at)
        if self._cfg:
            statement.before, statement.word, self._cfg = self.scopes.states(), "cfg", False

    # Signs.

    def _open_brace(self, at: int) -> int:
        scopes, before = self.scopes, self._text(at - 1)
        pattern: tuple[str, ...] = ()
        heads: list[Guard] = []
        word = ""
        if self._is_future(at):
            # Whether it runs, and when, is as unknown as of a closure.
            scopes.push(Sort.CLOSURE, at, scopes.nearest(Sort.GROUP, Sort.STATEMENT).word, marked=before == "move")
            word = "closure"
        elif scopes.top.sort is Sort.HEADER and before not in {"unsafe", "loop"}:
            header = scopes.top
            word, pattern, heads = header.word, header.pattern, [each for each in header.guards if each.bound]
            if word in {"if", "while"} and header.marked:
                word += " let"
            scopes.end_header(word if word not in {"if", "while"} else "")
        else:
            word = self._word_of_block(at)
        block = scopes.push(Sort.BLOCK, at, word)
        block.names.update(dict.fromkeys(pattern, heads[-1] if heads else None))
        if word == "match":
            block.lent = heads
        if word == "let else":
            for guard in scopes.open[-2].guards:
                guard.held = Held.NO
        return at + 1

    def _word_of_block(self, at: int) -> str:
        """What a block is that has no head."""
        top, before = self.scopes.top, self._text(at - 1)
        if top.sort is Sort.CLOSURE:
            return "closure"
        if before == "else" and self._text(at - 2) != "}":
            # What a `let ... else` gets ends in no brace.
            return "let else"
        if before in {"else", "loop"}:
            return before
        return "arm" if top.sort is Sort.ARM and top.start == at else ""

    def _is_future(self, at: int) -> bool:
        """Whether the brace of an `async` block opens here."""
        return self._text(at - 1 - (self._text(at - 1) == "move")) == "async"

    def _close_brace(self, at: int) -> int:
        scopes = self.scopes
        block = scopes.nearest(Sort.BLOCK)
        scopes.end_block(self.every, at)
        if block.word == "closure" and scopes.top.sort is Sort.CLOSURE:
            scopes.end_closure()
        after = self._text(at + 1)
        if after in {".", "?", "else"}:
            return at + 1
        if scopes.top.sort is Sort.ARM and block.word in _VALUES and after != ",":
            scopes.end_arm(self.every)
        elif scopes.top.sort is Sort.STATEMENT and self._needs_no_semicolon(after):
            scopes.end_statement(self.every)
        return at + 1

    def _needs_no_semicolon(self, after: str) -> bool:
        """Whether a statement is over with its block; as the last one of a block it may be the block's value."""
        statement = self.scopes.top
        token = self.every[statement.start]
        value = after == "}" and any(each.value or each.escaping for each in statement.guards)
        return (token.text in _BLOCKS or token.kind is Kind.LIFE) and not value

    def _open_group(self, at: int) -> int:
        before = self._text(at - 1)
        if before == "!":
            before = self._text(at - 2) + "!"
        self.scopes.push(Sort.GROUP, at, before)
        return at + 1

    def _close_group(self, at: int) -> int:
        self.scopes.end_group()
        return at + 1

    def _separator(self, at: int) -> int:
        """A semicolon, which ends a statement, or a comma, which ends an arm; both end closures."""
        scopes = self.scopes
        while scopes.top.sort is Sort.CLOSURE:
            scopes.end_closure()
        if self._text(at) == ";" and scopes.top.sort is Sort.STATEMENT:
            scopes.end_statement(self.every)
        elif self._text(at) == "," and scopes.top.sort is Sort.ARM:
            scopes.end_arm(self.every)
        return at + 1

    def _arrow(self, at: int) -> int:
        """The body of an arm begins."""
        scopes = self.scopes
        while scopes.top.sort is Sort.HEADER:
            scopes.end_header("")
        block = scopes.top
        if block.sort is Sort.BLOCK and block.word == "match":
            names = names_at(self.every, of_arm(self.every, block.start, at))
            arm = scopes.push(Sort.ARM, at + 1)
            arm.names.update(dict.fromkeys(names, block.lent[-1] if block.lent else None))
        return at + 1

    def _or_else(self, at: int) -> int:
        """Each part of a condition drops its temporaries, but where it binds something."""
        top = self.scopes.top
        if top.sort is Sort.HEADER and not top.marked:
            top.guards.clear()
        return at + 1

    def _bar(self, at: int) -> int:
        """A closure, or an operator."""
        scopes = self.scopes
        if not opens_closure(self.every, at) or (scopes.top.sort is Sort.BLOCK and scopes.top.word == "match"):
            return self._or_else(at) if self._text(at) == "||" else at + 1
        end = behind_closure(self.every, at)
        group = scopes.nearest(Sort.GROUP, Sort.STATEMENT)
        moves = self._text(at - 1) == "move"
        if group.sort is Sort.STATEMENT and len(group.pattern) == 1 and self._text(at - 1 - moves) == "=":
            self._called_later(group.pattern[0], end)
        scopes.push(Sort.CLOSURE, end, group.word, marked=moves)
        return end

    def _called_later(self, name: str, first: int) -> None:
        """A variable is a closure: where it takes a lock, its calls may give the guard."""
        last = min(len(self.every), first + _BODY)
        end = next((at for at in range(first, last) if self._text(at) == ";"), last)
        if self._text(first) == "{":
            end = closing(self.every, first)
        takes = (take_at(self.every, at, self._returning) for at in range(first, end))
        taken = {take.name for take in takes if take is not None}
        if taken:
            self._returning[name] = taken.pop() if len(taken) == 1 else ""

    # Names.

    def _name(self, at: int) -> int:
        text, top = self._text(at), self.scopes.top
        if text in _HEADERS and self._text(at - 1) != ".":
            self.scopes.push(Sort.HEADER, at, text)
        elif text == "let" and top.sort is Sort.HEADER:
            top.marked = True
            top.pattern = (*top.pattern, *names_at(self.every, at + 1))
        elif text == "else":
            self._else()
        elif text == "break":
            self._moves.leave(at)
        else:
            take = take_at(self.every, at, self._returning)
            if take is not None:
                self._moves.take(take, at)
            else:
                self._moves.use(at)
        return at + 1

    def _else(self) -> None:
        for guard in self.scopes.temporary.guards:
            if guard.of_if:
                guard.doubt()
