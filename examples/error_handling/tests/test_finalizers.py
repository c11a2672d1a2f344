import contextlib
import gc
import subprocess
import sys
import weakref

import error_handling
import pytest
from error_handling import Handle, HandleWrong, InternalError, PanicException


@contextlib.contextmanager
def reported():
    """What is reported meanwhile: (class of the error, object). No fixture, since pytest has a hook of its own."""
    seen, before = [], sys.unraisablehook
    sys.unraisablehook = lambda args: seen.append((args.exc_type, args.object))
    try:
        yield seen
    finally:
        sys.unraisablehook = before


def fail():
    raise OSError("disk full")


def panic():
    error_handling.nth_wrong([], 0)


def use(*_):
    raise AssertionError("its arguments cannot be made")


def test_closing_raises_to_whoever_closes():
    with reported() as unraisable:
        with pytest.raises(OSError, match="disk full"):
            Handle(fail).close()
        with pytest.raises(OSError, match="disk full"), Handle(fail):
            pass
    assert unraisable == []


def test_a_forgotten_handle_reports_its_error():
    with reported() as unraisable:
        Handle(fail)
        Handle(panic)
    assert unraisable == [(OSError, fail), (InternalError, panic)]


class Holder:
    """What its own handle leads back to, or does not."""

    def __init__(self, *, weak):
        method = weakref.WeakMethod(self.cleanup)

        def cleanup():
            (method() or int)()

        self.handle = Handle(cleanup if weak else self.cleanup)

    def cleanup(self):
        raise AssertionError("never called")


@pytest.mark.parametrize("weak", [True, False])
def test_a_callback_that_leads_back_keeps_its_owner(weak):
    watched = weakref.ref(Holder(weak=weak))
    gc.collect()
    assert (watched() is None) == weak


def test_wrong_a_forgotten_handle_says_nothing():
    with reported() as unraisable:
        HandleWrong(fail)
    assert unraisable == []


# The handle is made, then its neighbour fails: Python drops the one while the error of the other is on its way.
@pytest.mark.parametrize("callback", [int, fail, panic])
def test_an_error_on_its_way_arrives(callback):
    with reported() as unraisable:
        with pytest.raises(ZeroDivisionError):
            use(Handle(callback), 1 / 0)
        with pytest.raises(PanicException):
            use(Handle(callback), panic())
    assert len(unraisable) == (0 if callback is int else 2)


@pytest.mark.slow
@pytest.mark.parametrize("callback", ["int", "fail"])
@pytest.mark.parametrize(("name", "right"), [("Handle", True), ("HandleWrong", False)])
def test_wrong_an_error_on_its_way_is_lost(name, right, callback):
    program = f"""if True:
        import error_handling
        def fail(): raise OSError
        try:
            print(error_handling.{name}({callback}), 1 / 0)
        except ZeroDivisionError:
            print("arrived")
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    # The wrong one ends in a SystemError, or in a segmentation fault.
    assert ((done.returncode, done.stdout) == (0, "arrived\n")) == right


@pytest.mark.slow
def test_wrong_a_panic_in_drop_is_reported_and_leaks():
    program = """if True:
        import sys
        import error_handling
        seen = []
        sys.unraisablehook = lambda args: seen.append(args.exc_type.__name__)
        def panic(): error_handling.nth_wrong([], 0)
        def blocks(make):
            for count in 200, 1000:
                before = sys.getallocatedblocks()
                for _ in range(count):
                    make()
            return sys.getallocatedblocks() - before
        print(blocks(error_handling.PanicsWhenCollected), seen[-1])
        print(blocks(lambda: error_handling.Handle(panic)), seen[-1])
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    wrong, right = [line.split() for line in done.stdout.splitlines()]
    # One block an object, which Python never gets back; caches of Python's own grow a little.
    assert int(wrong[0]) >= 1000
    assert int(right[0]) < 500
    assert [wrong[1], right[1]] == ["PanicException", "InternalError"]
