from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.checks.facts.editors import Launch, RustAnalyzer, VsCode, rust_analyzer, vscode

if TYPE_CHECKING:
    from pathlib import Path

#: Launches in which nothing is wrong but what a test adds.
NATIVE = {"name": "x", "type": "lldb", "request": "launch", "sourceLanguages": ["rust"]}
PYTHON = {"name": "x", "type": "debugpy", "request": "launch", "program": "${file}"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "crab"
    (root / ".vscode").mkdir(parents=True)
    return root


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A PATH with an interpreter and a shim on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, content in (("python3", b"\x7fELF"), ("shim", b"#!/bin/sh\n")):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def _broken(root: Path, env: dict[str, str], *rows: dict[str, Any], **document: Any) -> list[str]:
    (root / ".vscode/launch.json").write_text(json.dumps({"configurations": rows, **document}), encoding="utf-8")
    found = vscode(root, env)
    assert found is not None
    return [text for each in found.launches or () for text, _ in each.broken]


def test_no_folder(tmp_path: Path) -> None:
    assert vscode(tmp_path, {}) is None


def test_an_empty_folder(root: Path) -> None:
    assert vscode(root, {}) == VsCode()


def test_every_file(root: Path) -> None:
    (root / ".vscode/settings.json").write_text('{"editor.rulers": [88], // wide\n}', encoding="utf-8")
    (root / ".vscode/extensions.json").write_text('{"recommendations": ["Rust-Lang.rust-analyzer"]}', encoding="utf-8")
    launch = '{\n// "name": "Rust"\n"configurations": [{"type": "node", "request": "launch", "name": "Rust"}]}'
    (root / ".vscode/launch.json").write_text(launch, encoding="utf-8")
    found = vscode(root, {})
    assert found == VsCode({"editor.rulers": [88]}, ("rust-lang.rust-analyzer",), (Launch("Rust", "node", 3),))


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [('{\n"configurations": [', 2, "Expecting value"), ("[]", None, "braces"), ('{"a": ' + "[" * 100_000, None, "")],
    ids=["short", "list", "deep"],
)
def test_what_cannot_be_read(text: str, line: int | None, word: str, root: Path) -> None:
    (root / ".vscode/launch.json").write_text(text, encoding="utf-8")
    found = vscode(root, {})
    assert found is not None
    assert found.launches is None
    assert [(file, at) for file, at, _ in found.unreadable] == [(".vscode/launch.json", line)]
    assert word in found.unreadable[0][2]


@pytest.mark.parametrize(
    "row",
    [
        {**NATIVE, "program": "${command:python.interpreterPath}", "args": ["-m", "pytest"]},
        {**NATIVE, "program": "python3"},
        {**NATIVE, "program": "${workspaceFolder}/target/debug/crab"},
        {**NATIVE, "program": "${workspaceFolder}/here.bin"},
        {**NATIVE, "request": "attach", "pid": "${command:pickProcess}"},
        {"name": "x", "type": "lldb", "request": "launch", "cargo": {"args": ["test"]}},
        {**NATIVE, "targetCreateCommands": ["target create x"]},
        PYTHON,
        {"name": "x", "type": "debugpy", "request": "launch", "module": "pytest"},
        {"name": "x", "type": "debugpy", "request": "attach", "connect": {"port": 5678}},
        {"name": "x", "type": "debugpy", "request": "attach", "processId": "${command:pickProcess}"},
        {**PYTHON, "python": "${config:python.defaultInterpreterPath}"},
        {"name": "x", "type": "node", "request": "launch", "program": "gone/a.js"},
    ],
)
def test_a_launch_that_works(row: dict[str, Any], root: Path, env: dict[str, str]) -> None:
    (root / "here.bin").write_bytes(b"\x7fELF")
    assert _broken(root, env, row) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**NATIVE}, "it has no program"),
        ({**NATIVE, "program": "python2"}, "program python2 is not on PATH"),
        ({**NATIVE, "program": "shim"}, "program shim is a script, and a debugger wants the interpreter"),
        ({**NATIVE, "program": "${workspaceFolder}/a/b"}, "program names ${workspaceFolder}/a/b, which is not there"),
        ({"name": "x", "type": "lldb", "request": "launch", "program": "python3"}, "sourceLanguages lacks rust"),
        ({**NATIVE, "program": "python3", "sourceLanguages": ["cpp"]}, "sourceLanguages lacks rust"),
        ({"name": "x", "type": "cppdbg", "request": "launch"}, "it has no program"),
        ({"name": "x", "type": "debugpy", "request": "launch"}, "it has neither program, module nor code"),
        ({"name": "x", "type": "python", "request": "attach"}, "it attaches to nothing"),
        ({**PYTHON, "program": "${workspaceFolder}/gone.py"}, "program names ${workspaceFolder}/gone.py"),
        ({**PYTHON, "python": "${workspaceFolder}/.venv/bin/python"}, "python names ${workspaceFolder}/.venv"),
        ({"type": "debugpy", "request": "launch", "module": "x"}, 'it has no "name"'),
    ],
)
def test_a_launch_that_cannot_work(row: dict[str, Any], said: str, root: Path, env: dict[str, str]) -> None:
    broken = _broken(root, env, row)
    assert len(broken) == 1
    assert broken[0].startswith(said)


