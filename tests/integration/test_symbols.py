"""Addresses of a real shared object, with what the compiler inlined told apart."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.symbols import Symbols
from pyo3ops.tools.symbols import read
from pyo3ops.wheels import examples

from .conftest import need

SOURCE = """\
static volatile int sink;
static inline __attribute__((always_inline)) void inner(int value) {
    for (int i = 0; i < value; i++) sink += i * value;
}
void outer(int value) { inner(value + 1); }
"""
#: GNU ld places a file's text at the offset that it has in the file; lld, and this option, do not.
LAYOUTS: tuple[list[str], ...] = ([], ["-Wl,--section-start=.text=0x52340"])


@pytest.fixture(params=LAYOUTS, ids=["usual", "shifted"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    need("cc")
    pytest.importorskip("symbolic")
    source, built = tmp_path / "größe.c", tmp_path / "a folder" / "größe.so"
    source.write_text(SOURCE, encoding="utf-8")
    built.parent.mkdir()
    argv = ["cc", "-O1", "-g", "-shared", "-fPIC", *request.param, "-o", str(built), str(source)]
    subprocess.run(argv, check=True)
    return built


def offsets(library: Path, name: str) -> range:
    """Where a function's code lies in the file."""
    with library.open("rb") as stream:
        elf = ELFFile(stream)
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        symbols = table.get_symbol_by_name(name)
        assert symbols is not None
        (symbol,) = symbols
        section = elf.get_section(symbol["st_shndx"])
        start = symbol["st_value"] - section["sh_addr"] + section["sh_offset"]
        return range(start, start + symbol["st_size"])


def test_what_was_inlined_becomes_a_frame_of_its_own(library: Path) -> None:
    symbols = Symbols((library.parent,))
    python = Frame("work", Language.PYTHON, "a.py", 3)
    seen = set()
    for offset in offsets(library, "outer"):
        frame = Frame("outer", Language.UNKNOWN, module=str(library), address=offset)
        *calls, root = symbols.expanded((frame, python))
        assert root == python
        assert calls[-1].function == "outer"
        assert not calls[-1].inlined
        assert all(each.inlined and each.address == offset for each in calls[:-1])
        seen.add(tuple((each.function, (each.file or "").rpartition("/")[2], each.line) for each in calls))
        assert {each.language for each in calls[:-1]} <= {Language.C}
    assert (("inner", "größe.c", 3), ("outer", "größe.c", 5)) in seen


def test_what_is_not_ours_or_cannot_be_read_stays_as_it_is(library: Path, tmp_path: Path) -> None:
    frame = Frame("outer", Language.UNKNOWN, module=str(library), address=offsets(library, "outer")[0])
    assert Symbols((tmp_path / "elsewhere",)).expanded((frame,)) == (frame,)
    whole = library.read_bytes()
    for content in (b"", b"\x7fELF", whole[:600], b"no shared object"):
        library.write_bytes(content)
        assert Symbols((library.parent,)).expanded((frame,)) == (frame,)
    library.unlink()
    assert Symbols((library.parent,)).expanded((frame,)) == (frame,)


def test_an_address_that_no_function_has(library: Path) -> None:
    frame = Frame("?", Language.UNKNOWN, module=str(library), address=1 << 40)
    assert Symbols((library.parent,)).expanded((frame,)) == (frame,)


def test_a_profile_has_names_and_lines_though_the_wheel_asks_for_none(tiny: Path, quick: dict[str, str]) -> None:
    need("maturin")
    for name, table in (("pyproject.toml", "[tool.maturin]"), ("Cargo.toml", "[profile.release]")):
        text = (tiny / name).read_text(encoding="utf-8")
        own = f"{table}\nstrip = true\n"
        (tiny / name).write_text(text.replace(f"{table}\n", own) if table in text else f"{text}\n{own}", "utf-8")
    python, output, targets = examples.interpreter(None, quick), tiny / "out", tiny / "targets"
    told = {}
    for symbols in (False, True):
        built = examples.build("tiny", tiny, python, output, targets=targets, env=quick, symbols=symbols)
        assert built.built is not None, built.error
        assert built.built.wheel is not None, built.error
        with zipfile.ZipFile(built.built.wheel) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".so"))
            told[symbols] = read(Path(archive.extract(name, tiny / f"wheel {symbols}")))
    assert (told[False].names, told[False].lines) == (False, False)
    assert (told[True].names, told[True].lines) == (True, True)
