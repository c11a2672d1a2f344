from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.model import Manifest, SealedFile
from pyo3ops.release.readback import TRIES, Patience, ReadBack, Verdict, read_back
from pyo3ops.tools.index import Refusal
from tests.unit.release.shelf import FILES, NATIVE, SDIST, WHEEL, Shelf, Ticking, entry, sealed, sha256, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.tools.simple_page import IndexFile


def listed(*names: str) -> tuple[IndexFile, ...]:
    return tuple(entry(name, FILES[name]) for name in names)


def back(shelf: Shelf, folder: Path, clock: Ticking | None = None, patience: float = 60.0) -> ReadBack:
    return read_back(sealed(FILES), shelf, folder, clock or Ticking(), patience=Patience(seconds=patience))


def test_the_sealed_set_is_served(tmp_path: Path) -> None:
    clock = Ticking()
    found = back(Shelf(FILES), tmp_path / "read", clock)
    assert found.ok
    assert not found.unknown
    assert [(read.name, read.verdict, read.size) for read in found.files] == [
        (name, Verdict.SAME, len(data)) for name, data in FILES.items()
    ]
    assert {path.name: path.read_bytes() for path in (tmp_path / "read").iterdir()} == FILES
    assert (found.looks, clock.slept) == (1, [])


def test_it_waits_until_all_are_shown(tmp_path: Path) -> None:
    shelf = Shelf(FILES, [Refusal("HTTP 503"), (), listed(WHEEL), listed(WHEEL), listed(*FILES)])
    clock = Ticking()
    found = back(shelf, tmp_path, clock)
    assert found.ok
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]
    assert {read.name: read.seconds for read in found.files} == {NATIVE: 15.0, WHEEL: 3.0, SDIST: 15.0}


@pytest.mark.parametrize("patience", [0.0, 1.0, 40.0])
def test_patience_ends(patience: float, tmp_path: Path) -> None:
    clock = Ticking()
    found = back(Shelf(FILES, [listed(WHEEL, SDIST)]), tmp_path, clock, patience)
    assert found.missing == (NATIVE,)
    assert (found.ok, found.unknown) == (False, False)
    assert sum(clock.slept) == patience
    assert [read.verdict for read in found.files] == [Verdict.MISSING, Verdict.SAME, Verdict.SAME]


def test_an_index_that_never_answers_leaves_it_open(tmp_path: Path) -> None:
    found = back(Shelf(FILES, [Refusal("HTTP 503")]), tmp_path)
    assert (found.ok, found.unknown, found.reason) == (False, True, "HTTP 503")
    assert {read.reason for read in found.files} == {"HTTP 503"}


def test_a_project_that_is_not_there_is_missing(tmp_path: Path) -> None:
    found = back(Shelf(FILES, [Refusal("no such project", absent=True)]), tmp_path)
    assert (found.ok, found.unknown, found.missing) == (False, False, tuple(FILES))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_every_byte_that_differs_is_found(name: str, place: float, tmp_path: Path) -> None:
    data = bytearray(FILES[name])
    data[int(place * (len(data) - 1))] ^= 1
    # The page tells the digest that was sealed: only the bytes give it away.
    shelf = Shelf(FILES, served=lambda asked, _: bytes(data) if asked == name else None)
    found = back(shelf, tmp_path / "read")
    assert not found.ok
    assert not found.unknown
    wrong = next(read for read in found.files if read.name == name)
    assert wrong.verdict is Verdict.OTHER
    assert sha256(bytes(data)) in wrong.reason
    assert sha256(FILES[name]) in wrong.reason
    assert shelf.fetched.count(name) == TRIES
    assert {path.name for path in (tmp_path / "read").iterdir()} == set(FILES) - {name}


def test_a_cache_that_recovers_is_forgiven(tmp_path: Path) -> None:
    clock = Ticking()
    shelf = Shelf(FILES, served=lambda name, time: b"stale" if name == SDIST and time < TRIES else None)
    assert back(shelf, tmp_path, clock).ok
    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize("data", [FILES[WHEEL][:-1], FILES[WHEEL] + b"\0", b"", FILES[NATIVE]])
def test_truncated_longer_empty_and_swapped(data: bytes, tmp_path: Path) -> None:
    shelf = Shelf(FILES, served=lambda name, _: data if name == WHEEL else None)
    found = back(shelf, tmp_path)
    assert [read.verdict for read in found.files] == [Verdict.SAME, Verdict.OTHER, Verdict.SAME]
    assert f"{len(data)} bytes were served" in found.files[1].reason


