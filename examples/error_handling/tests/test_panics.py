import asyncio
import contextlib
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import error_handling
import pytest
from error_handling import InternalError, PanicException

MESSAGE = "index out of bounds: the len is 1 but the index is 5"


def panic():
    error_handling.nth_wrong([1], 5)


def run(program, expected=0):
    argv = [sys.executable, "-c", f"import error_handling\n{program}"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == expected, done.stderr
    return done.stderr


def test_a_mistake_of_the_caller_is_an_error():
    assert error_handling.nth([1], 0) == 1
    with pytest.raises(IndexError, match="no item 5 of 1"):
        error_handling.nth([1], 5)


def test_wrong_except_exception_does_not_catch_a_panic():
    assert PanicException.__mro__[1] is BaseException
    seen = []

    def careful():
        try:
            panic()
        except Exception:  # noqa: BLE001
            seen.append("caught")

    with pytest.raises(PanicException, match=MESSAGE):
        careful()
    assert seen == []
    with pytest.raises(PanicException), contextlib.suppress(Exception):
        panic()


def test_finally_runs_and_a_bare_except_catches():
    seen = []
    try:
        try:
            panic()
        finally:
            seen.append("finally")
    except:  # noqa: E722
        seen.append("except")
    assert seen == ["finally", "except"]


def test_the_class_can_be_imported_from_nowhere():
    assert PanicException.__module__ == "pyo3_runtime"
    with pytest.raises(ImportError):
        __import__("pyo3_runtime")
    # So that it cannot come back from another process either.
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(PanicException("no"))


def test_a_pool_keeps_it_for_whoever_asks():
    with ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.submit(panic).exception(), PanicException)
        # The worker is alive.
        assert pool.submit(int).result() == 0


def test_a_task_keeps_it_for_whoever_awaits():
    async def main():
        async def task():
            panic()

        return await asyncio.gather(task(), return_exceptions=True)

    (result,) = asyncio.run(main())
    assert isinstance(result, PanicException)


def test_a_thread_reports_it_to_its_hook(monkeypatch):
    seen = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))
    thread = threading.Thread(target=panic)
    thread.start()
    thread.join()
    assert seen == [PanicException]


def test_the_edge_turns_it_into_an_exception():
    assert error_handling.nth_guarded([1], 0) == 1
    with pytest.raises(InternalError, match=f"a bug in error_handling: {MESSAGE}") as caught:
        error_handling.nth_guarded([1], 5)
    assert isinstance(caught.value, Exception)


def test_in_rust_a_panic_below_python_is_no_err():
    assert error_handling.outcome(int) == "returned"
    assert error_handling.outcome(lambda: 1 / 0) == "raised"
    with pytest.raises(PanicException):
        error_handling.outcome(panic)
    assert error_handling.outcome_guarded(panic) == "panicked"
    assert error_handling.outcome_guarded(lambda: 1 / 0) == "raised"


@pytest.mark.slow
def test_what_a_panic_prints():
    uncaught = run("error_handling.nth_wrong([1], 5)", 1)
    assert "panicked at src" in uncaught
    assert f"pyo3_runtime.PanicException: {MESSAGE}" in uncaught
    # The line of the panic hook comes even where the panic is caught.
    guarded = run("try: error_handling.nth_guarded([1], 5)\nexcept RuntimeError: pass")
    assert "panicked at src" in guarded
    assert "PanicException" not in guarded
    through = run("error_handling.outcome_guarded(lambda: error_handling.nth_wrong([1], 5))")
    assert "PyO3 is resuming a panic" in through


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="an abort has another exit code there")
def test_wrong_a_panic_during_a_panic_is_the_end():
    program = "try: error_handling.panic_twice()\nexcept BaseException: print('caught')\nprint('alive')"
    printed = run(program, -signal.SIGABRT)
    assert "first panic" in printed
    assert "second panic" in printed
