"""Real crashes of a wheel whose debug information was split off by `wheels symbols`, read back from their cores."""

from __future__ import annotations

import contextlib
import itertools
import json
import operator
import os
import platform
import shutil
import struct
import subprocess
import sys
import sysconfig
import threading
import zipfile
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Status
from pyo3ops.render import json as render_json
from pyo3ops.stacks import dump_json
from pyo3ops.stacks.build_ids import nameless, resolved
from pyo3ops.stacks.model import Frame
from pyo3ops.stacks.symbol_files import SymbolFiles
from pyo3ops.tasks.debug.core import Request, run
from pyo3ops.tasks.debug.symbols import symbol_files
from pyo3ops.tasks.wheels import symbols as wheel_symbols
from pyo3ops.tools import build_id_folders, core_file, debug_files, lldb, objcopy
from pyo3ops.wheels import examples

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Report
    from pyo3ops.stacks.model import Dump

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cores are of Linux")

#: What the programs leave on the stack, the last call last.
PROGRAMS = {each["name"]: each for each in json.loads((ROOT / "examples/debugging_example/programs.json").read_text())}
#: A directory whose name would not survive a shell, nor ASCII.
ODD = "größe & platz"


@dataclass(frozen=True)
class Stripped:
    """A project, its wheel unpacked without debug information, and the environment that it runs in."""

    project: Path
    site: Path
    env: dict[str, str]

    @property
    def library(self) -> Path:
        (found,) = self.site.rglob("*.so")
        return found


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Stripped:
    need("cargo", "maturin", "gdb")
    folder = tmp_path_factory.mktemp("crash") / ODD
    project = folder / "project"
    shutil.copytree(ROOT / "examples/debugging_example", project, ignore=shutil.ignore_patterns("target"))
    env = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "CONDA_PREFIX"}}
    env.update(
        PATH=os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]]),
        PYTHONPATH=str(ROOT),
        # Inlines as a release does, and compiles in a third of the time.
        CARGO_PROFILE_RELEASE_LTO="false",
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS="16",
        CARGO_PROFILE_RELEASE_DEBUG="line-tables-only",
        CARGO_PROFILE_RELEASE_STRIP="none",
    )
    if objcopy.find(platform.machine(), env) is None:
        pytest.skip("objcopy is not here")
    python = examples.interpreter(None, env)
    built = examples.build(
        "debugging_example", project, python, folder / "out", targets=folder / "t", env=env, symbols=True
    )
    assert built.built is not None, built.error
    assert built.built.wheel is not None, built.error
    report = wheel_symbols.run(project, wheel_symbols.Request(env, wheels=(built.built.wheel,)))
    assert [each.status for each in report.findings] == [Status.OK]
    site = folder / "site"
    with zipfile.ZipFile(built.built.wheel) as archive:
        archive.extractall(site)
    # Only the store knows the names from here on.
    shutil.rmtree(folder / "t")
    return Stripped(project, site, {**env, "PYTHONPATH": str(site)})


def crash(
    program: str, where: Stripped, core: Path, python: str = sys.executable, more: Mapping[str, str] | None = None
) -> Path:
    """The core of a program, by the kernel where it puts cores into the working directory, by gdb elsewhere."""
    script = where.project / "programs" / f"{program}.py"
    folder = core.parent / f"{core.name} folder"
    folder.mkdir(parents=True)
    env = {**where.env, **(more or {})}
    pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="utf-8").strip()
    if not pattern.startswith(("|", "/")):
        shell = 'ulimit -S -c unlimited 2>/dev/null; exec "$0" "$@"'
        subprocess.run(["sh", "-c", shell, python, str(script)], cwd=folder, env=env, capture_output=True, check=False)
        for left in folder.glob("core*"):
            return left.rename(core)
    commands = ("set debuginfod enabled off", "run", f"generate-core-file {core}", "kill")
    options = [word for command in commands for word in ("-ex", command)]
    argv = ["gdb", "-nx", "-batch", *options, "--args", python, str(script)]
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if not core.exists():
        assert "ptrace" in done.stderr + done.stdout
        pytest.skip("gdb may not trace here")
    return core


