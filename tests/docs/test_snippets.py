"""Executes the snippets of README.md and REFERENCE.md, and holds the lists that code generates.

` ```python run` is a program; in ` ```console run` each `$` line runs in a shell, and the lines below it are what it
prints (`...` stands for any text). Both run beside a copy of the examples, with `pyo3ops` and its Python first on PATH.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("README.md", "REFERENCE.md")
_SNIPPET = re.compile(r"^```(python|console) run\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets() -> list[object]:
    found: list[object] = []
    for name in FILES:
        text = (ROOT / name).read_text(encoding="utf-8")
        for match in _SNIPPET.finditer(text):
            line = text[: match.start()].count("\n") + 1
            found.append(pytest.param(match[1], match[2], id=f"{name}:{line}"))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("target", "__pycache__"))
    return tmp_path


def environment() -> dict[str, str]:
    # In a workflow, the snippets would annotate the workflow.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


@pytest.mark.parametrize(("language", "text"), snippets())
def test_snippet_runs(language: str, text: str, folder: Path) -> None:
    if language == "python":
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return
    for command, expected in commands(text):
        done = subprocess.run(
            ["sh", "-c", command], cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert re.fullmatch(expected, done.stdout, re.DOTALL), f"{command} printed\n{done.stdout}"


def commands(text: str) -> list[tuple[str, str]]:
    """Each command with the pattern that its output has to fit."""
    found = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        found.append((command, re.escape(output).replace(re.escape("..."), ".*")))
    return found


def test_there_is_something_to_run() -> None:
    languages = {language for name in FILES for language, _ in _SNIPPET.findall((ROOT / name).read_text("utf-8"))}
    assert languages == {"python", "console"}


def test_generated_lists_are_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "ci/generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nrun: python ci/generate.py"


def test_links_between_documents_lead_somewhere() -> None:
    for name in (*FILES, "CONTRIBUTING.md", "examples/README.md"):
        file = ROOT / name
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{name} links to {target}"
