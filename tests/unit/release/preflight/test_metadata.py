from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from pyo3ops.core.model import Status
from pyo3ops.release.preflight import metadata

from .sound import PROJECT, said, status, table

FAIL, WARN, OK, SKIP = Status.FAIL, Status.WARN, Status.OK, Status.SKIP


@pytest.mark.parametrize("rule", [metadata.readme, metadata.licence, metadata.dependencies, metadata.fields])
def test_without_a_project_table_the_built_files_are_looked_at(rule: Any) -> None:
    assert status(rule, pyproject={}) is SKIP


def test_a_name_is_one_that_indexes_take() -> None:
    assert status(metadata.name, project=replace(PROJECT, name=None)) is FAIL
    assert status(metadata.name, project=replace(PROJECT, name="-spam")) is FAIL
    if sys.version_info >= (3, 10):
        assert status(metadata.name, project=replace(PROJECT, name="json")) is WARN


@pytest.mark.parametrize(
    ("lines", "wanted", "word"),
    [
        (("Typing :: Typed",), OK, "1 known"),
        (("Private :: Do Not Upload",), FAIL, "marked private"),
        (("Typing :: Type",), FAIL, "indexes know no 'Typing :: Type'"),
        (("Programming Language :: Python :: 3.47",), WARN, "not in the list"),
        (("Natural Language :: Ukranian",), WARN, "deprecated"),
        (("Typing :: Typed", "Typing :: Typed"), WARN, "there twice"),
    ],
)
def test_classifiers_are_known(lines: tuple[str, ...], wanted: Status, word: str) -> None:
    found = said(metadata.classifiers, project=replace(PROJECT, classifiers=lines))
    assert found.status is wanted
    assert word in found.detail


def test_a_misspelt_classifier_is_told_the_right_one() -> None:
    found = said(metadata.classifiers, project=replace(PROJECT, classifiers=("Topic :: Utilites",)))
    assert found.fix
    assert found.fix.summary == "write 'Topic :: Utilities'"


@pytest.mark.parametrize(
    ("given", "text", "crate", "wanted"),
    [
        ("README.md", "# Spam", "", OK),
        ("README.md", None, "", FAIL),
        ("README.md", " ", "", WARN),
        ("README.md", "caf\ufffd", "", FAIL),
        ("README.rst", "Spam\n====\n", "", OK),
        ("README.rst", "Spam\n====\n\n.. code-blok:: python\n\n   spam\n", "", FAIL),
        ("README.adoc", "= Spam", "", FAIL),
        ({"file": "README", "content-type": "text/markdown"}, "# Spam", "", OK),
        ({"file": "README"}, "# Spam", "", FAIL),
        ({"text": "Spam", "content-type": "text/plain; charset=UTF-8"}, None, "", OK),
        (None, None, "", WARN),
        (None, None, "README.md", OK),
    ],
)
def test_a_readme_is_there_and_shown(given: Any, text: str | None, crate: str, wanted: Status) -> None:
    assert status(metadata.readme, readme=text, crate_readme=crate, **table(readme=given)) is wanted


MIT = ("License :: OSI Approved :: MIT License",)


@pytest.mark.parametrize(
    ("given", "files", "classifiers", "wanted"),
    [
        ("MIT", None, (), OK),
        ("mit", None, (), OK),
        ("MIT", None, MIT, FAIL),
        ("The same as Python", None, (), FAIL),
        ({"text": "MIT"}, None, MIT, OK),
        ({"text": "MIT"}, ["LICENSE"], (), FAIL),
        (None, None, MIT, OK),
        (None, None, (), WARN),
    ],
)
def test_a_licence_is_said_once(given: Any, files: Any, classifiers: tuple[str, ...], wanted: Status) -> None:
    rows = table(license=given, license_files=files)
    assert status(metadata.licence, project=replace(PROJECT, classifiers=classifiers), **rows) is wanted
    assert status(metadata.licence, licences_missing=("LICEN?E",)) is FAIL


@pytest.mark.parametrize(
    ("text", "wanted"), [(None, WARN), (">=3.8", OK), (">=3.8,<", FAIL), (">=3.9", FAIL), (">=3.8.10", OK)]
)
def test_requires_python_admits_the_matrix(text: str | None, wanted: Status) -> None:
    project = replace(PROJECT, requires_python=text)
    assert status(metadata.requires_python, project=project, **table(requires_python=text)) is wanted


def test_requires_python_that_is_no_text_is_a_finding() -> None:
    project = replace(PROJECT, requires_python=None)
    assert status(metadata.requires_python, project=project, **table(requires_python=3)) is FAIL


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ({"dependencies": ["ham @ https://example.org/ham.zip"]}, FAIL),
        ({"dependencies": ["ham >< 1"]}, FAIL),
        ({"optional_dependencies": {"more": ["ham @ git+https://example.org/ham"]}}, FAIL),
        ({"dependencies": []}, OK),
        ({"dependencies": "ham"}, OK),
    ],
)
def test_dependencies_come_from_an_index(rows: dict[str, Any], wanted: Status) -> None:
    assert status(metadata.dependencies, **table(**rows)) is wanted


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ({"description": "One line."}, OK),
        ({"description": "Two\nlines."}, FAIL),
        ({"urls": {"x" * 33: "https://example.org"}}, FAIL),
        ({"urls": {"Source": "example.org"}}, FAIL),
        ({"urls": {"Source": "https://example.org/spam"}}, OK),
    ],
)
def test_fields_are_within_bounds(rows: dict[str, Any], wanted: Status) -> None:
    assert status(metadata.fields, **table(**rows)) is wanted
