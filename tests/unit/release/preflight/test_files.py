from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.release.preflight import built as deep
from pyo3ops.release.preflight import files
from pyo3ops.release.world import Built, BuiltFile, Tried
from pyo3ops.tools.index import Refusal

from .sound import FILES, NOW, SDIST, SEALED, WHEEL, given, public, said, status

FAIL, WARN, OK, SKIP, UNKNOWN = Status.FAIL, Status.WARN, Status.OK, Status.SKIP, Status.UNKNOWN
NAMES = ["complete", "version", "metadata", "readme", "size", "quota", "sealed", "names", "time"]


def built(*found: BuiltFile, **more: Any) -> dict[str, Any]:
    return {"built": Built(files=found, **more)}


def changed(**changes: Any) -> dict[str, Any]:
    return built(replace(FILES[0], **changes), FILES[1])


@pytest.mark.parametrize(
    "rule", [*(getattr(files, name) for name in NAMES), deep.inspected, deep.sdist_builds, deep.imports]
)
def test_without_files_nothing_is_said_of_them(rule: Any) -> None:
    assert status(rule, built=None) is SKIP


def test_a_set_is_complete_and_nothing_else() -> None:
    assert status(files.complete) is OK
    assert "1 of 2 files are missing: the sdist" in said(files.complete, **built(FILES[0])).detail
    other = replace(FILES[0], path=Path("spam-1.2.2-py3-none-any.whl"))
    assert status(files.complete, **built(*FILES, other)) is FAIL
    assert status(files.complete, expected="no Python") is UNKNOWN
    hyphen = replace(FILES[1], path=Path("SPAM-1.2.3.tar.gz"))
    assert "is not called spam-1.2.3.tar.gz" in said(files.complete, **built(FILES[0], hyphen)).detail


@pytest.mark.parametrize(
    ("rule", "changes", "wanted"),
    [
        (files.version, {"path": Path("spam-1.2.2-py3-none-any.whl")}, FAIL),
        (files.version, {"path": Path("spam.zip")}, FAIL),
        (files.metadata, {"error": "no METADATA"}, FAIL),
        (files.metadata, {"version": "1.2.4"}, FAIL),
        (files.metadata, {"name": "ham"}, FAIL),
        (files.metadata, {"name": "SPAM"}, OK),
        (files.readme, {"description": "Spam\n====\n\n.. code-blok:: x\n\n   a\n", "kind": "text/x-rst"}, FAIL),
        (files.readme, {"kind": "text/html"}, FAIL),
        (files.readme, {"description": "# Ham"}, WARN),
        (files.size, {"size": 101 * 2**20}, FAIL),
        (files.size, {"size": 0}, FAIL),
        (files.time, {"newest": NOW + timedelta(days=2)}, WARN),
        (files.time, {"oldest": 1901}, WARN),
        # What archives without times have.
        (files.time, {"oldest": 1980}, OK),
        (files.time, {"oldest": 1970}, OK),
    ],
)
def test_a_file_is_what_it_should_be(rule: Any, changes: dict[str, Any], wanted: Status) -> None:
    assert status(rule) is OK
    assert status(rule, **changed(**changes)) is wanted


def test_a_project_has_a_quota() -> None:
    old = public("spam-1.0.tar.gz", size=10 * 2**20)
    assert status(files.quota, listing=(old,)) is OK
    assert status(files.quota, listing=(old,), **given(project_limit=10)) is FAIL
    # What is public of this very set does not count twice.
    assert status(files.quota, listing=(public(WHEEL, size=10 * 2**20),), **given(project_limit=10)) is OK
    assert status(files.quota, listing=Refusal("no route")) is SKIP
    assert "does not tell all sizes" in said(files.quota, listing=(replace(old, size=None),)).detail


def test_files_are_as_they_were_sealed() -> None:
    assert status(files.sealed) is SKIP
    assert status(files.sealed, **built(*FILES, unsealed=())) is OK
    assert status(files.sealed, **built(*FILES, unsealed=("a byte",))) is FAIL


@pytest.mark.parametrize(("digest", "wanted"), [("1", OK), ("3", FAIL)])
@pytest.mark.parametrize("manifest", [None, SEALED])
def test_no_name_is_public_with_other_bytes(digest: str, wanted: Status, manifest: Any) -> None:
    assert status(files.names, listing=(public(WHEEL, sha256=digest * 64),), manifest=manifest) is wanted
    assert status(files.names, listing=Refusal("no route"), manifest=manifest) is SKIP


def test_inspection_fails_by_a_failure_and_warns_by_what_stays_public() -> None:
    def of(status: Status, identity: str = "wheels.strip") -> dict[str, Any]:
        return built(*FILES, inspected=((WHEEL, (Finding(identity, "", status, "so", fix=Fix("mend")),)),))

    assert said(deep.inspected, **of(FAIL)).detail == f"{WHEEL}: wheels.strip: so"
    assert status(deep.inspected, **of(Status.CRASH)) is FAIL
    assert said(deep.inspected, **of(WARN)).detail == "1 files, 1 warnings"
    assert status(deep.inspected, **of(WARN, "wheels.contents")) is WARN


def test_an_sdist_builds_or_it_is_said_why_not() -> None:
    assert status(deep.sdist_builds) is SKIP
    assert status(deep.sdist_builds, **built(*FILES, sdist=Tried(SDIST, ok=True))) is OK
    assert status(deep.sdist_builds, **built(*FILES, sdist=Tried(SDIST, ok=False))) is FAIL
    assert status(deep.sdist_builds, **built(*FILES, sdist=Tried(SDIST, ok=False, skipped=True))) is UNKNOWN


def test_wheels_are_imported_where_they_can_be() -> None:
    assert status(deep.imports) is SKIP
    assert status(deep.imports, **built(*FILES, trials=())) is WARN
    good, bad, none = Tried(WHEEL, ok=True), Tried(WHEEL, ok=False), Tried(WHEEL, ok=False, skipped=True)
    assert status(deep.imports, **built(*FILES, trials=(good, none))) is OK
    assert status(deep.imports, **built(*FILES, trials=(good, bad))) is FAIL
    assert status(deep.imports, **built(*FILES, trials=(none,))) is SKIP
