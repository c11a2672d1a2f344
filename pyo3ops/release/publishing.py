"""Publishing a sealed set, file by file: intent, sent, confirmed, each in the journal before the next thing is done.

Only the index's own list confirms a file, by its hash. It is asked before anything is sent, and again after whatever
happened: the same bytes are confirmed, absent ones are sent again, other ones are the end. A file is sent only when all
before it are confirmed, so that two runs of different sets meet at the first name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.errors import UsageError
from pyo3ops.release import clock as clocks
from pyo3ops.release.asking import Asking
from pyo3ops.release.course import Step, Told
from pyo3ops.release.index import Sent
from pyo3ops.release.manifest import check, fingerprint, path_of
from pyo3ops.release.model import State
from pyo3ops.release.outcome import RESUME, STATUS, WITHDRAW, Fate, FileOutcome, Outcome
from pyo3ops.release.patience import PATIENT, Patience
from pyo3ops.release.public import OPEN_FOR, Public
from pyo3ops.release.records import without_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.clock import Clock
    from pyo3ops.release.index import Answer, Index
    from pyo3ops.release.journal import Journal
    from pyo3ops.release.model import Manifest, SealedFile

_READY = frozenset({State.CHECKED, State.PUBLISHING, State.STUCK, State.ABORTED})
_UNREADY = frozenset({State.PLANNED, State.BUILT, State.SEALED})


def publish(  # noqa: PLR0917 - what is published, to where, by whom
    manifest: Manifest,
    folder: Path,
    index: Index,
    journal: Journal,
    clock: Clock,
    progress: Callable[[str], None] = lambda _: None,
    *,
    patience: Patience = PATIENT,
) -> Outcome:
    """Make the sealed set public, or go on with that; the journal is this process's to write.

    Whatever the index does is in the outcome. Raises `UsageError` where the journal is of another set or another index,
    or the set was not checked.
    """
    _fitting(manifest, index, journal)
    run = _Run(_Release(manifest, folder, index, journal), clock, progress, patience)
    return run.all() if journal.state in _READY else run.outcome("")


def _fitting(manifest: Manifest, index: Index, journal: Journal) -> None:
    standing = journal.standing
    if journal.state in _UNREADY:
        raise UsageError(f"the release is only {journal.state.value}: it is checked before it is published")
    if standing.manifest != fingerprint(manifest):
        raise UsageError("the sealed set is not the one that the journal is of", command="pyo3ops release status")
    if standing.index and standing.index != index.shown:
        raise UsageError(
            f"this release goes to {standing.index}, not to {index.shown}",
            cause="a release that has begun stays with its index",
            command=f"pyo3ops release --resume --index {standing.index}",
        )


class _Stop(Exception):  # noqa: N818 - an end, and no error
    """The run ends here; with a state that the journal gets, or resumable as it is."""

    def __init__(self, reason: str, state: State | None = None, command: tuple[str, ...] = RESUME) -> None:
        super().__init__(reason)
        self.reason = without_secrets(reason)
        self.state = state
        self.command = command


@dataclass(frozen=True)
class _Release:
    """What is published, and where its course is written down."""

    manifest: Manifest
    folder: Path
    index: Index
    journal: Journal


class _Run:
    """One run: what the index showed last, while that is still worth something."""

    def __init__(self, release: _Release, clock: Clock, progress: Callable[[str], None], patience: Patience) -> None:
        self._manifest, self._folder = release.manifest, release.folder
        self._index, self._journal = release.index, release.journal
        self._clock, self._progress, self._patience = clock, progress, patience
        self._asking = Asking(release.index, release.manifest)
        self._seen = Public()
        #: Nothing was sent and no time passed since the index was asked.
        self._fresh = False

    def all(self) -> Outcome:
        try:
            self._enter()
            for file in self._manifest.files:
                self._publish(file)
        except _Stop as stop:
            if stop.state is not None:
                self._journal.append(stop.state.value, reason=stop.reason, public=self._count, until=self._until)
            return self.outcome(stop.reason, stop.command)
        self._journal.append(State.PUBLISHED.value, files=len(self._manifest.files))
        return self.outcome("")

    def _enter(self) -> None:
        seen = self._ask()
        confirmed = {name for name, told in self._journal.standing.files if told.step is Step.CONFIRMED}
        left = [each.name for each in self._manifest.files if each.name not in confirmed.union(seen.same)]
        wrong = check(self._manifest, self._folder, left)
        if wrong:
            raise _Stop(f"nothing is sent: {'; '.join(wrong)}", command=STATUS)
        self._journal.append(State.PUBLISHING.value, index=self._index.shown)
        self._judge(seen)

    def _publish(self, file: SealedFile) -> None:
        """Bring one file from wherever it stands to confirmed; raises `_Stop` where that does not work."""
        if self._told(file).step is Step.CONFIRMED:
            return
        waits = self._patience.waits()
        sends = 0
        while not self._shown(file):
            told = self._told(file)
            # Of this run or of one before: said to be there, so it is waited for.
            if told.step is Step.SENT and told.sent in (Sent.ACCEPTED, Sent.TAKEN):
                self._wait_for(file)
                return
            if sends == self._patience.tries:
                raise _Stop(f"{file.name} did not arrive in {sends} tries: {self._last_reason(file)}")
            sends += 1
            if self._is_over(file, self._send(file), next(waits)):
                return

    def _is_over(self, file: SealedFile, answer: Answer, wait: float) -> bool:
        """True where nothing is left to be asked after an upload, as it was refused and is there all the same."""
        if answer.sent is Sent.UNAUTHORISED:
            raise _Stop(f"the credentials were refused: {answer.reason}")
        if answer.sent is Sent.REFUSED:
            self._refused(file, answer)
            return True
        if answer.sent is Sent.UNSURE:
            self._pause(max(wait, self._bearable(answer)), f"{file.name}: {answer.reason}")
        return False

    def _send(self, file: SealedFile) -> Answer:
        wrong = check(self._manifest, self._folder, [file.name])
        if wrong:
            raise _Stop(f"it is not sent: {wrong[0]}", command=STATUS)
        self._journal.append(Step.INTENT.value, file=file.name, sha256=file.sha256)
        self._progress(f"uploading {file.name}")
        self._fresh = False
        answer = self._index.upload(path_of(self._folder, file), file)
        self._journal.append(Step.SENT.value, file=file.name, sent=answer.sent.name.lower(), reason=answer.reason)
        return answer

    def _bearable(self, answer: Answer) -> float:
        # Not the other way round: what is no number is more than anybody waits.
        if not answer.wait <= self._patience.asked:
            raise _Stop(f"the index asks to wait for {answer.wait:.0f} s: {answer.reason}")
        return max(answer.wait, 0.0)

    def _wait_for(self, file: SealedFile) -> None:
        if not self._watch(file):
            words = "has the name already" if self._told(file).sent is Sent.TAKEN else "took it"
            minutes = self._patience.shown / 60
            raise _Stop(f"the index says that it {words}, and does not show {file.name} after {minutes:.0f} minutes")

    def _watch(self, file: SealedFile) -> bool:
        """Look until the index shows it, or its time is up, which the journal gets to know."""
        passed = 0.0
        for wait in self._patience.waits():
            if self._shown(file):
                return True
            if passed >= self._patience.shown:
                break
            self._pause(wait, f"waiting until {self._index.shown} shows {file.name}")
            passed += wait
        self._journal.append(Step.WAITED.value, file=file.name, seconds=int(passed))
        return False

    def _refused(self, file: SealedFile, answer: Answer) -> None:
        """Give up, unless it is there all the same: from an earlier try that nobody saw the end of."""
        if self._watch(file) if self._told(file).doubted else self._shown(file):
            return
        if self._count and self._closed:
            words = f"PyPI takes no new files of {self._manifest.version} since {self._until}"
            raise _Stop(f"{file.name} was refused ({words}): {answer.reason}", State.STUCK, WITHDRAW)
        if self._count:
            words = f"the rest can follow until {self._until}, once the cause is gone"
            raise _Stop(f"{file.name} was refused ({words}): {answer.reason}", State.STUCK)
        # `--resume` is for what goes on; this is begun again.
        raise _Stop(f"{file.name} was refused, and nothing is public: {answer.reason}", State.ABORTED, RESUME[:2])

    def _shown(self, file: SealedFile) -> bool:
        """Ask the index for a file, by its hash; what it shows is confirmed."""
        if not self._fresh:
            self._judge(self._ask())
        if file.name not in self._seen.same:
            return False
        self._journal.append(Step.CONFIRMED.value, file=file.name, sha256=file.sha256)
        self._progress(f"{file.name} is public")
        return True

    def _ask(self) -> Public:
        """What is public now; raises `_Stop` where nobody says so, as nothing is sent without knowing."""
        waits = self._patience.waits()
        for number in range(self._patience.tries):
            found = self._asking.look()
            if isinstance(found, Public):
                self._seen, self._fresh = found, True
                return found
            if number + 1 < self._patience.tries:
                self._pause(next(waits), f"{self._index.shown} does not answer: {found}")
        raise _Stop(f"{self._index.shown} does not say what is public: {found}")

    def _judge(self, seen: Public) -> None:
        """Raise `_Stop` for what no upload can put right."""
        version, shown = self._manifest.version, self._index.shown
        if seen.other:
            words = f"{shown} has {', '.join(seen.other)} with other bytes than were sealed"
            raise _Stop(f"{words}: a name can never be used again, the next version can", State.STUCK, WITHDRAW)
        if seen.foreign:
            words = f"{shown} has files of {version} that were not sealed: {', '.join(seen.foreign)}"
            raise _Stop(f"{words}: somebody else publishes this version", State.STUCK, STATUS)
        if seen.yanked:
            words = f"{', '.join(seen.yanked)} of {version} is yanked"
            raise _Stop(f"{words}: somebody took this version back", State.STUCK, STATUS)

    def _pause(self, seconds: float, why: str) -> None:
        self._progress(f"{without_secrets(why)}; again in {seconds:.0f} s")
        self._fresh = False
        self._clock.sleep(seconds)

    def _told(self, file: SealedFile) -> Told:
        return self._journal.standing.told(file.name)

    @property
    def _count(self) -> int:
        """How many files are public, by what the index shows or showed once."""
        confirmed = sum(told.step is Step.CONFIRMED for _, told in self._journal.standing.files)
        return max(confirmed, self._seen.count)

    @property
    def _closes(self) -> float:
        """When PyPI takes no new file of this version any more, by the first one that is public or was sent."""
        sent = [record.time for record in self._journal.records if record.event == Step.SENT.value]
        return (self._seen.since or (clocks.read(sent[0]) if sent else None) or self._clock.now()) + OPEN_FOR

    @property
    def _until(self) -> str:
        """The day of that; empty where nothing is public."""
        return clocks.written(self._closes)[:10] if self._count else ""

    @property
    def _closed(self) -> bool:
        return self._clock.now() > self._closes

    def _last_reason(self, file: SealedFile) -> str:
        sent = [record for record in self._journal.records if record.event == Step.SENT.value]
        said = [record.said("reason") for record in sent if record.said("file") == file.name]
        return said[-1] if said else ""

    def outcome(self, reason: str, command: tuple[str, ...] = ()) -> Outcome:
        files = tuple(self._file_outcome(file) for file in self._manifest.files)
        return Outcome(self._journal.state, files, reason, command, self._until, self._seen.foreign)

    def _file_outcome(self, file: SealedFile) -> FileOutcome:
        told, reason = self._told(file), self._last_reason(file)
        if file.name in self._seen.other:
            return FileOutcome(file.name, Fate.OTHER, "the index has a file of this name that was not sealed")
        if told.step is Step.CONFIRMED or file.name in self._seen.same or self._journal.state not in _READY:
            return FileOutcome(file.name, Fate.CONFIRMED)
        return FileOutcome(file.name, _fate(told), reason)


def _fate(told: Told) -> Fate:
    if told.sent is Sent.REFUSED:
        return Fate.REFUSED
    if told.sent in (Sent.ACCEPTED, Sent.TAKEN):
        return Fate.UNSEEN
    return Fate.DOUBTED if told.doubted or told.step is Step.INTENT else Fate.UNSENT
