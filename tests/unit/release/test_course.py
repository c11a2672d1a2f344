from __future__ import annotations

import pytest

from pyo3ops.release.course import FOLLOWING, IllegalStep, Standing, Step, Told, after
from pyo3ops.release.index import Sent
from pyo3ops.release.model import COURSE, State
from pyo3ops.release.records import ORIGIN, make

SHA = "ab" * 32


def told(*events: str, **data: str) -> Standing:
    """What events come to; `sent:accepted` and the like are of one file."""
    standing = Standing()
    for event in events:
        name, _, sent = event.partition(":")
        every = {"manifest": SHA, "file": "a.whl", "sent": sent, "index": "an index", **data}
        standing = after(standing, make(1, "now", name, every, ORIGIN))
    return standing


BEGUN = ("planned", "built", "sealed", "checked", "publishing")


def test_the_course_is_allowed() -> None:
    standing = told(*(state.value for state in COURSE))
    assert standing.state is State.ANNOUNCED
    assert standing.manifest == SHA
    assert standing.index == "an index"


def test_every_state_has_its_row() -> None:
    assert set(FOLLOWING) == set(State)
    for one, other in zip(COURSE, COURSE[1:]):
        assert other in FOLLOWING[one]


def test_nothing_leads_from_public_to_another_set() -> None:
    public = {State.PUBLISHED, State.VERIFIED, State.TAGGED, State.ANNOUNCED, State.STUCK, State.WITHDRAWN}
    for state in public:
        assert not FOLLOWING[state] & {State.PLANNED, State.BUILT, State.SEALED, State.ABORTED}


@pytest.mark.parametrize(
    "events",
    [
        ("built",),
        ("planned", "checked"),
        ("planned", "built", "sealed", "sealed"),
        ("planned", "built", "sealed", "publishing"),
        (*BEGUN, "verified"),
        (*BEGUN, "published", "publishing"),
        (*BEGUN, "withdrawn", "publishing"),
        (*BEGUN, "sent:accepted"),
        (*BEGUN, "intent", "confirmed", "intent"),
        (*BEGUN, "confirmed", "confirmed"),
        (*BEGUN, "intent", "sent:accepted", "sent:accepted"),
        (*BEGUN, "intent", "sent:perhaps"),
        (*BEGUN, "waited"),
        (*BEGUN, "stuck", "intent"),
        ("planned", "intent"),
        ("planned", "flown"),
        ("planned", "recovered"),
    ],
    ids=",".join,
)
def test_what_cannot_follow_is_illegal(events: tuple[str, ...]) -> None:
    told(*events[:-1])
    with pytest.raises(IllegalStep):
        told(*events)


def test_a_seal_is_named_by_its_hash() -> None:
    with pytest.raises(IllegalStep):
        told("planned", "sealed", manifest="the manifest")


def test_a_given_up_release_begins_anew() -> None:
    anew = told(*BEGUN, "intent", "sent:refused", "aborted", "planned")
    assert anew == Standing(State.PLANNED)
    again = told(*BEGUN, "intent", "sent:refused", "aborted", "publishing", index="elsewhere")
    assert again.index == "elsewhere"
    assert again.told("a.whl").sent is Sent.REFUSED


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), Told()),
        (("intent",), Told(Step.INTENT)),
        (("intent", "intent"), Told(Step.INTENT, None, doubted=True)),
        (("intent", "sent:unsure"), Told(Step.SENT, Sent.UNSURE, doubted=True)),
        (("intent", "sent:refused"), Told(Step.SENT, Sent.REFUSED)),
        (("intent", "sent:unsure", "intent", "sent:refused"), Told(Step.SENT, Sent.REFUSED, doubted=True)),
        (("intent", "sent:accepted", "waited"), Told(Step.WAITED, Sent.ACCEPTED)),
        (("intent", "sent:accepted", "waited", "intent"), Told(Step.INTENT)),
        (("intent", "confirmed"), Told(Step.CONFIRMED)),
        (("confirmed", "note"), Told(Step.CONFIRMED)),
    ],
    ids=str,
)
def test_what_is_told_of_a_file(events: tuple[str, ...], expected: Told) -> None:
    assert told(*BEGUN, *events).told("a.whl") == expected


def test_a_journal_is_rebuilt_in_any_state() -> None:
    for state in State:
        standing = after(Standing(), make(1, "now", "recovered", {"state": state.value, "manifest": SHA}, ORIGIN))
        assert (standing.state, standing.manifest) == (state, SHA)
    with pytest.raises(IllegalStep):
        after(Standing(), make(1, "now", "recovered", {"state": "flown"}, ORIGIN))
