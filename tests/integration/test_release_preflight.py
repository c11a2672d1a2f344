"""Faults planted into a project that is ready to be released: each is named, and what is none is not accused."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.core.toml import load
from pyo3ops.release.look import look
from pyo3ops.release.look_files import at_files
from pyo3ops.release.preflight import preflight
from pyo3ops.release.world import Asked

from .conftest import ROOT, need
from .release_faults import CASES, Row, own, setting, stranger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .release_faults.setting import Setting

EXPECTED = load(ROOT / "tests/data/release/faults.toml")
#: The preflight names a fault of the stranger's or it does not, whenever it is asked: CI asks for every other one.
ROWS = [
    pytest.param(row, id=f"{who}-{row.name}", marks=[pytest.mark.heavy] if who == "stranger" and number % 2 else [])
    for who in (module.__name__.rpartition(".")[2] for module in (own, stranger))
    for number, row in enumerate(CASES[who])
]
#: What the stranger, who knew no id, calls a check, and the checks that are meant.
CALLED = {
    "release.cargo.dependencies": ("release.crates.paths", "release.crates.sources"),
    "release.clock": ("release.machine.clock",),
    "release.expected.plan": ("release.plan.derived", "release.metadata.requires-python"),
    "release.files.builds": ("release.files.sdist-builds",),
    "release.files.size": ("release.files.size", "release.files.quota"),
    "release.index.names": ("release.index.names", "release.files.names"),
    "release.journal": ("release.journal.sound",),
    "release.lock": ("release.lock.holder",),
}
#: Cases whose status was thought about again, with the reason.
OTHERWISE = {"half-of-it-three-weeks-ago": ("warn", "the rule is PyPI's, and this is another index")}
#: The preflight may take that long besides builds and the network, in seconds; a busy machine gets twice that.
LIMIT = 2.0


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    need("git", "cargo", "maturin", "rustc")
    if not (shutil.which("uv") or shutil.which("twine")):
        pytest.skip("neither twine nor uv is here")
    made = setting.prepared(tmp_path_factory.mktemp("release"))
    yield made
    made.server.close()


def test_what_was_written_down_is_planted() -> None:
    rows = CASES["own"]
    faults = {(each["name"], each["finds"], each["status"], each["stage"]) for each in EXPECTED["fault"]}
    assert faults == {(row.name, row.expects, row.status, row.stage) for row in rows if row.expects}
    healthy = {(each["name"], each["stage"]) for each in EXPECTED["healthy"]}
    assert healthy == {(row.name, row.stage) for row in rows if not row.expects}


@pytest.mark.parametrize("row", ROWS)
def test_a_fault_is_named_and_health_is_not(row: Row, prepared: Setting, tmp_path: Path) -> None:
    case = prepared.case(row, tmp_path)
    row.plant(case)
    findings = setting.found(case, row)
    assert not [each for each in findings.values() if each.status is Status.CRASH]
    if row.expects:
        meant = [each for called in row.expects.split("|") for each in CALLED.get(called, (called,))]
        named = [findings[each] for each in meant if each in findings]
        status, _ = OTHERWISE.get(row.name, (row.status, ""))
        fitting = [finding for finding in named if finding.status.value == status]
        assert fitting, named
        assert fitting[0].fix, fitting
    else:
        accused = [each for each in findings.values() if each.status not in (Status.OK, Status.SKIP)]
        assert not accused, accused


def test_a_rehearsal_needs_neither_credentials_nor_an_index(prepared: Setting, tmp_path: Path) -> None:
    case = prepared.case(Row("rehearsed", lambda _: None, 1), tmp_path)
    for name in ("TWINE_USERNAME", "TWINE_PASSWORD"):
        del case.env[name]
    case.served.status = 503
    case.git("checkout", "--quiet", "-b", "side")
    (case.project / "README.md").write_text("changed\n", encoding="utf-8")
    world = look(case.project, Asked(index=case.url, rehearse=True), case.env)
    statuses = {finding.id: finding.status for finding in preflight(world, 1)}
    for name in ("credentials.present", "index.reachable", "git.branch"):
        assert statuses[f"release.{name}"] is Status.SKIP
    assert statuses["release.git.clean"] is Status.WARN
    assert max(statuses.values()) is Status.WARN


def test_what_the_configuration_ignores_is_a_skip_with_its_reason(prepared: Setting, tmp_path: Path) -> None:
    case = prepared.case(Row("ignored", lambda _: None, 1), tmp_path)
    with (case.project / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[tool.pyo3ops.release.ignore]\n"release.git.clean" = "a test"\n')
    world = look(case.project, Asked(index=case.url), case.env)
    finding = next(each for each in preflight(world, 1) if each.id == "release.git.clean")
    assert finding.status is Status.SKIP
    assert finding.detail.startswith("ignored: a test (it said fail: ")


def test_a_smoke_test_decides_and_has_no_credentials(prepared: Setting, tmp_path: Path) -> None:
    case = prepared.case(Row("smoke", lambda _: None, 2), tmp_path)
    code = "import os, production_deployment as p; assert p.count; assert 'TWINE_PASSWORD' not in os.environ"
    for line, status in ((code, Status.OK), ("raise SystemExit('smoke')", Status.FAIL)):
        with (case.project / "pyproject.toml").open("a", encoding="utf-8") as stream:
            stream.write(f'\n[tool.pyo3ops.release]\nsmoke = ["-c", "{line}"]\n')
        world = look(case.project, Asked(index=case.url), case.env)
        found = {each.id: each for each in preflight(at_files(world, case.files, case.env, build=False), 2)}
        assert found["release.files.imports"].status is status
        case.git("checkout", "--quiet", "--", "pyproject.toml")


@pytest.mark.heavy
def test_an_sdist_is_built(prepared: Setting, tmp_path: Path) -> None:
    case = prepared.case(Row("sdist", lambda _: None, 2), tmp_path)
    world = look(case.project, Asked(index=case.url), case.env)
    found = {each.id: each for each in preflight(at_files(world, case.files, case.env, install=False), 2)}
    assert found["release.files.sdist-builds"].status is Status.OK
    assert "built it in" in found["release.files.sdist-builds"].detail


def test_no_secret_is_in_what_is_known(prepared: Setting, tmp_path: Path) -> None:
    case = prepared.case(Row("secret", lambda _: None, 1), tmp_path)
    case.env["TWINE_PASSWORD"] = "a-very-secret-word"  # noqa: S105 - it is none
    world = look(case.project, Asked(index=case.url), case.env)
    text = repr(world) + repr(preflight(world, 1))
    assert "a-very-secret-word" not in text
    assert "TWINE_PASSWORD" in text


def test_a_look_changes_nothing_and_is_quick(prepared: Setting, tmp_path: Path) -> None:
    case = prepared.case(Row("quick", lambda _: None, 1), tmp_path)
    before = _files(case.project), _files(case.remote)
    started = time.monotonic()
    preflight(look(case.project, Asked(index=case.url), case.env), 1)
    assert time.monotonic() - started < 2 * LIMIT
    assert (_files(case.project), _files(case.remote)) == before


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
