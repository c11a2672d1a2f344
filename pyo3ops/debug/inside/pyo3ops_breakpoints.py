"""Breakpoints in Python, kept by the interpreter that runs the program.

`sys.monitoring` from 3.12 on, where code without a breakpoint costs nothing; `sys.settrace` before, which costs every
call. A hit is appended to a file as a line of JSON; under gdb, SIGTRAP then stops the process for it to look.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import struct
import sys
import threading
from _thread import get_native_id
from typing import Any

from pyo3ops_code import lines, module_name, stops_at, tree  # type: ignore[import-not-found]
from pyo3ops_locals import told  # type: ignore[import-not-found]

#: Characters of what is said of a condition.
LONGEST = 160


class Place:
    """One breakpoint, and how often it was reached."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.id: int = row["id"]
        self.file: str | None = row.get("file")
        self.suffix: str | None = row.get("suffix")
        self.module: str | None = row.get("module")
        self.function: str | None = row.get("function")
        self.line: int | None = row.get("line")
        self.condition: Any = row.get("condition")
        self.hits = 0
        self.complained = False
        #: The forked process that said that it came here.
        self.passed_by = 0

    def is_in(self, file: str, module: str | None) -> bool:
        """True where it is meant for a module that starts."""
        if self.module is not None:
            return self.module == module
        if self.file is not None:
            return self.file == file
        return self.suffix is not None and (file == self.suffix or file.endswith(os.sep + self.suffix))


class Target:
    """A code object to stop in; it is kept, so that its address remains its own."""

    def __init__(self, code: Any) -> None:  # noqa: ANN401 - a code object
        self.code = code
        self.start: list[Place] = []
        self.lines: dict[int, list[Place]] = {}


