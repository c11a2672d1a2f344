"""Runs in gdb: sets breakpoints before the program begins, and appends what each stop saw to a file, as JSON lines.

Native breakpoints are gdb's own, pending until a library has their place. Python's are kept in the debugged process,
which raises SIGTRAP at a hit after it wrote down what it knows (debug/inside/pyo3ops_breakpoints.py).
"""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import json
import time
from typing import Any, Dict, List

import gdb

from . import gdb_audience, gdb_foreign, gdb_hits, gdb_records, gdb_signals, gdb_start, gdb_stop, gdb_timer
from .memory import Unreadable

#: Stops by signals after which a program seldom goes on that are looked at.
DEADLY_STOPS = 3
#: Libraries that are remembered.
LIBRARIES = 2000


class Session:
    """One run of the program."""

    def __init__(self, config: Dict[str, Any]) -> None:
        self.config = config
        self.hits = gdb_hits.Hits(config)
        self.stops = self.deadly = 0
        self.records = gdb_records.Records(config["records"])
        #: Where threads that Rust started are met, and why they are not.
        self.foreign: List[Any] = []
        self.unwatched = ""
        self.ended = ""
        self.timed_out = False
        self.pid = 0
        #: The files that were loaded, in their order.
        self.loaded: Dict[str, None] = {}
        self.looker = gdb_stop.Looker(config)
        self.audience = gdb_audience.Audience(config["told"], config["shown"])
        #: The signal that stopped the program, where one did.
        self.signalled = ""
        gdb.events.new_objfile.connect(self.began)
        gdb.events.stop.connect(self.noticed)

    def write(self, event: str, **said: Any) -> None:  # noqa: ANN401
        """Append one line to the file of stops."""
        with open(self.config["stops"], "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            file.write(json.dumps(dict(said, event=event)) + "\n")

    def began(self, event: Any) -> None:  # noqa: ANN401
        """A library is loaded: there is a process."""
        self.pid = gdb.selected_inferior().pid or self.pid
        if len(self.loaded) < LIBRARIES:
            self.loaded[str(event.new_objfile.filename)] = None
        if self.pid:
            self.hits.set_sites(event.new_objfile)

    def noticed(self, event: Any) -> None:  # noqa: ANN401
        """Remember why the program stopped."""
        if isinstance(event, gdb.SignalEvent):
            self.signalled = event.stop_signal
        else:
            # gdb has no word for SIGTRAP, which it takes for its own.
            self.signalled = "" if isinstance(event, gdb.BreakpointEvent) else "SIGTRAP"

    def look(self, kind: str, ids: List[int], **said: Any) -> None:  # noqa: ANN401
        """Write down one stop, with the stacks."""
        started = time.time()
        thread = gdb.selected_thread()
        raw, problem = None, None
        try:
            raw = self.looker.look(self.pid)
        except Exception as error:  # noqa: BLE001 - whatever it is, the program goes on and the stop counts
            problem = f"{type(error).__name__}: {error}"[:500]
        self.write(
            "stop",
            kind=kind,
            ids=ids,
            tid=thread.ptid[1] or thread.ptid[0],
            raw=raw,
            problem=problem,
            seconds=time.time() - started,
            **said,
        )
        self.audience.wait()

    def stopped(self) -> str:
        """Deal with whatever stopped the program; the command that lets it go on."""
        if self.hits.now:
            ids, self.hits.now = self.hits.now, []
            self.look("native", ids)
            self.count()
        elif self.signalled == "SIGTRAP":
            record = self.records.of(gdb.selected_thread().ptid[1])
            if record is None:
                # The program's own: it gets what it raised.
                return "signal SIGTRAP"
            if record["event"] == "traced":
                self.watch_foreign(record["function"])
                return "continue"
            self.look("python", record["ids"], hit=record)
            self.count()
        elif self.signalled == "SIGINT" and gdb_signals.is_from_outside():
            self.ended = "timeout" if self.timed_out else "interrupted"
            self.look(self.ended, [])
        elif self.signalled in gdb_signals.DEADLY and self.deadly < DEADLY_STOPS:
            self.deadly += 1
            self.look("signal", [], signal=self.signalled)
        return "continue"

    def watch_foreign(self, traced: int) -> None:
        """Have threads that Rust starts traced, too: the debugged Python traces its first one."""
        try:
            self.foreign = gdb_foreign.watch(self.looker.interpreter(self.pid), traced, self.cannot_watch)
        except (Unreadable, gdb.error, RuntimeError) as error:
            self.cannot_watch(str(error))

    def cannot_watch(self, why: str) -> None:
        """Remember why a thread that Rust started is not traced."""
        self.unwatched = self.unwatched or why[:500]

    def count(self) -> None:
        """Count a stop; after the last one that is wanted nothing stops any more."""
        self.stops += 1
        if self.config["limit"] is not None and self.stops >= self.config["limit"]:
            with open(self.config["enough"], "w"):  # noqa: PTH123
                pass
            self.note_places()
            for each in [*self.hits.breakpoints, *self.foreign]:
                each.enabled = False

    def note_places(self) -> None:
        """Write down what each breakpoint resolved to."""
        self.write("places", **self.hits.resolved())

    def run(self) -> None:
        """Start the program and go on after each stop, to its end."""
        command = "run"
        while True:
            self.signalled = ""
            gdb.execute(command, to_string=True)
            if not gdb.selected_inferior().pid:
                return
            command = self.stopped()
            if self.ended:
                gdb.execute("kill", to_string=True)
                return

    def finish(self) -> None:
        """Write down how it ended; the last word counts."""
        if self.hits.breakpoints:
            self.note_places()
        code, killed = (gdb.convenience_variable(name) for name in ("_exitcode", "_exitsignal"))
        self.write(
            "ended",
            how=self.ended,
            code=None if code is None else int(code),
            signal=None if killed is None else int(killed),
            hits=[[key, value] for key, value in self.hits.counts.items()],
            complaints=[[key, value] for key, value in self.hits.complained.items()],
            stops=self.stops,
            unwatched=self.unwatched,
            loaded=list(self.loaded),
        )
        # gdb 13 stumbles, as it ends, over breakpoints that are still Python's.
        for each in [*self.hits.breakpoints, *self.foreign]:
            if each.is_valid():
                each.delete()
        self.hits.breakpoints, self.foreign = [], []


def _prepare(path: str) -> Session:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        config = json.load(file)
    gdb_start.prepare(config, gdb_signals.DEADLY)
    session = Session(config)
    with gdb_stop.no_talk():
        session.hits.set_all()
    return session


def run(path: str) -> None:
    """Run the program of a configuration file to its end, and write down every stop."""
    session = _prepare(path)
    try:
        with gdb_timer.limited(session, session.config["timeout"]):
            session.run()
    finally:
        session.finish()


def interactive(path: str) -> None:
    """Run the program to its first stop, and leave the terminal to the user there."""
    from . import gdb_terminal  # noqa: PLC0415 - for a person alone

    gdb_terminal.start(_prepare(path))
