"""Runs in gdb's Python: looks at a process or a core as often as it is asked to, and writes what it saw as JSON."""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import contextlib
import os
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Set

import gdb

from . import answers, core_notes, gdb_later, gdb_look, gdb_symbols, guard, thread_names
from .commands import line
from .files import mapped, read_elf
from .gdb_look import Look, interpreter_of
from .gdb_native import quiet
from .looking import maps, process_memory, running, told
from .memory import Memory, Unreadable

#: Said to gdb before anything else; what an older one does not know is left out.
SETTINGS = (
    "set confirm off",
    "set pagination off",
    "set width 0",
    "set auto-load off",
    "set auto-solib-add off",
    # gdb would read the C library nevertheless, and for a process below another root the wrong one.
    "set sysroot /nonexistent",
    "set breakpoint pending off",
    "set exec-file-mismatch off",
    "set backtrace limit unlimited",
    "set print entry-values no",
    "set print frame-arguments none",
    # The word about the stop would read a source file, and all of the symbols of the innermost frame's file.
    "set print frame-info short-location",
    "maint set internal-error corefile no",
    "maint set internal-error quit yes",
    "maint set internal-warning corefile no",
    "maint set internal-warning quit no",
    # Names of the interpreter do not parse where a Rust frame is the innermost.
    "set language c",
)


def main(path: str) -> None:
    """Do what the request in a file says; the answer is written where it says, whole, after each look."""
    request = answers.read(path)
    guard.end_with(request["parent"])
    set_up(request["settings"])
    answer: Dict[str, Any] = {"format": 1, "source": "gdb", "debugger": gdb.VERSION, "looks": []}
    try:
        if request["pid"] is not None:
            live(request, answer)
        else:
            core(request, answer)
    except Exception as error:  # noqa: BLE001 - whatever it is, the looks before it count
        expected = isinstance(error, (gdb.error, OSError, Unreadable))
        answer["error"] = str(error) if expected else f"{type(error).__name__}: {error}"
    answers.write(request["answer"], answer)


def set_up(more: List[str]) -> None:
    """The settings that the rest of this file relies on."""
    for setting in (*SETTINGS, *more):
        quiet(setting)
    if os.uname().machine == "x86_64":
        # There a register says what pthread_self() says; elsewhere libthread_db has to.
        quiet("set libthread-db-search-path /nonexistent")


def live(request: Dict[str, Any], answer: Dict[str, Any]) -> None:
    """Look at a running process."""
    pid = request["pid"]
    folder = f"/proc/{pid}"
    executable = os.readlink(f"{folder}/exe")
    symbols = gdb_symbols.Symbols(mapped(maps(pid)), request["folders"], folder)
    with process_memory(pid) as memory, guard.going_on(pid):
        symbols.find(memory, executable, instead=None if Path(executable).exists() else f"{folder}/exe")
        symbols.take(executable)
        looks = _Looks(request, symbols, memory, told(pid, executable))
        for index in range(request["looks"]):
            if index:
                looks.wait()
            looks.one(answer)
            answers.write(request["answer"], answer)


