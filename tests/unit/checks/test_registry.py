from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import registry
from pyo3ops.checks.facts import PROVIDERS
from pyo3ops.checks.registry import FAMILIES, Check, all_checks, check
from pyo3ops.checks.verdict import Verdict, ok

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
#: What validate gives the engine beside the providers.
GIVEN = {"root", "env", "home", "progress"}

#: Stable: a project's configuration names them. A new one is a line; one that is gone breaks somebody's configuration.
IDS = set((ROOT / "tests/data/check_ids.txt").read_text(encoding="utf-8").split())
#: The files that checks stand in.
FILES = {file: family for family, files in FAMILIES.items() for file in files}

each_check = pytest.mark.parametrize("row", all_checks(), ids=lambda row: row.id)


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> dict[str, Check]:
    """An empty table of checks in place of the real one."""
    table: dict[str, Check] = {}
    monkeypatch.setattr(registry, "_checks", table)
    return table


def acyclic(edges: Mapping[str, tuple[str, ...]]) -> bool:
    """True where no chain of edges comes back to where it began."""
    left = dict(edges)
    while left:
        free = [name for name, needs in left.items() if not any(each in left for each in needs)]
        if not free:
            return False
        for name in free:
            del left[name]
    return True


def test_ids_are_stable() -> None:
    assert {row.id for row in all_checks()} == IDS


@each_check
def test_an_id_begins_with_its_family(row: Check) -> None:
    assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9]+(-[a-z0-9]+)*", row.id)
    assert row.family == row.id.split(".", maxsplit=1)[0]
    assert FILES[row.rule.__module__.rpartition(".")[2]] == row.family


def test_every_file_belongs_to_a_family() -> None:
    rest = {"__init__", "engine", "registry", "verdict"}
    assert {file.stem for file in (ROOT / "pyo3ops/checks").glob("*.py")} - rest == set(FILES)


@each_check
def test_a_check_is_documented(row: Check) -> None:
    assert re.match(r"[A-Z`].{30,}\.$", row.why)
    assert row.title
    assert row.link is not None
    assert row.link.startswith("https://")
    assert f"`{row.id}`" in (ROOT / "REFERENCE.md").read_text(encoding="utf-8")


@each_check
def test_needs_are_checks(row: Check) -> None:
    assert set(row.needs) <= IDS - {row.id}


def test_needs_have_no_cycle() -> None:
    assert acyclic({row.id: row.needs for row in all_checks()})


def test_a_cycle_would_be_seen() -> None:
    assert not acyclic({"a": ("b",), "b": ("c",), "c": ("a",), "d": ()})


@each_check
def test_facts_are_given_or_provided(row: Check) -> None:
    assert row.facts == tuple(inspect.signature(row.rule).parameters)
    assert set(row.facts) <= GIVEN | set(PROVIDERS)


@pytest.mark.parametrize("file", FILES)
def test_verdicts_are_made_by_their_functions_alone(file: str) -> None:
    # warn and fail ask for a fix; Verdict itself would not.
    tree = ast.parse((ROOT / f"pyo3ops/checks/{file}.py").read_text(encoding="utf-8"))
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert "Verdict" not in calls
    assert not any(row.rule.__module__.endswith(f".{file}") for row in all_checks()) or set(calls) & {"fail", "warn"}


def test_check_adds_a_row(empty: dict[str, Check]) -> None:
    def rule(project: object, env: object) -> Verdict:
        """Something
        matters.
        """
        return ok(f"{project} {env}")

    assert check("rust.new", "a title", needs=("rust.rustc",), link="https://a.example")(rule) is rule
    facts = ("project", "env")
    row = Check("rust.new", "a title", "Something matters.", rule, facts, ("rust.rustc",), "https://a.example")
    assert empty == {"rust.new": row}


def documented() -> Verdict:
    """Something matters."""
    return ok("fine")


def undocumented() -> Verdict:
    return ok("fine")


def blank() -> Verdict:
    """ """
    return ok("fine")


@pytest.mark.parametrize("rule", [undocumented, blank])
def test_a_rule_without_a_docstring_is_refused(rule: Callable[[], Verdict], empty: dict[str, Check]) -> None:
    with pytest.raises(ValueError, match=r"check 'rust.new' has no docstring"):
        check("rust.new", "a title")(rule)
    assert empty == {}


def test_an_id_stands_once(empty: dict[str, Check]) -> None:
    check("rust.new", "a title")(documented)
    with pytest.raises(ValueError, match=r"check 'rust.new' .* stands in the table already"):
        check("rust.new", "another title")(documented)
    assert empty["rust.new"].title == "a title"


def test_checks_come_by_family(empty: dict[str, Check]) -> None:
    for identity in ("project.b", "rust.b", "project.a", "rust.a"):
        check(identity, "a title")(documented)
    assert [row.id for row in all_checks()] == ["rust.b", "rust.a", "project.b", "project.a"]
    assert len(empty) == 4
