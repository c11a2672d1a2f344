"""On wheels made for the moment, and on an index that is a folder."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.tasks.wheels.diff import Request, arguments, run

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.model import Report

TAG = "cp38-abi3-manylinux_2_17_x86_64"
STUB = "def f(): ...\ndef g(): ...\n"


def wheel(folder: Path, version: str, tag: str = TAG, stub: str = STUB, requires: str = ">=3.8") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tiny-{version}-{tag}.whl"
    text = f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\nRequires-Python: {requires}\nLicense: MIT\n\nText\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny/__init__.pyi", stub)
        archive.writestr(f"tiny-{version}.dist-info/METADATA", text)
        archive.writestr(f"tiny-{version}.dist-info/entry_points.txt", "[console_scripts]\ntiny = tiny:f\n")
    return path


def statuses(report: Report) -> dict[str, str]:
    return {
        finding.id: finding.status.value for finding in report.findings if finding.status.value not in ("ok", "skip")
    }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return wheel(tmp_path / "old", "1.0").parent


def test_nothing_lost(old: Path, tmp_path: Path) -> None:
    new = wheel(tmp_path / "new", "1.0.1").parent
    report = run(tmp_path, Request({}, str(new), str(old)))
    assert statuses(report) == {}
    assert (report.project, report.exit_code) == ("tiny", Exit.OK)
    # The archive grew by the letters of its version.
    assert [table.title for table in report.tables] == ["Who can install it", "Wheels"]
    assert {fact.name: fact.value for fact in report.facts} == {
        "old": f"tiny 1.0: 1 files of {old}",
        "new": f"tiny 1.0.1: 1 files of {new}",
        "read in pairs": f"1 of 1: {TAG}",
    }


def test_a_name_that_is_gone_and_a_python_too(old: Path, tmp_path: Path) -> None:
    new = wheel(tmp_path / "new", "1.1", "cp310-abi3-manylinux_2_28_x86_64", "def f(): ...", ">=3.9").parent
    report = run(tmp_path, Request({}, str(new), str(old)))
    assert statuses(report) == {
        "diff.pythons": "fail",
        "diff.requires-python": "warn",
        "diff.floor": "warn",
        "diff.names": "fail",
    }
    assert report.exit_code == Exit.FAILED
    (names,) = (finding for finding in report.findings if finding.id == "diff.names")
    assert names.detail == "1 by stubs: tiny.g; from 1.0 to 1.1 is a minor release"
    assert all(finding.fix for finding in report.findings if finding.status.value in ("fail", "warn"))


def test_files_may_be_named_themselves(old: Path, tmp_path: Path) -> None:
    new = wheel(tmp_path / "new", "2.0", stub="")
    report = run(tmp_path, Request({}, str(new), str(old / f"tiny-1.0-{TAG}.whl")))
    assert statuses(report) == {"diff.names": "warn"}


def test_a_file_that_cannot_be_read_is_told(old: Path, tmp_path: Path) -> None:
    new = wheel(tmp_path / "new", "1.1")
    new.write_bytes(b"no wheel")
    report = run(tmp_path, Request({}, str(new), str(old)))
    assert statuses(report) == {"diff.readable": "fail"}


def test_one_unreadable_file_of_several_is_read_by_its_name(tmp_path: Path) -> None:
    tag = "py3-none-win_amd64"
    for folder, version in (("old", "1.0"), ("new", "1.1")):
        wheel(tmp_path / folder, version, requires=">=3.10")
        wheel(tmp_path / folder, version, tag, requires=">=3.10")
    (tmp_path / f"old/tiny-1.0-{tag}.whl").write_bytes(b"no wheel")
    report = run(tmp_path, Request({}, str(tmp_path / "new"), str(tmp_path / "old")))
    assert statuses(report) == {"diff.readable": "fail"}


def test_wheels_that_are_no_pair_are_said_to_be_none(old: Path, tmp_path: Path) -> None:
    new = wheel(tmp_path / "new", "1.1", "cp38-abi3-win_amd64").parent
    report = run(tmp_path, Request({}, str(new), str(old)))
    facts = {fact.name: fact.value for fact in report.facts}
    assert facts["no true pair"] == (
        f"no new file is installed in an old one's place: {TAG} and cp38-abi3-win_amd64 are compared by names and"
        " metadata alone"
    )
    found = {finding.id: (finding.status.value, finding.detail) for finding in report.findings}
    assert found["diff.libraries"] == ("skip", "no pair of wheels for one platform whose libraries can be read")
    assert found["diff.crates"] == ("skip", "no pair of wheels for one platform")


@pytest.mark.parametrize("growth", [float("nan"), float("inf"), -5.0])
def test_a_growth_that_is_none(growth: float, old: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot grow by"):
        run(tmp_path, Request({}, str(old), str(old), growth=growth))


def test_what_does_not_fit_together(old: Path, tmp_path: Path) -> None:
    other = wheel(tmp_path / "new", "1.1")
    other.rename(other.with_name(other.name.replace("tiny", "other")))
    with pytest.raises(UsageError, match="tiny and other are two projects"):
        run(tmp_path, Request({}, str(other.parent), str(old)))
    for request in (Request({}, "gone", str(old)), Request({}, str(old), "1.0"), Request({}, str(old))):
        with pytest.raises(UsageError) as caught:
            run(tmp_path, request)
        assert "--online" in caught.value.command
    with pytest.raises(UsageError, match="'dist' is neither there nor a version"):
        run(tmp_path, Request({}, "dist", online=True))
    with pytest.raises(ConfigError, match="no name to look for"):
        run(tmp_path, Request({}, "1.0", online=True))


def test_an_index_that_cannot_be_asked_only_warns(old: Path, tmp_path: Path) -> None:
    request = Request({"PIP_INDEX_URL": "https://a.example", "PIP_NO_INDEX": "1"}, str(old), online=True)
    report = run(tmp_path, request)
    assert [(each.id, each.status.value, each.detail) for each in report.findings] == [
        ("diff.index", "warn", "PIP_NO_INDEX forbids to ask an index")
    ]
    assert report.exit_code == Exit.OK


def published(folder: Path, *wheels: Path) -> dict[str, str]:
    """The variables for an index, a folder, that has these wheels."""
    (folder / "tiny").mkdir(parents=True)
    links = ""
    for path in wheels:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        links += f'<a href="{path.as_uri()}#sha256={digest}" data-requires-python="&gt;=3.8">{path.name}</a>\n'
    (folder / "tiny/index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>", encoding="utf-8")
    return {"PIP_INDEX_URL": str(folder)}


def test_with_what_is_published_it_can_only_warn(old: Path, tmp_path: Path) -> None:
    wheels = [wheel(old, "1.0", "cp38-abi3-win_amd64"), wheel(old, "1.0"), wheel(old, "0.9")]
    env = published(tmp_path / "simple", *wheels)
    new = wheel(tmp_path / "new", "1.0.1", stub="").parent
    request = Request(env, str(new), online=True)
    report = run(tmp_path, request)
    assert statuses(report) == {"diff.platforms": "warn", "diff.names": "warn"}
    assert report.exit_code == Exit.OK
    assert run(tmp_path, replace(request, strict=True)).exit_code == Exit.FAILED
    assert sorted(path.name for path in (tmp_path / ".pyo3ops/published").iterdir()) == [wheels[1].name]
    for named in ("tiny==0.9", "0.9"):
        report = run(tmp_path, replace(request, old=named))
        assert report.facts[0].value == "tiny 0.9: 1 files of the index"
    report = run(tmp_path, replace(request, old="tiny==0.9", new="1.0"))
    assert statuses(report) == {}
    report = run(tmp_path, replace(request, old="0.8"))
    assert [(each.id, each.detail) for each in report.findings] == [
        ("diff.published", "tiny 0.8 is not published; the newest is 1.0")
    ]


def test_a_published_file_that_was_exchanged(old: Path, tmp_path: Path) -> None:
    env = published(tmp_path / "simple", old / f"tiny-1.0-{TAG}.whl")
    wheel(old, "1.0", stub="def other(): ...")
    report = run(tmp_path, Request(env, str(wheel(tmp_path / "new", "1.1")), online=True))
    (finding,) = (each for each in report.findings if each.id == "diff.readable")
    assert finding.detail == f"tiny-1.0-{TAG}.whl is not what the index says it is: another sha256"


def test_the_words_of_a_command_line() -> None:
    assert arguments(["new"]) == (None, "new")
    assert arguments(["old", "new"]) == ("old", "new")
    for words in ([], ["a", "b", "c"]):
        with pytest.raises(UsageError):
            arguments(words)
