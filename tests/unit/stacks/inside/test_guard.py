"""Who guards a process after its debugger was killed, and how soon that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from pyo3ops.stacks.inside import guard

pytestmark = pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="the processes of this system are not read here"
)

#: A debugger that is killed while a process is guarded; it says which process the guard is.
KILLED = """
import os, signal, sys
from pyo3ops.stacks.inside import guard
guard.CALM, fork = 0.2, os.fork
def told():
    child = fork()
    if child:
        print(child, flush=True)
    return child
os.fork = told
with guard.going_on(int(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def asleep() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        assert until(lambda: guard.state(process.pid)[0] == "S")
        yield process
        process.kill()


def until(said: Callable[[], object], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not said() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(said())


def test_the_guard_of_a_process_that_runs_ends_soon(asleep: subprocess.Popen[bytes]) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(asleep.pid)], stdout=subprocess.PIPE) as debugger:
        assert debugger.stdout is not None
        watching = int(debugger.stdout.readline())
    assert debugger.returncode == -signal.SIGKILL
    assert until(lambda: guard.state(watching)[0] in "XZ")
    # What is stopped from now on, its user stops.
    asleep.send_signal(signal.SIGSTOP)
    assert until(lambda: guard.state(asleep.pid)[0] == "T")


def test_a_stop_is_undone(asleep: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CALM", 0.1)
    asleep.send_signal(signal.SIGSTOP)
    assert until(lambda: guard.state(asleep.pid)[0] == "T")
    guard.have_go_on(asleep.pid, guard.began(asleep.pid))
    assert guard.state(asleep.pid)[0] == "S"


def test_a_number_that_is_anothers_by_now_is_left_alone(asleep: subprocess.Popen[bytes]) -> None:
    asleep.send_signal(signal.SIGSTOP)
    assert until(lambda: guard.state(asleep.pid)[0] == "T")
    guard.have_go_on(asleep.pid, "1")
    assert guard.state(asleep.pid)[0] == "T"


def test_one_that_stays_stopped_is_given_up(asleep: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    asleep.send_signal(signal.SIGSTOP)
    assert until(lambda: guard.state(asleep.pid)[0] == "T")
    sent = []
    monkeypatch.setattr(os, "kill", lambda *given: sent.append(given))
    monkeypatch.setattr(guard, "SECONDS", 0.1)
    guard.have_go_on(asleep.pid, guard.began(asleep.pid))
    assert set(sent) == {(asleep.pid, signal.SIGCONT)}
