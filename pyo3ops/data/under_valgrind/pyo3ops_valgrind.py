"""A pytest plugin for a run under valgrind, which is thirty times slower and looks for leaks when the process ends.

The process ends here, before the interpreter takes itself down. What is alive is reachable then, so that "definitely
lost" says what it means; after a shutdown of Python 3.13, thousands of its own strings are "definitely lost" too.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from typing import Any

import pytest

#: Examples of one property: enough to walk through its code.
MAX_EXAMPLES = 10

#: How the session ended; empty before it did, and where there was none.
_status: list[int] = []


# First: pytest's own implementation runs the session, and no later one is called.
@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Keep the tests in this process, which valgrind watches, and drop what measures time."""
    option = config.option
    # pytest-xdist, pytest-timeout, pytest-benchmark: the names under which each keeps its options.
    wanted = {"numprocesses": 0, "dist": "no", "tx": [], "timeout": 0, "benchmark_disable": True}
    for name, value in wanted.items():
        if hasattr(option, name):
            setattr(option, name, value)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each test of hypothesis to a few examples, the same each time."""
    for item in items:
        method = getattr(item, "obj", None)
        function: Any = getattr(method, "__func__", method)
        own = getattr(function, "_hypothesis_internal_use_settings", None)
        if own is not None:
            function._hypothesis_internal_use_settings = _few(own)  # noqa: SLF001 - profiles do not reach settings of a test's own


def _few(own: Any) -> Any:  # noqa: ANN401 - hypothesis.settings, where the project has it
    from hypothesis import HealthCheck, settings  # noqa: PLC0415

    return settings(
        own,
        max_examples=min(own.max_examples, MAX_EXAMPLES),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    """Remember how it went."""
    _status.append(int(exitstatus))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End the process as the interpreter would, but leave its objects where they are."""
    if not _status:
        return
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001 - the only way, and there since 2.0
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_status[-1])
