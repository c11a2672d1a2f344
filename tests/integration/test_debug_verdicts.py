"""Verdicts on real processes: the deadlock corpus, whose expectations stand in tests/data/debug/deadlocks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import deadlock_corpus as corpus
from . import pythons
from .conftest import need
from .deadlock_corpus import Lane, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .deadlock_corpus import Judged

LANES = [pytest.param(version, marks=marks) for version, marks in pythons.LANES]
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
    python = pythons.interpreter(version)
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


@pytest.mark.heavy
def test_every_wait_is_known_and_its_healthy_twin_is_let_be(lane: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    for part in corpus.ROWS:
        corpus.build(part, lane.python, lane.folder.parent, env)
    found = list(corpus.judged(lane, tmp_path, env, parts=corpus.ROWS))

    assert not _those(found, Outcome.FALSE_DEFINITE)
    assert not _those(found, Outcome.FALSE_ALARM)
    assert not _those(found, Outcome.MISSED)


@pytest.mark.parametrize("edition", ["2021", "2024"])
def test_the_table_of_guards_is_true(edition: str, tmp_path: Path, env: dict[str, str]) -> None:
    """Each line of it says itself whether its comment is; which `tests/unit/stacks/verdicts/test_guards.py` reads."""
    need("rustc")
    program = tmp_path / "guards"
    argv = [
        "rustc",
        "--edition",
        edition,
        "--cap-lints",
        "allow",
        "-o",
        str(program),
        str(corpus.DATA.parent / "guards/guards.rs"),
    ]
    built = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    if edition == "2024" and "edition" in built.stderr:
        pytest.skip("this rustc knows no edition 2024")
    assert built.returncode == 0, built.stderr

    ran = subprocess.run([str(program)], env=env, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 0, ran.stdout


def _judged(lane: Lane, scratch: Path, env: dict[str, str], look: str) -> list[Judged]:
    try:
        return list(corpus.judged(lane, scratch, env, look))
    except corpus.DeniedError:
        pytest.skip("gdb may not trace here")


def _those(found: Sequence[Judged], outcome: Outcome) -> list[str]:
    return [str(each) for each in found if each.outcome is outcome]
