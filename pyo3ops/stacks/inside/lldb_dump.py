"""Runs in lldb's Python: looks at a process or a core as often as it is asked to, and writes what it saw as JSON."""
# ruff: noqa: FA100, ANN401, FBT003 - lldb's own Python may be older, its types have no types, and its arguments no names

import contextlib
import itertools
import os
import signal
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import lldb

from . import answers, core_notes, guard, joined, lldb_native, local_values, thread_names
from .commands import line
from .files import mapped, read_elf
from .interpreter import Interpreter
from .lldb_files import Files
from .lldb_native import Calls, Kernel
from .looking import Table, maps, process_memory, told, words_on_stacks
from .memory import Memory, Unreadable

#: Said to lldb before anything else; what an older one does not know is left out.
SETTINGS = (
    "auto-confirm true",
    "interpreter.stop-command-source-on-error false",
    "target.load-script-from-symbol-file false",
    "target.load-cwd-lldbinit false",
    # Whatever is read for its own sake is read while the process stands still.
    "target.preload-symbols false",
    "plugin.jit-loader.gdb.enable off",
    "target.detach-on-error true",
    "target.disable-aslr false",
)
#: Words on stacks that are tried, and seconds that it may take.
SECONDS = 2.0


def main(path: str) -> None:
    """Do what the request in a file says; the answer is written where it says, whole, after each look."""
    request = answers.read(path)
    guard.end_with(request["parent"])
    debugger = lldb.debugger
    debugger.SetAsync(False)
    for setting in (*SETTINGS, *request["settings"]):
        quiet(debugger, "settings set " + setting)
    version = lldb.SBDebugger.GetVersionString()
    answer: Dict[str, Any] = {"format": 1, "source": "lldb", "debugger": version, "looks": []}
    try:
        if request["pid"] is not None:
            live(debugger, request, answer)
        else:
            core(debugger, request, answer)
    except Exception as error:  # noqa: BLE001 - whatever it is, the looks before it count
        expected = isinstance(error, (OSError, Unreadable))
        answer["error"] = str(error) if expected else f"{type(error).__name__}: {error}"
    answers.write(request["answer"], answer)


def quiet(debugger: Any, command: str) -> None:
    """Have lldb do a command, and keep what it says."""
    # One that has a line break in it, of a folder's name, is left out like one that lldb does not know.
    with contextlib.suppress(Unreadable):
        debugger.GetCommandInterpreter().HandleCommand(line(command), lldb.SBCommandReturnObject())


def live(debugger: Any, request: Dict[str, Any], answer: Dict[str, Any]) -> None:
    """Look at a running process."""
    pid = request["pid"]
    # Where there is no /proc (macOS), lldb finds all by itself.
    proc = f"/proc/{pid}" if Path("/proc", str(pid)).is_dir() else None
    began = guard.began(pid)
    with contextlib.ExitStack() as stack:
        memory = stack.enter_context(process_memory(pid)) if proc else None
        known = Files(mapped(maps(pid)) if proc else [], request["folders"], proc, None)
        process = _prepared(debugger, known, pid, proc, memory) if proc and memory else {"pid": pid}
        if proc:
            stack.enter_context(guard.going_on(pid))
        else:
            known.target = target_of(debugger, "")
        for index in range(request["looks"]):
            if index:
                time.sleep(request["pause"])
            guard.still(pid, began)
            answer["looks"].append(_one(debugger, request, known, memory, process))
            answers.write(request["answer"], answer)


def _one(
    debugger: Any, request: Dict[str, Any], known: Files, memory: Optional[Memory], process: Dict[str, Any]
) -> Dict[str, Any]:
    started = time.monotonic()
    with attached(debugger, known, request["pid"]) as stopped:
        process.setdefault("executable", known.target.GetExecutable().fullpath)
        seen = Look(request, known, stopped, memory or lldb_native.memory(stopped, known), pid=request["pid"]).seen(
            process
        )
    seen["stopped"] = time.monotonic() - started
    return seen


def _prepared(debugger: Any, known: Files, pid: int, proc: str, memory: Memory) -> Dict[str, Any]:
    """Have lldb read, while the process still runs, what takes long; what /proc says of it is returned."""
    executable = os.readlink(f"{proc}/exe")
    gone = not Path(executable).exists()
    known.find(memory, executable, instead=f"{proc}/exe" if gone else None)
    known.target = target_of(debugger, known.place(executable) or f"{proc}/exe")
    known.load()
    known.python()
    until = time.monotonic() + SECONDS
    # It may end meanwhile; then attaching says so.
    with contextlib.suppress(OSError):
        known.warm(itertools.takewhile(lambda _: time.monotonic() < until, words_on_stacks(pid, memory)))
    return told(pid, executable)


def target_of(debugger: Any, executable: str) -> Any:
    """A target of lldb's without its process; raises `Unreadable`."""
    error = lldb.SBError()
    target = debugger.CreateTarget(executable, None, None, False, error)
    if not target.IsValid():
        raise Unreadable(error.GetCString() or f"lldb makes no target of {executable}")
    return target


