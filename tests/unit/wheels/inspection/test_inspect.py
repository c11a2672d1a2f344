from __future__ import annotations

import base64
import hashlib
import tempfile
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
    assert {finding.where for finding in findings.values()} == {
        Location(f"{tmp_path.as_posix()}/pkg-1.0-py3-none-any.whl")
    }
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
        ("WHEEL", "Tag: .-.-.\n"),
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
        ("sboms/a.json", '{"dependencies": [{"ref": "a", "dependsOn": 5}, {"ref": "b", "dependsOn": "ab"}]}'),
        ("sboms/a.json", '{"metadata": [], "components": [{"licenses": [{"license": []}], "purl": "pkg:cargo/a"}]}'),
    ],
)
def test_contents_that_once_crashed_something(name: str, text: str, tmp_path: Path) -> None:
    findings = found(packed(tmp_path / "pkg-1.0-py3-none-any.whl", {**PURE, INFO + name: text}))
    assert [finding.detail for finding in findings.values() if finding.status is Status.CRASH] == []


#: Every check that judges a library by what was read of it, for the format.
JUDGING = {"wheels.libpython", "wheels.libraries", "wheels.strip", "wheels.module", "wheels.platform"}


@pytest.mark.parametrize("name", ["pkg/pkg.abi3.so", "pkg/plain.so"])
def test_a_library_that_is_not_read_gets_no_verdict_but_one(name: str, tmp_path: Path) -> None:
    path = tmp_path / "pkg-1.0-cp38-abi3-manylinux_2_17_x86_64.whl"
    wheel = {INFO + "WHEEL": "Tag: cp38-abi3-manylinux_2_17_x86_64\n"}
    result = inspect.inspect(packed(path, {**PURE, **wheel, name: "\x7fELF, and no more"}), {})
    said = {finding.id: finding for finding in result.findings}
    judging = JUDGING | {"wheels.abi3", "wheels.execstack", "wheels.rpath", "wheels.build-id", "wheels.debuglink"}
    assert {said[each].detail for each in judging} == {f"{name} was not read: wheels.architecture says why"}
    assert {said[each].status for each in judging} == {Status.SKIP}
    assert said["wheels.architecture"].status in (Status.FAIL, Status.WARN)
    assert [fact.value for fact in result.facts if "stable ABI" in fact.value] == []
    assert f"{name}: not read" in [fact.name for fact in result.facts]


def test_what_is_not_read_does_not_hide_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "pkg-1.0-cp313-cp313-linux_x86_64.whl"
    said = found(packed(path, {**PURE, "pkg/pkg.abi3.so": "\x7fELF, and no more"}))
    assert said["wheels.platform"].status is Status.FAIL


def test_no_room_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path / "pkg-1.0-py3-none-any.whl", PURE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    said = found(path)
    told = said.pop("wheels.archive")
    assert (told.status, "No such file or directory" in told.detail) == (Status.UNKNOWN, True)
    assert told.fix is not None
    assert "build" not in told.fix.summary.replace(str(tmp_path), "")
    assert {finding.detail for finding in said.values()} == {"needs wheels.archive, which says unknown"}


def test_a_file_is_named_from_the_root_where_it_is_below(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    path = packed(tmp_path / "dist" / "pkg-1.0-py3-none-any.whl", PURE)
    below = inspect.inspect(path, {}, root=tmp_path).findings[0].where
    assert below == Location("dist/pkg-1.0-py3-none-any.whl")
    assert inspect.inspect(path, {}, root=tmp_path / "other").findings[0].where == Location(path.as_posix())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.kind.value}-{check.id}")
def test_every_check_says_why_it_is_there(check: table.Check) -> None:
    assert check.id.startswith("wheels.")
    assert check.why.endswith(".")
    assert check.title[0].islower()


def test_ids_are_of_one_check_for_each_kind() -> None:
    rows = [(check.id, check.kind) for check in CHECKS]
    assert len(rows) == len(set(rows))
