from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.tasks import nox


def test_a_project_without_a_noxfile_gets_the_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.maturin]\n", encoding="utf-8")
    argv, env = nox.command(tmp_path, ["-s", "validate"], {"PATH": ""})
    assert argv[1:] == ["--noxfile", str(nox.NOXFILE), "--envdir", str(tmp_path / ".nox"), "-s", "validate"]
    assert env == {"PATH": "", "PYO3OPS_ROOT": str(tmp_path)}
    assert nox.NOXFILE.is_file()


def test_a_project_with_a_noxfile_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.maturin]\n", encoding="utf-8")
    (tmp_path / "noxfile.py").touch()
    (tmp_path / "src").mkdir()
    argv, env = nox.command(tmp_path / "src", ["-l"], {"PATH": ""})
    assert argv[1:] == ["--noxfile", str(tmp_path / "noxfile.py"), "-l"]
    assert env == {"PATH": ""}


def test_nox_beside_this_interpreter_comes_first(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.maturin]\n", encoding="utf-8")
    argv, _ = nox.command(tmp_path, [], {"PATH": ""})
    beside = Path(sys.executable).with_name("nox")
    assert argv[0] == (str(beside) if beside.exists() else "nox")


def test_no_project_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        nox.command(tmp_path, [], {})
    assert caught.value.message == f"no PyO3 project in {tmp_path} or above it"
    assert caught.value.command == "pyo3ops new my_module"
