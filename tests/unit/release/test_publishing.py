from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.release import publishing
from pyo3ops.release.index import Answer, Sent
from pyo3ops.release.journal import Journal
from pyo3ops.release.model import State
from pyo3ops.release.outcome import RESUME, STATUS, WITHDRAW, Fate, Outcome
from pyo3ops.release.patience import PATIENT
from pyo3ops.tools.index import Refusal
from tests.unit.release.releases import OTHER, SDIST, WHEEL, Clock, NoDisk, Scripted, as_shown, checked, sealed

if TYPE_CHECKING:
    from pathlib import Path

UNSURE = Answer(Sent.UNSURE, "HTTP 503")
FULL = Answer(Sent.REFUSED, "HTTP 400: the project is full")
DOWN = Refusal("HTTP 503")


class Release:
    """A sealed release of three files, and whoever publishes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = sealed(root)
        self.clock = Clock()
        self.said: list[str] = []
        checked(root, self.manifest, self.clock)

    def publish(self, index: Scripted) -> Outcome:
        with self.journal as journal:
            place = self.root / "release"
            return publishing.publish(self.manifest, place, index, journal, self.clock, self.said.append)

    @property
    def journal(self) -> Journal:
        return Journal.open(self.root / "release", self.clock, NoDisk())

    def events(self, name: str) -> list[str]:
        return [record.event for record in self.journal.records if record.said("file") == name]


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


def test_all_goes_well(release: Release) -> None:
    index = Scripted()
    outcome = release.publish(index)
    assert outcome.state is State.PUBLISHED
    assert outcome.published
    assert outcome.summary == "3 of 3 files are public"
    assert outcome.command == ()
    assert index.sent == [WHEEL, OTHER, SDIST]
    assert release.events(SDIST) == ["intent", "sent", "confirmed"]
    assert release.clock.slept == []
    # Once before each file and once behind the last.
    assert index.asked == 4


def test_again_does_nothing(release: Release) -> None:
    index = Scripted()
    release.publish(index)
    before = len(release.journal.records)
    outcome = release.publish(Scripted(lists=[DOWN] * 99))
    assert outcome.state is State.PUBLISHED
    assert outcome.public == 3
    assert len(release.journal.records) == before


def test_what_is_public_is_not_sent(release: Release) -> None:
    index = Scripted(there={WHEEL: as_shown(WHEEL)})
    assert release.publish(index).state is State.PUBLISHED
    assert index.sent == [OTHER, SDIST]


def test_no_answer_is_asked_about_and_tried_again_later_and_later(release: Release) -> None:
    index = Scripted(answers=[UNSURE, UNSURE, UNSURE])
    assert release.publish(index).published
    assert index.sent == [WHEEL] * 4 + [OTHER, SDIST]
    assert release.clock.slept == [2.0, 4.0, 8.0]


def test_what_arrived_without_an_answer_is_confirmed(release: Release) -> None:
    index = Scripted(answers=[UNSURE], lists=[(), (as_shown(WHEEL),)], there={WHEEL: as_shown(WHEEL)})
    assert release.publish(index).published
    assert index.sent == [WHEEL, OTHER, SDIST]


def test_the_index_says_how_long_to_wait(release: Release) -> None:
    assert release.publish(Scripted(answers=[replace(UNSURE, wait=77.0)])).published
    assert release.clock.slept == [77.0]


@pytest.mark.parametrize("wait", [7200.0, float("inf"), float("nan")])
def test_nobody_waits_for_hours(release: Release, wait: float) -> None:
    outcome = release.publish(Scripted(answers=[replace(UNSURE, wait=wait)]))
    assert outcome.state is State.PUBLISHING
    assert f"to wait for {wait:.0f} s" in outcome.reason
    assert outcome.command == RESUME
    assert release.clock.slept == []


def test_tries_are_counted(release: Release) -> None:
    index = Scripted(answers=[UNSURE] * 99)
    outcome = release.publish(index)
    assert outcome.state is State.PUBLISHING
    assert index.sent == [WHEEL] * PATIENT.tries
    assert outcome.summary == f"0 of 3 files are public: {WHEEL} did not arrive in 6 tries: HTTP 503"
    assert outcome.files[0].fate is Fate.DOUBTED
    assert outcome.files[1].fate is Fate.UNSENT
    # A new run, a new patience.
    assert release.publish(Scripted()).published


def test_what_was_accepted_and_is_not_shown_is_waited_for(release: Release) -> None:
    index = Scripted(lists=[(), (), (), ()])
    assert release.publish(index).published
    assert index.sent == [WHEEL, OTHER, SDIST]
    assert release.clock.slept == [2.0, 4.0, 8.0]


def test_what_is_never_shown_is_not_sent_again_in_that_run(release: Release) -> None:
    index = Scripted(lists=[()] * 99)
    outcome = release.publish(index)
    assert index.sent == [WHEEL]
    assert outcome.state is State.PUBLISHING
    assert outcome.files[0].fate is Fate.UNSEEN
    assert "says that it took it, and does not show" in outcome.reason
    assert PATIENT.shown <= sum(release.clock.slept) < PATIENT.shown + PATIENT.longest
    # The journal knows that somebody waited: the next run may send the same bytes again.
    again = Scripted()
    assert release.publish(again).published
    assert again.sent == [WHEEL, OTHER, SDIST]


def test_a_run_that_was_killed_while_waiting_waits_anew(release: Release) -> None:
    with release.journal as journal:
        journal.append("publishing", index="an index")
        journal.append("intent", file=WHEEL)
        journal.append("sent", file=WHEEL, sent="accepted")
    index = Scripted(lists=[()] * 99)
    assert release.publish(index).state is State.PUBLISHING
    assert index.sent == []
    assert release.events(WHEEL)[-1] == "waited"


def test_a_run_that_was_killed_while_sending_asks_first(release: Release) -> None:
    with release.journal as journal:
        journal.append("publishing", index="an index")
        journal.append("intent", file=WHEEL)
    index = Scripted(there={WHEEL: as_shown(WHEEL)})
    assert release.publish(index).published
    assert index.sent == [OTHER, SDIST]


def test_taken_is_no_success(release: Release) -> None:
    index = Scripted(answers=[Answer(Sent.TAKEN, "HTTP 400")])
    outcome = release.publish(index)
    assert index.sent == [WHEEL]
    assert outcome.state is State.PUBLISHING
    assert "has the name already, and does not show" in outcome.reason


def test_taken_by_other_bytes_is_the_end(release: Release) -> None:
    index = Scripted(answers=[Answer(Sent.TAKEN, "HTTP 400")], lists=[()], there={WHEEL: as_shown(WHEEL, b"theirs")})
    outcome = release.publish(index)
    assert outcome.state is State.STUCK
    assert index.sent == [WHEEL]
    assert outcome.files[0].fate is Fate.OTHER
    assert outcome.command == WITHDRAW


def test_other_bytes_are_seen_before_anything_is_sent(release: Release) -> None:
    index = Scripted(there={SDIST: as_shown(SDIST, b"theirs")})
    outcome = release.publish(index)
    assert outcome.state is State.STUCK
    assert f"{SDIST} with other bytes than were sealed" in outcome.reason
    assert index.sent == []


@pytest.mark.parametrize("name", ["spam-1.0-py3-none-any.whl", "Spam-1.0-py3.8.egg", "spam-1.0.win-amd64.exe"])
def test_a_file_that_nobody_sealed_is_the_end(release: Release, name: str) -> None:
    index = Scripted(there={name: as_shown(name)})
    outcome = release.publish(index)
    assert outcome.state is State.STUCK
    assert outcome.foreign == (name,)
    assert outcome.command == STATUS
    assert index.sent == []


@pytest.mark.parametrize("name", ["spam-1.0.1.tar.gz", "spam-0.9.tar.gz", f"{WHEEL}.asc", "spam_eggs-1.0.tar.gz"])
def test_files_of_other_versions_are_none(release: Release, name: str) -> None:
    assert release.publish(Scripted(there={name: as_shown(name)})).published


def test_what_somebody_took_back_is_not_made_whole(release: Release) -> None:
    outcome = release.publish(Scripted(there={WHEEL: as_shown(WHEEL, yanked="broken")}))
    assert outcome.state is State.STUCK
    assert "took this version back" in outcome.reason


def test_refused_at_first_is_given_up(release: Release) -> None:
    outcome = release.publish(Scripted(answers=[FULL]))
    assert outcome.state is State.ABORTED
    assert outcome.until == ""
    assert outcome.files[0].fate is Fate.REFUSED
    # And begins again.
    assert release.publish(Scripted()).published


def test_what_was_given_up_may_go_elsewhere(release: Release) -> None:
    release.publish(Scripted(answers=[FULL]))
    assert release.publish(Scripted(shown="another index")).published


def test_refused_in_the_middle_is_stuck_until_a_day(release: Release) -> None:
    outcome = release.publish(Scripted(answers=[Answer(Sent.ACCEPTED), FULL]))
    assert outcome.state is State.STUCK
    assert outcome.public == 1
    assert outcome.until == "2027-01-29"
    assert "the rest can follow until 2027-01-29, once the cause is gone" in outcome.reason
    assert outcome.command == RESUME
    assert release.journal.records[-1].said("public") == "1"
    index = Scripted(there={WHEEL: as_shown(WHEEL)})
    assert release.publish(index).published
    assert index.sent == [OTHER, SDIST]


def test_the_day_counts_from_what_the_index_says(release: Release) -> None:
    there = {WHEEL: as_shown(WHEEL, uploaded="2027-01-10T00:00:00.123456Z")}
    assert release.publish(Scripted(answers=[FULL], there=there)).until == "2027-01-24"


def test_after_two_weeks_the_rest_cannot_follow(release: Release) -> None:
    closed = Answer(Sent.REFUSED, "HTTP 403")
    outcome = release.publish(
        Scripted(answers=[closed], there={WHEEL: as_shown(WHEEL, uploaded="2026-12-24T18:00:00Z")})
    )
    assert outcome.state is State.STUCK
    assert "PyPI takes no new files of 1.0 since 2027-01-07" in outcome.reason
    assert outcome.command == WITHDRAW


def test_refused_in_doubt_is_watched_before_it_is_given_up(release: Release) -> None:
    late = Scripted(answers=[UNSURE, FULL], lists=[(), (), (), (as_shown(WHEEL),)], there={WHEEL: as_shown(WHEEL)})
    assert release.publish(late).published
    assert late.sent == [WHEEL, WHEEL, OTHER, SDIST]


def test_refused_credentials_stop_the_run(release: Release) -> None:
    outcome = release.publish(Scripted(answers=[Answer(Sent.ACCEPTED), Answer(Sent.UNAUTHORISED, "HTTP 403")]))
    assert outcome.state is State.PUBLISHING
    assert outcome.summary == "1 of 3 files are public: the credentials were refused: HTTP 403"
    assert outcome.command == RESUME


def test_nothing_is_sent_without_knowing(release: Release) -> None:
    index = Scripted(lists=[DOWN] * 99)
    outcome = release.publish(index)
    assert index.sent == []
    assert index.asked == PATIENT.tries
    # Nothing was begun either.
    assert outcome.state is State.CHECKED
    assert outcome.reason == "an index does not say what is public: HTTP 503"


def test_an_index_that_comes_back_is_believed(release: Release) -> None:
    assert release.publish(Scripted(lists=[DOWN, DOWN])).published
    assert release.clock.slept == [2.0, 4.0]


def test_a_confirmed_file_that_a_cache_hides_is_not_sent_again(release: Release) -> None:
    first = Scripted(answers=[Answer(Sent.ACCEPTED), Answer(Sent.UNAUTHORISED)])
    release.publish(first)
    index = Scripted(lists=[(), (), ()], there=first.there)
    assert release.publish(index).published
    assert index.sent == [OTHER, SDIST]


def test_a_file_that_changed_is_not_sent(release: Release) -> None:
    path = release.root / "release/files" / SDIST
    path.chmod(0o644)
    path.write_bytes(b"rebuilt")
    index = Scripted()
    outcome = release.publish(index)
    assert index.sent == []
    assert outcome.state is State.CHECKED
    assert "has other bytes than were sealed" in outcome.reason


def test_a_file_that_changes_meanwhile_is_not_sent(release: Release) -> None:
    path = release.root / "release/files" / SDIST

    class Changing(Scripted):
        def upload(self, *args: object) -> Answer:
            if path.exists():
                path.chmod(0o644)
                path.unlink()
            return super().upload(*args)  # type: ignore[arg-type]

    index = Changing()
    outcome = release.publish(index)
    assert index.sent == [WHEEL, OTHER]
    assert outcome.state is State.PUBLISHING
    assert outcome.public == 2


def test_files_that_are_public_need_not_be_here(release: Release) -> None:
    path = release.root / "release/files" / WHEEL
    path.unlink()
    assert release.publish(Scripted(there={WHEEL: as_shown(WHEEL)})).published


def without_hash(name: str) -> dict[str, object]:
    return {name: replace(as_shown(name), hashes=())}


def test_a_file_without_a_hash_is_read(release: Release) -> None:
    index = Scripted(there=without_hash(WHEEL), fetched=[f"the bytes of {WHEEL}".encode()])  # type: ignore[arg-type]
    assert release.publish(index).published
    assert index.sent == [OTHER, SDIST]
    assert index.fetched == []


def test_a_broken_transfer_is_read_again(release: Release) -> None:
    read = [b"half", f"the bytes of {WHEEL}".encode()]
    assert release.publish(Scripted(there=without_hash(WHEEL), fetched=read)).published  # type: ignore[arg-type]


def test_other_bytes_read_twice_are_other_bytes(release: Release) -> None:
    outcome = release.publish(Scripted(there=without_hash(WHEEL), fetched=[b"a", b"b"]))  # type: ignore[arg-type]
    assert outcome.state is State.STUCK


def test_a_file_that_cannot_be_read_is_not_known(release: Release) -> None:
    outcome = release.publish(Scripted(there=without_hash(WHEEL)))  # type: ignore[arg-type]
    assert outcome.state is State.CHECKED
    assert outcome.reason == "an index does not say what is public: HTTP 502"


def test_secrets_stay_out_of_journal_and_outcome(release: Release) -> None:
    secret = Answer(Sent.UNAUTHORISED, "https://user:hunter2@index.example said no to pypi-AgEIcHlwaS5vcmcCJDU")
    outcome = release.publish(Scripted(answers=[secret]))
    kept = repr(outcome) + (release.root / "release/journal.jsonl").read_text() + "".join(release.said)
    assert "hunter2" not in kept
    assert "AgEI" not in kept


def test_what_does_not_fit_is_refused(release: Release, tmp_path: Path) -> None:
    other = replace(release.manifest, commit="beef")
    with release.journal as journal, pytest.raises(UsageError, match="not the one that the journal is of"):
        publishing.publish(other, tmp_path, Scripted(), journal, release.clock)
    with Journal.open(tmp_path / "new") as journal, pytest.raises(UsageError, match="only planned"):
        publishing.publish(release.manifest, tmp_path, Scripted(), journal, release.clock)
    release.publish(Scripted(answers=[Answer(Sent.UNAUTHORISED)]))
    with pytest.raises(UsageError, match="goes to an index, not to another"):
        release.publish(Scripted(shown="another"))
