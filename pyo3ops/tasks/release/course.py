"""One release on its way: what was asked, what is known, what this run has said so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.release.advice import reached
from pyo3ops.release.model import State
from pyo3ops.tasks.release.onward import plain
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pyo3ops.core.model import Report
    from pyo3ops.core.project import Project
    from pyo3ops.release.clock import Clock
    from pyo3ops.release.expected import Expected
    from pyo3ops.release.journal import Journal
    from pyo3ops.release.live import LiveIndex
    from pyo3ops.release.lock import Held
    from pyo3ops.release.model import Manifest
    from pyo3ops.release.world import World


#: Until where a job goes that may push the ref, for a later one that may not, and publishes.
LOCKED = "locked"


@dataclass(frozen=True)
class Request:
    """What to release, to where and how far; `confirm` asks the user, and is None where there is nobody to ask."""

    env: Mapping[str, str]
    #: The version, or a part to raise; the version that the files state without either.
    version: str | None = None
    part: str | None = None
    index: str | None = None
    #: Files built before: a folder, or a run of a workflow.
    source: str | None = None
    #: False: files are taken, never built.
    build: bool = True
    #: Seal anew what is sealed and not public.
    rebuild: bool = False
    rehearse: bool = False
    resume: bool = False
    #: Set the journal aside, and take the state from the index and git.
    recover: bool = False
    dry_run: bool = False
    #: The last state to reach; without one all of them, but at TestPyPI, which is for trying, no tag.
    until: str | None = None
    break_lock: bool = False
    yes: bool = False
    #: Checks of the preflight that are skipped, each with its reason.
    ignore: tuple[tuple[str, str], ...] = ()
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None
    tell: Callable[[str], None] = lambda _: None
    show: Callable[[Report], None] = lambda _: None
    confirm: Callable[[str], bool] | None = None


@dataclass
class Course:
    """The release that a run is about; what changes on the way is in here, and nowhere else but on the disk."""

    request: Request
    root: Path
    project: Project
    #: As it stands in file names, with the version normalised.
    name: str
    version: str
    #: Where its journal, its manifest and its sealed files are.
    folder: Path
    journal: Journal
    clock: Clock
    index: LiveIndex
    world: World
    manifest: Manifest | None = None
    #: Built, or taken, and not sealed yet.
    files: tuple[Path, ...] = ()
    #: Of which commit they are, where somebody says so.
    commit: str = ""
    #: What is sealed gives way to another set, as soon as that is in hand: nothing of it is public.
    anew: bool = False
    #: It was published elsewhere, to try it; the same files go to another index now.
    promoted: bool = False
    held: Held | None = None
    findings: list[Finding] = field(default_factory=list)
    #: Step, what became of it, seconds.
    times: list[tuple[str, str, float]] = field(default_factory=list)

    @property
    def until(self) -> str:
        """How far this run goes."""
        trying = self.index.target.is_pypi and self.index.target.name == "testpypi"
        return self.request.until or (State.VERIFIED.value if trying else State.ANNOUNCED.value)

    @property
    def last(self) -> State:
        """The last state to reach: "locked" is none of its own, but checked, and the lock kept."""
        return State.CHECKED if self.until == LOCKED else State(self.until)

    @property
    def uploads(self) -> bool:
        """True where files may be sent by this run."""
        return reached(self.last, State.PUBLISHED) and not reached(self.state, State.PUBLISHED)

    @property
    def env(self) -> Mapping[str, str]:
        """The caller's environment, or the rehearsal's."""
        return self.request.env

    @property
    def state(self) -> State:
        """How far it is on its course; what was given up is where its sealed files are."""
        state = self.journal.state
        if self.anew:
            return State.PLANNED
        if self.promoted:
            return State.SEALED
        if state is State.STUCK:
            return State.PUBLISHING
        if state is State.ABORTED:
            return self._given_up() if self.manifest else State.PLANNED
        # Killed between the manifest and the record of it.
        return State.SEALED if state is State.BUILT and self.manifest else state

    def _given_up(self) -> State:
        """How far the set was that is still sealed: what was checked is checked."""
        events = [record.event for record in self.journal.records]
        began = max((place for place, event in enumerate(events) if event == State.SEALED.value), default=0)
        return State.CHECKED if State.CHECKED.value in events[began:] else State.SEALED

    @property
    def expected(self) -> Expected | None:
        """The complete set; None where it cannot be derived."""
        return None if isinstance(self.world.expected, str) else self.world.expected

    @property
    def remote(self) -> str:
        """The name of the remote; empty where there is none, or no repository."""
        state = self.world.git
        return state.remote.name if isinstance(state, git.GitState) and state.remote else ""

    @property
    def head(self) -> str:
        """The commit that is checked out; empty outside of git."""
        return self.world.git.head if isinstance(self.world.git, git.GitState) else ""

    def begin(self) -> None:
        """Write the first record of a set: which version, of which commit, and where it goes, if that was said."""
        index = "" if self.request.rehearse else plain(self.request.index)
        self.journal.append(State.PLANNED.value, version=self.version, commit=self.head, index=index)

    def stops(self, findings: Iterable[Finding]) -> bool:
        """True where the release cannot go on with what was found."""
        worst = max((each.status for each in findings), default=Status.OK)
        return worst > Status.WARN or (self.request.strict and worst is Status.WARN)

    def look_again(self) -> None:
        """Ask git once more, after something was committed."""
        found = git.state(self.root, self.env)
        if found is not None:
            self.world = replace(self.world, git=found)


def resume(course: Course, *words: str) -> tuple[str, ...]:
    """What goes on with this release, to the index that it is for."""
    request = course.request
    if request.rehearse:
        return ("pyo3ops", "release", "--rehearse", "--resume", *words)
    index = ("--index", plain(request.index)) if request.index else ()
    return ("pyo3ops", "release", "--resume", "--version", course.version, *index, *words)


def said(  # noqa: PLR0917 - a finding's parts
    step: str, title: str, status: Status, detail: str = "", evidence: tuple[str, ...] = (), fix: Fix | None = None
) -> Finding:
    """The finding of a step."""
    return Finding(f"release.step.{step}", title, status, detail, evidence, fix)