@contextlib.contextmanager
def attached(debugger: Any, known: Files, pid: int) -> Iterator[Any]:
    """The process, stopped; it goes on afterwards, whatever happens meanwhile, if it did before."""
    stood = guard.state(pid)[0] == "T"
    error = lldb.SBError()
    process = known.target.AttachToProcessWithID(debugger.GetListener(), pid, error)
    if not error.Success() or not process.IsValid():
        raise Unreadable(error.GetCString() or "lldb cannot attach")
    try:
        known.put(every=False)
        yield process
    finally:
        process.Detach()
        if stood:
            # lldb has it go on, stopped as it was by somebody else.
            os.kill(pid, signal.SIGSTOP)


def interpreter_of(known: Files, memory: Memory, rows: Dict[str, Any]) -> joined.Python:
    """The interpreter in a process, by the layouts of the table and of the process itself."""
    found = known.python()
    return joined.fitting(memory, found, rows, dict) if found else joined.absent()


def core(debugger: Any, request: Dict[str, Any], answer: Dict[str, Any]) -> None:
    """Look at a core."""
    elf = read_elf(request["core"])
    if elf is None:
        raise Unreadable("{} is no core that can be read".format(request["core"]))
    kept = core_notes.read_core(request["core"], elf)
    executable = kept.executable or request["executable"]
    known = Files(kept.files, request["folders"], None, None)
    with core_notes.memory(request["core"], elf) as memory:
        known.find(memory, executable or "", request["executable"])
    known.target = target_of(debugger, (known.place(executable) if executable else None) or "")
    known.load()
    error = lldb.SBError()
    stopped = known.target.LoadCore(request["core"], error)
    if not error.Success() or not stopped.IsValid():
        raise Unreadable(error.GetCString() or "lldb cannot read the core")
    known.put()
    notes = lldb_native.notes_of_threads(request["core"], elf)
    process = dict(kept.process, executable=known.place(executable) if executable else None)
    seen = Look(request, known, stopped, lldb_native.memory(stopped, known), notes=notes).seen(
        process, current=stopped.GetThreadAtIndex(0)
    )
    seen.update(signal=kept.signal)
    seen["gaps"] += kept.gaps
    answer["looks"].append(seen)


class Look:
    """One look at a process that stands still."""

    def __init__(
        self,
        request: Dict[str, Any],
        known: Files,
        stopped: Any,
        memory: Memory,
        *,
        pid: Optional[int] = None,
        notes: Optional[Dict[int, bytes]] = None,
    ) -> None:
        """`pid` is that of a running process, `notes` are those of a core's threads."""
        self._request = request
        self._known = known
        self._stopped = stopped
        self._memory = memory
        self._names: Dict[int, str] = {}
        self._calls = Calls(known, stopped, memory)
        self._kernel = Kernel(self._calls.processor, pid, notes)
        self._table = Table()

    def seen(self, process: Dict[str, Any], current: Any = None) -> Dict[str, Any]:
        """Everything about it."""
        python = interpreter_of(self._known, self._memory, self._request["rows"])
        self._names = thread_names.names(python.interpreter) if python.interpreter else {}
        if python.interpreter and self._known.files:
            self._kernel.idents = lldb_native.idents(python.interpreter, self._calls.processor)
        threads = sorted(self._stopped, key=lambda each: each.GetThreadID())
        rows = [self._row(each, current) for each in threads]
        given = python.join(rows, self._function)
        if self._request["variables"] and python.interpreter:
            _give_variables(python.interpreter, rows, given)
        return {
            "process": dict(process, **python.told()),
            "threads": rows,
            "frames": self._table.rows,
            "modules": self._known.modules(),
            "registers": lldb_native.registers(current.GetFrameAtIndex(0)) if current is not None else [],
            "gaps": self._known.gaps + python.gaps + self._gaps(),
        }

    def _row(self, thread: Any, current: Any) -> Dict[str, Any]:
        """The native side of one thread."""
        native, cut = self._calls.of(thread)
        ident = self._kernel.ident(thread)
        return {
            "tid": thread.GetThreadID(),
            "name": self._names.get(ident or 0, thread.GetName()),
            "ident": ident,
            "current": current is not None and thread.GetThreadID() == current.GetThreadID(),
            "native": [self._table.index(frame, back) for frame, back in native],
            "cut": cut,
            "waits_at": self._kernel.waits_at(thread),
            "python": None,
            "gil": "unknown",
        }

    def _function(self, row: Dict[str, Any], index: int) -> Optional[str]:
        name = self._table.rows[row["native"][index]].get("function")
        return None if name is None else str(name)

    def _gaps(self) -> List[str]:
        """What lldb does not tell, or is not asked for."""
        return ["variables of native frames are not read with lldb"] if self._request["variables"] else []


def _give_variables(interpreter: Interpreter, rows: List[Dict[str, Any]], every: List[joined.Given]) -> None:
    """Put arguments and locals into Python's calls."""
    for row, each in zip(rows, every):
        for call, variables in zip(row["python"] or [], local_values.of_calls(interpreter, each.calls)):
            call["variables"] = variables
