"""Runs in lldb's Python: looks at a process or a core as often as it is asked to, and writes what it saw as JSON."""
# ruff: noqa: FA100, ANN401, FBT003 - lldb's own Python may be older, its types have no types, and its arguments no names

import contextlib
import itertools
import os
import signal
import time
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Tuple

import lldb

from . import answers, core_notes, guard, lldb_kernel, lldb_native
from .commands import line
from .files import mapped, read_elf
from .lldb_files import Files
from .lldb_look import Look
from .looking import maps, process_memory, running, told, words_on_stacks
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
            _one(debugger, request, answer, (known, memory, process))
            answers.write(request["answer"], answer)


def _one(
    debugger: Any,
    request: Dict[str, Any],
    answer: Dict[str, Any],
    prepared: Tuple[Files, Optional[Memory], Dict[str, Any]],
) -> None:
    """One look at the process, which is put among those of the answer."""
    known, memory, process = prepared
    # Elsewhere than on Linux nobody says.
    awake = running(request["pid"]) if memory else set()
    started = time.monotonic()
    with attached(debugger, known, request["pid"]) as stopped:
        process.setdefault("executable", known.target.GetExecutable().fullpath)
        read = memory or lldb_native.memory(stopped, known)
        seen = Look(request, known, stopped, read, pid=request["pid"]).seen(answer, process)
    seen["stopped"] = time.monotonic() - started
    for row in seen["threads"] if memory else ():
        row["asleep"] = row["tid"] not in awake


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
    notes = lldb_kernel.notes_of_threads(request["core"], elf)
    process = dict(kept.process, executable=known.place(executable) if executable else None)
    seen = Look(request, known, stopped, lldb_native.memory(stopped, known), notes=notes).seen(
        answer, process, current=stopped.GetThreadAtIndex(0)
    )
    seen.update(signal=kept.signal)
    seen["gaps"] += kept.gaps
