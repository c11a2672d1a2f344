"""Verdicts on recorded looks: ci/recorders/deadlocks.py ran the programs of tests/data/debug/deadlocks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Sequence

import pytest

from pyo3ops.core import toml
from pyo3ops.stacks import dump_json
from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Layer, Process, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Kind, Verdict, judge

ROOT = Path(__file__).parents[4]
RECORDED = ROOT / "tests/data/stacks/verdicts"
NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))
EXPECTED = {row["name"]: row for row in toml.load(ROOT / "tests/data/debug/deadlocks/expected.toml")["program"]}
#: What time alone could tell is no more than probable, though it is a fault for certain.
NOT_PROVEN = {"sleep_attached"}


def looks(name: str) -> tuple[Dump, ...]:
    text = (RECORDED / f"{name}.json").read_text("utf-8")
    return tuple(dump_json.from_json(each) for each in json.loads(text))


def read(file: str) -> Sequence[str] | None:
    path = ROOT / file
    return path.read_text("utf-8").splitlines() if path.is_file() else None


def only(name: str) -> Verdict:
    (verdict,) = judge(looks(name), read)
    return verdict


@pytest.mark.parametrize("name", [name for name in NAMES if EXPECTED[name]["kind"] != "healthy"])
def test_what_is_expected_of_a_program_is_said(name: str) -> None:
    verdict = only(name)

    certainty = "probable" if name in NOT_PROVEN else EXPECTED[name]["certainty"]
    assert (verdict.kind.value, verdict.certainty.value) == (EXPECTED[name]["kind"], certainty)
    assert verdict.lock is not None
    assert EXPECTED[name]["lock"].lower() in verdict.lock.word.lower()
    for thread in EXPECTED[name]["threads"]:
        assert thread["function"] in verdict.detail
    assert verdict.cure is not None


@pytest.mark.parametrize(
    "taken",
    [
        # In an `else` edition 2024 has dropped it.
        "if let 7 = *LOCK.lock().unwrap() { 1 } else {",
        "let kept = keep(LOCK.lock().unwrap());",
        "let mut value = LOCK.lock().unwrap(); consume(value);",
        "let mut value = LOCK.lock().unwrap(); if *value == 7 { drop(value); }",
        "let value = Some(LOCK.lock().unwrap());",
    ],
)
def test_a_guard_that_may_be_gone_proves_nothing(taken: str) -> None:
    def other(file: str) -> Sequence[str] | None:
        lines = read(file)
        return lines and [line.replace("let mut value = LOCK.lock().unwrap();", taken) for line in lines]

    (verdict,) = judge(looks("std_mutex_and_gil"), other)

    assert (verdict.kind, verdict.certainty) == (Kind.GIL_LOCK_INVERSION, Certainty.PROBABLE)
    assert not any("took" in line for line in verdict.evidence)


def test_the_cure_names_the_lock() -> None:
    cure = only("std_mutex_and_gil").cure

    assert cure is not None
    assert cure.code == "LOCK.lock_py_attached(py).unwrap()  // use pyo3::sync::MutexExt"


@pytest.mark.parametrize("name", [name for name in NAMES if EXPECTED[name]["kind"] == "healthy"])
def test_of_a_healthy_program_nothing_is_said(name: str) -> None:
    assert judge(looks(name), read) == ()


@pytest.mark.parametrize("name", NAMES)
def test_one_look_proves_nothing(name: str) -> None:
    assert all(verdict.certainty is Certainty.PROBABLE for verdict in judge(looks(name)[:1], read))


@pytest.mark.parametrize("name", NAMES)
def test_a_source_that_does_not_see_every_thread_proves_nothing(name: str) -> None:
    seen = [replace(dump, source="py-spy") for dump in looks(name)]

    assert not any(verdict.definite for verdict in judge(seen, read))


@pytest.mark.parametrize("name", NAMES)
def test_a_thread_that_is_not_wholly_known_may_have_any_lock(name: str) -> None:
    # Who is joined the address tells, and what a function took twice its own lines.
    kept = {Kind.SELF_DEADLOCK} if name != "join_attached" else {Kind.ATTACHED_BLOCKING}
    cut = []
    for dump in looks(name):
        stacks = [replace(stack, confidence=Confidence.PARTIAL) for stack in dump.stacks]
        # One more, of which nothing is known at all.
        unknown = replace(stacks[0], thread=replace(stacks[0].thread, tid=1, ident=1), frames=(), gil=Gil.UNKNOWN)
        cut.append(replace(dump, stacks=(*stacks, unknown)))

    assert {verdict.kind for verdict in judge(cut, read) if verdict.definite} <= kept


@pytest.mark.parametrize("name", NAMES)
def test_what_moves_between_the_looks_is_not_stuck(name: str) -> None:
    first, second = looks(name)
    moved = [replace(stack, frames=stack.frames[1:], waits_at=None) for stack in second.stacks]

    assert judge([first, replace(second, stacks=tuple(moved))], read) == ()


def test_without_the_source_an_owner_is_a_guess() -> None:
    (verdict,) = judge(looks("std_mutex_and_gil"))

    assert verdict.certainty is Certainty.PROBABLE
    assert "may have taken it" in verdict.detail


def test_a_circle_names_lines_and_threads_on_both_sides() -> None:
    verdict = only("std_mutex_and_gil")

    assert verdict.detail == (
        "two.rs:32 mutex_attached keeps the interpreter and waits for the Mutex LOCK;"
        " two.rs:24 lock_then_attach has taken it and waits for the interpreter"
    )
    one, other = verdict.cycle
    assert (one.thread, one.held_by) == (other.held_by, other.thread)
    assert verdict.cure is not None
    assert "lock_py_attached" in verdict.cure.code
    assert any("took LOCK in line 21" in line for line in verdict.evidence)


def test_a_lock_taken_twice_is_the_threads_own_doing_whoever_else_waits() -> None:
    verdict = only("attached_twice")

    assert verdict.kind is Kind.SELF_DEADLOCK
    assert "OWN" in verdict.detail


@pytest.mark.parametrize("name", ["mutex_twice", "attached_twice"])
def test_beside_a_thread_that_moves_and_could_have_the_lock_nothing_is_proven(name: str) -> None:
    def beside(dump: Dump, line: int) -> Dump:
        frame = Frame("mine::pop", Language.RUST, "/home/me/src/lib.rs", line, layer=Layer.CRATE, crate="mine")
        return replace(dump, stacks=(*dump.stacks, Stack(Thread(99, ident=99), (frame,), Gil.FREE)))

    first, second = looks(name)
    certainties = {each.certainty for each in judge([beside(first, 5), beside(second, 6)], read)}

    assert certainties == {Certainty.PROBABLE}


def test_where_there_is_no_lock_threads_are_attached() -> None:
    free = [replace(dump, process=replace(dump.process, free_threaded=True)) for dump in looks("std_mutex_and_gil")]
    (verdict,) = judge(free, read)

    assert "mutex_attached is attached and waits" in verdict.detail


def test_who_has_the_interpreter_is_inferred_where_nobody_says() -> None:
    silent = [_without_gil(dump) for dump in looks("std_mutex_and_gil")]
    (verdict,) = judge(silent, read)

    assert (verdict.kind, verdict.certainty) == (Kind.GIL_LOCK_INVERSION, Certainty.PROBABLE)


def test_no_look_is_no_verdict() -> None:
    assert judge([]) == ()
    assert judge([Dump(), Dump(process=Process(pid=1))]) == ()


def _without_gil(dump: Dump) -> Dump:
    return replace(dump, stacks=tuple(replace(stack, gil=Gil.UNKNOWN) for stack in dump.stacks))
