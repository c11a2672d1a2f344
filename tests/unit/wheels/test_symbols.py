"""What is decided without objcopy; splitting itself is tested on real libraries, in tests/integration."""

from __future__ import annotations

import base64
import hashlib
import struct
import zipfile
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.wheels import wanted_symbols
from pyo3ops.wheels.split_findings import findings
from pyo3ops.wheels.symbol_store import Store, entries
from pyo3ops.wheels.symbols import Part, Split, State, split

ID = bytes(range(20))
NOTE = struct.pack("<III", 4, len(ID), 3) + b"GNU\0" + ID
MACHO = b"\xcf\xfa\xed\xfe" + bytes(60)
PE = b"MZ" + bytes(200)


def elf(*sections: tuple[str, int, bytes], machine: int = 62) -> bytes:
    """An ELF file of 64 bits with some sections (name, type, bytes) and nothing else, as the System V ABI has it."""
    names, body, rows = b"\0", b"", [bytes(64)]
    for name, kind, data in (*sections, (".shstrtab", 3, b"")):
        content = names + b".shstrtab\0" if name == ".shstrtab" else data
        rows.append(struct.pack("<IIQQQQIIQQ", len(names), kind, 0, 0, 64 + len(body), len(content), 0, 0, 1, 0))
        names += name.encode() + b"\0"
        body += content
    head = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    head += struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, len(rows), len(rows) - 1
    )
    return head + body + b"".join(rows)


BUILD_ID = (".note.gnu.build-id", 7, NOTE)
DEBUG = (".debug_info", 1, b"dwarf")


def wheel(folder: Path, **members: bytes) -> Path:
    path = folder / "tiny-1.0-cp38-abi3-linux_x86_64.whl"
    rows = ""
    with zipfile.ZipFile(path, "w") as archive:
        for key, data in {"tiny/__init__.py": b"", **members}.items():
            archive.writestr(key, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows += f"{key},sha256={digest},{len(data)}\n"
        archive.writestr("tiny-1.0.dist-info/RECORD", f"{rows}tiny-1.0.dist-info/RECORD,,\n")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "symbols")


@pytest.mark.parametrize(
    ("name", "data", "state"),
    [
        ("tiny/a.so", elf(BUILD_ID), State.NOTHING),
        ("tiny/a.so", elf(BUILD_ID, DEBUG), State.NO_TOOL),
        ("tiny/a.so", elf(DEBUG), State.NAMELESS),
        ("tiny/a.so", b"\x7fELF" + bytes(200), State.FAILED),
        ("tiny/a.so", MACHO, State.MACHO),
        ("tiny/a.pyd", PE, State.PE),
        # What it is counts, not what it is called.
        ("tiny-1.0.data/scripts/tiny", elf(DEBUG), State.NAMELESS),
    ],
    ids=["stripped", "no tool", "no build ID", "damaged", "Mach-O", "PE", "a program"],
)
def test_what_is_not_split_is_told_and_left_alone(
    name: str, data: bytes, state: State, tmp_path: Path, store: Store
) -> None:
    path = wheel(tmp_path, **{name: data})
    before = path.read_bytes()
    done = split(path, store, {"PATH": ""})
    assert [(part.member, part.state) for part in done.parts] == [(name, state)]
    assert path.read_bytes() == before
    assert not store.folder.exists()
    (finding,) = findings(done)
    assert finding.status is not Status.OK
    assert finding.fix is not None
    assert name in finding.title


def test_one_that_was_split_before(tmp_path: Path, store: Store) -> None:
    path = wheel(tmp_path, **{"tiny/a.so": elf(BUILD_ID)})
    companion = store.companion(ID.hex())
    companion.parent.mkdir(parents=True)
    companion.write_bytes(elf(BUILD_ID, DEBUG))
    done = split(path, store, {"PATH": ""})
    assert [part.state for part in done.parts] == [State.KEPT]
    (finding,) = findings(done)
    assert (finding.status, finding.detail) == (Status.OK, "it was split before")
    assert finding.evidence == (f"tiny/a.so: {ID.hex()}",)


GUID = bytes(range(16, 32))
LINKED = PE + b"RSDS" + GUID + b"\x02\0\0\0" + b"C:\\build/tiny.pdb\0" + bytes(20)
IDENTITY = "13121110151417161819" + "1A1B1C1D1E1F" + "2"


