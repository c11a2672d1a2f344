import datetime as dt
import gc
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
import weakref
from pathlib import Path

import ffi_safety
import pytest

ROOT = Path(__file__).parents[1]
CARGO = shutil.which("cargo")
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def run(code, seconds=30):
    """What a program prints, None where it does not end in time."""
    argv = [sys.executable, "-c", f"import ffi_safety, gc, sys, threading, time\n{code}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None
    assert done.returncode == 0, done.stderr
    return done.stdout


def steps_meanwhile(call):
    """How often another thread gets a turn of a millisecond while a call runs."""
    done, steps = threading.Event(), []

    def work():
        call()
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        steps.append(1)
        time.sleep(0.001)
    thread.join()
    return len(steps)


# Attached and detached


@pytest.mark.slow
@pytest.mark.skipif(FREE_THREADED, reason="without a GIL nobody is kept waiting by it")
def test_others_run_only_while_it_is_detached():
    rounds = 100_000_000
    right = steps_meanwhile(lambda: ffi_safety.mix(rounds))
    wrong = steps_meanwhile(lambda: ffi_safety.mix_wrongly(rounds))
    assert right > 5 * wrong


def test_both_compute_the_same():
    assert ffi_safety.mix(1000) == ffi_safety.mix_wrongly(1000)


# Locks

MUTEX = """
def owner():
    ffi_safety.lock_and_call_wrongly(lambda: time.sleep(0.3))
thread = threading.Thread(target=owner, daemon=True)
thread.start()
time.sleep(0.1)
{call}()
thread.join()
print("done")
"""
ONCE = """
def make():
    time.sleep(0.3)
    return 7
threads = [threading.Thread(target={call}, args=(make,), daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done", {call}(make))
"""


@pytest.mark.slow
@pytest.mark.skipif(FREE_THREADED, reason="without a GIL there is no second lock to deadlock with")
@pytest.mark.parametrize(
    ("code", "call"),
    [(MUTEX, "ffi_safety.total_wrongly"), (ONCE, "ffi_safety.setting_wrongly")],
    ids=["mutex", "once"],
)
def test_waiting_attached_is_a_deadlock(code, call):
    assert run(code.format(call=call), seconds=2) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "call", "said"),
    [
        (MUTEX, "ffi_safety.total", "done\n"),
        (ONCE, "ffi_safety.setting", "done 7\n"),
        (ONCE, "ffi_safety.setting_or_error", "done 7\n"),
    ],
    ids=["mutex", "once", "once, or an error"],
)
def test_waiting_detached_is_none(code, call, said):
    assert run(code.format(call=call)) == said


def test_a_lock_is_taken_and_let_go():
    before = ffi_safety.total()
    ffi_safety.lock_and_call_wrongly(lambda: None)
    assert ffi_safety.total() == before + 1
    with pytest.raises(ZeroDivisionError):
        ffi_safety.lock_and_call_wrongly(lambda: 1 / 0)
    # Neither poisoned nor held.
    assert ffi_safety.total() == before + 1
    assert ffi_safety.setting(lambda: 7) == ffi_safety.setting(lambda: 8)


def test_an_error_of_what_is_made_once_is_raised_and_not_kept():
    with pytest.raises(ZeroDivisionError):
        ffi_safety.setting_or_error(lambda: 1 / 0)
    assert ffi_safety.setting_or_error(lambda: 7) == ffi_safety.setting_or_error(lambda: 8) == 7


def test_a_callback_may_come_back_for_a_lock_that_is_not_held():
    before = ffi_safety.total()
    ffi_safety.call_and_lock(ffi_safety.total)
    assert ffi_safety.total() == before + 1


@pytest.mark.slow
def test_a_callback_that_comes_back_for_a_held_lock_waits_for_itself():
    assert run("ffi_safety.lock_and_call_wrongly(ffi_safety.total)", seconds=2) is None


# References


