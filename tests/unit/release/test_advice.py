from __future__ import annotations

import pytest

from pyo3ops.cli import parser
from pyo3ops.release.advice import ADVICE, fix_of, reached
from pyo3ops.release.model import COURSE, State


def test_every_state_has_advice() -> None:
    assert set(ADVICE) == set(State)


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
@pytest.mark.parametrize("version", ["", "1.2.0"])
def test_what_is_advised_can_be_typed(state: State, version: str) -> None:
    fix = fix_of(state, version)
    if fix.argv is None:
        assert state is State.ANNOUNCED
    else:
        args = parser.made().parse_args(fix.argv[1:])
        # The next release is of another version than the one that was taken back.
        assert args.version == (version or None if state is not State.WITHDRAWN else None)


def test_a_course_is_reached_in_its_order() -> None:
    for place, state in enumerate(COURSE):
        assert [reached(state, other) for other in COURSE] == [index <= place for index in range(len(COURSE))]


@pytest.mark.parametrize("state", [State.STUCK, State.ABORTED, State.WITHDRAWN, None])
def test_what_left_the_course_has_reached_nothing(state: State | None) -> None:
    assert not any(reached(state, other) for other in COURSE)
