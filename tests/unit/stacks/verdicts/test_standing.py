from __future__ import annotations

from dataclasses import replace

import pytest

from pyo3ops.stacks.model import Frame, Gil, Language, Layer, Stack, Thread
from pyo3ops.stacks.verdicts.standing import IMPORT, LOGGING, Standing, standing_of
from pyo3ops.stacks.verdicts.waiting import For

STD = "/rustc/0123456789/library/std/src"
RAYON = "/cargo/registry/src/index/rayon-core-1.13.0/src"


def std(function: str, file: str = "") -> Frame:
    return Frame(function, Language.RUST, f"{STD}/{file}", layer=Layer.STD, crate="std")


def rayon(function: str, file: str) -> Frame:
    return Frame(function, Language.RUST, f"{RAYON}/{file}", layer=Layer.DEPENDENCY, crate="rayon-core")


def c(function: str, layer: Layer = Layer.CPYTHON) -> Frame:
    return Frame(function, Language.C, layer=layer)


def python(function: str, file: str = "/home/me/program.py") -> Frame:
    return Frame(function, Language.PYTHON, file, 1, layer=Layer.PYTHON)


SYSCALL = c("syscall", Layer.LIBC)
FUTEX = (SYSCALL, std("std::sys::pal::unix::futex::futex_wait"))
MUTEX = (*FUTEX, std("std::sys::sync::mutex::futex::Mutex::lock_contended"))
CONDITION = (*FUTEX, std("std::sys::sync::condvar::futex::Condvar::wait"))
IDLE = (*CONDITION, rayon("sleep", "sleep/mod.rs"), rayon("no_work_found", "sleep/mod.rs"))
ONCE = std("std::sys::sync::once::futex::Once::call")
OWN = Frame("mine::work", Language.RUST, "/home/me/src/lib.rs", 7, layer=Layer.CRATE, crate="mine")
LIBRARY = "/usr/lib/python3.13"
ACQUIRE = (c("__new_sem_wait", Layer.LIBC), c("PyThread_acquire_lock_timed"))


def standing(*frames: Frame, gil: Gil = Gil.FREE) -> Standing:
    stack = Stack(Thread(1), frames, gil, waits_at=64)
    return standing_of(stack, [stack])


def test_a_wait_is_the_whole_of_what_it_is_made_of() -> None:
    channel = standing(*FUTEX, std("park", "thread/functions.rs"), std("recv<u64>", "sync/mpmc/list.rs"), OWN)

    assert (channel.wait, channel.word, channel.steady) == (For.SIGNAL, "channel", True)


def test_a_lock_that_is_wanted_while_a_value_is_made_is_a_lock() -> None:
    maker = standing(*MUTEX, std("build", "other.rs"), ONCE, OWN)

    assert (maker.wait, maker.making_once) == (For.LOCK, True)
    waiting = standing(*FUTEX, ONCE, OWN)
    assert (waiting.wait, waiting.making_once) == (For.ONCE, False)


def test_a_pools_thread_is_idle_only_where_nothing_of_anybodys_is_below() -> None:
    idle = standing(*IDLE, rayon("main_loop", "registry.rs"))
    busy = standing(*IDLE, rayon("join_context", "join/mod.rs"), OWN)
    task = standing(*MUTEX, rayon("execute", "job.rs"), rayon("wait_until_cold", "registry.rs"))

    assert (idle.idle, idle.native) == (True, False)
    assert (busy.idle, busy.native) == (False, True)
    assert (task.wait, task.native) == (For.LOCK, True)


def test_the_interpreter_comes_before_what_it_is_wanted_for() -> None:
    back = standing(c("futex_wait", Layer.LIBC), c("take_gil"), c("PyEval_RestoreThread"), c("time_sleep"), python("f"))

    assert back.wait is For.INTERPRETER


@pytest.mark.parametrize(
    ("caller", "wait", "word"),
    [
        (python("Thread.join", f"{LIBRARY}/threading.py"), For.JOIN, "the end of a thread (join)"),
        (python("Condition.wait", f"{LIBRARY}/threading.py"), For.SIGNAL, "a condition of threading"),
        (python("_find_and_load", "<frozen importlib._bootstrap>"), For.PYTHON_LOCK, IMPORT),
        (python("Handler.acquire", f"{LIBRARY}/logging/__init__.py"), For.PYTHON_LOCK, LOGGING),
        (python("mine"), For.PYTHON_LOCK, "a lock of threading"),
        (python("join", "/venv/lib/python3.13/site-packages/x/threading.py"), For.PYTHON_LOCK, "a lock of threading"),
    ],
)
def test_pythons_locks_are_told_by_who_takes_them(caller: Frame, wait: For, word: str) -> None:
    waiting = standing(*ACQUIRE, caller, python("main"))

    assert (waiting.wait, waiting.word, waiting.only_python) == (wait, word, True)


def test_a_thread_that_runs_waits_for_nothing() -> None:
    assert standing(OWN).wait is None
    assert (
        standing(c("futex_wake", Layer.LIBC), std("std::sys::sync::mutex::futex::Mutex::lock_contended")).wait is None
    )


def test_another_address_is_another_lock() -> None:
    stack = Stack(Thread(1), (*MUTEX, OWN), waits_at=64)

    assert standing_of(stack, [stack]).steady
    assert not standing_of(stack, [replace(stack, waits_at=128)]).steady
    assert not standing_of(stack, [None]).steady
    assert not standing_of(stack, [replace(stack, frames=(OWN,))]).steady