def test_an_object_is_called_in_another_thread():
    assert ffi_safety.call_in_thread(threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        ffi_safety.call_in_thread(lambda: 1 / 0)


class Thing:
    """What a weak reference can watch."""


def test_a_reference_dropped_while_detached_is_given_back():
    thing = Thing()
    watched = weakref.ref(thing)
    before = sys.getrefcount(thing)
    ffi_safety.drop_in_thread(thing)
    assert sys.getrefcount(thing) == before
    del thing
    gc.collect()
    assert watched() is None


def test_a_borrowed_reference_is_counted():
    thing = Thing()
    items = [thing]
    before = sys.getrefcount(thing)
    for _ in range(10):
        assert ffi_safety.first(items) is thing
    assert sys.getrefcount(thing) == before
    with pytest.raises(IndexError):
        ffi_safety.first([])


COUNTS = """
class Thing: pass
thing = Thing()
items, spare = [thing], [thing] * 100
before = sys.getrefcount(thing)
for _ in range(10):
    ffi_safety.first_wrongly(items)
print(sys.getrefcount(thing) - before, end=" ")
new = [ffi_safety.{}() for _ in range(1)][0]
print(sys.getrefcount(new))
import os
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.skipif(FREE_THREADED, reason="counts of a free-threaded Python are split over threads")
def test_a_borrowed_reference_taken_for_owned_is_lost_and_the_other_way_round_leaks():
    lost, wrong = run(COUNTS.format("new_list_wrongly")).split()
    right = run(COUNTS.format("new_list")).split()[1]
    assert int(lost) == -10
    assert int(wrong) == int(right) + 1


# Buffers


def test_memory_moves_under_a_slice():
    data = bytearray(16)
    assert ffi_safety.address_moves_wrongly(data, lambda: data.extend(bytes(1_000_000)))
    assert not ffi_safety.address_moves_wrongly(data, lambda: None)


def test_memory_stays_where_a_buffer_is_held():
    data = bytearray(b"\1\2\3")
    with pytest.raises(BufferError):
        ffi_safety.sum_bytes(data, lambda: data.extend(bytes(1_000_000)))
    # What a write changes is seen, and no more than that.
    assert ffi_safety.sum_bytes(data, lambda: data.__setitem__(0, 7)) == 12
    assert ffi_safety.sum_bytes(memoryview(data)[::2], lambda: None) == 10


def test_an_owner_can_be_resized_once_the_view_is_closed():
    data = bytearray(b"abc")
    view = ffi_safety.View(data)
    with pytest.raises(BufferError):
        data.append(1)
    assert bytes(view.copy()) == b"abc"
    view.close()
    data.append(1)
    with pytest.raises(ValueError, match="closed"):
        view.copy()


# Cycles


def in_a_cycle(kind):
    node, thing = kind(), Thing()
    node.other = [node, thing]
    return weakref.ref(thing)


def test_only_a_cycle_that_is_visited_is_collected():
    right, wrong = in_a_cycle(ffi_safety.Node), in_a_cycle(ffi_safety.NodeWrongly)
    gc.collect()
    assert right() is None
    assert wrong() is not None
    # Taken apart by hand, or this test would leak.
    (cycle,) = (each for each in gc.get_referrers(wrong()) if isinstance(each, list))
    cycle.clear()
    assert wrong() is None


# Pointers


def test_a_capsule_carries_a_value_and_drops_it():
    before = ffi_safety.dropped_values()
    capsule = ffi_safety.capsule_of(7)
    assert ffi_safety.value_of(capsule) == 7
    assert "ffi_safety.Value.v1" in repr(capsule)
    del capsule
    gc.collect()
    assert ffi_safety.dropped_values() == before + 1


def test_a_capsule_of_another_name_is_refused():
    # Another module's capsule: its pointer is no value of ours.
    with pytest.raises(ValueError, match="incorrect name"):
        ffi_safety.value_of(dt.datetime_CAPI)
    with pytest.raises(TypeError):
        ffi_safety.value_of(7)


# Shared state


def added(counter, threads=4, times=200):
    def work():
        for _ in range(times):
            counter.add()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return counter.value, threads * times


@pytest.mark.slow
def test_two_steps_lose_counts_and_one_step_does_not():
    value, expected = added(ffi_safety.CounterWrongly())
    assert value < expected
    value, expected = added(ffi_safety.Counter())
    assert value == expected


def test_a_callback_may_use_what_called_it_only_where_that_is_frozen():
    wrong, right = ffi_safety.TallyWrongly(), ffi_safety.Tally()
    with pytest.raises(RuntimeError, match="Already mutably borrowed"):
        wrong.call(lambda: wrong.calls)
    assert wrong.calls == 1
    right.call(lambda: right.call(lambda: None))
    assert right.calls == 2


@pytest.mark.slow
@pytest.mark.skipif(not FREE_THREADED, reason="this Python has a GIL")
def test_a_free_threaded_python_stays_so():
    assert run("print(sys._is_gil_enabled())") == "False\n"


# The rest


def cargo(*arguments):
    # Beside what builds the wheel: tests are built with another profile.
    env = {**os.environ, "CARGO_TARGET_DIR": str(ROOT / "target" / "tests"), "PYO3_PYTHON": sys.executable}
    folder = sysconfig.get_config_var("LIBDIR") or ""
    env["LD_LIBRARY_PATH"] = os.pathsep.join([folder, env.get("LD_LIBRARY_PATH", "")])
    return subprocess.run([CARGO, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


# It takes a compiler half a minute, and has nothing to do with the Python: once is enough.
if sys.version_info[:2] == (3, 12):

    @pytest.mark.slow
    @pytest.mark.skipif(not CARGO, reason="cargo is not here")
    def test_the_compiler_refuses_what_is_not_detached_or_sent():
        done = cargo("test", "--locked", "--doc")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "2 passed" in done.stdout

    @pytest.mark.slow
    @pytest.mark.skipif(not CARGO, reason="cargo is not here")
    def test_the_pure_core_under_miri():
        if subprocess.run([CARGO, "+nightly", "miri", "--version"], capture_output=True, check=False).returncode:
            pytest.skip("no nightly toolchain with Miri is here")
        done = cargo("+nightly", "miri", "test", "--locked", "ring")
        assert done.returncode == 0, done.stdout + done.stderr


def test_version_is_that_of_the_crate():
    assert ffi_safety.__version__ == "0.1.0"


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "ffi_safety", "--allowlist", str(allowed)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