def test_the_page_is_believed_no_more_than_the_bytes(tmp_path: Path) -> None:
    other = entry(WHEEL, b"another file")
    shelf = Shelf(FILES, [(*listed(NATIVE, SDIST), other)])
    clock = Ticking()
    found = back(shelf, tmp_path, clock)
    assert found.files[1].verdict is Verdict.OTHER
    assert f"the index lists sha256 {sha256(b'another file')}" in found.files[1].reason
    assert "the index lists 12 bytes" in found.files[1].reason
    # A page may be stale: it is looked at a few times, and not for as long as patience lasts.
    assert len(clock.slept) == 2 * (TRIES - 1)


def test_a_file_that_is_listed_twice_is_two_files(tmp_path: Path) -> None:
    shelf = Shelf(FILES, [(entry(WHEEL, b"another file"), *listed(*FILES))])
    assert "twice" in back(shelf, tmp_path).files[1].reason
    assert back(Shelf(FILES, [(*listed(WHEEL), *listed(*FILES))]), tmp_path).ok


def test_blake2b_is_compared_too(tmp_path: Path) -> None:
    manifest = sealed({WHEEL: FILES[WHEEL]})
    manifest = replace(manifest, files=(replace(manifest.files[0], blake2b="00" * 32),))
    found = read_back(manifest, Shelf({WHEEL: FILES[WHEEL]}), tmp_path, Ticking())
    assert found.files[0].verdict is Verdict.OTHER
    assert "blake2b" in found.files[0].reason


def test_what_nobody_sealed_is_seen(tmp_path: Path) -> None:
    extra = (
        "Spam-1.0.0-py3-none-any.whl",
        "spam-1.0-py2.py3-none-any.whl",
        "spam-1.0.win-amd64.exe",
        "spam-1.0-py3.8.egg",
    )
    others = ("spam-1.0.1.tar.gz", "spam-1.0rc1.tar.gz", "spam_more-1.0.tar.gz")
    shown = (*listed(*FILES), *(entry(name, b"x") for name in (*extra[1:], *others)))
    found = back(Shelf(FILES, [shown]), tmp_path)
    assert not found.ok
    assert set(found.extra) == set(extra[1:])
    assert {read.verdict for read in found.files} == {Verdict.SAME}


def test_a_file_that_does_not_come_is_unknown(tmp_path: Path) -> None:
    shelf = Shelf(FILES, served=lambda name, _: Refusal("HTTP 502") if name == WHEEL else None)
    found = back(shelf, tmp_path)
    assert (found.ok, found.unknown) == (False, True)
    assert (found.files[1].verdict, found.files[1].reason) == (Verdict.UNREAD, "HTTP 502")
    assert shelf.fetched.count(WHEEL) == TRIES


def test_a_listed_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    shelf = Shelf({name: data for name, data in FILES.items() if name != WHEEL}, [listed(*FILES)])
    found = back(shelf, tmp_path)
    assert (found.missing, found.unknown) == ((WHEEL,), False)


def test_what_lay_there_before_proves_nothing(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    found = back(Shelf(FILES, served=lambda _, __: b"evil"), tmp_path)
    assert {read.verdict for read in found.files} == {Verdict.OTHER}


def test_a_yanked_file_is_noticed(tmp_path: Path) -> None:
    shown = (*listed(NATIVE, SDIST), entry(WHEEL, FILES[WHEEL], "broken"))
    found = back(Shelf(FILES, [shown]), tmp_path)
    assert [read.yanked for read in found.files] == [None, "broken", None]


def test_requires_python_of_the_page_is_held_against_the_file(tmp_path: Path) -> None:
    wrong = replace(entry(WHEEL, FILES[WHEEL]), requires_python=">=3.12")
    found = back(Shelf(FILES, [(*listed(NATIVE, SDIST), wrong)]), tmp_path)
    assert not found.ok
    assert not found.unknown
    assert ">=3.12" in found.files[1].faults[0]


def test_without_a_digest_nothing_is_proved(tmp_path: Path) -> None:
    manifest = Manifest("spam", "1.0", "", (SealedFile(WHEEL, -1, "", ""),))
    bare = replace(entry(WHEEL, FILES[WHEEL]), hashes=())
    found = read_back(manifest, Shelf(FILES, [(bare,)]), tmp_path, Ticking())
    assert (found.files[0].verdict, found.unknown) == (Verdict.UNREAD, True)


def test_a_release_of_nothing_is_not_ok(tmp_path: Path) -> None:
    assert not read_back(Manifest("spam", "1.0", "", ()), Shelf({}), tmp_path, Ticking()).ok


def test_progress_names_what_is_waited_for(tmp_path: Path) -> None:
    said: list[str] = []
    shelf = Shelf({WHEEL: wheel()}, [(), (), listed(WHEEL)])
    read_back(sealed({WHEEL: wheel()}), shelf, tmp_path, Ticking(), said.append)
    assert said[0] == f"waiting for the shelf to show {WHEEL}"
    assert said[-1] == f"reading {WHEEL} back"
