"""The cures, in this process: they return, raise and free as they should."""

import gc
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import debugging_example
import pytest


def test_a_callback_returns_what_python_returned():
    assert debugging_example.call_back(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        debugging_example.call_back(lambda: 1 / 0)


def test_what_may_be_missing_is_an_exception():
    assert debugging_example.write_checked(3) == 3
    with pytest.raises(ValueError, match="no place"):
        debugging_example.write_checked()
    with pytest.raises(ValueError, match="no fourth value"):
        debugging_example.refuse()


def test_a_recursion_has_a_bound():
    assert debugging_example.recurse_within_bounds(1000) == 1000
    with pytest.raises(RecursionError, match="deeper than 1000"):
        debugging_example.recurse_within_bounds(1001)


def test_the_other_thread_gets_the_mutex_and_the_interpreter():
    thread = threading.Thread(target=debugging_example.lock_then_attach, args=(0.1,))
    thread.start()
    time.sleep(0.02)
    assert debugging_example.attach_then_lock_released() >= 0
    thread.join(10)
    assert not thread.is_alive()


def test_a_mutex_that_is_held_is_noticed():
    with pytest.raises(RuntimeError, match="holds the mutex already"):
        debugging_example.lock_twice_noticed()


def test_waiting_lets_others_run():
    assert debugging_example.join_detached() == 7
    threading.Timer(0.05, debugging_example.send, [9]).start()
    assert debugging_example.receive_detached() == 9


class Seen:
    """What a node holds, and what a weak reference can watch."""


def in_a_cycle(kind):
    node, seen = kind(), Seen()
    node.other = [node, seen]
    return weakref.ref(seen)


def test_a_visited_cycle_is_collected():
    watched = in_a_cycle(debugging_example.VisitedNode)
    gc.collect()
    assert watched() is None


def test_a_cycle_that_is_not_visited_stays():
    watched = in_a_cycle(debugging_example.Node)
    gc.collect()
    assert watched() is not None
    # Taken apart by hand, or this test would leak.
    (cycle,) = (each for each in gc.get_referrers(watched()) if isinstance(each, list))
    cycle.clear()
    assert watched() is None


@pytest.mark.parametrize(
    "name", ["keep_box", "keep_object", "own_pointer", "link_rcs_weakly", "link_arcs_weakly", "cache_bounded"]
)
def test_what_frees_can_be_called(name):
    getattr(debugging_example, name)()


def test_version_is_that_of_the_crate():
    assert debugging_example.__version__ == "0.1.0"


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "debugging_example", "--allowlist", str(allowed)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
