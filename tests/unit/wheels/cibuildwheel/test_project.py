from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pyo3ops.core.config import Config, WheelsConfig
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend, Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.cibuildwheel.project import configured

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project

PYPROJECT = '[project]\nname = "a"\n\n[dependency-groups]\ntest = ["pytest"]\n'


def project(root: Path) -> Project:
    (root / "tests").mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    pyo3 = Pyo3Dependency("^0.29", ("0.29.3",), ("abi3-py38",))
    extension = SimpleNamespace(module="a", lock=root / "Cargo.lock", pyo3=pyo3)
    config = Config(wheels=WheelsConfig(targets=("x86_64-unknown-linux-gnu",)))
    fields = {"name": "a", "version": "1.0", "requires_python": ">=3.8", "classifiers": (), "pythons_from": "x"}
    pythons = (PythonVersion(8), PythonVersion(12))
    own = {"root": root, "pythons": pythons, "backend": Backend.MATURIN, "extensions": (extension,), "config": config}
    return cast("Project", SimpleNamespace(**fields, **own))


def test_a_project_comes_to_its_table(tmp_path: Path) -> None:
    each = configured(project(tmp_path))
    assert (each.merged.stale, each.merged.there) == (True, False)
    each.write()
    text = each.file.read_text(encoding="utf-8")
    assert text.startswith(PYPROJECT)
    assert '    "cp38-*", # abi3 from 3.8 on covers 3.8 to 3.12\n    "cp312-*", # tests the cp38-abi3 wheel\n' in text
    assert 'test-command = "pytest {package}/tests"' in text
    assert 'test-groups = ["test"]' in text
    again = configured(each.project)
    # project() is not called again: it would write the file anew.
    assert not again.merged.stale


def test_a_file_that_cannot_be_written_is_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    each = configured(project(tmp_path))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyo3ops.wheels.cibuildwheel.project.write_whole", full)
    with pytest.raises(ConfigError, match="No space left"):
        each.write()
    assert each.file.read_text(encoding="utf-8") == PYPROJECT


def test_a_project_without_the_file_is_refused(tmp_path: Path) -> None:
    one = project(tmp_path)
    (tmp_path / "pyproject.toml").unlink()
    with pytest.raises(ConfigError, match="pyproject"):
        configured(one)
