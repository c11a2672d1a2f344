from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.symbol_files import Found, SymbolFiles
from pyo3ops.tools import build_id_folders
from pyo3ops.tools.debuginfod import Servers

from ..tools.elves import crc, library  # noqa: TID252 - tests are no package with a name of its own

if TYPE_CHECKING:
    from pathlib import Path

ID = "76eaa3000102030405060708090a0b0c0d0e0f10"
OTHER = "ff" * 20
BARE = library((".text", 1, b"code"), build_id=ID)
NAMES = library((".text", 1, b"code"), (".symtab", 1, b"names"), build_id=ID)
DEBUG = library((".debug_info", 1, b"DWARF"), build_id=ID)
NEWER = library((".debug_info", 1, b"DWARF of another day"), build_id=OTHER)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    path = tmp_path / "lib/crab größe.so"
    path.write_bytes(BARE)
    return path


def put(folder: Path, data: bytes, build_id: str = ID) -> Path:
    path = folder / build_id_folders.relative(build_id)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def files(tmp_path: Path, **more: object) -> SymbolFiles:
    return SymbolFiles({}, debug=tmp_path / "usr lib debug", **more)  # type: ignore[arg-type] # options of a test


def told(found: Found) -> tuple[str, str]:
    return (found.where, found.file.path.name if found.file else "")


def test_the_file_itself_is_best(module: Path, tmp_path: Path) -> None:
    module.write_bytes(DEBUG)
    put(tmp_path / "store", DEBUG)
    found = files(tmp_path, store=tmp_path / "store").find(str(module), ID)
    assert told(found) == ("the file itself", module.name)
    assert (found.lines, found.refused, found.unverified) == (True, (), False)


def test_a_file_that_was_built_again_is_refused_by_name(module: Path, tmp_path: Path) -> None:
    module.write_bytes(NEWER)
    found = files(tmp_path).find(str(module), ID)
    assert (told(found), found.library) == (("", ""), None)
    assert found.refused == (
        f"{module} was built again since: it is of the build ffffffffffff now, 76eaa3000102 is wanted",
    )
    kept = put(tmp_path / "store", DEBUG)
    found = files(tmp_path, store=tmp_path / "store").find(str(module), ID)
    assert (told(found), len(found.refused)) == (("the symbol store", kept.name), 1)


def test_a_companion_of_another_build_is_refused(module: Path, tmp_path: Path) -> None:
    path = put(tmp_path / "store", NEWER)
    found = files(tmp_path, store=tmp_path / "store").find(str(module), ID)
    assert found.refused == (f"{path} is of the build ffffffffffff",)
    path.write_bytes(DEBUG[:-70])
    assert files(tmp_path, store=tmp_path / "store").find(str(module), ID).file is None
    path.write_bytes(b"text")
    assert files(tmp_path, store=tmp_path / "store").find(str(module), ID).refused == (
        f"{path} is no ELF file that can be read",
    )


def test_a_link_is_followed_where_the_checksum_is_right(module: Path, tmp_path: Path) -> None:
    debug = library((".debug_info", 1, b"DWARF"))
    module.write_bytes(library((".text", 1, b"x"), build_id=ID, link=("crab.debug", crc(debug))))
    folder = module.parent / ".debug"
    folder.mkdir()
    (folder / "crab.debug").write_bytes(debug)
    assert told(files(tmp_path).find(str(module), ID)) == (".gnu_debuglink", "crab.debug")
    (folder / "crab.debug").write_bytes(library((".debug_info", 1, b"dwarf")))
    refused = files(tmp_path).find(str(module), ID).refused
    assert refused == (f"{folder / 'crab.debug'} is not the file that .gnu_debuglink means: its checksum differs",)


def test_folders_that_are_given_and_that_of_the_system(module: Path, tmp_path: Path) -> None:
    put(tmp_path / "usr lib debug", DEBUG)
    assert told(files(tmp_path).find(str(module), ID))[0] == str(tmp_path / "usr lib debug")
    put(tmp_path / "given", DEBUG)
    assert told(files(tmp_path, folders=(tmp_path / "given",)).find(str(module), ID))[0] == str(tmp_path / "given")


def test_a_library_before_it_was_stripped_is_told_by_its_build(module: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "a.so").write_bytes(NEWER)
    (target / "b.so").write_bytes(DEBUG)
    (target / "c.txt").write_text("text")
    (target / "folder.so").mkdir()
    found = files(tmp_path, folders=(target,)).find(str(module), ID)
    assert told(found) == (str(target), "b.so")


def test_lines_are_better_than_names(module: Path, tmp_path: Path) -> None:
    module.write_bytes(NAMES)
    assert told(files(tmp_path).find(str(module), ID)) == ("the file itself", module.name)
    put(tmp_path / "store", DEBUG)
    assert told(files(tmp_path, store=tmp_path / "store").find(str(module), ID))[0] == "the symbol store"


