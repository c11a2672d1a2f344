"""What a chain of records comes to: the state of a release, and of each of its files, by tables of what may follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Callable

from pyo3ops.release.index import Sent
from pyo3ops.release.model import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.release.records import Record

#: What may follow each state, beside a note. Going on from where one is stands for a resumed run.
FOLLOWING: Mapping[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.PLANNED, State.BUILT, State.SEALED, State.ABORTED}),
    State.BUILT: frozenset({State.PLANNED, State.BUILT, State.SEALED, State.ABORTED}),
    # Sealed once: another set needs the first one given up.
    State.SEALED: frozenset({State.CHECKED, State.ABORTED}),
    State.CHECKED: frozenset({State.CHECKED, State.PUBLISHING, State.ABORTED}),
    State.PUBLISHING: frozenset({State.PUBLISHING, State.PUBLISHED, State.STUCK, State.ABORTED, State.WITHDRAWN}),
    State.PUBLISHED: frozenset({State.VERIFIED, State.STUCK, State.WITHDRAWN}),
    State.VERIFIED: frozenset({State.VERIFIED, State.TAGGED, State.ANNOUNCED, State.STUCK, State.WITHDRAWN}),
    State.TAGGED: frozenset({State.ANNOUNCED, State.STUCK, State.WITHDRAWN}),
    State.ANNOUNCED: frozenset({State.STUCK, State.WITHDRAWN}),
    # Nothing is public: the same set again, or another one.
    State.ABORTED: frozenset({State.PLANNED, State.CHECKED, State.PUBLISHING}),
    State.STUCK: frozenset({State.PUBLISHING, State.STUCK, State.WITHDRAWN}),
    State.WITHDRAWN: frozenset(),
}


class Step(Enum):
    """The last word of a journal on one file; the value is the event."""

    #: It is about to be sent, for all that is known it was.
    INTENT = "intent"
    #: There was an answer, or none.
    SENT = "sent"
    #: The index was watched for as long as it may take, and did not show it.
    WAITED = "waited"
    #: The index shows it, with the sealed bytes. Nothing may follow.
    CONFIRMED = "confirmed"


_FILE_STEPS: Mapping[Step | None, frozenset[Step]] = {
    None: frozenset({Step.INTENT, Step.CONFIRMED}),
    Step.INTENT: frozenset({Step.INTENT, Step.SENT, Step.WAITED, Step.CONFIRMED}),
    Step.SENT: frozenset({Step.INTENT, Step.WAITED, Step.CONFIRMED}),
    Step.WAITED: frozenset({Step.INTENT, Step.WAITED, Step.CONFIRMED}),
    Step.CONFIRMED: frozenset(),
}
_TELLING = frozenset({Sent.REFUSED, Sent.UNAUTHORISED})


@dataclass(frozen=True)
class Told:
    """All that a journal says of one file."""

    step: Step | None = None
    #: What its last upload came to; None while that is not known.
    sent: Sent | None = None
    #: An upload may have reached the index, and nobody has watched long enough to see.
    doubted: bool = False


@dataclass(frozen=True)
class Standing:
    """How far a release is, by its journal."""

    #: None before the first record.
    state: State | None = None
    #: The sha256 of the sealed manifest; empty before that.
    manifest: str = ""
    #: Where its files go, as a person sees it; empty before the first was meant to.
    index: str = ""
    files: tuple[tuple[str, Told], ...] = ()

    def told(self, name: str) -> Told:
        """What is said of a file."""
        return dict(self.files).get(name, Told())


class IllegalStep(ValueError):  # noqa: N818 - what was done wrong is the name
    """A record that cannot follow those before it."""


def after(standing: Standing, record: Record) -> Standing:
    """How far a release is after one more record. Raises `IllegalStep`."""
    if record.event in _STATES:
        return _entered(standing, _STATES[record.event], record)
    if record.event in _STEPS:
        return _stepped(standing, _STEPS[record.event], record)
    other = _OTHERS.get(record.event)
    if other is None:
        raise IllegalStep(f"{record.event!r} is no event of this release of pyo3ops")
    return other(standing, record)


def _entered(standing: Standing, state: State, record: Record) -> Standing:
    allowed = frozenset({State.PLANNED}) if standing.state is None else FOLLOWING[standing.state]
    if state not in allowed:
        raise IllegalStep(f"{state.value} cannot follow {standing.state.value if standing.state else 'nothing'}")
    if state is State.PLANNED:
        return Standing(state)
    if state is State.SEALED:
        return replace(standing, state=state, manifest=_sealed(record))
    if state is State.ABORTED:
        # Nothing is public: the next attempt may go elsewhere.
        return replace(standing, state=state, index="")
    return replace(standing, state=state, index=standing.index or _index(state, record))


def _index(state: State, record: Record) -> str:
    return record.said("index") if state is State.PUBLISHING else ""


def _sealed(record: Record) -> str:
    sha256 = record.said("manifest")
    if len(sha256) != 64 or sha256.strip("0123456789abcdef"):  # noqa: PLR2004 - hexadecimal digits of SHA-256
        raise IllegalStep("what is sealed is named by the manifest's sha256")
    return sha256


def _stepped(standing: Standing, step: Step, record: Record) -> Standing:
    name = record.said("file")
    told = standing.told(name)
    if standing.state is not State.PUBLISHING or not name:
        raise IllegalStep(f"{step.value} of a file while nothing is being published")
    if step not in _FILE_STEPS[told.step]:
        raise IllegalStep(f"{step.value} of {name} cannot follow {told.step.value if told.step else 'nothing'}")
    files = {**dict(standing.files), name: _told(told, step, record)}
    return replace(standing, files=tuple(files.items()))


def _told(told: Told, step: Step, record: Record) -> Told:
    if step is Step.INTENT:
        return Told(step, None, told.doubted or told.step is Step.INTENT)
    if step is Step.SENT:
        sent = _SENT.get(record.said("sent"))
        if sent is None:
            raise IllegalStep("what an upload came to is not told")
        return Told(step, sent, told.doubted or sent not in _TELLING)
    return Told(step, told.sent)


def _noted(standing: Standing, _: Record) -> Standing:
    return standing


def _recovered(standing: Standing, record: Record) -> Standing:
    state = _STATES.get(record.said("state"))
    if standing.state is not None or state is None:
        raise IllegalStep("a journal is rebuilt from its first record on, or not at all")
    return Standing(state, _sealed(record) if record.said("manifest") else "", record.said("index"))


_STATES: Mapping[str, State] = {state.value: state for state in State}
_STEPS: Mapping[str, Step] = {step.value: step for step in Step}
_SENT: Mapping[str, Sent] = {sent.name.lower(): sent for sent in Sent}
_OTHERS: Mapping[str, Callable[[Standing, Record], Standing]] = {"note": _noted, "recovered": _recovered}
