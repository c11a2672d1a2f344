from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.tasks.debug.symbols import symbol_files
from pyo3ops.tools.build_id_folders import relative
from pyo3ops.wheels.symbol_store import Kept, Store, add

from ...tools.elves import library  # noqa: TID252 - tests are no package with a name of its own

if TYPE_CHECKING:
    from pathlib import Path

ID, OTHER = "ab" * 20, "cd" * 20


def keep(root: Path, *builds: str) -> None:
    """A store that has companions of one library, of these builds."""
    store = Store(root / ".pyo3ops/symbols")
    for build in builds:
        store.keep(relative(build), library((".debug_info", 1, b"DWARF"), build_id=build))
        row = Kept(
            "crab", "1.0", f"crab-{build[:2]}.whl", "a", "crab/crab.so", "b", "x86_64", build, relative(build), "c"
        )
        add(store, (row,))


def test_the_store_of_a_project_is_looked_into(tmp_path: Path) -> None:
    keep(tmp_path, ID)
    found = symbol_files(tmp_path, {}).find("/elsewhere/crab.so")
    assert (found.where, found.build_id) == ("the symbol store", ID)
    assert symbol_files(None, {}).find("/elsewhere/crab.so").file is None


def test_of_two_builds_of_a_name_none_is_guessed(tmp_path: Path) -> None:
    keep(tmp_path, ID, OTHER)
    where = symbol_files(tmp_path, {})
    assert where.find("/elsewhere/crab.so").file is None
    assert where.find("/elsewhere/crab.so", OTHER).where == "the symbol store"


def test_a_store_whose_index_is_broken_still_has_its_companions(tmp_path: Path) -> None:
    keep(tmp_path, ID)
    (tmp_path / ".pyo3ops/symbols/index.json").write_text("{")
    assert symbol_files(tmp_path, {}).find("/elsewhere/crab.so", ID).where == "the symbol store"


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        symbol_files(None, {}, (tmp_path / "none",))
    with pytest.raises(UsageError, match="has no server to ask") as caught:
        symbol_files(None, {}, online=True)
    assert "DEBUGINFOD_URLS=https://" in caught.value.command
    assert symbol_files(None, {"DEBUGINFOD_URLS": "https://one.example/"}, online=True).troubles() == ()
