from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyo3ops.stacks.model import Process, Thread
from pyo3ops.stacks.raw import Raw, RawThread
from pyo3ops.stacks.sources import awake
from pyo3ops.stacks.sources.protocol import Refused


def raw(*threads: RawThread) -> Raw:
    return Raw(Process(), threads, "pystack")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the processes of this system are not read here")
@pytest.mark.parametrize(("code", "asleep"), [("input()", True), ("while True: pass", False)])
def test_who_computes_is_awake_and_who_waits_is_not(code: str, *, asleep: bool) -> None:
    argv = [sys.executable, "-c", f"print('here', flush=True)\n{code}"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"here"
        seen = []
        # It may be on its way to where it waits.
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = awake.looked(process.pid, lambda: raw(RawThread(Thread(process.pid))))
            assert isinstance(found, Raw)
            seen.append(found.threads[0].asleep)
            if seen[-1] is asleep:
                break
            time.sleep(0.01)
        process.kill()

    assert seen[-1] is asleep


def test_what_nobody_knows_is_not_said() -> None:
    core = raw(RawThread(Thread(7)))
    refused = Refused("denied")

    assert awake.looked(None, lambda: core) is core
    assert awake.looked(1, lambda: refused) is refused
    known = awake.told(raw(RawThread(Thread(7), asleep=False), RawThread(Thread(8)), RawThread(Thread())), {8})
    assert [each.asleep for each in known.threads] == [False, False, None]