class _Looks:
    """The looks at one running process."""

    def __init__(
        self, request: Dict[str, Any], symbols: gdb_symbols.Symbols, memory: Memory, process: Dict[str, Any]
    ) -> None:
        self._request = request
        self._pid = request["pid"]
        self._began = guard.began(self._pid)
        self._given = (request, symbols, memory)
        self._process = process
        self._names: Optional[Dict[int, str]] = None
        self._later = gdb_later.possible(request)
        self._stood = 0.0
        self._went_on = 0.0

    def wait(self) -> None:
        """Let the process run as long as was asked for, of which a part is over."""
        time.sleep(max(0.0, self._went_on + self._request["pause"] - time.monotonic()))

    def one(self, answer: Dict[str, Any]) -> None:
        """Look once; the process is stopped twice for it where what was copied the first time does not do."""
        self._stood = 0.0
        look = self._from_a_copy(answer) if self._later else None
        self._later = look is not None
        (look or self._at_itself(answer)).name()
        answer["looks"][-1]["stopped"] = self._stood

    def _from_a_copy(self, answer: Dict[str, Any]) -> Optional[gdb_look.Look]:
        look = gdb_later.Later(*self._given, self._names_of_threads())
        awake = running(self._pid)
        with self._still():
            taken = look.take(self._pid)
        if not taken:
            return None
        self._given[1].load(look.words())
        seen = look.walked(answer, self._process, str(Path(self._request["answer"]).with_name("stacks")))
        return None if seen is None else _marked(look, seen, awake)

    def _at_itself(self, answer: Dict[str, Any]) -> gdb_look.Look:
        _, symbols, memory = self._given
        symbols.load()
        names = self._names_of_threads()
        with contextlib.suppress(OSError, Unreadable, gdb.error):
            # Whatever is not read now is read while the process stands still.
            symbols.warm(self._pid, memory)
        look = gdb_look.Look(*self._given, names)
        awake = running(self._pid)
        with self._still():
            seen = look.seen(answer, self._process)
        return _marked(look, seen, awake)

    @contextlib.contextmanager
    def _still(self) -> Iterator[None]:
        """The process stands still; raises `Unreadable` where it is not there any more."""
        started = time.monotonic()
        guard.still(self._pid, self._began)
        try:
            gdb.execute(f"attach {int(self._pid)}", to_string=True)
            guard.still(self._pid, self._began)
            yield
        finally:
            quiet("detach")
            self._went_on = time.monotonic()
            self._stood += self._went_on - started

    def _names_of_threads(self) -> Dict[int, str]:
        """What Python calls them, read while the process runs, and once, if nothing that is missing yet is needed."""
        if self._names is None:
            _, symbols, memory = self._given
            try:
                python = gdb_look.interpreter_of(symbols, memory, self._request["rows"]).interpreter
                self._names = thread_names.names(python) if python else None
            except (OSError, Unreadable, gdb.error):
                # It may change under our eyes.
                self._names = None
        return self._names or {}


def _marked(look: gdb_look.Look, seen: Dict[str, Any], awake: Set[int]) -> gdb_look.Look:
    """The look, with what the kernel said of each thread right before it."""
    for row in seen["threads"]:
        row["asleep"] = row["tid"] not in awake
    return look


def core(request: Dict[str, Any], answer: Dict[str, Any]) -> None:
    """Look at a core."""
    elf = read_elf(request["core"])
    if elf is None:
        raise Unreadable("{} is no core that can be read".format(request["core"]))
    kept = core_notes.read_core(request["core"], elf)
    symbols = gdb_symbols.Symbols(kept.files, request["folders"])
    executable = kept.executable or request["executable"]
    with core_notes.memory(request["core"], elf) as memory:
        symbols.find(memory, executable or "", request["executable"])
    symbols.take(executable)
    symbols.load()
    # Newer versions of gdb take quotes there, older ones do not: the path that is given has no need of any.
    gdb.execute(line("core-file {}".format(request["core"])), to_string=True)
    process = dict(kept.process, executable=symbols.place(executable) if executable else None)
    with core_notes.memory(request["core"], elf, Memory(symbols.content)) as memory:
        python = interpreter_of(symbols, memory, request["rows"]).interpreter
        look = Look(request, symbols, memory, thread_names.names(python) if python else {})
        seen = look.seen(answer, process, current=gdb.selected_thread())
    look.name()
    seen.update(signal=kept.signal)
    seen["gaps"] += kept.gaps
    answers.write(request["answer"], answer)


def here(pid: int, rows: Dict[str, Any]) -> Dict[str, Any]:
    """A look at a process that gdb has stopped already, with the symbols that it has; the selected thread stays so."""
    thread = gdb.selected_thread()
    answer: Dict[str, Any] = {"looks": []}
    quiet("set language c")
    try:
        symbols = gdb_symbols.Symbols(mapped(maps(pid)), proc=f"/proc/{pid}")
        with process_memory(pid) as memory:
            symbols.find(memory)
            look = Look({"rows": rows}, symbols, memory)
            seen = look.seen(answer, told(pid, os.readlink(f"/proc/{pid}/exe")), current=thread)
        look.name()
        return seen
    finally:
        thread.switch()
        quiet("set language auto")
