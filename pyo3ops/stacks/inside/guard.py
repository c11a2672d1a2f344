"""A process that was not stopped before goes on afterwards, whoever is killed meanwhile.

The kernel lets go of all that a killed debugger holds, but for one moment: between asking a thread to stop and hearing
that it did, the stop becomes one as by ^Z. So a small process of its own looks afterwards, and sends SIGCONT.
"""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import contextlib
import ctypes
import os
import select
import signal
import time
from pathlib import Path
from typing import Iterator, Optional, Tuple

from .memory import Unreadable

#: prctl(2)
_PR_SET_PDEATHSIG = 1
#: Seconds after the debugger's death in which a thread of a busy machine may come to its stop, and between two looks.
SECONDS, STEP = 10.0, 0.02
#: Seconds in which a process runs that nobody traces or stops: whoever stops it later on is not our debugger.
CALM = 1.0
DONE = b"."
#: Seconds between two looks whether the debugger is there still.
LOOK = 0.2
#: A debugger has not that many files open.
DESCRIPTORS = 4096


def end_with(parent: int) -> None:
    """Have this debugger killed when the process that asked dies."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def going_on(pid: int) -> Iterator[None]:
    """Guard a process while this one may stop it; one that is stopped already stays so."""
    before = began(pid)
    if state(pid)[0] in "Tt":
        yield
        return
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            os.close(writing)
            _watch(pid, before, reading, parent)
        finally:
            os._exit(0)
    os.close(reading)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.write(writing, DONE)
            os.close(writing)
            os.waitpid(child, 0)


def state(pid: int) -> Tuple[str, int]:
    """The letter of a process's state, and who traces it (0: nobody); "X" for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "X", 0
    lines = dict(line.partition(":")[::2] for line in text.splitlines())
    return lines["State"].strip()[:1], int(lines.get("TracerPid", "0"))


def stop_to_come(pid: int) -> bool:
    """Whether a thread has been asked to stop and has not heard of it yet (proc(5), SigPnd and ShdPnd)."""
    for status in Path(f"/proc/{int(pid)}/task").glob("*/status"):
        # Its threads come and go.
        with contextlib.suppress(OSError, ValueError):
            lines = dict(line.partition(":")[::2] for line in status.read_text("utf-8", "replace").splitlines())
            if (int(lines.get("SigPnd", "0"), 16) | int(lines.get("ShdPnd", "0"), 16)) >> (signal.SIGSTOP - 1) & 1:
                return True
    return False


def began(pid: int) -> Optional[str]:
    """When a process began, in ticks since the system did; None for one that is gone, or where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # Its name, in parentheses, may have anything in it; field 22 of proc(5) is the twentieth behind that.
    return text.rpartition(")")[2].split()[19]


def still(pid: int, before: Optional[str]) -> None:
    """Raises `Unreadable` where a number is another process's by now, or nobody's."""
    now = began(pid)
    if now != before:
        raise Unreadable(f"No such process: {pid} ended{', and its number is now that of another' if now else ''}")


def _watch(pid: int, before: Optional[str], reading: int, parent: int) -> None:
    """In the guard: wait for the debugger's word, or for its end."""
    # In a session of its own: whoever ends the debugger ends its whole group. Its streams would keep those waiting
    # who read them to their end.
    os.setsid()
    os.closerange(0, reading)
    os.closerange(reading + 1, DESCRIPTORS)
    # What a killed debugger had started itself may hold its end of the pipe for ever.
    while os.getppid() == parent and not select.select([reading], [], [], LOOK)[0]:
        pass
    if select.select([reading], [], [], 0)[0] and os.read(reading, 1) == DONE:
        return
    have_go_on(pid, before)


def have_go_on(pid: int, before: Optional[str]) -> None:
    """Undo stops of a process that began at `before`, until it runs by itself, is another's number, or time is up."""
    now = calm = time.monotonic()
    until = now + SECONDS
    while now < until and now < calm + CALM and began(pid) == before:
        letter, tracer = state(pid)
        stops = not tracer and (letter == "T" or stop_to_come(pid))
        if stops:
            # Other threads may be about to stop, and stop all of them once more. A stop that waits for a thread which
            # no signal reaches yet (state D) goes with it, however long that takes.
            os.kill(pid, signal.SIGCONT)
        time.sleep(STEP)
        now = time.monotonic()
        if stops or tracer or letter in "DTt":
            calm = now
