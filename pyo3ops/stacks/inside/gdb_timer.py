"""Ends a run of gdb's that takes too long, as ^C would."""

import contextlib
import os
import signal
import threading
from typing import Any, Iterator


@contextlib.contextmanager
def limited(session: Any, seconds: float) -> Iterator[None]:  # noqa: ANN401 - what has `pid` and `timed_out`
    """Interrupt the program of a session after some seconds."""

    def expire() -> None:
        session.timed_out = True
        if session.pid:
            os.kill(session.pid, signal.SIGINT)

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    # gdb sleeps until its main thread hears of a signal: one that another thread takes is lost, and gdb sleeps on. A
    # thread begins with the mask of the one that starts it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    try:
        timer.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield
    finally:
        timer.cancel()
