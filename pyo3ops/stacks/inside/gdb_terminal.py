"""gdb with the terminal in a user's hands: the first stop, then what is typed; `pyo3ops-bt` shows the merged stack."""
# ruff: noqa: FA100, ANN401 - gdb has no types

import importlib
import sys
from typing import Any, Dict

import gdb

from . import gdb_break


class Backtrace(gdb.Command):  # type: ignore[misc]
    """pyo3ops-bt [all]: the calls of this thread, Python and Rust in one stack; with `all` those of libraries, too."""

    def __init__(self, session: gdb_break.Session) -> None:
        super().__init__("pyo3ops-bt", gdb.COMMAND_STACK)
        self._session = session

    def invoke(self, argument: str, _: bool) -> None:  # noqa: FBT001 - gdb's signature
        """What gdb calls."""
        if not gdb.selected_inferior().pid:
            raise gdb.GdbError("The program is not being run.")
        self.dont_repeat()
        show(self._session, everything=argument.strip() == "all")


def show(session: gdb_break.Session, *, everything: bool = False) -> None:
    """Write the merged stack of the selected thread to the terminal."""
    thread = gdb.selected_thread()
    tid = thread.ptid[1] or thread.ptid[0]
    try:
        text = _merged(session.config, session.looker.look(session.pid), tid, everything)
    except ImportError as error:
        text = "gdb's own Python {}.{} cannot run pyo3ops: {}\n".format(*sys.version_info[:2], error)
    gdb.write(text)


def _merged(config: Dict[str, Any], raw: Dict[str, Any], tid: int, everything: bool) -> str:  # noqa: FBT001
    if config["package"] not in sys.path:
        sys.path.append(config["package"])
    # A name, for this package knows nothing of the one that asks; gdb's own Python has to be new enough for it.
    shown = importlib.import_module(config["text"])
    return str(shown.text(raw, tid, config["bootstrap"], everything=everything))


def start(session: gdb_break.Session) -> None:
    """Run to the first stop; what comes after is the user's, and is written down all the same."""
    Backtrace(session)
    terminal = _Terminal(session)
    if hasattr(gdb.events, "gdb_exiting"):
        gdb.events.gdb_exiting.connect(terminal.finish)
    command = "run"
    while not session.stops and not session.ended:
        session.signalled = ""
        gdb.execute(command, to_string=True)
        if not gdb.selected_inferior().pid:
            terminal.finish()
            gdb.write("The program ended without a stop.\n")
            return
        command = session.stopped()
    session.ended = ""
    gdb.write("\n")
    show(session)
    gdb.write("\npyo3ops-bt shows this again; continue goes on, quit ends the program.\n")
    gdb.events.stop.connect(terminal.stopped)
    gdb.events.exited.connect(terminal.exited)
    gdb.events.before_prompt.connect(terminal.before_prompt)


class _Terminal:
    """What happens while the user types."""

    def __init__(self, session: gdb_break.Session) -> None:
        self._session = session
        self._new = ""

    def stopped(self, _: Any) -> None:
        """The program stopped: it is looked at when gdb has done what it does then."""
        self._new = "stop"

    def exited(self, _: Any) -> None:
        """The program ended."""
        self._new = "end"

    def before_prompt(self) -> None:
        """Before gdb asks for the next command: write down what happened, and show it."""
        new, self._new = self._new, ""
        if new == "stop" and gdb.selected_inferior().pid:
            self._session.stopped()
            gdb.write("\n")
            show(self._session)
        elif new == "end":
            self.finish()

    def finish(self, _: object = None) -> None:
        """Write down how it ended, as far as it did."""
        self._session.finish()
