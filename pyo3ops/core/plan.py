"""Plans: what is to be done, as steps that are shown first, then carried out in order, then looked at again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class State(Enum):
    """What became of one step."""

    ALREADY = "there already"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "not tried"


def _not_yet() -> bool:
    return False


def _nothing_to_see() -> None:
    return None


@dataclass(frozen=True)
class Step:
    """One thing to do. `needs` and `brings` are names of what steps hand on: "rust", "an environment"."""

    name: str
    #: Does it, and returns why it failed, or None.
    do: Callable[[], str | None]
    #: True where there is nothing to do any more.
    done: Callable[[], bool] = _not_yet
    #: Looks at what came of it, and returns what is wrong with that, or None.
    verify: Callable[[], str | None] = _nothing_to_see
    needs: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one step; `detail` says why it failed or was not tried. Wall time in seconds."""

    step: Step
    state: State
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they are done."""

    steps: tuple[Step, ...] = ()

    def carry_out(self) -> Iterator[Outcome]:
        """Do one step after the other, each outcome as it comes.

        A step that fails blocks those that need what it was to bring, unless another step brings that too.
        """
        lost: set[str] = set()
        for step in self.steps:
            missing = [name for name in step.needs if name in lost]
            outcome = Outcome(step, State.BLOCKED, f"it needs {missing[0]}") if missing else _done(step)
            if outcome.state in (State.FAILED, State.BLOCKED):
                lost.update(step.brings)
            else:
                lost.difference_update(step.brings)
            yield outcome


def ordered(steps: Iterable[Step]) -> Plan:
    """A plan in which what brings something stands before what needs it; otherwise the order stays.

    Raises `ValueError` where steps need one another in a circle.
    """
    left, sorted_steps = list(steps), []
    while left:
        first = next((step for step in left if not _waits(step, left)), None)
        if first is None:
            raise ValueError(f"steps need one another: {', '.join(step.name for step in left)}")
        left.remove(first)
        sorted_steps.append(first)
    return Plan(tuple(sorted_steps))


def _waits(step: Step, left: list[Step]) -> bool:
    return any(set(step.needs) & set(other.brings) for other in left if other is not step)


def _done(step: Step) -> Outcome:
    started = time.monotonic()
    if step.done():
        return Outcome(step, State.ALREADY, seconds=time.monotonic() - started)
    wrong = step.do() or step.verify()
    return Outcome(step, State.FAILED if wrong else State.DONE, wrong or "", time.monotonic() - started)