def test_the_pdb_beside_a_wheel_is_kept(tmp_path: Path, store: Store) -> None:
    path = wheel(tmp_path, **{"tiny/a.pyd": LINKED})
    before = path.read_bytes()
    (tmp_path / "tiny.pdb").write_bytes(b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0 of another build")
    (part,) = split(path, store, {"PATH": ""}).parts
    assert (part.state, part.reason) == (State.PE, "tiny.pdb, which it was linked with, does not lie beside the wheel")
    content = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0" + GUID
    (tmp_path / "tiny.pdb").write_bytes(content)
    done = split(path, store, {"PATH": ""})
    assert [(part.state, part.build_id) for part in done.parts] == [(State.STORED, IDENTITY)]
    assert (store.folder / "tiny.pdb" / IDENTITY / "tiny.pdb").read_bytes() == content
    assert path.read_bytes() == before
    assert [finding.detail for finding in findings(done)] == ["its .pdb is kept"]
    (row,) = entries(store)
    assert (row.build_id, row.companion) == (IDENTITY, f"tiny.pdb/{IDENTITY}/tiny.pdb")
    assert row.wheel_sha256 == hashlib.sha256(before).hexdigest()
    assert [part.state for part in split(path, store, {"PATH": ""}).parts] == [State.KEPT]
    (tmp_path / "a.pyd").write_bytes(LINKED)
    for what in (str(path), str(tmp_path / "a.pyd"), IDENTITY[:6].lower()):
        (found,) = wanted_symbols.find(store, what)
        assert (found.companion, found.kept) == (str(store.folder / row.companion), row)


@pytest.mark.parametrize("name", ["..pdb/../x.pdb", "a b.pdb", "", ".pdb", "tiny.txt"])
def test_a_pdb_of_no_usable_name(name: str, tmp_path: Path, store: Store) -> None:
    data = PE + b"RSDS" + GUID + bytes(4) + name.encode() + b"\0"
    (part,) = split(wheel(tmp_path, **{"tiny/a.pyd": data}), store, {"PATH": ""}).parts
    assert part.state is State.PE
    assert not store.folder.exists()


def test_text_that_begins_like_a_program_is_none(tmp_path: Path, store: Store) -> None:
    done = split(wheel(tmp_path, **{"tiny/a.txt": b"MZ is a text"}), store, {"PATH": ""})
    assert done.parts == ()
    (finding,) = findings(done)
    assert (finding.id, finding.status) == ("symbols.split", Status.SKIP)


def test_libraries_of_others_need_no_debug_information() -> None:
    others = (Part("tiny.libs/libz.so", State.NOTHING), Part("tiny.libs/libgcc_s.so", State.NAMELESS))
    (finding,) = findings(Split(Path("a.whl"), others, 1, 1))
    assert finding.status is Status.SKIP


def test_a_wheel_whose_record_lies_is_not_opened_further(tmp_path: Path, store: Store) -> None:
    path = wheel(tmp_path, **{"tiny/a.so": elf(BUILD_ID, DEBUG)})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.py", b"")
    with pytest.raises(UsageError, match=r"more\.py is in the wheel and not in RECORD"):
        split(path, store, {"PATH": ""})
    assert not store.folder.exists()


def test_what_a_library_a_wheel_or_a_build_id_is_looked_up_by(tmp_path: Path, store: Store) -> None:
    path = wheel(tmp_path, **{"tiny/a.so": elf(BUILD_ID), "tiny/b.so": elf()})
    library = tmp_path / "a.so"
    library.write_bytes(elf(BUILD_ID))
    assert [(each.what, each.companion) for each in wanted_symbols.find(store, str(path))] == [
        ("tiny/a.so", ""),
        ("tiny/b.so", ""),
    ]
    companion = store.companion(ID.hex())
    companion.parent.mkdir(parents=True)
    companion.touch()
    for what in (str(library), ID.hex(), ID.hex()[:4].upper()):
        (found,) = wanted_symbols.find(store, what)
        assert (found.build_id, found.companion, found.kept) == (ID.hex(), str(companion), None)
        assert str(found) == f"{what}: {ID.hex()} (in the store)"
    assert wanted_symbols.find(store, "abcdef") == ()


@pytest.mark.parametrize("what", ["abc", "nothing", "", "../x", "*"])
def test_what_is_neither_a_file_nor_a_build_id(what: str, store: Store) -> None:
    with pytest.raises(UsageError, match="neither a file nor a build ID"):
        wanted_symbols.find(store, what)


def test_a_file_that_has_no_builds(tmp_path: Path, store: Store) -> None:
    (tmp_path / "text").write_text("text", encoding="utf-8")
    with pytest.raises(UsageError, match="no library, no core and no wheel"):
        wanted_symbols.find(store, str(tmp_path / "text"))
