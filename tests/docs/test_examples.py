"""What all examples have in common, and what a reader of their READMEs is promised."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pyo3ops.core import toml

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(file.parent for file in ROOT.glob("examples/*/Cargo.toml"))
MARK = "# --- the same in every example ---"

each = pytest.mark.parametrize("folder", EXAMPLES, ids=[folder.name for folder in EXAMPLES])


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_there_are_ten() -> None:
    assert len(EXAMPLES) == 10


@each
def test_the_idea_is_told_the_same_everywhere(folder: Path) -> None:
    idea = toml.load(folder / "pyproject.toml")["project"]["description"]
    assert toml.load(folder / "Cargo.toml")["package"]["description"] == idea
    assert read(folder / "src/lib.rs").splitlines()[0] == f"//! {idea}"


@each
def test_it_has_what_every_example_has(folder: Path) -> None:
    assert list(folder.rglob("*.pyi"))
    assert list(folder.glob("tests/test_*.py"))
    assert (folder / "Cargo.lock").is_file()
    assert "mypy.stubtest" in "".join(map(read, folder.glob("tests/*.py")))
    readme = read(folder / "README.md")
    assert readme.startswith(f"# {folder.name}\n")
    assert f"$ cp -r examples/{folder.name} my_module" in readme
    assert "\n## The trap\n" in readme


@each
def test_its_benchmark_measures_as_the_others_do(folder: Path) -> None:
    assert read(folder / "benchmark.py").partition(MARK)[2] == read(EXAMPLES[0] / "benchmark.py").partition(MARK)[2]


@each
def test_its_readme_has_a_figure_for_each_case(folder: Path) -> None:
    tree = ast.parse(read(folder / "benchmark.py"))
    (cases,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "CASES"
    )
    block = re.search(r"<!-- generated: measured -->\n(.*?)<!-- /generated -->", read(folder / "README.md"), re.DOTALL)
    assert block
    rows = [line for line in block[1].splitlines() if re.search(r"\([\d.,]+ to [\d.,]+\) \|$", line)]
    assert rows
    assert len({tuple(row.split(" | ")[:2]) for row in rows}) == len(rows)
    # More of them may be made by the program.
    assert isinstance(cases, ast.Tuple)
    assert len(rows) >= len(cases.elts)


def test_crates_that_several_use_have_one_version() -> None:
    versions: dict[str, set[str]] = {}
    for folder in EXAMPLES:
        for package in toml.load(folder / "Cargo.lock")["package"]:
            if "source" in package:
                # Cargo takes 0.8 and 0.9 for as far apart as 8 and 9.
                line = re.match(r"0\.0\.\d+|0\.\d+|\d+", package["version"])
                assert line
                versions.setdefault(f"{package['name']} {line[0]}", set()).add(package["version"])
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
