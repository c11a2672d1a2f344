from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.plan import State
from pyo3ops.wheels.batch import again, journal
from pyo3ops.wheels.batch.journal import Entry
from pyo3ops.wheels.batch.member import Member, Setting
from pyo3ops.wheels.batch.work import Job, Outcome
from pyo3ops.wheels.build import Built
from tests.unit.wheels.built import job

if TYPE_CHECKING:
    from pathlib import Path


def wheel(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    (tmp_path / "dist").mkdir()
    made = wheel(tmp_path / "dist/a.whl", same="1", other="2", gone="3")
    one = job(tmp_path)
    return Outcome(one, State.DONE, Entry(one.what, "a.whl", "key", journal.digest(made) or "", 1))


def repeated(
    tmp_path: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch, second: Built | Exception, **fields: Any
) -> again.Repeated:
    seen: list[Member] = []

    def compiled(one: Job, _: Setting, __: int) -> Built:
        seen.append(one.member)
        if isinstance(second, Exception):
            raise second
        return second

    # What is prepared and compiled is tried for real in the integration tests.
    monkeypatch.setattr(again, "compiled", compiled)
    monkeypatch.setattr(again, "prepare", lambda *_, **__: replace(outcome.job.member, name="again", **fields))
    setting = Setting({}, tmp_path, tmp_path / "work")
    (found,) = again.repeat([outcome, Outcome(outcome.job, State.FAILED)], tmp_path / "dist", setting, 1)
    assert [member.name for member in seen] in (["again"], [])
    # It is told of the wheel that is in the folder.
    assert found.job is outcome.job
    assert not (tmp_path / "work/again").exists()
    return found


def built(tmp_path: Path, path: Path | None, error: str | None = None) -> Built:
    return Built(path, 1, 1.0, 1.0, tmp_path / "log", error=error)


def test_the_same_bytes(tmp_path: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    second = wheel(tmp_path / "b.whl", same="1", other="2", gone="3")
    assert repeated(tmp_path, outcome, monkeypatch, built(tmp_path, second)).same


def test_what_differs_is_named(tmp_path: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    second = wheel(tmp_path / "b.whl", same="1", other="changed", new="4")
    found = repeated(tmp_path, outcome, monkeypatch, built(tmp_path, second))
    assert not found.same
    assert found.differing == ("gone", "new", "other")


def test_only_the_archive_differs(tmp_path: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    second = wheel(tmp_path / "b.whl", gone="3", other="2", same="1")
    found = repeated(tmp_path, outcome, monkeypatch, built(tmp_path, second))
    assert found.differing == ("the archive around its files",)


def test_a_second_build_that_fails_proves_nothing(
    tmp_path: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = built(tmp_path, None, "maturin ended with 1")
    assert repeated(tmp_path, outcome, monkeypatch, failed).error == "maturin ended with 1"
    full = OSError(28, "No space left on device", "/there")
    assert repeated(tmp_path, outcome, monkeypatch, full).error == "/there: No space left on device"
    lost = repeated(tmp_path, outcome, monkeypatch, failed, source=None, error="the sdist is gone")
    assert (lost.error, lost.same) == ("the sdist is gone", False)
