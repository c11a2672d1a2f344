from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.wheels.diff import asked_names, contents
from pyo3ops.wheels.diff.contents import Contents
from pyo3ops.wheels.diff.coverage import Offered, offered
from pyo3ops.wheels.diff.names import Names

if TYPE_CHECKING:
    from pathlib import Path

    Made = Callable[..., Path]


def of(path: Path) -> Offered:
    found = offered(path.name, path=path, size=path.stat().st_size)
    assert found is not None
    return found


def test_a_wheel(made: Made) -> None:
    files = {
        "tiny/__init__.pyi": "def f(): ...",
        "tiny-1.0.dist-info/entry_points.txt": "# a comment\n[a.b]\nx = tiny:f\n[console_scripts]\ny=tiny.cli : main\n",
        "tiny-1.0.dist-info/sboms/a.cyclonedx.json": '{"components": [{"name": "libc", "version": "1.0", '
        '"bom-ref": "1", "purl": "pkg:cargo/libc@1.0"}]}',
    }
    found = contents.read(of(made(more="License: MIT\nClassifier: A\nClassifier: B", **files)), {})
    assert isinstance(found, Contents)
    assert (found.requires_python, found.file.requires_python) == (">=3.8", ">=3.8")
    assert found.metadata["classifier"] == ("A", "B")
    assert "description" not in found.metadata
    assert found.entry_points == {"a.b: x = tiny:f", "console_scripts: y = tiny.cli : main"}
    assert (found.libraries, found.sections, found.crate_sizes) == (frozenset(), {}, {})
    assert [(crate.name, crate.version) for crate in found.linked.crates] == [("libc", "1.0")]
    assert found.names.modules == {"tiny": {"f"}}


def test_a_library_that_cannot_be_read_is_no_library_that_needs_nothing(made: Made) -> None:
    found = contents.read(of(made(**{"tiny/a.abi3.so": b"\x7fELF" + bytes(60)})), {})
    assert isinstance(found, Contents)
    assert found.libraries is None


def test_a_source_distribution_has_metadata(tmp_path: Path) -> None:
    path = tmp_path / "tiny-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        data = b"Metadata-Version: 2.1\nName: tiny\nRequires-Dist: a\n"
        info = tarfile.TarInfo("tiny-1.0/PKG-INFO")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    found = contents.read(of(path), {})
    assert isinstance(found, Contents)
    assert (found.metadata["requires-dist"], found.requires_python) == (("a",), "")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(30), b"text"], ids=["empty", "cut", "text"])
def test_what_cannot_be_read_says_why(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    path.write_bytes(data)
    assert isinstance(contents.read(of(path), {}), str)


def test_a_file_that_was_not_fetched(made: Made) -> None:
    file = offered(made().name)
    assert file is not None
    with pytest.raises(ValueError, match="was not fetched"):
        contents.read(file, {})


@pytest.mark.parametrize("text", ["", "\n\n", "garbage", "Name: a\r\nName: b", "Näme: ä\n:\n", "a" * 10_000])
def test_metadata_of_any_kind(text: str) -> None:
    assert isinstance(contents.metadata(text), dict)


def test_what_modules_answer() -> None:
    assert asked_names.parse('{"a": ["x", "C.y"]}', ["a"]) == Names({"a": frozenset({"x", "C.y"})}, source="imports")
    for text in ("", "{}", "[]", '{"a": 1}', "[" * 100_000):
        assert asked_names.parse(text, ["a"]) == "the modules told something else than their names"
