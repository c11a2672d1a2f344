from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.tools.build_id_folders import relative
from pyo3ops.wheels.symbol_store import SCHEMA, Kept, Store, add, dumps, entries, parse

if TYPE_CHECKING:
    from pathlib import Path

ONE = Kept(
    project="tiny",
    version="1.0",
    wheel="tiny-1.0-cp38-abi3-linux_x86_64.whl",
    wheel_sha256="aa",
    member="tiny.abi3.so",
    library_sha256="bb",
    machine="x86_64",
    build_id="abcdef01",
    companion=relative("abcdef01"),
    companion_sha256="cc",
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "symbols")


def test_where_debuggers_look(store: Store) -> None:
    assert store.companion("abcdef01") == store.folder / ".build-id/ab/cdef01.debug"
    assert not store.has("abcdef01")
    store.companion("abcdef01").parent.mkdir(parents=True)
    store.companion("abcdef01").touch()
    assert store.has("abcdef01")
    assert not store.has("")


def test_rows_are_kept_once_and_in_order(store: Store) -> None:
    assert entries(store) == ()
    other = dataclasses.replace(ONE, version="0.9", wheel="tiny-0.9.whl")
    add(store, (ONE,))
    add(store, (other, ONE))
    assert entries(store) == (other, ONE)
    before = (store.index.read_bytes(), store.index.stat().st_mtime_ns)
    add(store, (ONE, other))
    assert (store.index.read_bytes(), store.index.stat().st_mtime_ns) == before
    changed = dataclasses.replace(ONE, wheel_sha256="dd")
    add(store, (changed,))
    assert entries(store) == (other, changed)


def test_a_round_trip() -> None:
    assert parse(dumps((ONE,))) == (ONE,)
    assert json.loads(dumps(()))["schema"] == SCHEMA


@pytest.mark.parametrize("name", ["tiny.pdb", "a..b.pdb"])
def test_a_place_as_symbol_servers_have_it(name: str) -> None:
    row = dataclasses.replace(ONE, companion=f"{name}/{ONE.build_id}/{name}")
    assert parse(dumps((row,))) == (row,)


def test_several_at_once_lose_nothing(store: Store) -> None:
    rows = [dataclasses.replace(ONE, wheel=f"tiny-{number}.whl") for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda row: add(store, (row,)), rows))
    assert set(entries(store)) == set(rows)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"schema": "other"}',
        b'{"schema": "pyo3ops-symbols/1"}',
        b'{"schema": "pyo3ops-symbols/1", "symbols": [{}]}',
        b'{"schema": "pyo3ops-symbols/1", "symbols": 1}',
        b"\xff",
        b"[" * 100_000,
        dumps((dataclasses.replace(ONE, companion="../../etc/passwd"),)),
        dumps((ONE,)).replace(b'"x86_64"', b"1"),
        dumps((dataclasses.replace(ONE, companion=f"../{ONE.build_id}/.."),)),
    ],
    ids=range(13),
)
def test_an_index_that_cannot_be_used_is_left_alone(store: Store, content: bytes) -> None:
    store.folder.mkdir()
    store.index.write_bytes(content)
    for attempt in (lambda: entries(store), lambda: add(store, (ONE,))):
        with pytest.raises(UsageError, match="cannot be used") as caught:
            attempt()
        assert caught.value.command.startswith("mv ")
    assert store.index.read_bytes() == content
