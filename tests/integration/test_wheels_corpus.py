"""Faults planted into sound wheels and sdists: the exact finding names each, and nothing sound is accused."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.core.run import which

from . import wheels_corpus as corpus
from .conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wheels_corpus import File, Parts, Row

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64", reason="the corpus is one of Linux on x86_64"
    ),
    # Where PyO3 is new, it is compiled twice.
    pytest.mark.timeout(900),
]
#: What may not be said of a sound file.
_ACCUSED = (Status.WARN, Status.FAIL, Status.CRASH)


@dataclass(frozen=True)
class Outcome:
    """What was said of one file: the worst status of each id, and what it is held against."""

    row: Row
    said: Mapping[str, Status]
    before: Mapping[str, Status]

    @property
    def named(self) -> bool:
        return self.said.get(self.row.finds) is Status(self.row.status)

    @property
    def others(self) -> Mapping[str, Status]:
        """Findings, beside the expected one, that are worse than in the sound file."""
        worse = {name: status for name, status in self.said.items() if self.before.get(name, Status.OK) < status}
        return {name: status for name, status in worse.items() if name != self.row.finds and status is not Status.SKIP}

    @property
    def accused(self) -> Mapping[str, Status]:
        return {name: status for name, status in self.others.items() if status in _ACCUSED}

    def __str__(self) -> str:
        others = ", ".join(f"{name} {status.value}" for name, status in sorted(self.others.items()))
        said = self.said.get(self.row.finds)
        wanted = (
            f"{self.row.finds} {self.row.status}, said {said.value if said else 'nothing'}; " if self.row.finds else ""
        )
        return f"{self.row.name}: {wanted}beside it: {others or 'nothing'}"


@pytest.fixture(scope="session")
def made() -> dict[str, Parts]:
    """Built once a session; `env` belongs to one test."""
    return {}


@pytest.fixture
def parts(env: dict[str, str], made: dict[str, Parts], tmp_path_factory: pytest.TempPathFactory) -> Parts:
    for program in ("cargo", "maturin", "cc", "readelf", "objcopy", "strip", "strings"):
        if which(program, env) is None:
            pytest.skip(f"{program} is not here")
    if not made:
        kept = ROOT / ".pyo3ops" / "target" / f"corpus-{sys.version_info[0]}.{sys.version_info[1]}"
        target = Path(env.get("CARGO_TARGET_DIR", str(kept)))
        made["parts"] = corpus.build(tmp_path_factory.mktemp("corpus"), target, env)
    return made["parts"]


@pytest.fixture(scope="session")
def asked() -> dict[str, Mapping[str, Status]]:
    return {}


@pytest.fixture
def outcomes(
    parts: Parts, env: dict[str, str], tmp_path: Path, asked: dict[str, Mapping[str, Status]]
) -> Mapping[str, Outcome]:
    """What inspection says of every row, by name."""
    if not asked:
        files = {f"sound {base}": part.file for base, part in parts.sound.items()}
        files.update({name: planter.plant(parts) for name, planter in corpus.PLANTERS.items()})
        with ThreadPoolExecutor(max_workers=2) as pool:
            said = pool.map(lambda key: inspect(files[key], tmp_path / key, env, parts.root), files)
            asked.update(zip(files, said))
    bases = {row.name: corpus.PLANTERS[row.name].base for row in corpus.ROWS}
    return {row.name: Outcome(row, asked[row.name], asked[f"sound {bases[row.name]}"]) for row in corpus.ROWS}


def inspect(file: File, folder: Path, env: Mapping[str, str], root: Path) -> Mapping[str, Status]:
    """The worst status of each id, as the command line says it in the project that the file is of."""
    folder.mkdir()
    path = folder / file.name
    path.write_bytes(file.data)
    argv = [sys.executable, "-m", "pyo3ops", "wheels", "inspect", str(path), "--json"]
    done = subprocess.run(argv, cwd=root, env=env, capture_output=True, timeout=240)  # noqa: PLW1510 - 1 and 4 are answers too
    assert done.returncode in (0, 1, 4), f"{folder.name}: {done.returncode}\n{done.stderr.decode()[-3000:]}"
    said: dict[str, Status] = {}
    for finding in json.loads(done.stdout)["findings"]:
        said[finding["id"]] = max(said.get(finding["id"], Status.OK), Status(finding["status"]))
    return said


def test_each_row_has_a_planter_and_each_planter_a_row() -> None:
    names = [row.name for row in corpus.ROWS]
    assert len(names) == len(set(names))
    assert set(names) == set(corpus.PLANTERS)


def test_there_are_enough() -> None:
    assert len(corpus.FAULTS) >= 25
    assert len(corpus.STRANGER) >= 14
    assert len(corpus.SOUND) >= 11


@pytest.mark.parametrize("base", ["specific", "abi3", "floor"])
def test_what_is_sound_is_imported(base: str, parts: Parts, env: dict[str, str], tmp_path: Path) -> None:
    wheel = parts.sound[base]
    for name, data in wheel.members.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    code = "import tiny; assert tiny.answer() == 42"
    subprocess.run([sys.executable, "-c", code], check=True, env={**env, "PYTHONPATH": str(tmp_path)}, timeout=60)


@pytest.mark.parametrize("row", corpus.ROWS, ids=lambda row: row.name)
def test_each_planter_changes_something(row: Row, parts: Parts) -> None:
    planter = corpus.PLANTERS[row.name]
    assert planter.plant(parts) != parts.sound[planter.base].file


def counted(outcomes: list[Outcome]) -> str:
    """The confusion counts, and each row that is not as expected."""
    missed = [outcome for outcome in outcomes if not outcome.named]
    others = sum(len(outcome.accused) for outcome in outcomes)
    head = f"{len(outcomes)} faults: {len(outcomes) - len(missed)} named exactly, {len(missed)} missed, {others} others"
    return "\n".join([head, *(f"  missed {outcome}" for outcome in missed)])


@pytest.mark.parametrize("rows", [corpus.FAULTS, corpus.STRANGER], ids=["faults.toml", "stranger.toml"])
def test_faults_are_named(
    rows: tuple[Row, ...], outcomes: Mapping[str, Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    judged = [outcomes[row.name] for row in rows]
    text = counted(judged)
    also = [f"  also {outcome}" for outcome in judged if outcome.named and outcome.accused]
    with capsys.disabled():
        print("", text, *also, sep="\n")  # noqa: T201 - the figures are what this test is for
    assert sum(outcome.named for outcome in judged) >= 0.95 * len(judged), text


@pytest.mark.parametrize("base", ["specific", "abi3", "floor", "sdist"])
def test_the_sound_files_are_sound(
    base: str, outcomes: Mapping[str, Outcome], asked: dict[str, Mapping[str, Status]]
) -> None:
    assert outcomes
    said = asked[f"sound {base}"]
    assert {name: status.value for name, status in said.items() if status in _ACCUSED} == {}
    assert said


def test_nothing_sound_is_accused(outcomes: Mapping[str, Outcome]) -> None:
    judged = [outcomes[row.name] for row in corpus.SOUND]
    assert [str(outcome) for outcome in judged if outcome.accused] == []
