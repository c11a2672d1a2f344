"""Engines that are broken on purpose, as others are or were: the torture has to catch each of them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Mapping, NamedTuple

from pyo3ops.release import publishing
from pyo3ops.release.course import Step
from pyo3ops.release.index import Sent
from pyo3ops.release.manifest import path_of
from pyo3ops.release.model import Manifest, SealedFile, State
from pyo3ops.release.patience import PATIENT
from pyo3ops.release.public import Public
from tests.release_torture.scripts import Fault

if TYPE_CHECKING:
    from pyo3ops.release.clock import Clock
    from pyo3ops.release.index import Answer, Index
    from pyo3ops.release.journal import Journal
    from pyo3ops.release.outcome import Outcome

    Engine = Callable[[Manifest, Path, Index, Journal, Clock], Outcome]


class _SkipsByName(publishing._Run):
    """A name that the index has is a file that it has: `--skip-existing`."""

    def _ask(self) -> Public:
        seen = super()._ask()
        self._seen = replace(seen, same=seen.same + seen.other, other=())
        return self._seen


class _TakesItsWord(publishing._Run):
    """What the index accepted, it has."""

    def _wait_for(self, file: SealedFile) -> None:
        if self._told(file).sent is Sent.ACCEPTED:
            self._journal.append(Step.CONFIRMED.value, file=file.name)
        else:
            super()._wait_for(file)


class _TakenIsThere(publishing._Run):
    """A name that is taken is a file that is there."""

    def _wait_for(self, file: SealedFile) -> None:
        if self._told(file).sent is Sent.TAKEN:
            self._journal.append(Step.CONFIRMED.value, file=file.name)
        else:
            super()._wait_for(file)


class _SendsAgainAtOnce(publishing._Run):
    """After no answer it is sent again, and nobody asks whether it arrived."""

    def _send(self, file: SealedFile) -> Answer:
        answer = super()._send(file)
        return super()._send(file) if answer.sent is Sent.UNSURE else answer


class _DoesNotWait(publishing._Run):
    """What was accepted and is not shown is sent again in the same run."""

    def _wait_for(self, file: SealedFile) -> None:
        self._clock.sleep(1.0)
        self._judge(self._ask())
        if not self._shown(file):
            self._send(file)
            super()._wait_for(file)


class _NoAnswerIsNothing(publishing._Run):
    """An index that does not answer has nothing."""

    def _ask(self) -> Public:
        found = self._asking.look()
        self._seen, self._fresh = found if isinstance(found, Public) else Public(), True
        return self._seen


class _AbortsInDoubt(publishing._Run):
    """Refused once, it never was there."""

    def _refused(self, file: SealedFile, answer: Answer) -> None:
        raise publishing._Stop(f"{file.name} was refused: {answer.reason}", State.ABORTED)


class _SdistFirst(publishing._Run):
    """The sdist before the wheels: whoever installs meanwhile builds."""

    def _publish(self, file: SealedFile) -> None:
        files = self._manifest.files
        super()._publish(files[len(files) - 1 - files.index(file)])


def _with(run: type[publishing._Run]) -> Engine:
    def engine(manifest: Manifest, folder: Path, index: Index, journal: Journal, clock: Clock) -> Outcome:
        release = publishing._Release(manifest, folder, index, journal)
        return run(release, clock, lambda _: None, PATIENT).all()

    return engine


def _without_intent(manifest: Manifest, folder: Path, index: Index, journal: Journal, clock: Clock) -> Outcome:
    """Each run begins again with the first file, and the journal only hears of what worked."""
    release = publishing._Release(manifest, folder, index, journal)
    run = publishing._Run(release, clock, lambda _: None, PATIENT)
    run._enter()
    for file in manifest.files:
        index.listing(manifest.project)
        answer = index.upload(path_of(folder, file), file)
        if answer.sent is not Sent.ACCEPTED:
            return run.outcome(answer.reason)
        if run._told(file).step is not Step.CONFIRMED:
            journal.append(Step.CONFIRMED.value, file=file.name)
    journal.append(State.PUBLISHED.value)
    return run.outcome("")


def _rebuilds(manifest: Manifest, folder: Path, index: Index, journal: Journal, clock: Clock) -> Outcome:
    """What is not there yet is built anew in every run, with other bytes."""
    release = publishing._Release(manifest, folder, _Rebuilding(index, len(journal.records)), journal)
    return publishing._Run(release, clock, lambda _: None, PATIENT).all()


class _Rebuilding:
    def __init__(self, index: Index, run: int) -> None:
        self.index, self.run = index, run
        self.shown, self.listing, self.fetch = index.shown, index.listing, index.fetch

    def upload(self, path: Path, file: SealedFile) -> Answer:
        # The first run finds four records, the last of them checked.
        if self.run == 4:
            return self.index.upload(path, file)
        with tempfile.TemporaryDirectory() as folder:
            anew = Path(folder, file.name)
            anew.write_bytes(path.read_bytes() + b" built anew")
            return self.index.upload(anew, file)


class Broken(NamedTuple):
    """An engine, the faults that show what it lacks, and what the torture says then."""

    engine: Engine
    kinds: tuple[Fault, ...]
    words: str


BROKEN: Mapping[str, Broken] = {
    "skips by name": Broken(_with(_SkipsByName), (Fault.RIVAL,), "it says|of no one sealed set|was public"),
    "takes its word": Broken(_with(_TakesItsWord), (Fault.ACCEPTED_LOST, Fault.STALE), "it says|was public"),
    "taken is there": Broken(_with(_TakenIsThere), (Fault.FALSELY_TAKEN,), "it says|was public"),
    "sends again at once": Broken(_with(_SendsAgainAtOnce), (Fault.NO_REPLY,), "without asking first"),
    "does not wait": Broken(_with(_DoesNotWait), (Fault.STALE,), "sent again though"),
    "no answer is nothing": Broken(_with(_NoAnswerIsNothing), (Fault.NO_LIST,), "without asking first"),
    "aborts in doubt": Broken(_with(_AbortsInDoubt), (Fault.NO_REPLY, Fault.STALE, Fault.QUOTA), "nothing is public"),
    "sdist first": Broken(_with(_SdistFirst), (), "before .* was public"),
    "no intent": Broken(_without_intent, (Fault.KILL_ASKING, Fault.KILL_SENT), "after its confirmation"),
    "rebuilds": Broken(_rebuilds, (Fault.KILL_SENT,), "is not what was sealed"),
}
