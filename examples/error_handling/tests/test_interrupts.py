import signal
import subprocess
import sys
import time

import error_handling
import pytest

# The calls that are interrupted take so many seconds, the signal comes after so many.
LONG, AFTER = 1.0, 0.1

PROGRAM = """if True:
    import sys, time
    import error_handling
    def speed():
        start = time.perf_counter()
        error_handling.spin_wrong(2_000_000)
        return 2_000_000 / (time.perf_counter() - start)
    # Steps a second, of a moment in which nobody else wanted the processor.
    second = max(speed() for _ in range(5))
    print("ready", flush=True)
    try:
        getattr(error_handling, sys.argv[1])(int(second * {}), *map(int, sys.argv[2:]))
    except KeyboardInterrupt:
        print("interrupted", time.monotonic())
"""


def delay(*argv):
    """Seconds between ^C and KeyboardInterrupt."""
    child = [sys.executable, "-c", PROGRAM.format(LONG), *argv]
    with subprocess.Popen(child, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(AFTER)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        word, seen = process.communicate(timeout=60)[0].split()
    assert word == "interrupted"
    return float(seen) - sent


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT goes to the whole console there")
@pytest.mark.parametrize("name", ["spin", "spin_detached"])
def test_an_interrupt_is_heard_at_once(name):
    assert delay(name, "1000") < LONG / 3


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT goes to the whole console there")
def test_wrong_an_interrupt_waits_for_the_end():
    assert delay("spin_wrong") > LONG / 3


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timer")
@pytest.mark.parametrize("name", ["spin", "spin_detached"])
def test_what_a_handler_raises_ends_the_loop(name):
    def handler(*_):
        raise LookupError("from the handler")

    before = signal.signal(signal.SIGALRM, handler)
    start = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(LookupError, match="from the handler"):
            getattr(error_handling, name)(20_000_000_000, 1000)
    finally:
        signal.signal(signal.SIGALRM, before)
    # All those steps would take at least ten seconds.
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("every", [1, 1000, 10**9])
def test_all_give_the_same(every):
    expected = error_handling.spin_wrong(2500)
    assert error_handling.spin(2500, every) == expected
    assert error_handling.spin_detached(2500, every) == expected
    assert error_handling.spin(0, every) == error_handling.spin_wrong(0)
    with pytest.raises(ValueError, match="zero"):
        error_handling.spin(1, 0)
