"""The half of the watcher that lives in the watched process: a pipe that holds the process still while it is looked at.

faulthandler writes what it has to say of a fatal signal into a pipe that has room for one message (pipe(7): O_DIRECT,
F_SETPIPE_SZ). Its first write wakes the watcher, the next ones wait in the signal's handler: the process neither goes
on nor ends until the watcher has looked and reads the rest. Then the signal ends the process as it would have anyway.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Callable, Mapping

#: linux/prctl.h and linux/fcntl.h; Python has the latter from 3.10 on.
PR_SET_PTRACER = 0x59616D61
F_SETPIPE_SZ = 1031
#: What `dump` writes before the number of its question, and faulthandler never begins with.
ASKED = b"pyo3ops: dump "
#: fcntl(2): the signal that tells of the end of a pipe, which is the watcher's; SIGIO would be anybody's.
F_SETSIG = 10
#: "1" asks for the watcher; anything else is the folder that dumps are written to as well.
VARIABLE = "PYO3OPS_DEBUG"
NOT_INSTALLED = f"call pyo3ops.debug.install() first, or start the program with {VARIABLE}=1"
#: Seconds that a watcher may take to start.
TIMEOUT = 20.0


class _Installed:
    """What this process has installed; it is the process's, as signal handlers are."""

    pipe: int | None = None
    answers: int | None = None
    watcher: int | None = None
    signal: int = 0
    #: What tells of the watcher's end.
    alarm: int = 0
    questions: int = 0
    #: Somebody called `install`, whatever came of it.
    wanted: bool = False
    asking = threading.Lock()


_here = _Installed()


def from_environment(value: str) -> None:
    """What `PYO3OPS_DEBUG` asks for; called by the interpreter's start, so it never raises."""
    if value in ("", "0"):
        return
    try:
        install(None, None if value == "1" else value)
    except Exception as error:  # noqa: BLE001 - a debugging aid must not keep a program from starting
        _floor(f"{type(error).__name__}: {error}")


def install(number: int | None, folder: str | None) -> bool:
    """See `pyo3ops.debug.install`."""
    _here.wanted = True
    if _here.watcher is not None:
        return True
    reason = _unable()
    if reason:
        return _floor(reason)
    asked = getattr(signal, "SIGUSR2", 0) if number is None else number
    # What the program does with that signal itself comes first.
    _here.signal = asked if asked and signal.getsignal(asked) in (signal.SIG_DFL, None) else 0
    inside, outside = os.pipe2(os.O_DIRECT | os.O_CLOEXEC), os.pipe2(os.O_CLOEXEC)
    try:
        pid = _started(inside[0], outside[1], folder)
    finally:
        os.close(inside[0])
        os.close(outside[1])
    if pid is None:
        os.close(inside[1])
        os.close(outside[0])
        return _floor("the watcher cannot be started")
    _here.pipe, _here.answers, _here.watcher = inside[1], outside[0], pid
    _arm(pid, inside[1])
    return True


def _unable() -> str:
    if not sys.platform.startswith("linux"):
        return "the watcher needs Linux"
    try:
        import ctypes  # noqa: F401, PLC0415 - some Pythons are built without
    except ImportError:
        return "this Python has no ctypes"
    return "" if sys.executable else "this interpreter is part of another program, and none can be started"


def _started(read: int, write: int, folder: str | None) -> int | None:
    """Start the watcher, and wait until it listens; its number."""
    from pyo3ops.core.run import detached  # noqa: PLC0415 - subprocess is slow to import

    package = str(Path(__file__).parents[2])
    environment = _environment(os.environ, package)
    code = "from pyo3ops.watcher import main; main()"
    words = [str(os.getpid()), str(read), str(write), folder or ""]
    return detached([sys.executable, "-c", code, *words], timeout=TIMEOUT, env=environment, keep=(read, write))


def _environment(env: Mapping[str, str], package: str) -> dict[str, str]:
    """The watcher's: it finds this very pyo3ops, is not watched itself, and profiles or checks nothing."""
    drop = {
        VARIABLE,
        "PYTHONFAULTHANDLER",
        "PYTHONSTARTUP",
        "PYTHONPERFSUPPORT",
        "PYTHONINSPECT",
        "PYTHONPROFILEIMPORTTIME",
    }
    kept = {name: value for name, value in env.items() if name not in drop}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (package, env.get("PYTHONPATH", ""))))}


