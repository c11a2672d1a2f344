from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.wheels.inspection import contents

from .made import INFO, SO, linux, says, sdist, wheel, word

if TYPE_CHECKING:
    from pathlib import Path


def recorded(files: dict[str, str], algorithm: str = "sha256") -> str:
    rows = []
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.new(algorithm, text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{name},{algorithm}={digest},{len(text.encode())}")
    return "\n".join([*rows, f"{INFO}RECORD,,", ""])


FILES = {"pkg/__init__.py": "a = 1\n", "pkg/größe, mit Komma.txt": "x"}


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_record(algorithm: str, tmp_path: Path) -> None:
    text = recorded(FILES, algorithm).replace("pkg/größe, mit Komma.txt", '"pkg/größe, mit Komma.txt"')
    assert word(contents.record, wheel(files={**FILES, INFO + "RECORD": text}, folder=tmp_path)) == "ok"


@pytest.mark.parametrize(
    ("files", "record", "said"),
    [
        ({"a.py": "1"}, {"a.py": "2"}, "a.py: its hash is sha256="),
        ({"a.py": "1", "b.py": "2"}, {"a.py": "1"}, "RECORD does not know b.py"),
        ({"a.py": "1"}, {"a.py": "1", "b.py": "2"}, "RECORD lists b.py, which is not there"),
    ],
)
def test_a_record_that_is_wrong(files: dict[str, str], record: dict[str, str], said: str, tmp_path: Path) -> None:
    found = says(contents.record, wheel(files={**files, INFO + "RECORD": recorded(record)}, folder=tmp_path))
    assert found.status is Status.FAIL
    assert found.detail.startswith(said)


@pytest.mark.parametrize("row", ["a.py,,", "a.py,md5=abc,1", "a.py"])
def test_a_record_without_a_hash(row: str, tmp_path: Path) -> None:
    found = wheel(files={"a.py": "1", INFO + "RECORD": f"{row}\n{INFO}RECORD,,\n"}, folder=tmp_path)
    assert word(contents.record, found) == "fail"


def test_a_size_that_is_wrong(tmp_path: Path) -> None:
    record = recorded({"a.py": "1"}).replace(",1\n", ",7\n")
    assert says(contents.record, wheel(files={"a.py": "1", INFO + "RECORD": record}, folder=tmp_path)).detail == (
        "a.py: 1 bytes, RECORD says 7"
    )


def test_no_record(tmp_path: Path) -> None:
    assert word(contents.record, wheel(files={"a.py": ""}, folder=tmp_path)) == "fail"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("pkg/__init__.py", "ok"),
        ("pkg/data.json", "ok"),
        ("pkg-1.0.data/scripts/pkg", "ok"),
        ("pkg/tests/test_it.py", "ok"),
        ("pkg/target.py", "ok"),
        ("pkg/examples/crate/src/lib.rs", "ok"),
        ("pkg/__pycache__/a.cpython-313.pyc", "warn"),
        ("src/lib.rs", "warn"),
        ("pkg/src/lib.rs", "warn"),
        ("Cargo.toml", "warn"),
        ("target/release/build.log", "warn"),
        ("target/wheels/x.whl", "warn"),
        ("tests/test_it.py", "warn"),
        ("test.py", "warn"),
        (".git/HEAD", "warn"),
        ("pkg/.DS_Store", "warn"),
        ("pkg/pkg.pdb", "warn"),
    ],
)
def test_what_is_not_to_be_installed(name: str, status: str, tmp_path: Path) -> None:
    assert word(contents.contents, wheel(linux(), files={name: ""}, folder=tmp_path)) == status


def test_a_project_of_a_common_name(tmp_path: Path) -> None:
    found = wheel(name="build-1.0-py3-none-any.whl", files={"build/__init__.py": ""}, folder=tmp_path)
    assert word(contents.contents, found) == "ok"


@pytest.mark.parametrize(
    ("name", "target", "status"),
    [
        ("pkg-1.0/LICENSE.txt", "LICENSE", "ok"),
        ("pkg-1.0/a/b", "../LICENSE", "ok"),
        ("pkg-1.0/hard", "pkg-1.0/LICENSE", "ok"),
        ("pkg-1.0/a", "../../planted", "fail"),
        ("pkg-1.0/a", "../other-1.0/b", "fail"),
        ("pkg-1.0/a", "/etc/passwd", "fail"),
    ],
)
def test_links_of_an_sdist(name: str, target: str, status: str, tmp_path: Path) -> None:
    whole = sdist({"LICENSE": ""}, tmp_path)
    linked = replace(whole, archive=replace(whole.archive, links=((name, target),)))
    assert word(contents.readable_sdist, linked) == status


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("src/lib.rs", "ok"),
        (".github/workflows/ci.yml", "ok"),
        ("vendor/a/Cargo.toml.orig", "ok"),
        ("src/target/mod.rs", "ok"),
        ("target/release/libpkg.so", "warn"),
        ("python/pkg/__pycache__/a.pyc", "warn"),
        ("python/pkg/pkg.abi3.so", "warn"),
    ],
)
def test_what_is_no_source(name: str, status: str, tmp_path: Path) -> None:
    assert word(contents.sdist_contents, sdist({name: ""}, tmp_path)) == status


def test_archives(tmp_path: Path) -> None:
    whole = wheel(linux(), files={INFO + "WHEEL": ""}, folder=tmp_path)
    assert word(contents.readable, whole) == "ok"
    cut = replace(whole, archive=replace(whole.archive, error="not readable: File is not a zip file"))
    assert says(contents.readable, cut).detail == "not readable: File is not a zip file"
    linked = replace(whole, archive=replace(whole.archive, links=(("pkg/a", "/etc/passwd"),)))
    assert says(contents.readable, linked).evidence == ("pkg/a -> /etc/passwd",)
    assert word(contents.readable, replace(whole, info="")) == "fail"


def test_sdists(tmp_path: Path) -> None:
    whole = sdist({"PKG-INFO": ""}, tmp_path)
    assert word(contents.readable_sdist, whole) == "ok"
    assert word(contents.readable_sdist, replace(whole, top="")) == "fail"
    twice = replace(whole, archive=replace(whole.archive, problems=("'a' is there twice",)))
    assert says(contents.readable_sdist, twice).detail == "'a' is there twice"


def test_modules_are_known_by_their_suffix() -> None:
    assert linux(SO, defined=()).is_module
    assert linux("pkg/pkg.so").is_module
    assert not linux("pkg/pkg.so", defined=()).is_module
    assert not linux("pkg.libs/pkg.abi3.so").is_module
    assert not linux("pkg/libpkg.so.1").is_module
