"""Disk, clock and index as one runner meets them: through a script of faults, and held against what it may do."""

from __future__ import annotations

from collections import Counter
from typing import IO, TYPE_CHECKING

from pyo3ops.release.index import Answer, Sent
from pyo3ops.release.journal import Disk
from pyo3ops.release.manifest import sha256_of
from pyo3ops.release.patience import PATIENT
from pyo3ops.tools.index import Refusal
from tests.release_torture.index import Put, shown
from tests.release_torture.scripts import FETCH, LISTING, RECORD, UPLOAD, Fault
from tests.release_torture.world import Killed, Violated

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.index import Listing
    from pyo3ops.release.model import SealedFile
    from pyo3ops.tools.simple_page import IndexFile
    from tests.release_torture.torture import Runner

#: Calls of an index in one run, which has to end.
MOST_CALLS = 2000


class DyingClock:
    """Time that passes by sleeping, in which one may be killed."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def now(self) -> float:
        return self._runner.world.time

    def sleep(self, seconds: float) -> None:
        self._runner.at(Fault.KILL_WAITING)
        self._runner.world.time += seconds


class DyingDisk(Disk):
    """A disk whose process is killed, or whose power goes, at any boundary of a record."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._then: Fault | None = None

    def write(self, stream: IO[bytes], data: bytes) -> None:
        self._runner.boundary()
        fault = self._then = self._runner.world.script.kill(*RECORD)
        before = stream.seek(0, 2)
        part = data[: self._runner.world.script.random.randrange(1, max(2, len(data)))]
        if fault is not Fault.KILL_BEFORE:
            super().write(stream, part if fault is Fault.KILL_HALF else data)
        if fault is Fault.KILL_LOST:
            stream.truncate(before + self._runner.world.script.random.choice((0, len(part))))
        if fault not in (None, Fault.KILL_SYNCED):
            raise Killed

    def sync(self, stream: IO[bytes]) -> None:
        if self._then is Fault.KILL_SYNCED:
            self._then = None
            raise Killed
        assert not stream.closed

    def sync_folder(self, folder: Path) -> None:
        assert folder.is_dir()


class ScriptedIndex:
    """The store as one runner meets it: through a script of faults, and held against what the runner may do."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.world = runner.world
        self.script = runner.world.script
        self.begin()

    def begin(self) -> None:
        self.calls = 0
        self._expired = self._asked = False
        self._sent: Counter[str] = Counter()
        self._said_to_be_there: set[str] = set()

    @property
    def shown(self) -> str:
        return "an index"

    def listing(self, project: str) -> Listing:
        self._call(Fault.KILL_ASKING)
        assert project == "spam"
        fault = self.script.draw(*LISTING)
        if fault is Fault.NO_LIST:
            return Refusal("HTTP 503")
        self._asked = True
        lag = self.script.random.uniform(0, self.script.lag) if fault is Fault.STALE else 0.0
        hashes = Fault.NO_HASH not in self.script.kinds
        self.script.counts[Fault.NO_HASH] += not hashes
        files = tuple(shown(file, hashes=hashes) for file in self.world.store.at(self.world.time - lag))
        return files or Refusal("no such project", absent=True)

    def upload(self, path: Path, file: SealedFile) -> Answer:
        self._call(Fault.KILL_SENDING)
        self._hold(path, file)
        self.world.uploads += 1
        answer = self._answer(file.name, path.read_bytes())
        if answer.sent in (Sent.ACCEPTED, Sent.TAKEN):
            self._said_to_be_there.add(file.name)
        self._runner.at(Fault.KILL_SENT)
        return answer

    def fetch(self, file: IndexFile, folder: Path) -> Path | Refusal:
        self._call(Fault.KILL_ASKING)
        fault = self.script.draw(*FETCH)
        if fault is Fault.NO_BYTES:
            return Refusal("HTTP 502")
        data = self.world.store.files[file.name].data
        (folder / file.name).write_bytes(data[:-1] if fault is Fault.WRONG_BYTES else data)
        return folder / file.name

    def _call(self, fault: Fault) -> None:
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise Violated("the run does not end")
        self._runner.at(fault)
        self.world.time += 0.5
        self.world.settle()

    def _hold(self, path: Path, file: SealedFile) -> None:
        """What a runner promises of each upload."""
        self._sent[file.name] += 1
        if file.name in self._runner.confirmed():
            raise Violated(f"{file.name} was sent after its confirmation")
        if not self._asked:
            raise Violated(f"{file.name} was sent without asking first")
        self._asked = False
        if file.name in self._said_to_be_there:
            raise Violated(f"{file.name} was sent again though the index said that it has it")
        if not self._runner.sealed.holds(path.name, sha256_of(path)) or path.name != file.name:
            raise Violated(f"{file.name} is not what was sealed")
        if self._sent[file.name] > PATIENT.tries:
            raise Violated(f"{file.name} was sent {self._sent[file.name]} times in one run")
        names = [each.name for each in self._runner.sealed.manifest.files]
        there = self.world.store.files
        before = names[: names.index(file.name)]
        early = [
            name for name in before if name not in there or not self._runner.sealed.holds(name, there[name].sha256)
        ]
        if early:
            raise Violated(f"{file.name} was sent before {early[0]} was public")

    def _answer(self, name: str, data: bytes) -> Answer:
        fault = self.script.draw(*UPLOAD)
        self._expired = self._expired or fault is Fault.EXPIRED
        if self._expired:
            return Answer(Sent.UNAUTHORISED, "HTTP 403: the token is not valid any more")
        if fault in _NOT_KEPT:
            return _NOT_KEPT[fault]
        if self.script.is_full(len(self.world.store.files), self.world.runs):
            self.script.counts[Fault.QUOTA] += 1
            return Answer(Sent.REFUSED, "HTTP 400: the project is full")
        if fault is Fault.TOO_MANY:
            return Answer(Sent.UNSURE, "HTTP 429", self.script.random.choice((0.0, 5.0, 60.0, 899.0, 1200.0)))
        return self._kept(fault, name, data)

    def _kept(self, fault: Fault | None, name: str, data: bytes) -> Answer:
        if fault is Fault.LATE:
            self.world.put_late(name, data)
            return _RESET
        put = self.world.put(name, data)
        return _RESET if fault in (Fault.NO_REPLY, Fault.LATE_ERROR) else Answer(*_ANSWERS[put])


_RESET = Answer(Sent.UNSURE, "the connection was reset")
_NOT_KEPT = {
    Fault.DROP_BEFORE: Answer(Sent.UNSURE, "the connection was refused"),
    Fault.DROP_BODY: _RESET,
    Fault.FALSELY_TAKEN: Answer(Sent.TAKEN, "HTTP 400: the file exists"),
    Fault.ERROR: Answer(Sent.UNSURE, "HTTP 503"),
    Fault.ACCEPTED_LOST: Answer(Sent.ACCEPTED),
}
_ANSWERS = {
    Put.STORED: (Sent.ACCEPTED, ""),
    Put.SAME: (Sent.ACCEPTED, ""),
    Put.TAKEN: (Sent.TAKEN, "HTTP 400: the file exists"),
    Put.CLOSED: (Sent.REFUSED, "HTTP 403: the release is older than 14 days"),
}
