"""A guard of a lock, what is known of it, and the scope that it lives in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Held(Enum):
    """What is known of a guard."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


class Sort(Enum):
    """What a scope is."""

    BLOCK = "block"
    #: Parentheses and brackets, in which temporaries are those of the statement around them.
    GROUP = "group"
    STATEMENT = "statement"
    #: What stands between `if`, `while`, `match` or `for` and the block.
    HEADER = "header"
    ARM = "arm"
    CLOSURE = "closure"


@dataclass(eq=False)
class Guard:
    """One guard; compared by identity."""

    lock: str
    line: int
    held: Held
    #: The guard itself is the value of the statement, which may keep it; else it is a temporary.
    value: bool = False
    #: It is bound by the statement's pattern as it is, and not by what has it in it.
    bound: bool = False
    #: It left its block as the block's value.
    escaping: bool = False
    #: It stands in the head of an `if let`.
    of_if: bool = False
    #: It is one only where the lock is an RwLock: files have a method of that name too.
    shared: bool = False

    def doubt(self) -> None:
        """It may be held, where it was."""
        if self.held is Held.YES:
            self.held = Held.PERHAPS


@dataclass(eq=False)
class Scope:
    """One scope that is open; the place of its first token in `start`."""

    sort: Sort
    start: int
    #: The keyword of a header or of a block, the function that a group or a closure is an argument of, `cfg` before a
    #: statement.
    word: str = ""
    guards: list[Guard] = field(default_factory=list)
    #: Variables that begin in a block or an arm; None for one that has nothing to do with a guard.
    names: dict[str, Guard | None] = field(default_factory=dict)
    #: A header with `let` in it, a closure with `move`, a statement that assigns to something other than a variable.
    marked: bool = False
    #: What the statement's pattern binds.
    pattern: tuple[str, ...] = ()
    #: Guards that a condition's `wait` took, and will give back.
    lent: list[Guard] = field(default_factory=list)
    moved: list[Guard] = field(default_factory=list)
    #: Guards that were given back for a call, and are taken again behind it.
    unlocked: list[Guard] = field(default_factory=list)
    #: What `break` gave as the value of a loop, and what was held there.
    given: list[Guard] = field(default_factory=list)
    breaks: list[dict[Guard, Held]] = field(default_factory=list)
    before: dict[Guard, Held] = field(default_factory=dict)
    #: What was held at the end of each way through its `if` or `match`, of those that come back.
    ways: list[dict[Guard, Held]] = field(default_factory=list)
