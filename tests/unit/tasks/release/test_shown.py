from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from pyo3ops.release.model import State
from pyo3ops.tasks.release import shown
from pyo3ops.tasks.release.course import Course, Request
from pyo3ops.tasks.release.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

ENV: Mapping[str, str] = {}
NAMES = tuple(step.name for step in STEPS)


class Written:
    """A journal that has come to a state."""

    def __init__(self, state: State) -> None:
        """In this state."""
        self.state = state


def course(state: State, until: str = "announced", *, sealed: bool = True, **words: Any) -> Course:
    """A release in a state; nobody looks at more of it than that and what was asked."""
    unseen: Any = None
    made = Course(
        Request(ENV, until=until, **words),
        unseen,
        unseen,
        "spam",
        "1.0",
        unseen,
        cast("Any", Written(state)),
        unseen,
        unseen,
        unseen,
    )
    made.manifest = cast("Any", object()) if sealed else None
    return made


def to_do(made: Course) -> list[str]:
    return [step.name for step in shown.left(made)]


@pytest.mark.parametrize(
    ("state", "sealed", "first"),
    [
        (State.PLANNED, False, "preflight prepare lock build seal"),
        (State.BUILT, False, "preflight lock seal"),
        (State.SEALED, True, "preflight lock check"),
        (State.CHECKED, True, "preflight lock publish"),
        (State.PUBLISHING, True, "preflight lock publish"),
        (State.STUCK, True, "preflight lock publish"),
        (State.ABORTED, True, "preflight lock check"),
        (State.ABORTED, False, "preflight prepare lock build"),
        (State.PUBLISHED, True, "preflight lock verify"),
        (State.VERIFIED, True, "preflight lock tag"),
        (State.TAGGED, True, "preflight lock announce"),
        (State.ANNOUNCED, True, ""),
    ],
)
def test_what_is_left(state: State, sealed: bool, first: str) -> None:  # noqa: FBT001 - a case
    left = to_do(course(state, sealed=sealed))
    assert left[: len(first.split())] == first.split()
    assert not left or left[-1] == "announce"


@pytest.mark.parametrize(
    ("until", "last"),
    [("checked", "check"), ("published", "publish"), ("verified", "verify"), ("tagged", "tag")],
)
def test_nothing_beyond_what_is_wanted(until: str, last: str) -> None:
    assert to_do(course(State.PLANNED, until, sealed=False))[-1] == last
    reached = State(until)
    assert to_do(course(reached, until)) == []


def test_only_who_publishes_takes_the_lock() -> None:
    assert "lock" not in to_do(course(State.PLANNED, "checked", sealed=False))
    assert to_do(course(State.CHECKED, "locked")) == ["preflight", "lock"]
    assert to_do(course(State.PLANNED, "locked", sealed=False))[:3] == ["preflight", "prepare", "lock"]


def test_every_step_is_in_one_of_three_conditions() -> None:
    for state in (State.PLANNED, State.PUBLISHING, State.TAGGED):
        made = course(state, "verified")
        words = [shown.condition(made, step) for step in STEPS]
        assert set(words) <= {shown.THERE, shown.TO_DO, shown.LATER}
        assert len(words) == len(NAMES)
