from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.told import metadata_of, told_wrongly
from pyo3ops.tools.index import Refusal
from pyo3ops.tools.simple_page import IndexFile
from tests.unit.release.shelf import FILES, METADATA, SDIST, WHEEL, Shelf, entry

if TYPE_CHECKING:
    from pathlib import Path

OWN = METADATA.format(version="1.0").encode()


def beside(served: bytes | Refusal, tmp_path: Path) -> list[str]:
    (tmp_path / WHEEL).write_bytes(FILES[WHEEL])
    shelf = Shelf(FILES, served=lambda name, _: served if name.endswith(".metadata") else None)
    return list(
        told_wrongly(tmp_path / WHEEL, IndexFile(WHEEL, "https://index.example/x", metadata=()), shelf, tmp_path)
    )


@pytest.mark.parametrize("name", FILES)
def test_metadata_of_either_kind(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    assert metadata_of(tmp_path / name) == OWN


@pytest.mark.parametrize("name", [WHEEL, SDIST])
@pytest.mark.parametrize("data", [b"", b"no archive", FILES[WHEEL][:60], FILES[SDIST][:60]])
def test_what_is_damaged_has_none(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert isinstance(metadata_of(tmp_path / name), str)
    assert list(told_wrongly(tmp_path / name, entry(name, data), Shelf({}), tmp_path)) == []


def test_specifiers_have_no_order(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(FILES[WHEEL])
    shown = IndexFile(WHEEL, "https://index.example/x", requires_python="<4,>=3.8")
    assert list(told_wrongly(tmp_path / WHEEL, shown, Shelf({}), tmp_path)) == []


def test_an_index_need_not_tell(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(FILES[WHEEL])
    shelf = Shelf({})
    assert list(told_wrongly(tmp_path / WHEEL, IndexFile(WHEEL, "https://index.example/x"), shelf, tmp_path)) == []
    assert shelf.fetched == []


def test_the_metadata_file_is_the_one_in_the_wheel(tmp_path: Path) -> None:
    assert beside(OWN, tmp_path) == []
    assert "is not the one in it" in beside(OWN + b"Requires-Dist: evil\n", tmp_path)[0]
    assert "HTTP 404" in beside(Refusal("HTTP 404", absent=True), tmp_path)[0]
