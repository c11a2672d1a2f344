"""Verdicts on programs that a Python without the lock ran, as gdb saw them (ci/recorders/deadlocks.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core import toml
from pyo3ops.stacks import dump_json
from pyo3ops.stacks.model import Gil
from pyo3ops.stacks.verdicts import judge
from pyo3ops.stacks.verdicts.standing import standing_of
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.stacks.model import Dump

ROOT = Path(__file__).parents[4]
RECORDED = ROOT / "tests/data/stacks/verdicts/3.13t"
CORPUS = ROOT / "tests/data/debug/deadlocks"
EXPECTED = {row["name"]: row for row in toml.load(CORPUS / "expected.toml")["program"]}
NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))
FAULTS = [name for name in NAMES if EXPECTED[name]["kind"] != "healthy"]


def looks(name: str) -> tuple[Dump, ...]:
    text = (RECORDED / f"{name}.json").read_text("utf-8")
    return tuple(dump_json.from_json(each) for each in json.loads(text))


def read(file: str) -> Sequence[str] | None:
    path = ROOT / file
    return path.read_text("utf-8").splitlines() if path.is_file() else None


def test_what_differs_without_the_lock_is_said_of_programs_that_exist() -> None:
    other = toml.load(CORPUS / "free_threaded.toml")
    strangers = {
        f"{part}/{row['name']}"
        for part in ("stranger", "stranger2", "stranger3")
        for row in toml.load(CORPUS / part / "expected.toml")["program"]
    }
    named = [name for names in other.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= EXPECTED.keys() | strangers


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_expected_of_a_program_is_said(name: str) -> None:
    (verdict,) = judge(looks(name), read)
    assert verdict.kind.value == EXPECTED[name]["kind"]
    assert verdict.lock is not None
    assert EXPECTED[name]["lock"].lower() in verdict.lock.word.lower()
    for thread in EXPECTED[name]["threads"]:
        assert thread["function"] in verdict.detail


def test_who_holds_a_lock_while_all_threads_are_to_stop_is_proven() -> None:
    (verdict,) = judge(looks("collect_with_mutex"), read)
    assert verdict.definite
    assert "is attached and waits for the Mutex LOCK" in verdict.detail


def test_a_long_computation_that_a_collector_waits_for_is_no_fault() -> None:
    assert judge(looks("collect_while_computing"), read) == ()


@pytest.mark.parametrize("name", ["collect_with_mutex", "collect_while_asleep", "collect_while_reading"])
def test_who_wants_all_threads_to_stop_waits_for_the_attached_ones_though_attached_itself(name: str) -> None:
    dump = looks(name)[0]
    assert dump.process.free_threaded
    collecting = [stack for stack in dump.stacks if any(frame.function == "stop_the_world" for frame in stack.frames)]
    assert [stack.gil for stack in collecting] == [Gil.HELD]
    standing = standing_of(collecting[0], [])
    assert (standing.wait, standing.attached) == (For.INTERPRETER, False)


def test_who_is_stopped_on_the_way_back_waits_to_attach() -> None:
    stack = next(each for each in looks("collect_while_reading")[0].stacks if each.thread.name == "sender")
    assert stack.gil is Gil.WAITED_FOR
    assert standing_of(stack, []).wait is For.INTERPRETER


@pytest.mark.parametrize("name", ["collect_with_mutex", "collect_while_asleep", "collect_while_reading"])
def test_nobody_is_said_to_have_or_to_want_what_is_not_there(name: str) -> None:
    (verdict,) = judge(looks(name), read)
    said = " ".join([verdict.title, verdict.detail, *verdict.evidence])
    assert "the interpreter" not in said
    assert "waits for all threads to detach (stop-the-world)" in said