@pytest.fixture(scope="module")
def segfault(stripped: Stripped, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crash("segfault", stripped, tmp_path_factory.mktemp("cores") / "der Kern größe")


def request(core: Path, where: Stripped, **more: object) -> Request:
    return Request(where.env, core, variables=False, **more)  # type: ignore[arg-type] # options of a test


def statuses(report: Report) -> dict[str, str]:
    return {each.id: each.status.value for each in report.findings if each.id.startswith("core.")}


def dumped(report: Report, file: Path) -> Dump:
    assert [each.kind for each in report.artifacts] == ["dump"]
    return dump_json.from_text(file.read_text(encoding="ascii"))


def own(dump: Dump, library: Path) -> list[Frame]:
    return [frame for stack in dump.stacks for frame in stack.frames if frame.module == str(library)]


def called(report: Report) -> list[str]:
    """The user's functions of the first stack, the last call last; one that repeats itself once."""
    names = [
        call.function.split(" ")[0].rpartition("::")[2] for call in report.traces[0].calls if call.own and not call.gap
    ]
    return [name for name, _ in itertools.groupby(reversed(names))]


def expected(program: str) -> list[str]:
    return list(PROGRAMS[program]["stack"])


def test_a_stripped_wheel_is_named_by_its_build(stripped: Stripped, segfault: Path, tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    report = run(stripped.project, request(segfault, stripped, dump=file))
    assert statuses(report) == {
        "core.signal": "fail",
        "core.whole": "ok",
        "core.executable": "ok",
        "core.libraries": "ok",
        "core.stack": "ok",
        "core.symbols": "ok",
    }
    (died,) = (each for each in report.findings if each.id == "core.signal")
    assert died.detail == "SIGSEGV (address not mapped) at 0x0: a null pointer"
    assert called(report) == expected("segfault")
    dump = dumped(report, file)
    frames = own(dump, stripped.library)
    assert len(frames) > 20
    named = [frame for frame in frames if not nameless(frame) and frame.file and frame.line]
    assert len(named) >= 0.99 * len(frames)
    assert {frame.build_id for frame in frames} == {
        next(iter(each.build_id for each in dump.modules if each.path == str(stripped.library)))
    }
    facts = {fact.name: fact.value for fact in report.facts}
    assert facts["source"] == "gdb"
    assert facts["command"].endswith("programs/segfault.py'")
    assert facts["Python"].startswith("{}.{}".format(*sys.version_info))
    render_json.render(report)


def test_without_the_store_it_says_what_is_missing(stripped: Stripped, segfault: Path, tmp_path: Path) -> None:
    report = run(None, request(segfault, stripped))
    assert statuses(report)["core.symbols"] == "warn"
    (missing,) = (each for each in report.findings if each.id == "core.symbols")
    assert str(stripped.library) in missing.detail
    assert missing.fix is not None
    assert missing.fix.argv
    # What a person is told to do helps.
    given = run(None, request(segfault, stripped, symbols=(stripped.project / ".pyo3ops/symbols",)))
    assert statuses(given)["core.symbols"] == "ok"
    # Without a project nobody knows which crate is the user's, and all the same what its functions are called.
    shown = {call.function.rpartition("::")[2] for call in given.traces[0].calls}
    assert {"null_write", "through_rust", "leaf", "middle", "main"} <= shown
    with pytest.raises(UsageError, match="there is no folder"):
        run(None, request(segfault, stripped, symbols=(tmp_path / "none",)))


class _Server(ThreadingHTTPServer):
    """debuginfod, of what a store has."""

    daemon_threads = True
    store: Path


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        _, _, build_id, kind = (*self.path.split("/"), "", "", "")[:4]
        file = self.server.store / build_id_folders.relative(build_id)
        if kind != "debuginfo" or not file.is_file():
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(file.read_bytes())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """Tests say nothing."""


def test_a_server_is_asked_where_it_may_be(
    stripped: Stripped, segfault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.store = stripped.project / ".pyo3ops/symbols"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env = {**stripped.env, "DEBUGINFOD_URLS": f"http://127.0.0.1:{server.server_port}", "no_proxy": "127.0.0.1"}
        report = run(None, replace(request(segfault, stripped, online=True), env=env))
        server.shutdown()
    assert statuses(report)["core.symbols"] == "ok"
    assert "core.servers" not in statuses(report)
    (libraries,) = (table for table in report.tables if table.title == "Libraries")
    assert {row[0]: row[3] for row in libraries.rows}[str(stripped.library)] == "debuginfod"
    # The server is gone, and what it answered is still here.
    again = run(None, replace(request(segfault, stripped, online=True), env=env))
    assert (statuses(again)["core.symbols"], statuses(again).get("core.servers", "")) == ("ok", "warn")


def pasted(frames: list[Frame], base: int, form: str) -> tuple[Frame, ...]:
    """The physical frames of a stack as tools print them where they have no symbols."""
    there = [frame for frame in frames if not frame.inlined and frame.address is not None]
    if form == "gdb":
        return tuple(Frame("??", module=frame.module, address=frame.address) for frame in there)
    if form == "faulthandler":
        return tuple(Frame(f"+0x{(frame.address or 0) - base:x}", module=frame.module) for frame in there)
    return tuple(Frame("??", module=frame.module, symbol=f"+0x{(frame.address or 0) - base:x}") for frame in there)


@pytest.mark.parametrize("form", ["gdb", "faulthandler", "glibc"])
def test_pasted_addresses_become_what_a_debugger_shows(
    form: str, stripped: Stripped, segfault: Path, tmp_path: Path
) -> None:
    file = tmp_path / "dump.json"
    dump = dumped(run(stripped.project, request(segfault, stripped, dump=file)), file)
    shown = own(dump, stripped.library)
    (module,) = (each for each in dump.modules if each.path == str(stripped.library))
    where = symbol_files(stripped.project, stripped.env)
    text = pasted(shown, module.base or 0, form)
    # The first is where it stopped, all others are where a call returns to: a Python frame between changes nothing.
    found = resolved(text, where, (module,) if form == "gdb" else ())
    assert where.gaps == []
    names = [frame for frame in found if not nameless(frame) and frame.file and frame.line]
    assert len(names) >= 0.99 * len(found)
    # gdb reads the same debug information with code of its own.
    ours = [(Path(frame.file or "").name, frame.line) for frame in found]
    theirs = [(Path(frame.file or "").name, frame.line) for frame in shown]
    assert len(ours) == len(theirs)
    assert sum(map(operator.eq, ours, theirs)) >= 0.99 * len(theirs)


def test_a_library_of_another_machine_is_found_by_its_name(stripped: Stripped) -> None:
    name = stripped.library.name
    where = symbol_files(stripped.project, stripped.env)
    found = where.find(f"/somebody/elses/{name}")
    assert (found.where, found.unverified) == ("the symbol store", True)
    assert SymbolFiles(stripped.env).find(f"/somebody/elses/{name}").file is None


@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_truncated_core_is_read_as_far_as_it_goes(
    left: float, stripped: Stripped, segfault: Path, tmp_path: Path
) -> None:
    short = tmp_path / "cut größe"
    whole = segfault.read_bytes()
    short.write_bytes(whole[: int(left * len(whole))])
    report = run(stripped.project, request(short, stripped))
    (finding,) = (each for each in report.findings if each.id == "core.whole")
    assert (finding.status, f"({100 - 100 * left:.0f} %)" in finding.detail) == (Status.WARN, True)
    assert finding.fix is not None
    facts = {fact.name: fact.value for fact in report.facts}
    assert facts["process"].isdigit()
    (died,) = (each for each in report.findings if each.id == "core.signal")
    assert died.detail.startswith("SIGSEGV (address not mapped) at 0x0")
    # Never shown as whole when it is not.
    assert statuses(report)["core.stack"] in {"warn", "unknown"} or called(report) == expected("segfault")


def test_a_program_that_is_gone(stripped: Stripped, tmp_path: Path) -> None:
    python = tmp_path / "venv größe/bin/python3"
    python.parent.mkdir(parents=True)
    shutil.copy(Path(sys.executable).resolve(), python)
    libraries = os.pathsep.join([str(Path(sys.base_prefix, "lib")), stripped.env.get("LD_LIBRARY_PATH", "")])
    core = crash(
        "segfault",
        stripped,
        tmp_path / "core",
        str(python),
        {"PYTHONHOME": sys.base_prefix, "LD_LIBRARY_PATH": libraries},
    )
    elsewhere = tmp_path / "copy of it"
    python.rename(elsewhere)
    gone = run(stripped.project, request(core, stripped))
    (finding,) = (each for each in gone.findings if each.id == "core.executable")
    assert (finding.status, finding.detail) == (Status.WARN, f"{python} is not on this machine")
    assert finding.fix is not None
    given = run(stripped.project, request(core, stripped, executable=elsewhere))
    assert statuses(given)["core.executable"] == "ok"
    assert called(given) == expected("segfault")
    # Another program in its place.
    shutil.copy(shutil.which("sh") or "", python)
    rebuilt = run(stripped.project, request(core, stripped))
    (finding,) = (each for each in rebuilt.findings if each.id == "core.executable")
    assert (finding.status, "was built again since" in finding.detail) == (Status.WARN, True)


def test_another_program_is_refused(stripped: Stripped, segfault: Path) -> None:
    with pytest.raises(UsageError, match="is not the program that left this core") as caught:
        run(stripped.project, request(segfault, stripped, executable=Path(shutil.which("sh") or "")))
    assert str(Path(sys.executable).resolve()) in caught.value.command
    for wrong in (segfault, stripped.project, stripped.project / "none"):
        with pytest.raises(UsageError):
            run(stripped.project, request(segfault, stripped, executable=wrong))


def test_a_library_that_was_built_again_is_named(stripped: Stripped, tmp_path: Path) -> None:
    moved = replace(stripped, site=tmp_path / "site", env={**stripped.env, "PYTHONPATH": str(tmp_path / "site")})
    shutil.copytree(stripped.site, moved.site)
    core = crash("segfault", moved, tmp_path / "core")
    library = moved.library
    data = library.read_bytes()
    (module,) = (each for each in core_file.read(core).files if each.path == str(library))  # type: ignore[union-attr]
    library.write_bytes(data.replace(bytes.fromhex(module.build_id), bytes(20)))
    report = run(None, request(core, moved))
    (finding,) = (each for each in report.findings if each.id == "core.symbols")
    assert (finding.status, "was built again since" in finding.evidence[0]) == (Status.WARN, True)


def test_a_core_of_another_machine(stripped: Stripped, segfault: Path, tmp_path: Path) -> None:
    other = tmp_path / "core of an aarch64"
    data = bytearray(segfault.read_bytes())
    struct.pack_into("<H", data, 18, 183 if platform.machine() != "aarch64" else 62)
    other.write_bytes(bytes(data))
    report = run(stripped.project, request(other, stripped))
    assert statuses(report)["core.machine"] == "unknown"
    # Its headers are enough to tell that it died, and of what.
    assert report.exit_code == Exit.FAILED
    assert "core.stack" not in statuses(report)
    (libraries,) = (table for table in report.tables if table.title == "Libraries")
    assert str(stripped.library) in {row[0] for row in libraries.rows}


def test_a_stack_that_is_full(stripped: Stripped, tmp_path: Path) -> None:
    core = crash("stack_overflow", stripped, tmp_path / "core")
    report = run(stripped.project, request(core, stripped))
    (died,) = (each for each in report.findings if each.id == "core.signal")
    assert "just below the stack of thread" in died.detail
    assert died.detail.endswith("of which are used up: a stack overflow")
    assert died.evidence[0].startswith("in crash.rs:")
    assert died.fix is not None
    assert "bound" in died.fix.summary
    assert "dive" in called(report)


@pytest.mark.parametrize("program", ["abort", "double_panic"])
def test_an_abort_is_told_as_one(program: str, stripped: Stripped, tmp_path: Path) -> None:
    core = crash(program, stripped, tmp_path / "core")
    report = run(stripped.project, request(core, stripped))
    (died,) = (each for each in report.findings if each.id == "core.signal")
    assert died.detail.startswith("SIGABRT (sent with tgkill(): raise() and abort() do that)")
    assert statuses(report)["core.symbols"] == "ok"
    assert called(report)[: len(expected(program))] == expected(program)


def test_a_picture_of_a_process_that_lives(stripped: Stripped, tmp_path: Path) -> None:
    need("gcore")
    with _sleeper(stripped) as process:
        done = subprocess.run(
            ["gcore", "-o", str(tmp_path / "core"), str(process.pid)], capture_output=True, text=True, check=False
        )
        core = tmp_path / f"core.{process.pid}"
        if not core.exists():
            assert "ptrace" in done.stderr + done.stdout
            pytest.skip("gdb may not trace here")
    dump = tmp_path / "dump.json"
    report = run(stripped.project, replace(request(core, stripped), dump=dump))
    (died,) = (each for each in report.findings if each.id == "core.signal")
    assert (died.status, died.detail.startswith("no signal")) == (Status.OK, True)
    # Nor is it a crash to who reads that.
    assert dump_json.from_text(dump.read_text(encoding="ascii")).signal is None
    assert any(call.function == "<module>" for call in report.traces[0].calls)


@contextlib.contextmanager
def _sleeper(where: Stripped) -> Iterator[subprocess.Popen[str]]:
    code = "import debugging_example, sys, time; print('ready', flush=True); time.sleep(60)"
    argv = [sys.executable, "-c", code]
    with subprocess.Popen(argv, env=where.env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_compressed_as_systemd_does(stripped: Stripped, segfault: Path, tmp_path: Path) -> None:
    need("zstd")
    packed = tmp_path / "core.größe.zst"
    subprocess.run(["zstd", "-q", "-1", str(segfault), "-o", str(packed)], check=True)
    report = run(stripped.project, request(packed, stripped))
    assert called(report) == expected("segfault")
    assert next(fact.value for fact in report.facts if fact.name == "core").startswith(str(packed))


def elsewhere(folder: Path) -> tuple[Path, dict[str, str], list[Path]]:
    """A copy of this interpreter, the environment that it runs in, and its files."""
    folder.mkdir(parents=True)
    files = [Path(shutil.copy(Path(sys.executable).resolve(), folder))]
    shared = Path(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME") or "none")
    if shared.is_file() and ".so" in shared.name:
        files.append(Path(shutil.copy(shared, folder)))
    return files[0], {"PYTHONHOME": sys.base_prefix, "LD_LIBRARY_PATH": str(folder)}, files


@dataclass(frozen=True)
class Foreign:
    """A core of a machine whose files are not here any more, and a copy of them below a folder."""

    core: Path
    where: Stripped
    root: Path
    #: Where the interpreter and the extension were.
    files: tuple[Path, ...]


@pytest.fixture(scope="module")
def foreign(stripped: Stripped, tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    folder = tmp_path_factory.mktemp("other machine")
    python, inside, files = elsewhere(folder / "opt/größe")
    moved = replace(stripped, site=folder / "site", env={**stripped.env, "PYTHONPATH": str(folder / "site")})
    shutil.copytree(stripped.site, moved.site)
    core = crash("segfault", moved, folder / "core", str(python), inside)
    lost = (*files, moved.library)
    root = folder / "root größe"
    for file in lost:
        copy = root.joinpath(*file.parts[1:])
        copy.parent.mkdir(parents=True, exist_ok=True)
        file.rename(copy)
    return Foreign(core, moved, root, lost)


def of_other_builds(foreign: Foreign, folder: Path) -> None:
    """Files of other builds at the paths of those that crashed; or below a folder."""
    for file in foreign.files:
        place = folder.joinpath(*file.parts[1:])
        place.parent.mkdir(parents=True, exist_ok=True)
        data = foreign.root.joinpath(*file.parts[1:]).read_bytes()
        read = debug_files.read(foreign.root.joinpath(*file.parts[1:]))
        assert read is not None
        if not read.build_id:
            pytest.skip("this Python has no build ID")
        place.write_bytes(data.replace(bytes.fromhex(read.build_id), bytes(len(read.build_id) // 2)))


def only_the_innermost(report: Report) -> None:
    """Of the native calls the one that is known by its address, which the store names; Python's are in memory."""
    assert called(report)[-1] == "null_write"
    assert "through_rust" not in called(report)
    if sys.version_info >= (3, 13):
        # It says itself where it lies, and how it is laid out.
        assert called(report)[:-1] == ["<module>", "main", "middle", "leaf"]


@pytest.mark.parametrize("backend", ["gdb", "lldb"])
def test_a_core_of_another_machine_with_its_files(foreign: Foreign, backend: str) -> None:
    if backend == "lldb" and lldb.found(os.environ).path is None:
        pytest.skip("lldb is not here")
    bare = run(foreign.where.project, request(foreign.core, foreign.where, backend=backend))
    found = {each.id: each for each in bare.findings}
    assert (found["core.libraries"].status, found["core.stack"].status) == (Status.WARN, Status.WARN)
    assert found["core.libraries"].detail.startswith(f"{len(foreign.files)} of ")
    # What called it is not made up.
    assert any("it alone tells what called this" in call.gap for call in bare.traces[0].calls)
    only_the_innermost(bare)
    report = run(foreign.where.project, request(foreign.core, foreign.where, sysroot=foreign.root, backend=backend))
    assert called(report) == expected("segfault")
    told = statuses(report)
    assert (told["core.executable"], told["core.libraries"], told["core.stack"]) == ("ok", "ok", "ok")


@pytest.mark.parametrize("backend", ["gdb", "lldb"])
def test_files_of_other_builds_are_said_and_not_used(foreign: Foreign, backend: str, tmp_path: Path) -> None:
    if backend == "lldb" and lldb.found(os.environ).path is None:
        pytest.skip("lldb is not here")
    of_other_builds(foreign, Path("/"))
    of_other_builds(foreign, tmp_path)
    try:
        for root in (None, tmp_path):
            report = run(foreign.where.project, request(foreign.core, foreign.where, sysroot=root, backend=backend))
            (finding,) = (each for each in report.findings if each.id == "core.libraries")
            assert finding.status is Status.WARN
            assert all("was built again since" in line for line in finding.evidence), finding.evidence
            only_the_innermost(report)
        # The right ones, found by their builds.
        folders = tuple({foreign.root.joinpath(*file.parts[1:]).parent for file in foreign.files})
        given = run(foreign.where.project, request(foreign.core, foreign.where, symbols=folders, backend=backend))
        assert called(given) == expected("segfault")
        assert statuses(given)["core.libraries"] == "ok"
    finally:
        for file in foreign.files:
            file.unlink()


def test_a_folder_that_is_no_copy(foreign: Foreign, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        run(None, request(foreign.core, foreign.where, sysroot=tmp_path / "none"))
    report = run(None, request(foreign.core, foreign.where, sysroot=tmp_path))
    (finding,) = (each for each in report.findings if each.id == "core.libraries")
    assert "not below that folder" in finding.detail


@pytest.mark.parametrize("size", [0, 63, 64, 4096])
def test_a_core_of_which_next_to_nothing_is_there(
    size: int, stripped: Stripped, segfault: Path, tmp_path: Path
) -> None:
    short = tmp_path / "core"
    short.write_bytes(segfault.read_bytes()[:size])
    if not size:
        with pytest.raises(UsageError, match="is empty"):
            run(None, request(short, stripped))
        return
    report = run(stripped.project, request(short, stripped))
    assert statuses(report)["core.whole"] in {"warn", "unknown"}
    told = statuses(report)["core.signal"] == "fail"
    assert (report.exit_code, told) == (Exit.FAILED if size > 64 else Exit.UNKNOWN, size > 64)
    if "core.stack" in statuses(report):
        (finding,) = (each for each in report.findings if each.id == "core.stack")
        assert finding.detail == "it was cut off before what a debugger needs"


@pytest.mark.parametrize("backend", ["gdb", "lldb"])
def test_an_interpreter_that_was_cut_off_is_not_said_to_be_new(
    backend: str, stripped: Stripped, segfault: Path, tmp_path: Path
) -> None:
    if backend == "lldb" and lldb.found(os.environ).path is None:
        pytest.skip("lldb is not here")
    short = tmp_path / "core"
    data = segfault.read_bytes()
    for left in (0.2, 0.5):
        short.write_bytes(data[: int(left * len(data))])
        report = run(stripped.project, request(short, stripped, backend=backend))
        (finding,) = (each for each in report.findings if each.id == "core.stack")
        said = " ".join((finding.detail, *finding.evidence))
        assert "not started yet" not in said
        assert "no Python interpreter" not in said
        assert finding.status in {Status.WARN, Status.UNKNOWN}


def test_a_core_without_the_memory_that_was_its_own(stripped: Stripped, tmp_path: Path) -> None:
    """core(5), coredump_filter: neither private memory nor the beginnings of libraries."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="utf-8").strip()
    if pattern.startswith(("|", "/")):
        pytest.skip("cores do not lie where the program ran")
    script = stripped.project / "programs/segfault.py"
    shell = 'echo 0 > /proc/self/coredump_filter; ulimit -S -c unlimited 2>/dev/null; exec "$0" "$@"'
    subprocess.run(
        ["sh", "-c", shell, sys.executable, str(script)],
        cwd=tmp_path,
        env=stripped.env,
        capture_output=True,
        check=False,
    )
    core = next(tmp_path.glob("core*"), None)
    if core is None:
        pytest.skip("no core is written here")
    report = run(stripped.project, request(core, stripped))
    found = {each.id: each for each in report.findings}
    assert "without the stack of thread" in found["core.whole"].detail
    assert "nothing in the core says of which builds" in found["core.libraries"].detail
    assert any("was written without the memory" in line for line in found["core.stack"].evidence)
    assert called(report) == ["null_write"]
    assert [call.gap for call in report.traces[0].calls if call.gap] == [
        "native frames are missing: its stack is not in the core"
    ]


def test_a_core_of_a_process_that_is_no_python(stripped: Stripped, tmp_path: Path) -> None:
    need("gcore", "sleep")
    with subprocess.Popen(["sleep", "60"]) as process:
        done = subprocess.run(
            ["gcore", "-o", str(tmp_path / "core"), str(process.pid)], capture_output=True, text=True, check=False
        )
        process.kill()
    core = tmp_path / f"core.{process.pid}"
    if not core.exists():
        assert "ptrace" in done.stderr + done.stdout
        pytest.skip("gdb may not trace here")
    report = run(None, request(core, stripped))
    (finding,) = (each for each in report.findings if each.id == "core.stack")
    assert (finding.status, "no Python interpreter is seen" in finding.detail) == (Status.WARN, True)


@pytest.mark.heavy
def test_a_panic_that_aborts(tmp_path: Path, stripped: Stripped) -> None:
    env = {**stripped.env, "CARGO_PROFILE_RELEASE_PANIC": "abort", "PYTHONPATH": str(ROOT)}
    python = examples.interpreter(None, env)
    built = examples.build(
        "debugging_example", stripped.project, python, tmp_path / "out", targets=tmp_path / "t", env=env, symbols=True
    )
    assert built.built is not None, built.error
    assert built.built.wheel is not None, built.error
    wheel_symbols.run(stripped.project, wheel_symbols.Request(env, wheels=(built.built.wheel,)))
    site = tmp_path / "site"
    with zipfile.ZipFile(built.built.wheel) as archive:
        archive.extractall(site)
    where = Stripped(stripped.project, site, {**env, "PYTHONPATH": str(site)})
    report = run(stripped.project, request(crash("panic", where, tmp_path / "core"), where))
    assert statuses(report)["core.symbols"] == "ok"
    assert called(report)[: len(expected("panic"))] == expected("panic")
