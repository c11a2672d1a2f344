from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.wheels.inspection import metadata

from .made import INFO, METADATA, says, sdist, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.wheels.inspection.verdict import Said


def of(text: str, folder: Path) -> Said:
    return says(metadata.metadata, wheel(files={INFO + "METADATA": text}, folder=folder))


def test_metadata(tmp_path: Path) -> None:
    assert of(METADATA, tmp_path).status is Status.OK
    markdown = METADATA + "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM\n\n# Title\n``\n"
    assert of(markdown, tmp_path).detail == "pkg 1.0, text/markdown"


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("Version: 1.0", "Version: 1.1", "Version is '1.1', and the file is called 1.0"),
        ("Name: pkg", "Name: other", "Name is 'other', and the file is called pkg"),
        ("Name: pkg\n", "", "Name is '', and the file is called pkg"),
        ("License-Expression: MIT", "License-Expression: nonsense", "nonsense"),
        ("Requires-Python: >=3.8", "Requires-Python: yes please", "yes please"),
        ("License-Expression: MIT", "Requires-Dist: a b c", "a b c"),
        ("License-Expression: MIT", "Description-Content-Type: text/html", "'text/html', which no index shows"),
    ],
)
def test_what_is_wrong_with_it(line: str, instead: str, said: str, tmp_path: Path) -> None:
    found = of(METADATA.replace(line, instead), tmp_path)
    assert found.status is Status.FAIL
    assert said in " ".join([found.detail, *found.evidence])


@pytest.mark.parametrize(
    ("requires", "name", "status"),
    [
        (">=3.8", "cp313-cp313", "ok"),
        (">=3.13.4", "cp313-cp313", "ok"),
        (">=3.14", "cp313-cp313", "fail"),
        ("<3.13", "cp313-cp313", "fail"),
        (">=3.14", "cp38-abi3", "ok"),
        ("<3.8", "cp38-abi3", "fail"),
        (">=3.99", "py3-none", "ok"),
        ("", "cp313-cp313", "warn"),
    ],
)
def test_the_python_that_is_required(requires: str, name: str, status: str, tmp_path: Path) -> None:
    text = METADATA.replace("Requires-Python: >=3.8\n", f"Requires-Python: {requires}\n" if requires else "")
    found = wheel(name=f"pkg-1.0-{name}-manylinux_2_17_x86_64.whl", files={INFO + "METADATA": text}, folder=tmp_path)
    assert says(metadata.metadata, found).status.value == status


def test_the_folder_is_called_as_the_file_is(tmp_path: Path) -> None:
    found = wheel(name="pkg-1.0.0-py3-none-any.whl", files={INFO + "METADATA": METADATA}, folder=tmp_path)
    assert says(metadata.metadata, found).detail == (
        "the dist-info folder is pkg-1.0.dist-info/, and that of pkg-1.0.0-py3-none-any.whl is pkg-1.0.0.dist-info/"
    )


def test_versions_are_compared_as_versions(tmp_path: Path) -> None:
    assert of(METADATA.replace("Version: 1.0\n", "Version: 1.0.0\n"), tmp_path).status is Status.OK


def test_a_field_of_a_later_version_is_no_failure(tmp_path: Path) -> None:
    old = "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\nLicense: MIT\nLicense-File: LICENSE\n"
    assert of(old, tmp_path).status is Status.WARN


def test_a_version_that_nobody_knows_yet(tmp_path: Path) -> None:
    assert of(METADATA.replace("2.4", "9.9"), tmp_path).status is Status.UNKNOWN


RST = METADATA + "Description-Content-Type: text/x-rst\n\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("A long title\n============\n\nText with ``code`` and *words*.\n", "ok"),
        ("A long title\n======\n\nText.\n", "fail"),
        (".. unheard-of:: x\n\nText.\n", "fail"),
        ("Text with ``code that does not end.\n", "fail"),
    ],
)
def test_descriptions_without_anything_that_renders(text: str, status: str, tmp_path: Path) -> None:
    found = of(RST + text, tmp_path)
    assert found.status.value == status
    assert status == "fail" or "twine is not here" in found.detail


def test_an_sdist_has_it_at_the_top(tmp_path: Path) -> None:
    assert says(metadata.metadata, sdist({"PKG-INFO": METADATA}, tmp_path)).status is Status.OK
    assert says(metadata.metadata, sdist({"README.md": ""}, tmp_path)).status is Status.FAIL
