from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pyo3ops.stacks.inside.looking import running


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the processes of this system are not read here")
def test_a_thread_that_sleeps_is_told_from_one_that_runs() -> None:
    asleep = threading.Event()
    waiting = threading.Thread(target=asleep.wait, daemon=True)
    waiting.start()
    try:
        found = running(os.getpid())
        # A thread that has just begun runs until it waits.
        patience = time.monotonic() + 60
        while waiting.native_id in found and time.monotonic() < patience:
            time.sleep(0.01)
            found = running(os.getpid())
        # Who asks runs.
        assert threading.get_native_id() in found
        assert waiting.native_id not in found
    finally:
        asleep.set()
        waiting.join()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.communicate(b"\n")
    assert running(child.pid) == set()
