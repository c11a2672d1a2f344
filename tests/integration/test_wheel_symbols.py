"""Debug information out of real wheels, and an address of what was stripped back to its line, through the store."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from pyo3ops.core.exits import Exit
from pyo3ops.tasks.wheels.symbols import Request, run
from pyo3ops.tools import elf, objcopy
from pyo3ops.wheels import examples
from pyo3ops.wheels.rewriting import repacked, verify
from pyo3ops.wheels.symbol_store import Store, entries

from .conftest import need

if TYPE_CHECKING:
    from pyo3ops.core.model import Report

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ELF files are split on Linux")

SOURCE = """\
int inner(int value) { return value * 2; }
int outer(int value) { return inner(value) + 1; }
"""
#: Everything but the library, as any wheel has it.
METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"


def linked(folder: Path, *options: str, compiler: str = "cc") -> Path:
    need(compiler)
    source = folder / "größe.c"
    source.write_text(SOURCE, encoding="utf-8")
    library = folder / "tiny.so"
    subprocess.run([compiler, "-g", "-shared", "-fPIC", *options, "-o", str(library), str(source)], check=True)
    return library


def packed(folder: Path, library: Path, name: str = "tiny-1.0-cp38-abi3-linux_x86_64.whl") -> Path:
    """A wheel around a library, made by the code that will change it."""
    folder.mkdir(exist_ok=True)
    wheel = folder / name
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny-1.0.dist-info/RECORD", "tiny-1.0.dist-info/RECORD,,\n")
    changes = {"tiny/tiny.so": library.read_bytes(), "tiny-1.0.dist-info/METADATA": METADATA.encode()}
    wheel.write_bytes(repacked(wheel, changes))
    return wheel


def extracted(wheel: Path, folder: Path) -> Path:
    """The one library of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        return Path(archive.extract(name, folder))


def address(file: Path, name: str) -> int:
    """Where the code of a function begins, whose (mangled) name has a part."""
    with file.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        found = [
            each["st_value"]
            for each in table.iter_symbols()
            if name in each.name and each["st_info"]["type"] == "STT_FUNC"
        ]
    assert found, name
    return int(found[0])


def line_by_gdb(library: Path, place: int, folder: Path) -> str:
    need("gdb")
    argv = ["gdb", "-nx", "-batch", "-iex", f"set debug-file-directory {folder}", "-ex", f"info line *{place}"]
    return subprocess.run([*argv, str(library)], check=True, capture_output=True, text=True).stdout