def test_who_has_the_interpreter_has_it_in_every_look() -> None:
    stack = Stack(Thread(1), (*MUTEX, OWN), Gil.HELD, waits_at=64)

    assert standing_of(stack, [stack]).attached
    assert not standing_of(stack, [replace(stack, gil=Gil.FREE)]).attached


@pytest.mark.parametrize(
    ("asleep", "later", "steady"),
    [(None, None, True), (True, True, True), (False, True, False), (True, False, False)],
)
def test_who_was_woken_does_not_stand(asleep: bool | None, later: bool | None, steady: bool) -> None:  # noqa: FBT001
    one = Stack(Thread(1), (*MUTEX, OWN), Gil.HELD, waits_at=64, asleep=asleep)
    assert standing_of(one, [replace(one, asleep=later)]).steady is steady


def test_who_waits_for_the_interpreter_may_look_whether_it_is_free() -> None:
    one = Stack(Thread(1), (SYSCALL, c("take_gil"), c("PyEval_RestoreThread"), OWN), Gil.WAITED_FOR, asleep=False)
    found = standing_of(one, [one])
    assert (found.wait, found.steady) == (For.INTERPRETER, True)


def test_a_pool_s_thread_with_work_waits_for_the_pool() -> None:
    assert (standing(*IDLE).wait, standing(*IDLE).idle) == (For.IDLE, True)
    assert (standing(*IDLE, OWN).wait, standing(*IDLE, OWN).idle) == (For.POOL, False)


def tokio(function: str, file: str) -> Frame:
    path = f"/cargo/registry/src/index/tokio-1.54.1/src/{file}"
    return Frame(function, Language.RUST, path, layer=Layer.DEPENDENCY, crate="tokio")


def test_what_tokio_waits_for_in_the_caller_s_thread() -> None:
    parked = (*CONDITION, tokio("park", "runtime/park.rs"), tokio("block_on<u64>", "runtime/park.rs"))
    future = standing(*parked, tokio("block_on<u64>", "runtime/runtime.rs"), OWN)
    lock = standing(*parked, tokio("block_on<u64>", "future/block_on.rs"), tokio("blocking_lock", "sync/mutex.rs"), OWN)

    assert (future.wait, future.word) == (For.SIGNAL, "a future (tokio's block_on)")
    assert (lock.wait, lock.word) == (For.LOCK, "Mutex")


def test_a_map_of_dashmap_is_named() -> None:
    file = "/cargo/registry/src/index/dashmap-6.2.1/src/"
    inner = [
        Frame(name, Language.RUST, file + at, layer=Layer.DEPENDENCY, crate="dashmap")
        for name, at in (("lock_shared_slow", "lock.rs"), ("_get<u64>", "lib.rs"), ("get<u64>", "lib.rs"))
    ]
    found = standing(SYSCALL, *inner, OWN)

    assert (found.wait, found.word) == (For.LOCK, "RwLock of a DashMap (one of its shards)")


def test_a_scope_waits_for_its_threads() -> None:
    found = standing(
        *FUTEX, std("park", "thread/thread.rs"), std("std::thread::scoped::scope", "thread/scoped.rs"), OWN
    )

    assert (found.wait, found.word) == (For.JOIN, "the threads of a scope (std::thread::scope)")


def test_a_listener_waits_for_a_connection() -> None:
    accept = std("std::net::tcp::TcpListener::accept", "net/tcp.rs")
    found = standing(c("accept4", Layer.LIBC), accept, OWN)

    assert (found.wait, found.word) == (For.OUTSIDE, "a connection to a socket (accept)")


@pytest.mark.parametrize(
    ("function", "inside"), [("Manager.getLogger", True), ("Logger.isEnabledFor", True), ("Logger.info", False)]
)
def test_logging_calls_others_with_its_lock_in_hand(function: str, *, inside: bool) -> None:
    waiting = standing(*MUTEX, OWN, python("Leveled.__init__"), python(function, f"{LIBRARY}/logging/__init__.py"))

    assert waiting.logging is inside


def test_a_channel_that_waits_by_park_is_a_channel() -> None:
    flume = "/cargo/registry/src/index/flume-0.11.1/src/lib.rs"
    calls = (
        Frame(name, Language.RUST, flume, layer=Layer.DEPENDENCY, crate="flume")
        for name in ("wait_send<u64>", "send_sync<u64>", "flume::Sender<T>::send")
    )
    each = standing(*FUTEX, std("park", "thread/functions.rs"), *calls, OWN)

    assert (each.wait, each.word) == (For.SIGNAL, "channel of flume")


BLOCK_ON = tokio("tokio::runtime::runtime::Runtime::block_on", "runtime/runtime.rs")


@pytest.mark.parametrize(
    ("calls", "wait"),
    [
        # Only a thread of the process wakes it, for it looks at nothing itself.
        ([tokio("Inner::park", "runtime/park.rs"), tokio("CachedParkThread::block_on", "runtime/park.rs")], For.SIGNAL),
        # A runtime without threads has its timers and tasks in the one that waits.
        (
            [
                tokio("Inner::park_timeout", "runtime/park.rs"),
                tokio("block_on", "runtime/scheduler/current_thread/mod.rs"),
            ],
            For.OUTSIDE,
        ),
    ],
)
def test_who_can_end_a_block_on(calls: list[Frame], wait: For) -> None:
    each = standing(*CONDITION, *calls, BLOCK_ON, OWN)

    assert (each.wait, each.word) == (wait, "a future (tokio's block_on)")
