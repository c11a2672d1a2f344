from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3ops.core.run import run
from pyo3ops.tools import environments

from .conftest import ROOT, need


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_an_environment_holds_what_is_installed(installer: str, tmp_path: Path, env: dict[str, str]) -> None:
    if installer == "uv":
        need("uv")
    else:
        env["PATH"] = "/usr/bin:/bin"
    target, made = environments.create(tmp_path / "venv ä", Path(sys.executable), {**env, "VIRTUAL_ENV": "/gone"})
    assert made.ok, made.reason
    assert (Path(made.argv[0]).name == "uv") is (installer == "uv")
    installed = environments.install(target, [str(ROOT / "tests/data/empty")])
    assert installed.ok, installed.reason
    result = run(
        [str(target.python), "-c", "import empty_demo; print(empty_demo.__file__)"], timeout=60, env=target.env
    )
    assert str(target.folder) in result.out
    assert run(["python", "-c", "import sys; print(sys.prefix)"], timeout=60, env=target.env).out.strip() == str(
        target.folder
    )


def test_what_cannot_be_installed_is_said(tmp_path: Path, env: dict[str, str]) -> None:
    target, made = environments.create(tmp_path / "venv", Path(sys.executable), env)
    assert made.ok, made.reason
    assert not environments.install(target, [str(tmp_path / "missing-1.0-py3-none-any.whl")]).ok