def line_by_addr2line(companion: Path, place: int) -> str:
    need("addr2line")
    argv = ["addr2line", "-e", str(companion), hex(place)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def statuses(report: Report) -> list[tuple[str, str]]:
    return [(finding.id, finding.status.value) for finding in report.findings]


def tool(env: dict[str, str], machine: str = "x86_64") -> None:
    if objcopy.find(machine, env) is None:
        pytest.skip("objcopy is not here")


def test_a_stripped_address_becomes_its_line_again(tiny: Path, quick: dict[str, str], tmp_path: Path) -> None:
    need("maturin")
    tool(quick)
    python = examples.interpreter(None, quick)
    flags = {
        **quick,
        "CARGO_PROFILE_RELEASE_STRIP": "none",
        # Compiles in half the time, and leaves each function its own.
        "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
        "RUSTFLAGS": "-Clink-arg=-Wl,--build-id=sha1",
    }
    built = examples.build("tiny", tiny, python, tiny / "out", targets=tiny / "targets", env=flags, symbols=True)
    assert built.built is not None, built.error
    assert built.built.wheel is not None, built.error
    wheel, before = built.built.wheel, built.built.wheel.stat().st_size

    report = run(tiny, Request(quick, wheels=(wheel,)))
    assert statuses(report) == [("symbols.split", "ok")]
    assert wheel.stat().st_size < before
    verify(wheel)
    store = Store(tiny / ".pyo3ops/symbols")
    (kept,) = entries(store)
    companion, library = store.companion(kept.build_id), extracted(wheel, tmp_path)
    assert (kept.project, kept.version, kept.wheel) == ("tiny", "0.1.0", wheel.name)
    told = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (wheel, library, companion)]
    assert told == [kept.wheel_sha256, kept.library_sha256, kept.companion_sha256]

    stripped = elf.read(library)
    assert stripped is not None
    assert (stripped.has_debug, stripped.has_symbols) == (False, False)
    assert (stripped.build_id, stripped.debuglink) == (kept.build_id, companion.name)
    assert "PyInit_tiny" in stripped.defined
    place = address(companion, "4tiny6answer")
    assert "src/lib.rs" in line_by_addr2line(companion, place)
    assert "src/lib.rs" in line_by_gdb(library, place, store.folder)
    assert "src/lib.rs" not in line_by_gdb(library, place, tmp_path)

    # It is still the module that it was.
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    code = f"import sys; sys.path.insert(0, {str(target)!r}); import tiny; print(tiny.answer())"
    asked = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    assert asked.stdout == "42\n"

    after = (wheel.read_bytes(), store.index.read_bytes(), companion.stat().st_mtime_ns)
    again = run(tiny, Request(quick, wheels=(wheel,)))
    assert statuses(again) == [("symbols.split", "ok")]
    assert again.artifacts == ()
    assert (wheel.read_bytes(), store.index.read_bytes(), companion.stat().st_mtime_ns) == after
    found = run(tiny, Request(quick, find=str(library)))
    assert statuses(found) == [("symbols.find", "ok")]
    assert found.tables[0].rows[0][1:4] == (kept.build_id, str(companion), wheel.name)


def test_the_same_wheel_gives_the_same_bytes(env: dict[str, str], tmp_path: Path) -> None:
    tool(env)
    library = linked(tmp_path, "-Wl,--build-id=sha1")
    made = []
    for name in ("one", "other"):
        wheel = packed(tmp_path / name, library)
        report = run(tmp_path / name, Request(env, wheels=(wheel,), store=tmp_path / name / "store"))
        assert statuses(report) == [("symbols.split", "ok")]
        made.append((wheel.read_bytes(), (tmp_path / name / "store/index.json").read_bytes()))
    assert made[0] == made[1]


def test_names_can_stay(env: dict[str, str], tmp_path: Path) -> None:
    tool(env)
    wheel = packed(tmp_path / "dist", linked(tmp_path, "-Wl,--build-id=sha1"))
    run(tmp_path, Request(env, wheels=(tmp_path / "dist",), keep_names=True))
    read = elf.read(extracted(wheel, tmp_path / "x"))
    assert read is not None
    assert (read.has_symbols, read.has_debug) == (True, False)


def test_a_run_that_was_killed_before_the_wheel_was_replaced_is_completed(env: dict[str, str], tmp_path: Path) -> None:
    tool(env)
    library = linked(tmp_path, "-Wl,--build-id=sha1")
    wheel = packed(tmp_path / "dist", library)
    run(tmp_path, Request(env, wheels=(wheel,)))
    whole = wheel.read_bytes()
    store = Store(tmp_path / ".pyo3ops/symbols")
    (kept,) = entries(store)
    written = store.companion(kept.build_id).stat().st_mtime_ns
    packed(tmp_path / "dist", library)
    run(tmp_path, Request(env, wheels=(wheel,)))
    assert wheel.read_bytes() == whole
    assert store.companion(kept.build_id).stat().st_mtime_ns == written
    # One that is damaged is no companion, and written again.
    store.companion(kept.build_id).write_bytes(b"half of one")
    packed(tmp_path / "dist", library)
    run(tmp_path, Request(env, wheels=(wheel,)))
    assert wheel.read_bytes() == whole
    assert hashlib.sha256(store.companion(kept.build_id).read_bytes()).hexdigest() == kept.companion_sha256


