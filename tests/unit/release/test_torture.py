"""Hundreds of releases under seeded faults; thousands are heavy: `PYO3OPS_TORTURE_SEEDS`, a number or FROM:TO."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.model import State
from pyo3ops.release.publishing import publish
from tests.release_torture import torture as release
from tests.release_torture.broken import BROKEN
from tests.release_torture.scripts import KILLS, RECORD, Fault, FaultScript
from tests.release_torture.torture import MOST_RUNS, Survived, torture
from tests.release_torture.world import Sets, Violated

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.release_torture.broken import Engine

SEEDS = 300
HEAVY_SEEDS = 10_000
#: A broken engine has to be caught before.
CAUGHT_BY = 300
SOME = 10


def play(
    seeds: Iterable[int], folder: Path, engine: Engine = publish, kinds: frozenset[Fault] | None = None
) -> list[Survived]:
    sets = Sets(folder / "sets")
    return [torture(seed, sets, folder / "release", engine, kinds) for seed in seeds]


def table(survived: list[Survived]) -> str:
    """What happened, in lines."""
    counts: Counter[Fault] = Counter()
    for each in survived:
        counts.update(each.counts)
    ends = Counter(each.ended.value for each in survived)
    runs, uploads, kills = (sum(column) for column in zip(*((s.runs, s.uploads, s.kills) for s in survived)))
    most = max(each.runs for each in survived)
    first = (
        f"{len(survived)} scripts, {runs} runs (at most {most} of {MOST_RUNS} each), {uploads} uploads, {kills} kills"
    )
    lines = [first, f"ended {dict(ends)}", *(f"{counts[fault]:8} {fault.value}" for fault in Fault)]
    return "\n".join(lines)


def test_hundreds_of_scripts_end_with_all_or_nothing(tmp_path: Path) -> None:
    survived = play(range(SEEDS), tmp_path)
    counts: Counter[Fault] = Counter()
    for each in survived:
        counts.update(each.counts)
        assert each.public in (0, each.files)
    # A torture that does not hurt shows nothing: all faults came.
    assert [fault for fault in Fault if not counts[fault]] == []
    assert sum(each.kills for each in survived) > SEEDS
    assert {each.ended for each in survived} == {State.VERIFIED, State.ABORTED, State.STUCK}


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_thousands_of_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _, last = os.environ.get("PYO3OPS_TORTURE_SEEDS", f"0:{HEAVY_SEEDS}").rpartition(":")
    survived = play(range(int(first or 0), int(last)), tmp_path)
    with capsys.disabled():
        sys.stderr.write(f"\n{table(survived)}\n")
    assert all(each.public in (0, each.files) for each in survived)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_engine_is_caught(name: str, tmp_path: Path) -> None:
    broken = BROKEN[name]
    with pytest.raises(Violated, match=broken.words):
        play(range(CAUGHT_BY), tmp_path, broken.engine, frozenset(broken.kinds))


@pytest.mark.parametrize("name", BROKEN)
def test_the_engine_survives_what_catches_the_broken_one(name: str, tmp_path: Path) -> None:
    assert len(play(range(SOME), tmp_path, kinds=frozenset(BROKEN[name].kinds))) == SOME


def test_a_script_is_the_same_every_time(tmp_path: Path) -> None:
    sets = Sets(tmp_path / "sets")
    once, again = (torture(11, sets, tmp_path / "release") for _ in range(2))
    assert once == again


def test_each_kind_of_kill_is_a_fault() -> None:
    assert set(Fault) >= KILLS
    assert {fault for fault in Fault if fault.name.startswith("KILL")} == KILLS


class KilledAt(FaultScript):
    """Nothing goes wrong but one kill: at the boundary of that number, counted from the start, in one of its ways."""

    def __init__(self, number: int, way: int) -> None:
        super().__init__(0, frozenset())
        self.files = 2
        self.number, self.way, self.met = number, way, 0

    def kill(self, *candidates: Fault) -> Fault | None:
        self.met += 1
        if self.met != self.number or self.way >= len(candidates):
            return None
        self.counts[candidates[self.way]] += 1
        return candidates[self.way]


def test_a_kill_at_every_boundary_in_every_way(tmp_path: Path) -> None:
    sets = Sets(tmp_path / "sets")
    undisturbed = KilledAt(0, 0)
    release.play(undisturbed, sets, tmp_path / "release")
    killed = 0
    for number in range(1, undisturbed.met + 1):
        for way in range(len(RECORD)):
            survived = release.play(KilledAt(number, way), sets, tmp_path / "release")
            assert (survived.ended, survived.public) == (State.VERIFIED, 2)
            # Wherever it was killed: what the index tells is not sent again.
            assert survived.uploads == 2
            killed += survived.kills
    # Fourteen records, in five ways each, and whatever is asked, sent and read back.
    assert undisturbed.met >= 14
    assert killed >= 14 * len(RECORD)