def _arm(pid: int, pipe: int) -> None:
    import ctypes  # noqa: PLC0415
    import faulthandler  # noqa: PLC0415
    import fcntl  # noqa: PLC0415 - Windows has none

    fcntl.fcntl(pipe, F_SETPIPE_SZ, 4096)
    # Yama lets a tracer's descendants trace as well, and gdb is one of the watcher's.
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(pid), 0, 0, 0)
    faulthandler.enable(pipe, all_threads=True)
    if _here.signal:
        faulthandler.register(_here.signal, pipe, all_threads=True)
    _listen(fcntl.fcntl)
    os.register_at_fork(after_in_child=_let_go)


def _listen(control: Callable[[int, int, int], int]) -> None:
    """Hear of the watcher's end: what faulthandler wrote to it then would reach nobody."""
    alarm = getattr(signal, "SIGRTMAX", 0) - 3
    # Handlers are set in the main thread alone, and what the program does with that signal comes first.
    main = threading.current_thread() is threading.main_thread()
    if _here.answers is None or not main or alarm < 0 or signal.getsignal(alarm) not in (signal.SIG_DFL, None):
        return
    signal.signal(alarm, _heard)
    _here.alarm = alarm
    control(_here.answers, 8, os.getpid())  # F_SETOWN
    control(_here.answers, F_SETSIG, alarm)
    control(_here.answers, 4, control(_here.answers, 3, 0) | 0x2000)  # F_SETFL, F_GETFL, O_ASYNC


def _heard(_number: int, _frame: object) -> None:
    if _here.answers is None:
        return
    poll = select.poll()
    poll.register(_here.answers, 0)
    if any(event & select.POLLHUP for _, event in poll.poll(0)):
        _let_go()


def _let_go() -> None:
    """Have faulthandler alone from here on: the watcher ended, or this is a child, which is not whom it looks at."""
    import faulthandler  # noqa: PLC0415

    if _here.pipe is None:
        return
    if _here.signal:
        faulthandler.unregister(_here.signal)
        with contextlib.suppress(RuntimeError, ValueError, OSError, AttributeError):
            faulthandler.register(_here.signal, 2, all_threads=True)
    with contextlib.suppress(RuntimeError, ValueError, OSError, AttributeError):
        faulthandler.enable(2)
    if _here.alarm and threading.current_thread() is threading.main_thread():
        signal.signal(_here.alarm, signal.SIG_DFL)
    # Who asks just now still holds them, and a number that is closed may soon be another file's.
    for each in () if _here.asking.locked() else (_here.pipe, _here.answers):
        if each is not None:
            os.close(each)
    _here.pipe = _here.answers = _here.watcher = None


def _floor(reason: str) -> bool:
    import faulthandler  # noqa: PLC0415

    with contextlib.suppress(RuntimeError, ValueError, OSError, AttributeError):
        # A program without stderr has nowhere to say anything.
        os.write(2, f"pyo3ops: {reason}: a crash is reported by faulthandler alone\n".encode("utf-8", "replace"))
        faulthandler.enable(2)
    return False


def dump(timeout: float) -> bool:
    """See `pyo3ops.debug.dump`."""
    deadline = time.monotonic() + timeout
    if not _here.wanted:
        # Three levels: this one, `pyo3ops.debug.dump`, and who called that.
        warnings.warn(f"nothing is dumped: {NOT_INSTALLED}", RuntimeWarning, stacklevel=3)
        return False
    if _here.pipe is None or not _here.asking.acquire(timeout=max(0.0, timeout)):
        return False
    try:
        return _asked(deadline)
    except OSError:
        # The watcher ended meanwhile.
        return False
    finally:
        _here.asking.release()


def _asked(deadline: float) -> bool:
    # The end of the watcher may be heard of at any moment here.
    pipe, answers = _here.pipe, _here.answers
    if pipe is None or answers is None:
        return False
    _here.questions += 1
    number = b"%d" % _here.questions
    # The watcher may be busy, and its pipe full.
    _, free, _ = select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))
    if not free:
        return False
    os.write(pipe, ASKED + number + b"\n")
    while True:
        ready, _, _ = select.select([answers], [], [], max(0.0, deadline - time.monotonic()))
        said = os.read(answers, 4096) if ready else b""
        if not said:
            return False
        # Answers to questions that nobody waits for any more come first.
        for answer in said.split():
            asked, _, outcome = answer.partition(b":")
            if asked == number:
                return outcome == b"1"
