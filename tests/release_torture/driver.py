"""Runs of `publish()` in processes of their own, which die by SIGKILL at the boundary that they are told.

    python driver.py < ORDERS > ENDINGS
    python driver.py ORDER > ENDING

Each line of ORDERS is JSON: `folder` of the release, `url` and `simple` of the index, `client`, `kill` (the boundary,
counted from 1; 0: none). What is slow to import is imported once: each order is a fork. Each line of ENDINGS is JSON as
well: `signal` (0: none), and else the `state` and the `reason`, or `error`. An order in the command line is run in this
very process, which ends with 0 where the release is published.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).parents[2])]

import packaging.utils  # noqa: F401, E402 - imported before the forks, as what is below

from pyo3ops.release.credentials import NOBODY  # noqa: E402
from pyo3ops.release.journal import Disk, Journal  # noqa: E402
from pyo3ops.release.live import LiveIndex  # noqa: E402
from pyo3ops.release.manifest import load  # noqa: E402
from pyo3ops.release.model import State  # noqa: E402
from pyo3ops.release.patience import Patience  # noqa: E402
from pyo3ops.release.publishing import publish  # noqa: E402
from pyo3ops.release.target import Target  # noqa: E402
from pyo3ops.tools.index import Index  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.release.index import Answer, Listing
    from pyo3ops.release.model import SealedFile
    from pyo3ops.tools.index import Refusal
    from pyo3ops.tools.simple_page import IndexFile

#: In seconds; a real index is given minutes.
PATIENCE = Patience(tries=4, first=0.02, longest=0.2, shown=0.6, asked=2.0)


class Boundaries:
    """Counts the moments between two things that are done; at one of them the process is gone."""

    def __init__(self, kill: int) -> None:
        self._left = kill

    def cross(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDisk(Disk):
    """Dies before a record, in the middle of it, before it is on the disk, and behind that."""

    def __init__(self, boundaries: Boundaries) -> None:
        self._boundaries = boundaries

    def write(self, stream: IO[bytes], data: bytes) -> None:
        self._boundaries.cross()
        super().write(stream, data[: len(data) // 2])
        self._boundaries.cross()
        super().write(stream, data[len(data) // 2 :])
        self._boundaries.cross()

    def sync(self, stream: IO[bytes]) -> None:
        super().sync(stream)
        self._boundaries.cross()


@dataclass(frozen=True)
class MortalIndex:
    """Dies before and behind whatever is asked of a real index."""

    real: LiveIndex
    boundaries: Boundaries

    @property
    def shown(self) -> str:
        # The proxy has another port in each test: what matters is that the index is the same.
        return self.real.shown

    def listing(self, project: str) -> Listing:
        self.boundaries.cross()
        return self.real.listing(project)

    def upload(self, path: Path, file: SealedFile) -> Answer:
        self.boundaries.cross()
        answer = self.real.upload(path, file)
        self.boundaries.cross()
        return answer

    def fetch(self, file: IndexFile, folder: Path) -> Path | Refusal:
        self.boundaries.cross()
        return self.real.fetch(file, folder)


def once(order: Mapping[str, Any]) -> dict[str, str]:
    """One run, in this very process."""
    boundaries = Boundaries(int(order["kill"]))
    folder = Path(order["folder"])
    target = Target("", order["url"], Index(order["simple"], "the test"), order["client"], NOBODY)
    index = MortalIndex(LiveIndex(target, dict(os.environ)), boundaries)
    with Journal.open(folder, disk=MortalDisk(boundaries)) as journal:
        outcome = publish(load(folder), folder, index, journal, _clock(), patience=PATIENCE)
    return {"state": outcome.state.value, "reason": outcome.reason}


def _clock() -> Any:
    from pyo3ops.release.clock import SystemClock  # noqa: PLC0415 - beside its use

    return SystemClock()


def forked(order: Mapping[str, Any]) -> dict[str, object]:
    """One run in a process of its own, and how that ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            answer = once(order)
        except BaseException:  # noqa: BLE001 - the parent is told
            answer = {"error": traceback.format_exc()}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        # A client that outlives the run has the pipe, too: its end is waited for, as it may still send.
        said = stream.read()
    _, status = os.waitpid(child, 0)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"signal": killed, **(json.loads(said) if said else {})}


def main() -> int:
    if sys.argv[1:]:
        answer = once(json.loads(sys.argv[1]))
        sys.stdout.write(json.dumps(answer) + "\n")
        return int(answer["state"] != State.PUBLISHED.value)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(forked(json.loads(line))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
