from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.debug.vscode import entries

if TYPE_CHECKING:
    from pathlib import Path


def test_what_starts_the_python_side_is_printed_and_named_as_it_is_looked_for() -> None:
    names = [each["name"] for each in entries.launch()]
    assert len(names) == len(set(names))
    assert all(name.startswith(entries.PREFIX) for name in names)
    both = [each for each in entries.launch() if "serverReadyAction" in each]
    assert len(both) == 2
    for each in both:
        action = each["serverReadyAction"]
        assert action["name"] in names
        code = each["args"][each["args"].index("-c") + 1]
        printed = re.search(r"print\('([^']*)'", code)
        assert printed
        found = re.fullmatch(action["pattern"], printed[1])
        assert found
        assert found[1] == str(entries.PORT)
        compile(code, "launch.json", "exec")


def test_another_port_is_the_same_on_both_sides() -> None:
    both, _, python, _ = entries.launch(6000)
    assert python["connect"]["port"] == 6000
    assert "6000" in both["args"][3]
    assert str(entries.PORT) not in str(entries.launch(6000))


def test_the_build_is_the_task_that_launches_wait_for() -> None:
    (task,) = entries.tasks(("-m", "maturin", "develop"))
    assert task["label"] == entries.BUILD
    assert {each.get("preLaunchTask", entries.BUILD) for each in entries.launch()} == {entries.BUILD}


#: As rustc 1.95 says it.
SAID = """\
   Compiling shapes v0.1.0 (/tmp/shapes)
error[E0425]: cannot find value `valu` in this scope
 --> src/lib.rs:14:5
   |
warning: unused variable: `n`
  --> helper/src/lib.rs:3:9
"""


def test_what_the_compiler_says_becomes_a_problem_without_another_extension() -> None:
    (task,) = entries.tasks(("-m", "maturin", "develop"))
    (matcher,) = task["problemMatcher"]
    first, second = matcher["pattern"]
    lines = SAID.splitlines()
    found = []
    for one, two in zip(lines, lines[1:]):
        what, where = re.match(first["regexp"], one), re.match(second["regexp"], two)
        if what and where:
            found.append((what[first["severity"]], where[second["file"]], where[second["line"]]))
    assert found == [("error", "src/lib.rs", "14"), ("warning", "helper/src/lib.rs", "3")]


@pytest.mark.parametrize(
    ("activated", "found"), [({}, "itself"), ({"VIRTUAL_ENV": "/x"}, "/x"), ({"CONDA_PREFIX": "/c"}, None)]
)
def test_maturin_finds_an_environment_that_nobody_activated(
    activated: dict[str, str], found: str | None, tmp_path: Path
) -> None:
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    (tmp_path / "maturin").mkdir()
    said = "import os, sys\nprint([sys.argv[1:], os.environ.get('VIRTUAL_ENV')])\n"
    (tmp_path / "maturin/__main__.py").write_text(said, encoding="utf-8")
    (tmp_path / "maturin/__init__.py").touch()
    python = next(tmp_path.glob("env/[bS]*/python*"))
    env = {**activated, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [str(python), *entries.MATURIN], env=env, check=True, capture_output=True, text=True, cwd=tmp_path
    )
    expected = os.path.realpath(tmp_path / "env") if found == "itself" else found
    arguments, environment = ast.literal_eval(done.stdout)
    assert arguments == ["develop"]
    assert (os.path.realpath(environment) if found == "itself" else environment) == expected
