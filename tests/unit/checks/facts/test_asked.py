from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.checks.facts import asked
from pyo3ops.core.model import Location

if TYPE_CHECKING:
    from pathlib import Path


def uses(text: str) -> set[str]:
    return {tool for tool, pattern in asked._USES.items() if pattern.search(text)}


@pytest.mark.parametrize(
    ("line", "tools"),
    [
        ("      - run: sudo apt-get install -y valgrind", {"valgrind"}),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER: valgrind --leak-check=no", {"valgrind"}),
        ('    session.run("gdb", "-batch", external=True)', {"gdb"}),
        ("\tperf record -g -- python bench.py", {"perf"}),
        ("run: pip install py-spy && py-spy record -o out.svg -- python bench.py", {"py-spy"}),
        ("run: rust-gdb -batch", {"rust-gdb"}),
        ("run: lldb-19 --batch", {"lldb"}),
        ("run: python -m memray run bench.py", {"memray"}),
        ("# valgrind would be slow", set()),
        ("run: pytest  # under gdb", set()),
        ("uses: someone/setup-valgrind@v1", set()),
        ("extensions: vadimcn.vscode-lldb", set()),
        ("run: sh tests/valgrind/run.sh", set()),
        ("fix the perf of hot loops", set()),
        ("  - perf: faster", set()),
        ("run: ./valgrind.sh", set()),
    ],
)
def test_what_uses_a_tool(line: str, tools: set[str]) -> None:
    assert uses(f"a line before\n{line}\na line after\n") == tools


def test_the_line_is_told(tmp_path: Path) -> None:
    automation = {".github/workflows/ci.yml": "jobs:\n  test:\n    steps:\n      - run: valgrind python -c pass\n"}
    assert asked.asked_tools({}, automation, tmp_path) == {"valgrind": Location(".github/workflows/ci.yml", 4)}


@pytest.mark.parametrize(
    ("pyproject", "tools"),
    [
        ({"project": {"dependencies": ["memray>=1.10"]}}, {"memray"}),
        ({"project": {"optional-dependencies": {"profile": ["py_spy ; python_version < '3.13'"]}}}, {"py-spy"}),
        ({"dependency-groups": {"dev": [{"include-group": "x"}], "x": ["pytest-memray[extra]"]}}, {"memray"}),
        ({"tool": {"uv": {"dev-dependencies": ["pystack"]}}}, {"pystack"}),
        ({"tool": {"pdm": {"dev-dependencies": {"test": ["pytest-valgrind"]}}}}, {"valgrind"}),
        ({"tool": {"hatch": {"envs": {"bench": {"dependencies": ["Py-Spy==0.4"]}}}}}, {"py-spy"}),
        ({"tool": {"poetry": {"group": {"dev": {"dependencies": {"memray": "^1.10"}}}}}}, {"memray"}),
        ({"project": {"dependencies": ["memray-viewer", "numpy"]}, "tool": "memray"}, set()),
        ({"project": 3, "tool": {"uv": [], "poetry": 5}}, set()),
    ],
)
def test_requirements(pyproject: dict[str, Any], tools: set[str], tmp_path: Path) -> None:
    assert asked.asked_tools(pyproject, {}, tmp_path) == {tool: Location("pyproject.toml") for tool in tools}


@pytest.mark.parametrize("name", ["requirements.txt", "dev-requirements.txt", "requirements/bench.txt"])
def test_files_of_requirements(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("# memray\n-r other.txt\npystack==1.7.2 \\\n    --hash=sha256:00\n", encoding="utf-8")
    assert asked.asked_tools({}, {}, tmp_path) == {"pystack": Location(name)}


def test_automation_comes_first(tmp_path: Path) -> None:
    found = asked.asked_tools({"dependency-groups": {"a": ["memray"]}}, {"noxfile.py": "memray"}, tmp_path)
    assert found == {"memray": Location("noxfile.py", 1)}
