from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.selection import is_known
from pyo3ops.tasks import identities
from pyo3ops.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(identities.__file__).parents[1]
#: Verbs whose report has no findings.
SILENT = {"new", "set"}
#: Spelt as an id is, and none: files, and keys of pyproject.toml.
NONE = {
    *("project.classifiers", "project.dynamic", "project.version", "pyo3.toml", "python.exe", "python.json"),
    *("release.yml", "wheels.yml", "why.toml"),
}
#: Made of the names of a table, which `identities` reads as well.
DERIVED = {
    *("ci.release**", "crash.*", "debug.*", "debug.vscode-", "debug.vscode-*", "diff.*", "release.*"),
    *("release.files.*", "wheels.*", "why.*"),
}
KNOWN = {verb.name: identities.of(verb.name) for verb in VERBS}


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module, with a star for what is filled in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)


def ids() -> Iterator[tuple[str, str]]:
    """What is spelt as the id of a finding, and where."""
    families = "|".join(sorted({each.partition(".")[0] for known in KNOWN.values() for each in known}))
    spelt = re.compile(rf"(?:{families})(?:\.[a-z0-9*-]+)+")
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE).as_posix()
        if not name.startswith(("data/", "render/", "conversions/probe/")) and name != "tasks/identities.py":
            yield from ((text, name) for text in texts(ast.parse(file.read_text("utf-8"))) if spelt.fullmatch(text))


def test_every_id_in_the_source_is_known() -> None:
    known = [each for every in KNOWN.values() for each in every]
    missing = {text: name for text, name in ids() if not is_known(text.replace("*", "x"), known)}
    assert {text: name for text, name in missing.items() if text not in NONE | DERIVED} == {}


def test_every_difference_is_known() -> None:
    sources = [file.read_text("utf-8") for file in (PACKAGE / "wheels/diff").glob("*.py")]
    said = re.findall(r"(?:\bsaid\(|\b_gone\(compared,)\s*\"([a-z-]+)\"", "\n".join(sources))
    assert len(said) > 20
    assert [name for name in said if f"diff.{name}" not in KNOWN["wheels diff"]] == []


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_that_finds_something_says_what(verb: str) -> None:
    assert bool(KNOWN[verb]) is (verb not in SILENT)
    assert len(set(KNOWN[verb])) == len(KNOWN[verb])
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*(\.\*)?", each) for each in KNOWN[verb])


def test_ids_of_a_task_that_is_none() -> None:
    assert identities.of("nothing") == ()
