from __future__ import annotations

import pytest

from pyo3ops.core.plan import Outcome, Plan, State, Step, ordered


class World:
    """What steps did, in order."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def step(self, name: str, *, fails: str | None = None, needs: str = "", brings: str = "") -> Step:
        def do() -> str | None:
            self.did.append(name)
            return fails

        return Step(name, do, needs=tuple(needs.split()), brings=tuple(brings.split()))


def told(outcomes: list[Outcome]) -> list[tuple[str, State, str]]:
    return [(outcome.step.name, outcome.state, outcome.detail) for outcome in outcomes]


def test_what_brings_something_comes_before_what_needs_it() -> None:
    world = World()
    steps = [
        world.step("c", needs="rust"),
        world.step("a", brings="lists"),
        world.step("b", needs="lists", brings="rust"),
    ]
    assert [step.name for step in ordered(steps).steps] == ["a", "b", "c"]
    assert [step.name for step in ordered(steps[:1]).steps] == ["c"]


def test_a_circle_is_named() -> None:
    world = World()
    with pytest.raises(ValueError, match="steps need one another: a, b"):
        ordered([world.step("a", needs="x", brings="y"), world.step("b", needs="y", brings="x")])


def test_a_step_that_fails_stops_what_needs_it_and_no_more() -> None:
    world = World()
    plan = Plan(
        (
            world.step("lists", fails="no network", brings="lists"),
            world.step("packages", needs="lists", brings="rust"),
            world.step("crates", needs="rust"),
            world.step("lock"),
        )
    )
    assert told(list(plan.carry_out())) == [
        ("lists", State.FAILED, "no network"),
        ("packages", State.BLOCKED, "it needs lists"),
        ("crates", State.BLOCKED, "it needs rust"),
        ("lock", State.DONE, ""),
    ]
    assert world.did == ["lists", "lock"]


def test_another_step_may_bring_what_one_lost() -> None:
    world = World()
    plan = Plan(
        (world.step("a", fails="no", brings="rust"), world.step("b", brings="rust"), world.step("c", needs="rust"))
    )
    assert [outcome.state for outcome in plan.carry_out()] == [State.FAILED, State.DONE, State.DONE]


def test_what_is_there_is_not_done_again() -> None:
    world = World()
    step = world.step("a")
    (outcome,) = Plan((Step("a", step.do, done=lambda: True),)).carry_out()
    assert (outcome.state, world.did) == (State.ALREADY, [])


def test_a_step_that_ends_well_is_looked_at() -> None:
    world = World()
    step = world.step("a")
    (outcome,) = Plan((Step("a", step.do, verify=lambda: "it is not there"),)).carry_out()
    assert (outcome.state, outcome.detail) == (State.FAILED, "it is not there")


def test_outcomes_come_one_by_one() -> None:
    world = World()
    outcomes = Plan((world.step("a"), world.step("b"))).carry_out()
    next(outcomes)
    assert world.did == ["a"]
