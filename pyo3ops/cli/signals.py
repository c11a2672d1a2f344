"""^C, SIGTERM and SIGHUP: noted while modules are imported, raised while a task runs, noted again while it is told."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

TYPE_CHECKING = False  # as in cli/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: They end this process with a report.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Ears:
    """Hears the signals that end this process, from the moment it is made.

    They are never ignored by the system's own means, which the programs that are started would inherit.
    """

    def __init__(self) -> None:
        self._noted: int | None = None
        self._raising = False
        self._ended = False
        # What was ignored at the start stays so: that is how nohup keeps a program going.
        caught = [number for number in _numbers() if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._hear) for number in caught}

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self._raising:
            self._ended = True
            _raise(number)
        self._noted = number

    def open(self) -> None:
        """From here on a signal raises at once: `KeyboardInterrupt` or `Interrupted`; so does one that was noted."""
        self._raising = True
        self.check()

    def close(self) -> None:
        """From here on a signal is noted and nothing else."""
        self._raising = False

    def check(self) -> None:
        """Raise the signal that was noted, once; one that follows another that was raised changes nothing."""
        number, self._noted = self._noted, None
        if number is not None and not self._ended:
            self._ended = True
            _raise(number)

    def leave(self) -> None:
        """Answer signals as before."""
        self.close()
        for number, usual in self._before.items():
            signal.signal(number, usual or signal.SIG_DFL)


def end_by(code: int) -> None:
    """All is told: a signal that comes now, or while threads are waited for, ends this process with its own code."""
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(code))


@contextlib.contextmanager
def heard_again() -> Iterator[None]:
    """Interrupt again where an interrupt came at a moment that swallows it: a finalizer, importlib's own callbacks."""
    from pyo3ops.core.errors import Interrupted  # noqa: PLC0415 - signals are to be heard first

    usual = sys.unraisablehook

    def hook(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, (KeyboardInterrupt, Interrupted)):
            usual(lost)
            return
        import threading  # noqa: PLC0415 - this hardly ever happens

        # Not from here: what is raised in this hook is swallowed as well. And to the thread that may be waiting.
        if hasattr(signal, "pthread_kill"):
            again = threading.Timer(0.01, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
        else:
            again = threading.Timer(0.01, signal.raise_signal, (signal.SIGINT,))
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = usual


def _numbers() -> list[signal.Signals]:
    """Those of them that the system knows."""
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


def _raise(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    from pyo3ops.core.errors import Interrupted  # noqa: PLC0415 - see heard_again

    raise Interrupted(f"ended by {signal.Signals(number).name}")
