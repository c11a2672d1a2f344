"""`pyo3ops debug core`: how a process died, and what every thread of it did then, Python and Rust in one stack."""

from __future__ import annotations

import contextlib
import platform
import shlex
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.core.sizes import in_words
from pyo3ops.debug import core_findings, core_input, core_reading
from pyo3ops.stacks import build_ids, merge, shown, verdicts, whole
from pyo3ops.stacks.inside import on_disk
from pyo3ops.stacks.model import Confidence, Dump
from pyo3ops.stacks.sources import chosen
from pyo3ops.stacks.sources.protocol import Look, Target
from pyo3ops.stacks.verdicts import findings as verdict_findings
from pyo3ops.tasks.debug import core_tables
from pyo3ops.tasks.debug.joined import sources_of, told
from pyo3ops.tasks.debug.kept import checked, saved
from pyo3ops.tasks.debug.symbols import symbol_files
from pyo3ops.tools import build_id_folders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.stacks import fault
    from pyo3ops.stacks.sources.chosen import Looked
    from pyo3ops.stacks.symbol_files import Found, SymbolFiles
    from pyo3ops.tools.core_file import Core

#: Bits of the cores of which more is read than the machine.
_READ = 64
_LIVED = "no signal ended it: the core is a picture of a process that went on"
#: What platform.machine() calls machines that wheels call otherwise.
_MACHINES = {"AMD64": "x86_64", "amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Request:
    """A core, with the program that left it where that is not where the core says, and where symbols are."""

    env: Mapping[str, str]
    file: Path
    executable: Path | None = None
    #: One of the sources; the best that is here without one.
    backend: str | None = None
    all_frames: bool = False
    #: Arguments and locals too.
    variables: bool = True
    registers: bool = True
    #: Folders of `.build-id/`, or of libraries that were not stripped.
    symbols: tuple[Path, ...] = ()
    #: A copy of the file system that the process had.
    sysroot: Path | None = None
    #: Ask debuginfod servers.
    online: bool = False
    #: Where the whole dump goes as JSON.
    dump: Path | None = None
    #: Seconds for one debugger.
    timeout: float = 120.0
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _Read:
    """All that was found out."""

    core: Core
    dump: Dump
    looked: Looked | None
    symbols: tuple[Found, ...]
    program: Found


def run(root: Path | None, request: Request) -> Report:
    """Read a core, with a debugger where one can, and say what is missing to read all of it.

    `root` is a project whose crates are the user's own and whose symbol store is looked into; None outside of any.
    Raises `UsageError` for what is no core, for a program that did not leave it, and for folders that are not there.
    """
    started = time.monotonic()
    checked(request.dump, "core", str(request.file))
    where = symbol_files(
        root, request.env, request.symbols, online=request.online, sysroot=request.sysroot, programs=True
    )
    with core_input.opened(request.file, request.env) as (path, core):
        read = _read(path, core, where, root, request)
    memory = core_reading.memory(core)
    foreign = core_findings.foreign(core, _machine())
    # What stopped a process for its picture to be taken has ended nobody.
    lived = core_findings.lived(read.dump.signal)
    death = _death(read, memory)
    dump = replace(read.dump, signal=None) if lived else read.dump
    written = saved(dump, request.dump)
    judged = () if read.looked is None else verdict_findings.findings(verdicts.judge((read.dump,)))
    return Report(
        task="debug core",
        project=(core.named.name if core.named else None) or request.file.name,
        host=Host.here(),
        facts=tuple(_facts(read, request.file)),
        findings=(
            *((death,) if core.bits == _READ else ()),
            *judged,
            core_findings.whole(core, request.file, core_reading.without_stack(core)),
            *((foreign,) if foreign else _files(read, request)),
            *_stacks(read, request.file),
            *core_findings.servers(where.troubles()),
            *written.findings,
        ),
        tables=tuple(core_tables.tables(dump, memory, read.symbols, registers=request.registers)),
        artifacts=written.artifacts,
        traces=shown.traces(dump, all_frames=request.all_frames),
        strict=request.strict,
        seconds=time.monotonic() - started,
        answer=_LIVED if death.status is Status.OK else "",
    )


def _death(read: _Read, memory: fault.Memory) -> Finding:
    """What ended the process, with the place that it happened at: a terminal may not show the stack any more."""
    found = core_findings.signal(read.dump.signal, memory, read.dump)
    where = core_tables.place(read.dump) if found.status in (Status.FAIL, Status.WARN) else ""
    return replace(found, evidence=(where, *found.evidence)) if where else found


def _machine() -> str:
    return _MACHINES.get(platform.machine(), platform.machine())


def _read(path: Path, core: Core, where: SymbolFiles, root: Path | None, request: Request) -> _Read:
    program = core_reading.program(core, path, request.executable, where)
    request.progress("looking for symbols")
    symbols = core_reading.libraries(core, path, where)
    died = core_reading.signal(core, where)
    empty = core_reading.completed(Dump(confidence=Confidence.ONE_SIDED, source="core"), core, died, symbols)
    if core_findings.foreign(core, _machine()) or not core.areas:
        return _Read(core, empty, None, symbols, program)
    with _linked(symbols) as folder:
        looked = chosen.look(_target(path, program, request), _look(folder, request), request.backend)
    if not looked.raws or not looked.raws[-1].threads:
        return _Read(core, empty, replace(looked, raws=()), symbols, program)
    raw = core_reading.within_reach(looked.raws[-1], core, symbols)
    dump = core_reading.completed(merge.merged(raw), core, died, symbols)
    named = told(build_ids.named(dump, where), sources_of(root, request.env))
    return _Read(core, named, looked, symbols, program)


def _target(path: Path, program: Found, request: Request) -> Target:
    library = program.library.path if program.library is not None else None
    return Target(core=path.absolute(), executable=library or request.executable)


def _look(folder: Path, request: Request) -> Look:
    return Look(
        request.env,
        variables=request.variables,
        symbol_folders=(folder, *request.symbols),
        timeout=request.timeout,
        progress=request.progress,
    )


@contextlib.contextmanager
def _linked(symbols: Sequence[Found]) -> Iterator[Path]:
    """A folder that leads to all that was found: to symbols by `.build-id`, where debuggers look, to files by path."""
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as name:
        folder = Path(name)
        for found in symbols:
            if found.file is not None and build_id_folders.valid(found.build_id):
                _link(folder / build_id_folders.relative(found.build_id), found.file.path)
            parts = Path(found.module).parts[1:]
            # A core may name anything; no link is made outside of the folder.
            if found.library is not None and found.instead and ".." not in parts:
                _link(folder.joinpath(on_disk.BY_PATH, *parts), found.library.path)
        yield folder


def _link(link: Path, target: Path) -> None:
    # Windows lets few users make links; frames are named without the debugger's help, then.
    with contextlib.suppress(OSError):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target.absolute())


