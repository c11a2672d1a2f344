"""One seed: a release published under its script of faults, resumed until it ends, and what must hold all the while.

- What is public is nothing or a part of one sealed set, in its order, and in the end nothing or all of it.
- No file is sent after its confirmation, without asking before, or with other bytes than were sealed.
- A run that says published, or aborted, is right.
- Every run ends, and so do the runs.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.errors import Pyo3opsError
from pyo3ops.release.journal import Journal
from pyo3ops.release.manifest import fingerprint, sha256_of
from pyo3ops.release.model import State
from pyo3ops.release.outcome import Fate
from pyo3ops.release.patience import PATIENT
from pyo3ops.release.publishing import publish
from pyo3ops.tools.index import Refusal
from tests.release_torture.faulty import DyingClock, DyingDisk, ScriptedIndex
from tests.release_torture.scripts import KILLS, Fault, FaultScript, Rival
from tests.release_torture.turns import Turns
from tests.release_torture.world import Killed, Sealed, Sets, Violated, World

if TYPE_CHECKING:
    from collections import Counter

    from pyo3ops.release.clock import Clock
    from pyo3ops.release.index import Index
    from pyo3ops.release.model import Manifest
    from pyo3ops.release.outcome import Outcome

    Engine = Callable[[Manifest, Path, Index, Journal, Clock], Outcome]

#: Runs until a script has to be over.
MOST_RUNS = 25
#: Runs after which a project that stays full is given up.
FUTILE = 4
_UNFINISHED = frozenset({State.CHECKED, State.PUBLISHING, State.STUCK, State.ABORTED})


class Runner:
    """Somebody who releases: a journal, a sealed set, and an engine, which is killed at boundaries."""

    def __init__(self, world: World, folder: Path, sealed: Sealed, engine: Engine, *, locking: bool = True) -> None:
        self.world = world
        self.folder = folder
        self.sealed = sealed
        self.state = State.PLANNED
        self._engine = engine
        self._locking = locking
        self._journal: Journal | None = None
        self._index = ScriptedIndex(self)
        self._disk = DyingDisk(self)
        self._clock = DyingClock(self)
        self.boundary: Callable[[], None] = lambda: None

    def at(self, fault: Fault) -> None:
        """A boundary: others may come in between, or the process may be killed."""
        self.boundary()
        if self.world.script.kill(fault):
            raise Killed

    def confirmed(self) -> frozenset[str]:
        records = self._journal.records if self._journal else ()
        return frozenset(record.said("file") for record in records if record.event == "confirmed")

    def run(self) -> bool:
        """One run until it ends or is killed; False where a lock refused it."""
        if self._locking and not self.world.lock.take(str(self.folder)):
            return False
        self._index.begin()
        try:
            with Journal.open(self.folder, self._clock, self._disk) as journal:
                self._journal = journal
                self._go(journal)
                self.state = journal.state
        except Killed:
            self.state = Journal.open(self.folder).state
        except Pyo3opsError as error:
            if "another process" in error.message:
                return False
            raise
        finally:
            self._journal = None
        return True

    def _go(self, journal: Journal) -> None:
        before: dict[State, dict[str, str]] = {
            State.BUILT: {},
            State.SEALED: {"manifest": fingerprint(self.sealed.manifest)},
            State.CHECKED: {},
        }
        if not journal.records:
            journal.append(State.PLANNED.value)
        for state, data in before.items():
            if journal.state.value == _BEFORE[state].value:
                journal.append(state.value, **data)
        if journal.state in _UNFINISHED:
            self._hold(self._engine(self.sealed.manifest, self.sealed.folder, self._index, journal, self._clock))
        if journal.state is State.PUBLISHED and self._reads_back():
            journal.append(State.VERIFIED.value)

    def _hold(self, outcome: Outcome) -> None:
        """What a run says of what is public has to be so."""
        there = self.world.store.files
        said = [file.name for file in outcome.files if file.fate is Fate.CONFIRMED]
        if not all(name in there and self.sealed.holds(name, there[name].sha256) for name in said):
            raise Violated(f"it says that {said} are public, and there is {sorted(there)}")
        if outcome.published and not self.world.has_all(self.sealed):
            raise Violated(f"it says published, and there is {sorted(there)}")
        # What a cache hides for longer than anybody waits, or a rival does meanwhile, nobody can know.
        knowable = self.world.script.lag <= PATIENT.shown and self.world.script.rival is None
        if outcome.state is State.ABORTED and knowable and there:
            raise Violated("it says that nothing is public, and something is")

    def _reads_back(self) -> bool:
        """True where every file was downloaded as it was sealed; an index that is behind is asked for an hour."""
        for wait in (1.0, 10.0, 60.0, 600.0, 3000.0):
            listing = self._index.listing("spam")
            if not isinstance(listing, Refusal) and len(listing) == len(self.sealed.manifest.files):
                break
            self._clock.sleep(wait)
        else:
            return False
        folder = self.folder / "read"
        folder.mkdir(exist_ok=True)
        fetched = [self._index.fetch(file, folder) for file in listing]
        return all(isinstance(each, Path) and self.sealed.holds(each.name, sha256_of(each)) for each in fetched)


_BEFORE = {State.BUILT: State.PLANNED, State.SEALED: State.BUILT, State.CHECKED: State.SEALED}


@dataclass(frozen=True)
class Survived:
    """How a script went; `ended` is the state of our own release, `public` how many files there are."""

    seed: int
    ended: State
    public: int
    files: int
    runs: int
    uploads: int
    kills: int
    counts: Counter[Fault]


def torture(
    seed: int, sets: Sets, folder: Path, engine: Engine = publish, kinds: frozenset[Fault] | None = None
) -> Survived:
    """Play one seed's script, or of these kinds of fault alone. Raises `Violated`, with the seed."""
    try:
        return play(FaultScript(seed, kinds), sets, folder, engine)
    except Violated as violated:
        raise Violated(f"seed {seed}: {violated}") from violated


