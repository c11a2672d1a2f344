from __future__ import annotations

import base64
import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Location, Status
from pyo3ops.wheels.archive import Kind
from pyo3ops.wheels.inspection import inspect, table
from pyo3ops.wheels.inspection.table import CHECKS

from .made import INFO, METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyo3ops.core.model import Finding
    from pyo3ops.wheels.inspection.reading import Asked
    from pyo3ops.wheels.inspection.verdict import Said

PURE = {
    "pkg/__init__.py": "a = 1\n",
    INFO + "WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    INFO + "METADATA": METADATA,
    INFO + "licenses/LICENSE": "MIT\n",
}


def packed(path: Path, files: Mapping[str, str]) -> Path:
    """A wheel with a RECORD, where none is given."""
    rows = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text.encode())}"
        for name, text in files.items()
    ]
    record = {INFO + "RECORD": "\n".join([*rows, f"{INFO}RECORD,,", ""])}
    with zipfile.ZipFile(path, "w") as file:
        for name, text in {**record, **files}.items():
            file.writestr(name, text)
    return path


def found(path: Path) -> dict[str, Finding]:
    return {finding.id: finding for finding in inspect.inspect_file(path, {})}


def test_a_pure_wheel(tmp_path: Path) -> None:
    findings = found(packed(tmp_path / "pkg-1.0-py3-none-any.whl", PURE))
    assert {finding.status for finding in findings.values()} == {Status.OK, Status.SKIP}
    assert {finding.where for finding in findings.values()} == {Location("pkg-1.0-py3-none-any.whl")}
    assert list(findings) == [check.id for check in CHECKS if check.kind is Kind.WHEEL]


def test_an_archive_that_cannot_be_read_is_one_finding(tmp_path: Path) -> None:
    path = packed(tmp_path / "pkg-1.0-py3-none-any.whl", PURE)
    path.write_bytes(path.read_bytes()[:-30])
    findings = found(path)
    assert findings.pop("wheels.archive").status is Status.FAIL
    assert {(finding.status, finding.detail) for finding in findings.values()} == {
        (Status.SKIP, "needs wheels.archive, which says fail")
    }


@pytest.mark.parametrize("name", ["pkg.txt", "gone-1.0-py3-none-any.whl"])
def test_what_is_not_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "pkg.txt").touch()
    with pytest.raises(UsageError):
        inspect.inspect_file(tmp_path / name, {})


def test_a_check_that_crashes_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(file: object, asked: Asked) -> Iterator[Said]:
        """It fails."""
        raise RuntimeError(f"{type(file).__name__} {asked.deep}")

    row = table.Check("wheels.crash", "it works", Kind.WHEEL, crash)
    monkeypatch.setattr(inspect, "CHECKS", (row, *CHECKS))
    findings = found(packed(tmp_path / "pkg-1.0-py3-none-any.whl", PURE))
    assert (findings["wheels.crash"].status, findings["wheels.crash"].detail) == (
        Status.CRASH,
        "RuntimeError: Wheel False",
    )
    assert findings["wheels.record"].status is Status.OK


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=4000)
@given(st.sampled_from(["WHEEL", "METADATA", "RECORD", "sboms/a.json", "licenses/LICENSE"]), st.text(max_size=200))
def test_files_of_any_content_crash_nothing(tmp_path: Path, name: str, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    findings = found(packed(tmp_path / "pkg-1.0-py3-none-any.whl", {**PURE, INFO + name: text}))
    assert [finding.detail for finding in findings.values() if finding.status is Status.CRASH] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WHEEL", "Tag: \nTag: a-b-c\nTag: a.b-c.d-e.f\nTag: -\nTag: a-b-c-d\n"),
        ("METADATA", "Metadata-Version: 2.4\nName: pkg\nVersion: not a version\n"),
        (
            "METADATA",
            "Metadata-Version: 2.4\nName: pkg\nVersion: 1.0\nDescription-Content-Type: text/x-rst\n\n\x00``\n",
        ),
        ("RECORD", '"' + "x" * 200_000 + '",a,b\n'),
        ("RECORD", "a\0b,c,d\n"),
        ("sboms/a.json", "[" * 100_000),
        ("sboms/a.json", '{"components": {"a": 1}, "dependencies": [{"ref": 1, "dependsOn": 3}]}'),
        ("sboms/a.json", '{"metadata": [], "components": [{"licenses": [{"license": []}], "purl": "pkg:cargo/a"}]}'),
    ],
)
def test_contents_that_once_crashed_something(name: str, text: str, tmp_path: Path) -> None:
    findings = found(packed(tmp_path / "pkg-1.0-py3-none-any.whl", {**PURE, INFO + name: text}))
    assert [finding.detail for finding in findings.values() if finding.status is Status.CRASH] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.kind.value}-{check.id}")
def test_every_check_says_why_it_is_there(check: table.Check) -> None:
    assert check.id.startswith("wheels.")
    assert check.why.endswith(".")
    assert check.title[0].islower()


def test_ids_are_of_one_check_for_each_kind() -> None:
    rows = [(check.id, check.kind) for check in CHECKS]
    assert len(rows) == len(set(rows))
