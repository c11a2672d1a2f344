"""pypiserver: a package index on loopback, for as long as somebody needs one."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.util
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Union

from pyo3ops.core.model import Fix
from pyo3ops.core.run import python_env, run, spawn, which
from pyo3ops.tools import web
from pyo3ops.tools.index import Index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.run import Running

#: Seconds for it to answer; uv may have to make an environment for it first.
START = 30.0
ONLINE_TIMEOUT = 180.0
#: Seconds after which it is ended, whatever its caller does.
LIFETIME = 6 * 3600.0
#: Seconds between looking whether it answers.
_PAUSE = 0.05
#: Another program may take a port between our finding it free and pypiserver's taking it.
_ATTEMPTS = 2
#: The oldest Python that it runs on, which may be newer than this one.
_PYTHON = (3, 10)


@dataclass(frozen=True)
class Serving:
    """A pypiserver at work: where files are sent to, and the simple API where they are seen; without credentials."""

    url: str
    simple: str

    @property
    def index(self) -> Index:
        """The same, to be asked for files."""
        return Index(self.simple, "pypiserver")


@dataclass(frozen=True)
class Absent:
    """Why there is no pypiserver, and the way to have one."""

    reason: str
    fix: Fix


Server = Union[Serving, Absent]


class _Over(Exception):  # noqa: N818 - how a server that never ends is ended
    """Leaves the block of `spawn`, which would else wait for the program to end by itself."""


def command(env: Mapping[str, str], *, passwords: bool = False, online: bool = True) -> tuple[str, ...] | Absent:
    """What starts pypiserver: on PATH, in this Python, in uv's cache, or (`online`) fetched by uv.

    With `passwords` it is one that reads password files, which takes one more package (its extra `passlib`).
    """
    wanted = "pypiserver[passlib]" if passwords else "pypiserver"
    for argv, timeout in _candidates(wanted, env, passwords=passwords, online=online):
        if run([*argv, "--version"], timeout=timeout, env=python_env(env)).ok:
            return argv
    how = ("uv", "tool", "run", "--from", wanted, "pypi-server", "--version")
    return Absent("pypiserver is not here", Fix("install uv, which fetches pypiserver when it is asked to", how))


def _candidates(
    wanted: str, env: Mapping[str, str], *, passwords: bool, online: bool
) -> Iterator[tuple[tuple[str, ...], float]]:
    on_path = which("pypi-server", env)
    if on_path:
        yield (on_path,), START
    if _here(passwords=passwords):
        yield (sys.executable, "-m", "pypiserver"), START
    if which("uv", env):
        told = ("--python", ">=" + ".".join(map(str, _PYTHON)), "--from", wanted, "pypi-server")
        yield ("uv", "tool", "run", "--offline", *told), START
        if online:
            yield ("uv", "tool", "run", *told), ONLINE_TIMEOUT


def _here(*, passwords: bool) -> bool:
    names = ("pypiserver", "passlib") if passwords else ("pypiserver",)
    return sys.version_info >= _PYTHON and all(importlib.util.find_spec(name) for name in names)


def serve_argv(start: Sequence[str], folder: Path, port: int, passwords: Path | None) -> tuple[str, ...]:
    """The whole command: on loopback alone, with sha256 in its pages, and no other index behind it."""
    access = ("-a", "update", "-P", str(passwords)) if passwords else ("-a", ".", "-P", ".")
    said = ("--disable-fallback", "--hash-algo", "sha256", "--server", "wsgiref")
    return (*start, "run", "-i", "127.0.0.1", "-p", str(port), *access, *said, str(folder))


@contextlib.contextmanager
def serving(
    folder: Path, env: Mapping[str, str], *, user: str = "", password: str = "", online: bool = True
) -> Iterator[Server]:
    """Serve the files of a folder, and take uploads into it, until the block is left; `Absent` where that cannot be.

    With a `user` only that one may upload; without, everybody on this machine. Raises `OSError` where a port or a
    temporary folder is not to be had.
    """
    start = command(env, passwords=bool(user), online=online)
    if isinstance(start, Absent):
        yield start
        return
    with tempfile.TemporaryDirectory(prefix="pyo3ops-index-") as place, contextlib.ExitStack() as stack:
        passwords = _passwords(Path(place), user, password) if user else None
        server: Server = Absent("pypiserver was not asked", Fix("run it again"))
        for _ in range(_ATTEMPTS):
            server = stack.enter_context(_started(start, folder, passwords, env))
            if isinstance(server, Serving):
                break
        yield server


def _passwords(place: Path, user: str, password: str) -> Path:
    """A file in Apache's form, readable by this user alone."""
    # The form prescribes the hash, and the file lives as long as the server.
    digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode("ascii")  # noqa: S324
    path = place / "htpasswd"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{user}:{{SHA}}{digest}\n")
    return path


@contextlib.contextmanager
def _started(start: Sequence[str], folder: Path, passwords: Path | None, env: Mapping[str, str]) -> Iterator[Server]:
    port = web.free_port()
    argv = serve_argv(start, folder, port, passwords)
    address = f"http://127.0.0.1:{port}/"
    with contextlib.suppress(_Over), spawn(_watched(argv), timeout=LIFETIME, env=python_env(env)) as running:
        log = _Log(running)
        if _waited(address, log):
            yield Serving(address, f"{address}simple/")
        else:
            fix = Fix("run it by hand, to see what it says", argv, mends=False)
            yield Absent(f"pypiserver does not answer: {log.last or 'it says nothing'}", fix)
        raise _Over


def _watched(argv: Sequence[str]) -> Sequence[str]:
    """The same under the eyes of a process that ends it when this one is gone: nobody ends a child after a SIGKILL."""
    if not hasattr(os, "fork"):
        return argv
    return (sys.executable, "-I", "-S", "-c", _WATCH, str(os.getpid()), *argv)


#: It leads the process group of the server, of which nothing is left.
_WATCH = """
import os, signal, sys, time
child = os.fork()
if not child:
    os.execvp(sys.argv[2], sys.argv[2:])
while os.getppid() == int(sys.argv[1]) and os.waitpid(child, os.WNOHANG) == (0, 0):
    time.sleep(0.2)
os.killpg(0, signal.SIGKILL)
"""


class _Log:
    """Reads what the server writes, so that nothing piles up; keeps the last line, and knows when there is no more."""

    def __init__(self, running: Running) -> None:
        self.last = ""
        self._thread = threading.Thread(target=self._read, args=(running,), daemon=True)
        self._thread.start()

    def _read(self, running: Running) -> None:
        for line in running:
            self.last = line.strip() or self.last

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()


def _waited(address: str, log: _Log) -> bool:
    """Whether it answers, before it has ended and before `START` is over."""
    until = time.monotonic() + START
    # Never through a proxy: it is this machine.
    direct: dict[str, str] = {}
    while time.monotonic() < until and not log.ended:
        if web.date(address, direct) is not None:
            return True
        time.sleep(_PAUSE)
    return False