def test_compounds(root: Path, env: dict[str, str]) -> None:
    both = [{"name": "both", "configurations": ["x", "y"]}]
    assert _broken(root, env, PYTHON, compounds=both) == ['there is no configuration "y"']
    assert _broken(root, env, PYTHON, {**PYTHON, "name": "y"}, compounds=both) == []


def test_a_cure_that_makes_the_environment(root: Path, env: dict[str, str]) -> None:
    row = {**PYTHON, "python": "${workspaceFolder}/.venv/bin/python"}
    (root / ".vscode/launch.json").write_text(json.dumps({"configurations": [row]}), encoding="utf-8")
    found = vscode(root, env)
    assert found is not None
    assert [cure for each in found.launches or () for _, cure in each.broken] == ["python3 -m venv .venv"]


def test_nothing_asks_for_rust_analyzer(root: Path, env: dict[str, str], tmp_path: Path) -> None:
    assert rust_analyzer(root, VsCode(settings={"editor.rulers": []}), env, tmp_path) == RustAnalyzer(None)
    assert rust_analyzer(root, None, env, tmp_path) == RustAnalyzer(None)


@pytest.mark.parametrize(
    ("asking", "asked"),
    [
        (VsCode(recommendations=("rust-lang.rust-analyzer",)), ".vscode/extensions.json"),
        (VsCode(settings={"rust-analyzer.cargo.features": "all"}), ".vscode/settings.json"),
        (None, ".helix/languages.toml"),
    ],
    ids=["recommended", "settings", "helix"],
)
def test_what_asks_for_rust_analyzer(
    asking: VsCode | None, asked: str, root: Path, env: dict[str, str], tmp_path: Path
) -> None:
    (root / ".helix").mkdir()
    (root / ".helix/languages.toml").write_text("[language-server.rust-analyzer.config]\n", encoding="utf-8")
    found = rust_analyzer(root, asking, env, tmp_path)
    assert found == RustAnalyzer(asked, None, "rust-analyzer is not on PATH")
    (tmp_path / ".vscode/extensions/rust-lang.rust-analyzer-0.3.2500-linux-x64").mkdir(parents=True)
    brought = rust_analyzer(root, asking, env, tmp_path)
    assert (brought.error is None) is (asking is not None)


def test_a_server_by_its_path(root: Path, env: dict[str, str], tmp_path: Path) -> None:
    settings = VsCode(settings={"rust-analyzer.server.path": "~/ra"})
    error = "rust-analyzer.server.path: there is no ~/ra"
    assert rust_analyzer(root, settings, env, tmp_path) == RustAnalyzer(".vscode/settings.json", "~/ra", error)
    (tmp_path / "ra").touch()
    assert rust_analyzer(root, settings, env, tmp_path).error is None
