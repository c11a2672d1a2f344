from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.tools.simple_page import IndexFile
from pyo3ops.wheels.diff.choice import chosen
from pyo3ops.wheels.diff.coverage import offered
from pyo3ops.wheels.diff.sides import Side, local, published

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_version_of_a_folder(tmp_path: Path) -> None:
    for name in ("tiny-1.9.tar.gz", "tiny-1.10.tar.gz", "tiny-1.10-py3-none-any.whl", "notes.txt"):
        (tmp_path / name).write_bytes(b"1234")
    (tmp_path / "tiny-2.0.tar.gz").mkdir()
    side = local(tmp_path)
    assert (side.project, side.version, side.others) == ("tiny", "1.10", ("1.9",))
    assert [(file.name, file.size) for file in side.files] == [
        ("tiny-1.10-py3-none-any.whl", 4),
        ("tiny-1.10.tar.gz", 4),
    ]
    assert (side.has_sdist, [file.name for file in side.wheels]) == (True, ["tiny-1.10-py3-none-any.whl"])
    assert side.label == "tiny 1.10"
    assert local(tmp_path / "tiny-1.9.tar.gz").version == "1.9"


def test_nothing_and_too_much(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no wheel or sdist, and has none"):
        local(tmp_path)
    with pytest.raises(UsageError, match="is no wheel or sdist, and has none"):
        local(tmp_path / "none.whl")
    for name in ("tiny-1.0.tar.gz", "other-1.0.tar.gz"):
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match="has files of other, tiny"):
        local(tmp_path)


FILES = tuple(
    IndexFile(f"tiny-{version}.tar.gz", "https://a.example/x", yanked=yanked, requires_python=">=3.8", size=1)
    for version, yanked in [("1.0", None), ("1.1", None), ("1.2", "broken"), ("2.0rc1", None)]
)


@pytest.mark.parametrize(
    ("version", "below", "found"),
    [
        (None, None, "1.1"),
        (None, "1.1", "1.0"),
        (None, "9", "1.1"),
        # Nothing is older: the newest there is.
        (None, "0.1", "1.1"),
        ("1.2", None, "1.2"),
        ("v1.0.0", None, None),
        ("2.0.RC1", None, "2.0rc1"),
    ],
)
def test_a_published_version(version: str | None, below: str | None, found: str | None) -> None:
    side = published("tiny", version, FILES, below=below)
    if found is None:
        assert side == "tiny v1.0.0 is not published; the newest is 2.0rc1"
        return
    assert isinstance(side, Side)
    assert (side.version, side.online, len(side.files)) == (found, True, 1)
    assert (side.files[0].requires_python, side.files[0].size, side.files[0].path) == (">=3.8", 1, None)


def test_what_is_not_published() -> None:
    assert published("tiny", "3.0", FILES) == "tiny 3.0 is not published; the newest is 2.0rc1"
    assert published("tiny", None, ()) == "tiny release is not published; there is none at all"
    assert published("tiny", "x", FILES) == "'x' is no version"


def test_one_pair_a_system_is_fetched() -> None:
    tags = [
        "cp38-abi3-win32",
        "cp39-abi3-win_amd64",
        "cp38-abi3-macosx_10_12_universal2",
        "cp38-cp38-ios_13_0_arm64_iphoneos",
    ]
    files = [offered(f"tiny-1.0-{tag}.whl") for tag in tags]
    pairs = [(file, file) for file in files if file is not None]
    assert [new.tag for _, new in chosen(pairs)] == [tags[1], tags[2], tags[3]]
    assert chosen([]) == ()


def test_cpython_comes_before_others() -> None:
    files = [offered(f"tiny-1.0-{tag}-win32.whl") for tag in ("pp311-pypy311_pp73", "cp38-abi3", "cp37-cp37m")]
    pairs = [(file, file) for file in files if file is not None]
    assert [new.tag for _, new in chosen(pairs)] == ["cp38-abi3-win32"]