def play(script: FaultScript, sets: Sets, folder: Path, engine: Engine = publish) -> Survived:
    """Play a script. Raises `Violated`."""
    world = World(script, sets)
    own = Runner(world, folder / "own", world.own, engine)
    rival = _rival(world, own, folder, engine)
    try:
        while not _over(world, own, rival):
            _round(world, own, rival)
        _hold_the_end(world, own)
    finally:
        shutil.rmtree(str(folder), ignore_errors=True)
    kills = sum(count for fault, count in script.counts.items() if fault in KILLS)
    public, files = len(world.store.files), len(world.own.manifest.files)
    return Survived(script.seed, own.state, public, files, world.runs, world.uploads, kills, script.counts)


def _round(world: World, own: Runner, rival: Runner | None) -> None:
    """A run of everybody: one after the other, or turn by turn."""
    world.runs += 1
    if world.runs > MOST_RUNS:
        raise Violated(f"{MOST_RUNS} runs were not enough: {own.state.value}")
    if rival and world.script.at_once:
        world.script.counts[Fault.RIVAL] += 1
        turns = Turns(world.script.random)
        own.boundary, rival.boundary = (lambda: turns.pass_on(0)), (lambda: turns.pass_on(1))
        turns.all(own.run, rival.run)
        world.time += world.script.random.uniform(1, 3600)
        return
    for runner in (own, rival) if rival and rival.folder.exists() else (own,):
        runner.run()
        world.time += world.script.random.uniform(1, 3600)


def _rival(world: World, own: Runner, folder: Path, engine: Engine) -> Runner | None:
    """The second runner of a script, who comes in at boundaries of the first."""
    kind = world.script.rival
    if kind is None:
        return None
    locked = kind in (Rival.LOCKED, Rival.FOLDER)
    place = own.folder if kind is Rival.FOLDER else folder / "rival"
    sealed = world.foreign if kind is Rival.FOREIGN else world.own
    rival = Runner(world, place, sealed, engine, locking=kind is Rival.LOCKED)

    def comes_in() -> None:
        if world.script.draw(Fault.RIVAL):
            own.boundary = lambda: None
            _hold_the_lock(rival.run(), locked=locked)
            own.boundary = comes_in

    own.boundary = comes_in
    return None if locked else rival


def _hold_the_lock(entered: bool, *, locked: bool) -> None:  # noqa: FBT001 - an answer
    if entered and locked:
        raise Violated("two runs at once, in spite of a lock")


def _over(world: World, own: Runner, rival: Runner | None) -> bool:
    """True where nothing more is to come: all is public, or nothing ever will be."""
    everybody = (own, rival) if rival and rival.folder.exists() else (own,)
    if world.script.lifted is None and world.script.full == 0:
        return world.runs >= FUTILE and all(runner.state is State.ABORTED for runner in everybody)
    losers = [runner for runner in everybody if runner.state is not State.VERIFIED]
    beaten = all(runner.state is State.STUCK and not world.has_all(runner.sealed) for runner in losers)
    return len(losers) < len(everybody) and beaten


def _hold_the_end(world: World, own: Runner) -> None:
    if Journal.open(own.folder).state is not own.state:
        raise Violated("the journal says something else than the run")
    if world.store.files and not any(map(world.has_all, world.both)):
        raise Violated(f"in the end there is {sorted(world.store.files)}")
