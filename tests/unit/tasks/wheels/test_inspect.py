from __future__ import annotations

import errno
import tarfile
import zipfile
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Status
from pyo3ops.tasks.wheels import inspect

INFO = "pkg-1.0.dist-info/"


def wheel(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(INFO + "WHEEL", "Tag: py3-none-any\n")
        file.writestr(INFO + "METADATA", "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\nLicense: MIT\n")
        file.writestr(INFO + "RECORD", "")
        file.writestr("pkg/pkg.abi3.so", b"no library")
    return path


def test_every_file_is_in_one_report(tmp_path: Path) -> None:
    wheel(tmp_path / "pkg-1.0-py3-none-any.whl")
    with tarfile.open(tmp_path / "pkg-1.0.tar.gz", "w:gz"):
        pass
    (tmp_path / "notes.txt").touch()
    said: list[str] = []
    report = inspect.run(tmp_path, inspect.Request({}, (Path(),), progress=said.append))
    assert said == ["pkg-1.0-py3-none-any.whl", "pkg-1.0.tar.gz"]
    assert {str(finding.where) for finding in report.findings} == set(said)
    assert report.task == "wheels inspect"
    # RECORD knows nothing.
    assert report.exit_code == Exit.FAILED


@pytest.mark.parametrize("name", ["", "gone.whl", "pkg.txt", "empty"])
def test_what_cannot_be_inspected(name: str, tmp_path: Path) -> None:
    (tmp_path / "pkg.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        inspect.run(tmp_path, inspect.Request({}, (Path(name),) if name else ()))


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".whl"])
def test_a_name_that_no_system_takes(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        inspect.run(tmp_path, inspect.Request({}, (Path(name),)))


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    # Nothing is refused to root, who may run this.
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UsageError, match=r"cannot read .*: Permission denied"):
        inspect.run(tmp_path, inspect.Request({}, (Path(),)))


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        wheel(tmp_path / folder / "pkg-1.0-py3-none-any.whl")
    report = inspect.run(tmp_path, inspect.Request({}, (Path("a"), tmp_path / "b")))
    assert {str(each.where) for each in report.findings} == {f"{each}/pkg-1.0-py3-none-any.whl" for each in "ab"}


def test_the_project_in_the_folder_makes_promises_for_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "Pkg"\n[tool.maturin.sbom]\nrust = true\n')
    path = wheel(tmp_path / "pkg-1.0-py3-none-any.whl")
    foreign = wheel(tmp_path / "other-1.0-py3-none-any.whl")
    report = inspect.run(tmp_path, inspect.Request({}, (path, foreign)))
    sboms = {str(each.where): each.status for each in report.findings if each.id == "wheels.sbom"}
    assert sboms == {path.name: Status.WARN, foreign.name: Status.SKIP}


def test_a_project_that_is_broken_promises_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("= no TOML")
    report = inspect.run(tmp_path, inspect.Request({}, (wheel(tmp_path / "pkg-1.0-py3-none-any.whl"),)))
    assert {each.status for each in report.findings if each.id == "wheels.sbom"} == {Status.SKIP}
