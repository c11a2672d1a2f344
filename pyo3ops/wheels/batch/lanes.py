"""Work in lanes: what shares a target folder is done one after the other, different lanes side by side."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable, TypeVar

from pyo3ops.core.errors import Interrupted
from pyo3ops.core.run import end_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

Job = TypeVar("Job")
Done = TypeVar("Done")


def run_lanes(lanes: Sequence[Sequence[Job]], do: Callable[[Job], Done], workers: int) -> list[Done]:
    """Do every job, and return what came of them, lane by lane in the order given.

    A job that raises stops all the others after the ones at work. On ^C and SIGTERM the programs at work are ended.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import

    stopped = threading.Event()

    def one(lane: Sequence[Job]) -> list[Done]:
        done = []
        for job in lane:
            if stopped.is_set():
                break
            done.append(do(job))
        return done

    with ThreadPoolExecutor(max(1, workers)) as pool:
        futures: list[Future[list[Done]]] = []
        # An interrupt may come while the first thread starts, and at work is it then already.
        try:
            for lane in lanes:
                futures.append(pool.submit(one, lane))  # noqa: PERF401 - what was submitted has to be known
            return [each for future in futures for each in future.result()]
        except BaseException as error:
            stopped.set()
            for future in futures:
                future.cancel()
            if isinstance(error, (KeyboardInterrupt, Interrupted)):
                # The pool waits for its threads, and they for what they started.
                end_all()
            raise