def _files(read: _Read, request: Request) -> Iterator[Finding]:
    """Whether the program and its libraries are here, where the core says which they were."""
    if read.core.executable or read.core.started or read.core.named or request.executable:
        yield core_findings.executable(read.core, read.program, request.file)
    if read.symbols:
        yield core_findings.libraries(read.symbols, request.file, sysroot=request.sysroot is not None)


def _facts(read: _Read, file: Path) -> Iterator[Fact]:
    process = read.dump.process
    yield Fact("core", f"{file} ({in_words(read.core.size)})")
    if process.pid is not None:
        yield Fact("process", str(process.pid))
    if process.argv:
        yield Fact("command", " ".join(map(shlex.quote, process.argv)))
    if process.executable:
        yield Fact("program", process.executable)
    if process.python:
        yield Fact("Python", process.python + (", free-threaded" if process.free_threaded else ""))
    yield Fact("machine", f"{read.core.machine}, {read.core.bits} bits")
    with contextlib.suppress(OSError, ValueError, OverflowError):
        written = datetime.fromtimestamp(file.stat().st_mtime, timezone.utc)
        yield Fact("written", written.strftime("%Y-%m-%d %H:%M:%S UTC"))
    yield Fact("source", read.dump.source)


def _stacks(read: _Read, file: Path) -> Iterator[Finding]:
    """Whether both sides are there, and named."""
    if read.looked is None:
        return
    if not read.looked.raws:
        said = tuple(f"{name}: {each.said or each.reason}" for name, each in read.looked.refused)
        yield Finding("core.stack", whole.TITLE, Status.UNKNOWN, _unread(read), said, _way_to_read(read))
        return
    fix = Fix("bring what the other findings say is missing", mends=False)
    yield whole.finding("core.stack", read.dump, read.looked.refused, fix)
    yield core_findings.symbols(read.dump, read.symbols, file)


def _unread(read: _Read) -> str:
    """Why no debugger read it."""
    if _nobody(read):
        return "no debugger is here to unwind it"
    return "it was cut off before what a debugger needs" if read.core.missing else "no debugger could unwind it"


def _nobody(read: _Read) -> bool:
    return read.looked is not None and all(each.reason == "missing" for _, each in read.looked.refused)


def _way_to_read(read: _Read) -> Fix:
    if _nobody(read):
        return Fix("install gdb, which sees most", ("pyo3ops", "validate", "--select", "debug", "--fix"), need="gdb")
    return Fix("bring the whole core" if read.core.missing else "read what each said")