def test_without_a_build_id_the_file_is_taken_as_it_is(module: Path, tmp_path: Path) -> None:
    put(tmp_path / "store", DEBUG)
    found = files(tmp_path, store=tmp_path / "store").find(str(module))
    assert (told(found)[0], found.build_id, found.unverified) == ("the symbol store", ID, True)
    module.write_bytes(library((".debug_info", 1, b"DWARF")))
    assert told(files(tmp_path).find(str(module)))[0] == "the file itself"
    assert files(tmp_path).find(str(module), ID).refused == (
        f"{module} was built again since: it has no build ID now, 76eaa3000102 is wanted",
    )


def test_a_library_of_another_machine_is_known_by_its_name(tmp_path: Path) -> None:
    put(tmp_path / "store", DEBUG)
    known = {"crab.so": (ID,), "twice.so": (ID, OTHER)}
    there = files(tmp_path, store=tmp_path / "store", known=known)
    assert told(there.find("/venv/lib/crab.so"))[0] == "the symbol store"
    assert told(there.find("crab.so"))[0] == "the symbol store"
    # Which of the two it was, nobody can tell.
    assert there.find("/venv/lib/twice.so").file is None


def test_a_name_that_is_no_path_is_not_looked_for_where_we_happen_to_be(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module.write_bytes(DEBUG)
    monkeypatch.chdir(module.parent)
    assert files(tmp_path).find(module.name).file is None


@pytest.mark.parametrize("build_id", ["../../../etc", "x" * 40, "ab", "0" * 4000])
def test_a_build_id_that_is_none_leads_nowhere(build_id: str, tmp_path: Path) -> None:
    there = files(tmp_path, store=tmp_path, folders=(tmp_path, tmp_path / "none"))
    assert there.find("/no/such\0file.so", build_id).file is None


def test_each_library_is_looked_for_once(module: Path, tmp_path: Path) -> None:
    there = files(tmp_path)
    first = there.find(str(module), ID)
    module.unlink()
    assert there.find(str(module), ID.upper()) is first


def test_servers_are_asked_last(module: Path, tmp_path: Path) -> None:
    servers = Servers({}, tmp_path / "cache")
    put(tmp_path / "cache", DEBUG)
    there = files(tmp_path, servers=servers)
    assert (told(there.find(str(module), ID))[0], there.troubles()) == ("debuginfod", ())
    put(tmp_path / "store", DEBUG)
    assert (
        told(files(tmp_path, servers=servers, store=tmp_path / "store").find(str(module), ID))[0] == "the symbol store"
    )


def test_a_library_below_a_copy_of_the_other_machine(module: Path, tmp_path: Path) -> None:
    """Its own path has a file of another build here."""
    root = tmp_path / "root größe"
    copy = root.joinpath(*module.parts[1:])
    copy.parent.mkdir(parents=True)
    copy.write_bytes(DEBUG)
    module.write_bytes(NEWER)
    assert files(tmp_path).find(str(module), ID).library is None
    found = files(tmp_path, sysroot=root).find(str(module), ID)
    assert found.library is None, "a debug file has no code"
    copy.write_bytes(BARE)
    found = files(tmp_path, sysroot=root).find(str(module), ID)
    assert (found.library and found.library.path, found.instead, found.refused) == (copy, f"below {root}", ())
    copy.write_bytes(NEWER)
    found = files(tmp_path, sysroot=root).find(str(module), ID)
    assert (found.library, [each.split(" ")[-1] for each in found.refused]) == (None, ["wanted", "wanted"])


def test_a_library_that_is_gone_is_found_by_its_build(module: Path, tmp_path: Path) -> None:
    module.unlink()
    kept = tmp_path / "given" / build_id_folders.of_program(ID)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(BARE)
    found = files(tmp_path, folders=(tmp_path / "given",)).find(str(module), ID)
    assert (found.library and found.library.path, found.instead) == (kept, str(tmp_path / "given"))
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "b.so").write_bytes(NAMES)
    found = files(tmp_path, folders=(beside,)).find(str(module), ID)
    assert found.library is not None
    assert (found.library.path, found.where) == (beside / "b.so", "the file itself")


def test_without_a_build_id_the_beginning_tells(module: Path, tmp_path: Path) -> None:
    old = library((".text", 1, b"code"))
    module.write_bytes(old)
    found = files(tmp_path).find(str(module), None, old[:64])
    assert (found.library is not None, found.unverified) == (True, False)
    found = files(tmp_path).find(str(module), None, b"\x7fELF, and another one")
    assert (found.library, "it begins otherwise" in found.refused[0]) == (None, True)
    # Nothing tells: what is here may be another one, and what is here belongs to no other machine.
    assert files(tmp_path).find(str(module)).unverified
    assert files(tmp_path, sysroot=tmp_path / "none").find(str(module)).library is None


def test_servers_are_asked_for_libraries_only_where_that_helps(module: Path, tmp_path: Path) -> None:
    module.unlink()
    servers = Servers({}, tmp_path / "cache")
    kept = servers.cache / build_id_folders.of_program(ID)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(BARE)
    assert files(tmp_path, servers=servers).find(str(module), ID).library is None
    found = files(tmp_path, servers=servers, programs=True).find(str(module), ID)
    assert (found.library and found.library.path, found.instead) == (kept, "debuginfod")
