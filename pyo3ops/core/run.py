"""The one door to other programs: no shell, a timeout always, no process left behind.

A missing program, a timeout and a death by signal are values of `Result.ended`, not exceptions. Every child leads a
process group of its own, so that what it starts ends with it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from enum import Enum
from typing import IO, TYPE_CHECKING, Iterator, Mapping, Sequence

from pyo3ops.core.errors import Interrupted

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes kept of each stream of one program; what comes after is read and dropped.
LIMIT = 16 * 2**20
#: Seconds between asking a process group to end and ending it.
GRACE = 2.0
#: Seconds that output may still come after a program ended, through a pipe that one of its own children holds.
LINGER = 0.5

_POSIX = os.name == "posix"


class Ended(Enum):
    """How a program ended."""

    EXITED = "exited"
    MISSING = "missing"
    TIMEOUT = "timeout"
    SIGNALLED = "signalled"


@dataclass(frozen=True)
class Result:
    """What became of one program: `code` is its exit code or minus the signal, None where it never ran."""

    argv: tuple[str, ...]
    code: int | None
    out: str
    err: str
    #: Wall time.
    seconds: float
    ended: Ended

    @property
    def ok(self) -> bool:
        """True where the program ran to its end and said 0."""
        return self.ended is Ended.EXITED and self.code == 0

    @property
    def reason(self) -> str:
        """Why it is not ok, in words: the ending and the last line it wrote."""
        words = {
            Ended.MISSING: f"{self.argv[0]} cannot be started",
            Ended.TIMEOUT: f"{self.argv[0]} did not answer within {self.seconds:.0f} s",
            Ended.SIGNALLED: f"{self.argv[0]} was killed by signal {-(self.code or 0)}",
            Ended.EXITED: f"{self.argv[0]} ended with {self.code}",
        }[self.ended]
        said = (self.err.strip() or self.out.strip()).splitlines()
        # What follows an error that is called one is advice, or a backtrace.
        named = [line for line in said if line.lower().startswith(("error: ", "fatal: "))]
        return f"{words}: {(named or said)[-1].strip()}" if said else words


def which(program: str, env: Mapping[str, str]) -> str | None:
    """The path that `program` resolves to on the PATH of `env`, or None."""
    return shutil.which(program, path=env.get("PATH", ""))


def run(argv: Sequence[str], *, timeout: float, env: Mapping[str, str], cwd: str | Path | None = None) -> Result:
    """Run a program to its end and return what it wrote.

    `timeout` is in seconds; then its whole process group is ended. Raises `Interrupted` once `end_all` was called.
    """
    started = time.monotonic()
    try:
        child = _Child(argv, timeout=timeout, env=env, cwd=cwd, merged=False)
    except OSError as error:
        return _missing(argv, error, started)
    with child:
        streams = [_Drain(stream) for stream in (child.process.stdout, child.process.stderr) if stream]
        child.process.wait()
        for stream in streams:
            stream.join(LINGER)
    out, err = (stream.text() for stream in streams)
    return child.result(out, err, started)


class Running:
    """A program at work: iterate over the lines it writes (both streams), read `result` after the `with` block."""

    def __init__(self, child: _Child, started: float) -> None:
        self._child = child
        self._started = started
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._result: Result | None = None

    @property
    def result(self) -> Result:
        """How it ended; `RuntimeError` inside the `with` block, where that is not known yet."""
        if self._result is None:
            raise RuntimeError("the program still runs: read `result` after the with block")
        return self._result

    def _read(self) -> None:
        stream = self._child.process.stdout
        if stream is not None:
            with stream:
                for line in iter(lambda: stream.readline(LIMIT), b""):
                    self._lines.put(_text(line).rstrip("\r\n"))
        self._lines.put(None)

    def __iter__(self) -> Iterator[str]:
        idle = 0.0
        while True:
            try:
                line = self._lines.get(timeout=LINGER / 5)
            except queue.Empty:
                idle = idle + LINGER / 5 if self._child.process.poll() is not None else 0.0
                if idle >= LINGER:
                    return
                continue
            if line is None:
                return
            yield line

    def _finish(self) -> None:
        self._result = self._child.result("", "", self._started)


@contextlib.contextmanager
def spawn(
    argv: Sequence[str],
    *,
    timeout: float,
    env: Mapping[str, str],
    cwd: str | Path | None = None,
    grace: float | None = None,
) -> Iterator[Running]:
    """Run a program and hand over its lines as they come; leaving the block ends it if it still runs.

    `timeout` is in seconds, and so is `grace`: what the program may take to end once asked, if not `GRACE`. Raises
    `FileNotFoundError` or `PermissionError` where the program cannot be started.
    """
    started = time.monotonic()
    with _Child(argv, timeout=timeout, env=env, cwd=cwd, merged=True, grace=grace) as child:
        running = Running(child, started)
        yield running
        child.process.wait()
    running._finish()  # noqa: SLF001 - one mechanism in two names


def handover(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: str | Path | None = None, timeout: float | None = None
) -> Result:
    """Give the terminal to a program (nox, gdb, an editor) until it ends; ^C is its own affair meanwhile.

    After `timeout` seconds it is asked to end; None waits as long as a person does.
    """
    started = time.monotonic()
    with _own_interrupts():
        try:
            process = subprocess.Popen(list(argv), env=dict(env), cwd=cwd)
        except OSError as error:
            return _missing(argv, error, started)
        code = None
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
            process.kill()
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
    ended = Ended.TIMEOUT if code is None else _ending(code)
    return Result(tuple(argv), process.returncode, "", "", time.monotonic() - started, ended)


#: Starts a program in a session of its own and ends at once: whoever started this has no child left to wait for.
_FORK = (
    "import os, sys\n"
    "pid = os.fork()\n"
    "if pid: os.write(1, str(pid).encode()); os._exit(0)\n"
    "os.setsid(); os.dup2(os.open(os.devnull, os.O_RDWR), 1); os.execv(sys.argv[1], sys.argv[1:])"
)


def detached(argv: Sequence[str], *, timeout: float, env: Mapping[str, str], keep: tuple[int, ...]) -> int | None:
    """Start a program that is nobody's child and outlives this one; its number, or None where it cannot be started.

    It has this one's stderr, no stdin, and the descriptors of `keep`. `timeout` (seconds) is for its start.
    """
    try:
        starter = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _FORK, *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=dict(env),
            pass_fds=keep,
        )
        said, _ = starter.communicate(timeout=timeout)
    except (OSError, subprocess.SubprocessError):
        return None
    return int(said) if said.isdigit() and starter.returncode == 0 else None


def end_all() -> None:
    """End every program still running and start no more; for the moment before this process ends."""
    _children.close()


class _Child:
    """A started program with its process group and the timer that ends it."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        env: Mapping[str, str],
        cwd: str | Path | None,
        merged: bool,
        grace: float | None = None,
    ) -> None:
        self.argv = tuple(argv)
        self._grace = GRACE if grace is None else grace
        self.timed_out = False
        with _children.starting():
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merged else subprocess.PIPE,
                env=dict(env),
                cwd=cwd,
                start_new_session=_POSIX,
            )
            _children.alive.add(self)
        self._timer = threading.Timer(timeout, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> _Child:  # noqa: PYI034 - Self needs 3.11, and nothing derives from this
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self.process.poll() is None:
            self.end()
        _children.alive.discard(self)

    def _expire(self) -> None:
        self.timed_out = True
        self.end()

    def end(self) -> None:
        """End the whole process group: ask, wait the seconds of grace, then insist."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self._grace)
        # A member of the group may outlive its leader, so this goes out either way.
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if _POSIX:
                os.killpg(self.process.pid, number)
            else:
                self.process.terminate()

    def result(self, out: str, err: str, started: float) -> Result:
        code = self.process.returncode
        ended = Ended.TIMEOUT if self.timed_out else _ending(code)
        return Result(self.argv, code, out, err, time.monotonic() - started, ended)


class _Children:
    """The programs now running; closed once this process is about to end."""

    def __init__(self) -> None:
        self.alive: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise Interrupted("interrupted")
            yield

    def close(self) -> None:
        with self._lock:
            self._closed = True
        for child in list(self.alive):
            child.end()


_children = _Children()


class _Drain:
    """Reads one stream to its end in the background and keeps its first `LIMIT` bytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept: list[bytes] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        size = 0
        with self._stream:
            for chunk in iter(lambda: os.read(self._stream.fileno(), 65536), b""):
                self._kept.append(chunk[: max(0, LIMIT - size)])
                size += len(chunk)

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def text(self) -> str:
        return _text(b"".join(self._kept))


def _text(data: bytes) -> str:
    """What a program wrote, with names of files as this Python spells them: under LC_ALL=C that is not UTF-8."""
    encoding = sys.getfilesystemencoding().lower().replace("-", "")
    return data.decode("utf-8", "replace") if encoding == "utf8" else os.fsdecode(data)


@contextlib.contextmanager
def _own_interrupts() -> Iterator[None]:
    # A handler that does nothing, not SIG_IGN: what is ignored stays ignored in the program that is started.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ending(code: int | None) -> Ended:
    return Ended.SIGNALLED if code is not None and code < 0 else Ended.EXITED


def _missing(argv: Sequence[str], error: OSError, started: float) -> Result:
    reason = f"{error.strerror or error}: {error.filename or argv[0]}"
    return Result(tuple(argv), None, "", reason, time.monotonic() - started, Ended.MISSING)


def python_env(env: Mapping[str, str]) -> dict[str, str]:
    """`env` for another Python than this one: without what would point it at this one's modules."""
    drop = {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__"}
    return {name: value for name, value in env.items() if name not in drop}
