"""A core without a debugger, in the words of the model: its process, its signal, its modules, its registers."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import is_file
from pyo3ops.stacks import fault, signals
from pyo3ops.stacks.build_ids import nameless, resolved
from pyo3ops.stacks.model import Dump, Frame, Module, Process, Register, Signal
from pyo3ops.stacks.raw import NativeFrame
from pyo3ops.tools import core_file, debug_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.stacks.raw import Raw, RawThread
    from pyo3ops.stacks.symbol_files import Found, SymbolFiles
    from pyo3ops.tools.core_file import Area, Core, Mapped

#: "libpython3.13.so.1.0", "python3.13": the minor version, which nothing else in a core tells without a debugger.
_PYTHON = re.compile(r"(?:lib)?python(3\.\d{1,2})(?:t|d|td)?(?:\.so[\d.]*)?")
_PAGE = 4096


def process(core: Core) -> Process:
    """Who it was."""
    named = core.named
    argv = core.argv or (tuple(named.arguments.split()) if named else ())
    versions = (_PYTHON.fullmatch(each.path.rpartition("/")[2]) for each in core.files)
    python = next((match[1] for match in versions if match), None)
    return Process(named.pid if named else None, core.executable or core.started or None, argv, python)


def memory(core: Core) -> fault.Memory:
    """Its areas and threads."""
    return fault.Memory(core.areas, core.threads, core.machine)


def signal(core: Core, where: SymbolFiles) -> Signal | None:
    """What ended it, and what the faulting address points to; None for a core that tells no signal."""
    died = core.died
    if died is None:
        return None
    words = None
    if died.address is not None:
        words = fault.points_to(died.address, memory(core), _function(died.address, core, where))
    code = signals.reason(died.signal, died.code)
    if code and died.sender is not None and core.named and died.sender != core.named.pid:
        code = f"{code}, by process {died.sender}"
    return Signal(died.signal, signals.name(died.signal), died.address, words, code)


def _function(address: int, core: Core, where: SymbolFiles) -> str:
    """The function whose code is at an address; empty where nobody knows one."""
    area = memory(core).area(address)
    if area is None or not area.executable or not area.file:
        return ""
    frame = resolved((Frame("", module=area.file, address=address),), where, modules(core))[-1]
    return "" if nameless(frame) else frame.function


def modules(core: Core, symbols: Sequence[Found] = ()) -> tuple[Module, ...]:
    """The files that its code was loaded from, with where symbols of each were found."""
    there = {found.module: found for found in symbols}
    return tuple(
        Module(each.path, each.start, each.build_id or None, _told(there.get(each.path))) for each in core.files
    )


def _told(found: Found | None) -> str | None:
    if found is None or found.file is None:
        return None
    what = "" if found.lines else " (names only)"
    return f"{found.where}{what}"


def registers(core: Core) -> tuple[Register, ...]:
    """Those of the thread that died."""
    died = memory(core).died
    return tuple(Register(name, value) for name, value in died.registers) if died else ()


def completed(dump: Dump, core: Core, died: Signal | None, symbols: Sequence[Found]) -> Dump:
    """What a debugger read, with what the core itself says: of the signal, the command line and the build IDs."""
    ours, theirs = process(core), dump.process
    return replace(
        dump,
        process=replace(
            theirs,
            pid=theirs.pid or ours.pid,
            executable=theirs.executable or ours.executable,
            argv=ours.argv or theirs.argv,
            python=theirs.python or ours.python,
        ),
        signal=died or dump.signal,
        modules=modules(core, symbols) or dump.modules,
        registers=dump.registers or registers(core),
    )


def libraries(core: Core, path: Path, where: SymbolFiles) -> tuple[Found, ...]:
    """Each file that code was loaded from, as far as it is here, with its symbols."""
    return tuple(where.find(each.path, each.build_id or None, _head(path, each)) for each in core.files)


def _head(path: Path, file: Mapped | None) -> bytes:
    """What a file without a build ID began with, which tells it from another one as well."""
    return core_file.page(path, file.start, _PAGE) if file is not None and not file.build_id else b""


def without_stack(core: Core) -> tuple[int, ...]:
    """The threads whose stacks are not in the core, or not as far down as they were."""
    there = memory(core)
    return tuple(
        each.tid for each in core.threads if each.stack is not None and not _saved(each.stack, there.area(each.stack))
    )


def _saved(address: int, area: Area | None) -> bool:
    return area is not None and address < area.start + area.saved


def within_reach(raw: Raw, core: Core, symbols: Sequence[Found]) -> Raw:
    """The native frames as far as anything tells them: of code in a file that is not here, only the address is known.

    A debugger without its tables for unwinding takes whatever looks like a return address on the stack for the caller,
    some take names from a file of another build that lies at the same path, and gdb takes a stack that is missing for
    one of zeros.
    """
    lost = {found.module for found in symbols if found.library is None}
    bare = frozenset(without_stack(core))
    return replace(raw, threads=tuple(_reached(_on_stack(thread, bare), lost) for thread in raw.threads))


def _on_stack(thread: RawThread, bare: frozenset[int]) -> RawThread:
    """Where a thread stood whose stack is missing; the calls that are inlined there stand at that address too."""
    if thread.thread.tid not in bare or not thread.native:
        return thread
    first = tuple(itertools.takewhile(lambda frame: frame.address == thread.native[0].address, thread.native))
    return replace(thread, native=first, cut="its stack is not in the core")


def _reached(thread: RawThread, lost: set[str]) -> RawThread:
    """As far as the first frame in a lost file, which was reached rightly."""
    at = next((at for at, frame in enumerate(thread.native) if frame.module in lost), None)
    if at is None:
        return thread
    frame = thread.native[at]
    cut = f"{frame.module} is not here, and it alone tells what called this"
    bare = NativeFrame(None, frame.address, frame.module)
    return replace(thread, native=(*thread.native[:at], bare), cut=cut)


def program(core: Core, path: Path, given: Path | None, where: SymbolFiles) -> Found:
    """The program that left the core, as it is here; raises `UsageError` for a given one that it is not."""
    named = given.absolute() if given is not None else Path(core.executable or core.started or "?")
    mapped = next((each for each in core.files if each.path == core.executable), None)
    wanted = mapped.build_id if mapped else ""
    found = where.find(str(named), wanted or None, _head(path, mapped))
    if given is None:
        return found
    if not is_file(given) or debug_files.read(given) is None:
        raise _wrong(core, path, f"{given} is no program", "--exe takes the program that crashed, or its copy")
    if found.library is None or found.instead:
        builds = f" (build {_shown(debug_files.read(given))}, the core is of {wanted[:12] or 'one without an ID'})"
        raise _wrong(
            core, path, f"{given} is not the program that left this core{builds}", "it is another, or built since"
        )
    return found


def _shown(read: debug_files.DebugFile | None) -> str:
    return read.build_id[:12] if read and read.build_id else "without an ID"


def _wrong(core: Core, path: Path, message: str, cause: str) -> UsageError:
    name = core.executable or core.started or "PROGRAM"
    return UsageError(message, cause=cause, command=f"pyo3ops debug core {path} --exe {name}")