def test_without_a_build_id_the_wheel_is_left_as_it_is(env: dict[str, str], tmp_path: Path) -> None:
    wheel = packed(tmp_path / "dist", linked(tmp_path, "-Wl,--build-id=none"))
    before = wheel.read_bytes()
    report = run(tmp_path, Request(env, wheels=(wheel,)))
    assert statuses(report) == [("symbols.build-id", "fail")]
    assert wheel.read_bytes() == before


@pytest.mark.parametrize("name", ["llvm-objcopy", "rust-objcopy"])
def test_other_tools_do_it_as_well(name: str, env: dict[str, str], tmp_path: Path) -> None:
    library = linked(tmp_path, "-Wl,--build-id=sha1")
    wheel = packed(tmp_path / "dist", library)
    place = address(library, "outer")
    folder = tmp_path / "only"
    folder.mkdir()
    wanted = "rustc" if name == "rust-objcopy" else name
    path = shutil.which(wanted, path=env["PATH"])
    if path is None:
        pytest.skip(f"{name} is not here")
    (folder / wanted).symlink_to(path)
    alone = {**env, "PATH": str(folder)}
    if objcopy.find("x86_64", alone) is None:
        pytest.skip(f"{name} is not here")
    assert statuses(run(tmp_path, Request(alone, wheels=(wheel,)))) == [("symbols.split", "ok")]
    store = Store(tmp_path / ".pyo3ops/symbols")
    said = line_by_gdb(extracted(wheel, tmp_path / "x"), place, store.folder)
    assert "Line 2 of" in said


def test_a_library_for_another_machine(env: dict[str, str], tmp_path: Path) -> None:
    library = linked(tmp_path, "-Wl,--build-id=sha1", compiler="aarch64-linux-gnu-gcc")
    wheel = packed(tmp_path / "dist", library, "tiny-1.0-cp38-abi3-linux_aarch64.whl")
    nothing = run(tmp_path, Request({**env, "PATH": ""}, wheels=(wheel,)))
    assert statuses(nothing) == [("symbols.tool", "unknown")]
    assert nothing.exit_code == Exit.UNKNOWN
    tool(env, "aarch64")
    assert statuses(run(tmp_path, Request(env, wheels=(wheel,)))) == [("symbols.split", "ok")]
    (kept,) = entries(Store(tmp_path / ".pyo3ops/symbols"))
    assert kept.machine == "aarch64"


def test_a_core_names_its_libraries(env: dict[str, str], tmp_path: Path) -> None:
    need("gdb")
    tool(env)
    wheel = packed(tmp_path / "dist", linked(tmp_path, "-Wl,--build-id=sha1"))
    run(tmp_path, Request(env, wheels=(wheel,)))
    library = extracted(wheel, tmp_path / "x")
    code = f"import ctypes, os; ctypes.CDLL({str(library)!r}); os.abort()"
    core = tmp_path / "core file"
    dump = ["-ex", "run", "-ex", f"generate-core-file {core}", "-ex", "kill"]
    argv = [
        "gdb",
        "-nx",
        "-batch",
        "-ex",
        "set debuginfod enabled off",
        *dump,
        "--args",
        sys.executable,
        "-I",
        "-c",
        code,
    ]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=tmp_path)
    if not core.exists():
        assert "ptrace" in done.stderr + done.stdout
        pytest.skip("gdb may not trace here")
    found = run(tmp_path, Request(env, find=str(core)))
    assert statuses(found) == [("symbols.find", "ok")]
    rows = {row[0]: row for row in found.tables[0].rows}
    assert rows[str(library)][3] == wheel.name
    assert len(rows) > 3


def test_the_index_is_json_for_other_programs(env: dict[str, str], tmp_path: Path) -> None:
    tool(env)
    run(tmp_path, Request(env, wheels=(packed(tmp_path / "dist", linked(tmp_path, "-Wl,--build-id=sha1")),)))
    document = json.loads((tmp_path / ".pyo3ops/symbols/index.json").read_text(encoding="utf-8"))
    assert document["schema"] == "pyo3ops-symbols/1"
    assert {"wheel", "version", "build_id", "library_sha256", "companion_sha256"} < set(document["symbols"][0])
