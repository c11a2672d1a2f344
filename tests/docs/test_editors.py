"""The settings that REFERENCE.md gives for editors are readable, and our own checks have nothing against them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pyo3ops.checks import editor as rules
from pyo3ops.checks.facts.editors import rust_analyzer, vscode
from pyo3ops.core import toml
from pyo3ops.core.model import Status

CHAPTER = re.compile(r"^## Editors\n(.*?)^## ", re.MULTILINE | re.DOTALL)
#: The first line of each snippet is a comment with the name of its file.
SNIPPET = re.compile(r"^```(jsonc|toml|lua)\n(?:#|//|--) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def chapter() -> str:
    match = CHAPTER.search((Path(__file__).parents[2] / "REFERENCE.md").read_text(encoding="utf-8"))
    assert match
    return match[1]


def snippets() -> dict[str, str]:
    return {match[2]: match[3] for match in SNIPPET.finditer(chapter())}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in snippets().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_snippet_names_its_file() -> None:
    assert len(snippets()) == len(re.findall(r"^```\w", chapter(), re.MULTILINE)) >= 6


def test_vscode_can_start_what_is_given(root: Path) -> None:
    found = vscode(root, os.environ)
    assert found is not None
    assert [rules.launch(found).status, rules.vscode_extensions(found).status] == [Status.OK, Status.OK]
    assert found.settings
    assert len(found.launches or ()) >= 4


def test_rust_analyzer_is_asked_for(root: Path) -> None:
    for folder in (".vscode", ".helix"):
        found = rust_analyzer(root, vscode(root, os.environ), {"PATH": ""}, root)
        assert found.asked
        assert found.asked.startswith(folder)
        shutil.rmtree(root / folder)


@pytest.mark.parametrize("name", [name for name in snippets() if name.endswith(".toml")])
def test_toml_is_toml(name: str, root: Path) -> None:
    assert toml.load(root / name)


@pytest.mark.skipif(shutil.which("luac") is None, reason="luac is not installed")
def test_lua_is_lua(root: Path) -> None:
    done = subprocess.run(["luac", "-p", ".nvim.lua"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
