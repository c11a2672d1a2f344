from __future__ import annotations

import contextlib
import io
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.core.project import Backend
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.python import DeadInterpreter, Interpreters
from pyo3ops.tools.rustc import Rustc
from pyo3ops.wheels.batch import member
from pyo3ops.wheels.batch.member import Here, Setting
from tests.unit.wheels.built import CHAIN
from tests.unit.wheels.built import member as a_member
from tests.unit.wheels.projects import interpreter, project

PY11, PY12 = PythonVersion(11), PythonVersion(12)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting({"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}, tmp_path, tmp_path / "work")


def test_an_interpreter_that_answered_too_late_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[PythonVersion, ...]] = []
    dead = DeadInterpreter(Path("/late"), "did not answer within 4 s")

    def find(wanted: list[PythonVersion], *_: object) -> Interpreters:
        asked.append(tuple(wanted))
        late = PY12 in wanted and len(asked) == 1
        working = tuple(interpreter(each) for each in wanted if not (late and each == PY12))
        return Interpreters(tuple(wanted), working, (dead,) if late else ())

    monkeypatch.setattr("pyo3ops.tools.python.find", find)
    here = Here()
    found = here.of((PY11, PY12), {}, tmp_path)
    assert asked == [(PY11, PY12), (PY12,)]
    assert (found.of(PY11), found.of(PY12)) == (interpreter(PY11), interpreter(PY12))
    assert found.dead == ()
    # And none is looked for a second time.
    here.of((PY11, PY12), {}, tmp_path)
    assert len(asked) == 2


def test_without_a_compiler_nothing_is_made(tmp_path: Path, setting: Setting) -> None:
    chain = replace(CHAIN, rustc=Rustc(error="rustc cannot be started", missing=True))
    with contextlib.ExitStack() as scratch:
        found = member.prepare(project(tmp_path), chain, setting, scratch)
    assert (found.error, found.source) == ("no Rust compiler: rustc cannot be started", None)
    assert not setting.work.exists()


def test_a_set_that_cannot_be_derived_is_the_member_s_own_failure(tmp_path: Path, setting: Setting) -> None:
    with contextlib.ExitStack() as scratch:
        found = member.prepare(replace(project(tmp_path), extensions=()), CHAIN, setting, scratch)
    assert found.error is not None
    assert found.error.startswith("there is no extension module to make wheels of")


def test_a_backend_that_fails_is_told_with_its_lines(tmp_path: Path, setting: Setting) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/maturin").write_text(f"#!{sys.executable}\nimport sys\nsys.exit('error: no')\n", encoding="utf-8")
    (tmp_path / "bin/maturin").chmod(0o755)
    with contextlib.ExitStack() as scratch:
        found = member.prepare(project(tmp_path), CHAIN, setting, scratch)
    assert (found.error, found.tail) == ("maturin ended with 1", ("error: no",))
    assert found.choice is not None


def sdist(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return path


def test_an_sdist_without_its_crate_cannot_be_built_from(tmp_path: Path, setting: Setting) -> None:
    given = sdist(tmp_path / "tiny-0.1.0.tar.gz", "tiny-0.1.0/pyproject.toml")
    with contextlib.ExitStack() as scratch:
        found = member.prepare(project(tmp_path), CHAIN, setting, scratch, given=given)
    assert found.source is None
    assert found.error is not None
    assert found.error.startswith("the sdist cannot be built from: there is no ")


def test_an_archive_that_is_none_is_the_member_s_own_failure(tmp_path: Path, setting: Setting) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"garbage")
    with contextlib.ExitStack() as scratch:
        found = member.prepare(project(tmp_path), CHAIN, setting, scratch, given=tmp_path / "a.tar.gz")
    assert found.error is not None
    assert found.error.startswith("the sdist cannot be used: a.tar.gz is damaged")


@pytest.mark.parametrize("name", ["/etc/x", "../../x", "a b", "größe"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    one = a_member(tmp_path)
    assert one.wanted is not None
    folder = member._folder(replace(one, wanted=replace(one.wanted, name=name)))
    assert (tmp_path / folder).parent == tmp_path
    assert ".." not in folder


def test_a_backend_that_writes_into_its_sources_has_them_alone(tmp_path: Path) -> None:
    given = sdist(tmp_path / "tiny-0.1.0.tar.gz", "tiny-0.1.0/setup.py")
    one = replace(a_member(tmp_path / "tiny"), sdist=given)
    assert member.source_for(one, "cp311-cp311") is one.source
    assert one.source is not None
    other = replace(one, source=replace(one.source, backend=Backend.SETUPTOOLS_RUST))
    found = member.source_for(other, "cp311-cp311")
    assert found is not None
    assert found.root == tmp_path / "tiny-cp311-cp311"
    assert [path.name for path in found.root.iterdir()] == ["setup.py"]
