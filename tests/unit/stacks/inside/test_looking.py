from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pyo3ops.stacks.inside.files import mapped
from pyo3ops.stacks.inside.looking import Areas, Modules, running

MAPS = """\
1000-3000 r-xp 00000000 08:01 7                                          /lib/a b.so
3000-4000 rw-p 00002000 08:01 7                                          /lib/a b.so
8000-9000 rw-p 00000000 00:00 0
a000-b000 r-xp 00000000 00:00 0                                          [vdso]
"""


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


def test_an_address_lies_in_an_area_or_in_none() -> None:
    areas = Areas(MAPS)
    found = [areas.at(address) for address in (0xFFF, 0x1000, 0x2FFF, 0x8FFF, 0x9000)]
    assert [each and each.name for each in found] == [None, "/lib/a b.so", "/lib/a b.so", "", None]
    assert [(each.start, each.end) for each in areas.named("[vdso]")] == [(0xA000, 0xB000)]


def test_code_is_told_from_the_data_of_a_file() -> None:
    (file,) = mapped(MAPS)
    assert [Modules([file]).at(address) for address in (0x1000, 0x3000)] == ["/lib/a b.so"] * 2
    assert [Modules([file], code=True).at(address) for address in (0x1000, 0x3000)] == ["/lib/a b.so", None]
