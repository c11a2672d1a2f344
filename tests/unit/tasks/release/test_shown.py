from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pyo3ops.release.model import State
from pyo3ops.tasks.release import shown
from pyo3ops.tasks.release.course import Course, Request
from pyo3ops.tasks.release.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENV: Mapping[str, str] = {}
NAMES = tuple(step.name for step in STEPS)


class Written:
    """A journal that has come to a state."""

    def __init__(self, state: State, events: Sequence[str]) -> None:
        """In this state, after records of these events."""
        self.state = state
        self.records = tuple(SimpleNamespace(event=event) for event in events)


#: An index of one's own, and TestPyPI.
OWN = SimpleNamespace(target=SimpleNamespace(name="", is_pypi=False))
TRYING = SimpleNamespace(target=SimpleNamespace(name="testpypi", is_pypi=True))


def course(
    state: State,
    until: str | None = None,
    *,
    sealed: bool = True,
    events: Sequence[str] = (),
    index: Any = OWN,
    **words: Any,
) -> Course:
    """A release in a state; nobody looks at more of it than that and what was asked."""
    unseen: Any = None
    made = Course(
        Request(ENV, until=until, **words),
        unseen,
        unseen,
        "spam",
        "1.0",
        unseen,
        cast("Any", Written(state, events)),
        unseen,
        index,
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


def test_what_was_checked_is_checked_after_it_was_given_up() -> None:
    events = ("planned", "sealed", "checked", "publishing", "aborted")
    assert to_do(course(State.ABORTED, events=events))[:3] == ["preflight", "lock", "publish"]
    # Another set since then was not.
    later = (*events, "planned", "built", "sealed", "aborted")
    assert to_do(course(State.ABORTED, events=later))[:3] == ["preflight", "lock", "check"]


def test_a_set_that_gives_way_is_built_again() -> None:
    made = course(State.CHECKED)
    made.anew = True
    assert to_do(made)[:5] == ["preflight", "prepare", "lock", "build", "seal"]


def test_a_set_that_was_tried_elsewhere_is_checked_and_published() -> None:
    made = course(State.VERIFIED)
    made.promoted = True
    assert to_do(made)[:4] == ["preflight", "lock", "check", "publish"]


def test_a_manifest_without_its_record_is_taken_up() -> None:
    assert to_do(course(State.BUILT))[:3] == ["preflight", "lock", "check"]


def test_what_is_only_tried_is_not_tagged() -> None:
    assert to_do(course(State.CHECKED, index=TRYING))[-1] == "verify"
    assert to_do(course(State.CHECKED, "tagged", index=TRYING))[-1] == "tag"


def test_every_step_is_in_one_of_three_conditions() -> None:
    for state in (State.PLANNED, State.PUBLISHING, State.TAGGED):
        made = course(state, "verified")
        words = [shown.condition(made, step) for step in STEPS]
        assert set(words) <= {shown.THERE, shown.TO_DO, shown.LATER}
        assert len(words) == len(NAMES)