class Watch:
    """All breakpoints of this process."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.pid = os.getpid()
        self.cwd = os.getcwd()  # noqa: PTH109 - pathlib is slow to import
        self.places = [Place(row) for row in config["breakpoints"]]
        self.targets: dict[int, Target] = {}
        self.stops = 0
        self.local = threading.local()
        # Kept open under a number that programs do not use by chance.
        self.records = os.open(config["records"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.counts = _shared(config["counts"], config["size"])

    def write(self, event: str, **said: Any) -> None:  # noqa: ANN401
        """Append one line to the file of records, in one call: threads do not mix theirs."""
        line = json.dumps({"event": event, **said}) + "\n"
        os.write(self.records, line.encode("utf-8", "backslashreplace"))

    def begin(self, code: Any, frame: Any) -> list[Target]:  # noqa: ANN401
        """Find the breakpoints that are meant for a module whose code starts; the new targets."""
        file = os.path.realpath(os.path.join(self.cwd, code.co_filename))  # noqa: PTH118 - pathlib is slow to import
        module = module_name(frame)
        found = []
        for place in self.places:
            if place.is_in(file, module):
                found += self.resolve(place, code, file)
        return found

    def resolve(self, place: Place, code: Any, file: str) -> list[Target]:  # noqa: ANN401
        """The targets of one breakpoint in a module; what became of it is written down."""
        codes = list(tree(code, ""))
        if place.function is not None:
            targets = [self.target(each) for name, each in codes if name == place.function]
            for target in targets:
                target.start.append(place)
            near = None if targets else sorted({name for name, _ in codes if name})[:200]
            line = targets[0].code.co_firstlineno if targets else None
            self.write("resolved", id=place.id, file=file, line=line, names=near)
            return targets
        line = min((each for _, code in codes for each in lines(code) if each >= (place.line or 0)), default=None)
        targets = [self.target(each) for _, each in codes if line is not None and stops_at(each, line)]
        for target in targets:
            target.lines.setdefault(int(line or 0), []).append(place)
        self.write("resolved", id=place.id, file=file, line=line)
        return targets

    def target(self, code: Any) -> Target:  # noqa: ANN401
        """The target that a code object is."""
        return self.targets.setdefault(id(code), Target(code))

    def hit(self, places: list[Place], frame: Any) -> None:  # noqa: ANN401
        """Count the breakpoints that a frame reached, and stop where one of them asks for it."""
        if getattr(self.local, "busy", False) or os.path.exists(self.config["enough"]):  # noqa: PTH110
            return
        if os.getpid() != self.pid:
            self.pass_by(places)
            return
        self.local.busy = True
        try:
            wanted = [place for place in places if self.counted(place, frame)]
            if wanted:
                self.stop(wanted, frame)
        finally:
            self.local.busy = False

    def pass_by(self, places: list[Place]) -> None:
        """Write down, once in each process that was forked, that it is here: gdb does not hold it."""
        for place in places:
            if place.passed_by != os.getpid():
                place.passed_by = os.getpid()
                self.write("elsewhere", id=place.id)

    def counted(self, place: Place, frame: Any) -> bool:  # noqa: ANN401
        """Count one breakpoint if its condition holds; True where it is to stop, too."""
        if place.condition is not None and not self.holds(place, frame):
            return False
        place.hits += 1
        if self.counts is not None:
            struct.pack_into("=Q", self.counts, 8 * place.id, place.hits)
        return bool(place.hits > self.config["ignore"])

    def holds(self, place: Place, frame: Any) -> bool:  # noqa: ANN401
        """Whether the condition of a breakpoint holds in a frame; one that fails stops, and is written down once."""
        try:
            return bool(eval(place.condition, frame.f_globals, frame.f_locals))  # noqa: S307 - typed by the user for this
        except Exception as error:  # noqa: BLE001 - it may raise anything
            if not place.complained:
                place.complained = True
                self.write("condition", id=place.id, said=f"{type(error).__name__}: {error}"[:LONGEST])
            return True

    def stop(self, places: list[Place], frame: Any) -> None:  # noqa: ANN401
        """Write down where the thread is, and let gdb look where there is one."""
        ids = [place.id for place in places]
        calls = list(told(frame, self.cwd))
        ident = threading.get_ident()
        self.write("hit", ids=ids, tid=get_native_id(), ident=ident, thread=_thread_name(ident), calls=calls)
        if self.config["trap"]:
            signal.raise_signal(signal.SIGTRAP)
            return
        self.stops += 1
        if self.config["limit"] is not None and self.stops >= self.config["limit"]:
            os.close(os.open(self.config["enough"], os.O_WRONLY | os.O_CREAT, 0o600))

    def end(self) -> None:
        """Write down what only the end of the program tells."""
        if os.getpid() == self.pid:
            self.write("ended", replaced=self.is_replaced(), children=_had_children())

    def is_replaced(self) -> bool:
        """True where the program put another trace function in the place of this one."""
        return not hasattr(sys, "monitoring") and getattr(sys.gettrace(), "__self__", None) is None


def kind() -> Any:  # noqa: ANN401 - a class of Watch's
    """How this Python can be watched; each way is a file of its own, for the other one need not be read."""
    if hasattr(sys, "monitoring"):
        from pyo3ops_monitored import Monitored  # type: ignore[import-not-found] # noqa: PLC0415

        return Monitored
    from pyo3ops_traced import Traced  # type: ignore[import-not-found] # noqa: PLC0415

    return Traced


def arm(config: str, watched: Any) -> None:  # noqa: ANN401
    """Set the breakpoints of a configuration file, in the way that is given; the program has not begun yet."""
    with open(config, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is slow to import
        rows = json.load(file)
    watch = watched(rows)
    watch.write("started", python="{}.{}.{}".format(*sys.version_info[:3]), pid=watch.pid, file=__file__)
    atexit.register(watch.end)
    if watch.places:
        watch.start()


def _shared(path: str, size: int) -> Any:  # noqa: ANN401 - a mapping of the file
    """The counts in a file that is read after the program ended, however it did."""
    import mmap  # noqa: PLC0415 - some Pythons are built without

    if not size:
        return None
    with open(path, "r+b") as file:  # noqa: PTH123
        return mmap.mmap(file.fileno(), size)


def _had_children() -> bool:
    """True where a process that this one started has ended, by whatever way it was started."""
    try:
        import resource  # noqa: PLC0415 - at the end alone
    except ImportError:
        return False
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 0


def _thread_name(ident: int) -> str | None:
    # threading.current_thread() would make an object for a thread that Rust started, and keep it.
    thread = getattr(threading, "_active", {}).get(ident)
    return getattr(thread, "name", None)
