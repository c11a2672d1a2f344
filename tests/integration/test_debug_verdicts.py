"""Verdicts on real processes: the deadlock corpus, whose expectations stand in tests/data/debug/deadlocks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import deadlock_corpus as corpus
from .conftest import need
from .deadlock_corpus import Lane, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .deadlock_corpus import Judged

OWN = "{}.{}".format(*sys.version_info[:2])
LANES = [pytest.param(version, marks=() if version == OWN else pytest.mark.heavy) for version in corpus.VERSIONS]
#: Of the programs with a fault.
RECALL = 0.95

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="gdb looks at Linux here"),
    pytest.mark.timeout(1200),
]


@pytest.fixture(scope="module")
def built() -> dict[str, Path]:
    """Folders with the extensions, by Python: each crate is built once a session."""
    return {}


@pytest.fixture(params=LANES)
def lane(
    request: pytest.FixtureRequest,
    built: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    env: dict[str, str],
) -> Lane:
    """A Python, with the crates built for it."""
    need("gdb", "cargo")
    version = request.param
    python = corpus.interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not here")
    if version not in built:
        target = tmp_path_factory.getbasetemp() / f"deadlocks-{version}"
        built[version] = [corpus.build(part, python, target, env) for part in corpus.PARTS][-1]
    return Lane(version, python, built[version])


def test_hangs_are_told_from_what_is_slow(
    lane: Lane, tmp_path: Path, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = _judged(lane, tmp_path, env, "live")

    with capsys.disabled():
        sys.stdout.write(f"\nPython {lane.version}: {len(found)} programs: {corpus.counts(found)}\n")
    assert not _those(found, Outcome.FALSE_DEFINITE)
    assert corpus.recall(found) >= RECALL, _those(found, Outcome.MISSED)
    assert not _those(found, Outcome.FALSE_ALARM)


def test_ends_are_told_from_what_was_printed(lane: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    found = _judged(lane, tmp_path, env, "output")

    assert {each.outcome for each in found} == {Outcome.FOUND}, list(map(str, found))


def test_overflows_are_told_from_cores(lane: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    if Path("/proc/sys/kernel/core_pattern").read_text("utf-8").strip() not in {"core", "core.%p"}:
        pytest.skip("cores do not go to the working directory here")
    found = _judged(lane, tmp_path, env, "core")

    assert {each.outcome for each in found} == {Outcome.FOUND}, list(map(str, found))


def _judged(lane: Lane, scratch: Path, env: dict[str, str], look: str) -> list[Judged]:
    try:
        return list(corpus.judged(lane, scratch, env, look))
    except corpus.DeniedError:
        pytest.skip("gdb may not trace here")


def _those(found: Sequence[Judged], outcome: Outcome) -> list[str]:
    return [str(each) for each in found if each.outcome is outcome]
