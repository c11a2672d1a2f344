from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from pyo3ops.release import installed
from pyo3ops.release.installed import About
from pyo3ops.tools.environments import Environment

SAID = {
    "version": "1.0",
    "requires": ["eggs>=1", "ham; extra == 'more'", "old; python_version < '3'", "toast; extra == 'a' or extra == 'b'"],
    "tags": ["py3-none-any"],
    "modules": ["spam"],
    "scripts": [["spam", "spam:main"]],
}


@pytest.fixture
def here() -> Environment:
    return Environment(Path(sys.prefix), Path(sys.executable), dict(os.environ))


def test_what_it_says_of_itself() -> None:
    assert installed.parse(json.dumps(SAID)) == About(
        "1.0",
        ("eggs>=1", "old; python_version < '3'"),
        frozenset({"py3-none-any"}),
        ("spam",),
        (("spam", "spam:main"),),
    )


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", json.dumps({**SAID, "scripts": [1]})])
def test_what_is_no_answer(text: str) -> None:
    assert installed.parse(text) == "it does not say what it is"


def test_a_distribution_that_is_here(here: Environment, tmp_path: Path) -> None:
    found = installed.about("pytest", here, tmp_path)
    assert isinstance(found, About)
    assert {"pytest", "_pytest"} <= set(found.modules)
    assert "pytest" in dict(found.scripts)
    assert any(requirement.startswith("pluggy") for requirement in found.requires)
    assert found.tags == {"py3-none-any"}
    assert "it was installed and is not there" in str(installed.about("no-such-thing", here, tmp_path))


def test_which_wheel_it_was() -> None:
    about = About("1.0", (), frozenset({"cp38-abi3-linux_x86_64", "cp38-abi3-manylinux1_x86_64"}), (), ())
    names = ["spam-1.0.tar.gz", "spam-1.0-py3-none-any.whl", "spam-1.0-cp38-abi3-linux_x86_64.manylinux1_x86_64.whl"]
    assert installed.file_of(about, names) == names[2]
    assert installed.file_of(about, names[:2]) is None


def test_importing_and_loading(here: Environment, tmp_path: Path) -> None:
    assert installed.imported(["json", "os.path"], here, tmp_path).ok
    assert "no_such_module" in installed.imported(["json", "no_such_module"], here, tmp_path).reason
    assert installed.loaded([("x", "json:dumps"), ("y", "os.path:join")], here, tmp_path).ok
    assert "no_such_name" in installed.loaded([("x", "json:no_such_name")], here, tmp_path).reason


def test_the_current_folder_stands_in_for_nothing(here: Environment, tmp_path: Path) -> None:
    (tmp_path / "shadow.py").write_text("")
    assert not installed.imported(["shadow"], here, tmp_path).ok
