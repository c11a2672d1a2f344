from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.core.errors import ConfigError, Interrupted
from pyo3ops.core.model import Status
from pyo3ops.release import preflight as package
from pyo3ops.release.preflight import preflight, rows
from pyo3ops.release.preflight.table import CHECKS
from pyo3ops.release.world import Asked

from .sound import GIT, SOUND, given

IDS = Path(__file__).parents[3] / "data/release/check_ids.txt"


@pytest.mark.parametrize("stage", [1, 2])
def test_nothing_is_wrong_with_a_sound_world(stage: int) -> None:
    found = preflight(SOUND, stage)
    assert {finding.id: finding.detail for finding in found if not finding.status < Status.WARN} == {}
    assert [finding.id for finding in found] == [row.id for row in rows() if row.stage == stage]


def test_ids_are_stable() -> None:
    # Users ignore checks by these: one that goes or changes is a line in the change log.
    listed = [f"{row.stage} {row.id}: {row.title}" for row in rows()]
    assert listed == IDS.read_text(encoding="utf-8").splitlines()
    assert len({row.id for row in rows()}) == len(listed)


def test_every_check_says_why() -> None:
    assert [check.id for check in CHECKS if not check.why] == []


def test_what_is_ignored_is_a_skip_with_the_reason_and_a_misspelt_id_an_error() -> None:
    world = replace(SOUND, git=replace(GIT, branch="side"), **given(ignore=(("release.git.branch", "once"),)))
    found = {finding.id: finding for finding in preflight(world, 1)}
    assert found["release.git.branch"].status is Status.SKIP
    assert found["release.git.branch"].detail.startswith("ignored: once (it said fail:")
    with pytest.raises(ConfigError, match=r"tool\.pyo3ops\.release\.ignore in .* did you mean release\.git\.branch"):
        preflight(replace(SOUND, **given(ignore=(("release.git.brunch", "once"),))), 1)


def test_a_rehearsal_skips_what_cannot_matter_and_goes_on_with_a_part_of_the_set() -> None:
    built = replace(SOUND.built, files=SOUND.built.files[:1]) if SOUND.built else None
    git = replace(GIT, branch="side", modified=("spam.py",))
    world = replace(SOUND, asked=Asked(rehearse=True), git=git, built=built, target="nowhere", version="1.2.3")
    found = {finding.id: finding.status for stage in (1, 2) for finding in preflight(world, stage)}
    assert found["release.git.branch"] is found["release.credentials.present"] is Status.SKIP
    assert found["release.index.reachable"] is Status.SKIP
    assert found["release.git.clean"] is found["release.files.complete"] is Status.WARN
    assert max(found.values()) is Status.WARN


def test_a_rule_that_crashes_is_a_finding_and_an_interruption_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: object) -> None:
        raise ZeroDivisionError("by zero")

    def interrupted(_: object) -> None:
        raise Interrupted("interrupted")

    check = CHECKS[0]
    monkeypatch.setattr(package, "CHECKS", (replace(check, rule=crash),))  # type: ignore[arg-type]
    finding = preflight(SOUND, 1)[0]
    assert (finding.status, finding.detail) == (Status.CRASH, "ZeroDivisionError: by zero")
    assert any("in crash" in line for line in finding.evidence)
    monkeypatch.setattr(package, "CHECKS", (replace(check, rule=interrupted),))  # type: ignore[arg-type]
    with pytest.raises(Interrupted):
        preflight(SOUND, 1)
