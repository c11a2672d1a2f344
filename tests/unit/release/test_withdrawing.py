from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.release import withdrawing
from pyo3ops.release.credentials import Credentials
from pyo3ops.release.credentials import Kind as Held
from pyo3ops.release.journal import Journal
from pyo3ops.release.model import State
from pyo3ops.release.target import Target
from pyo3ops.release.withdrawing import Kind, Patience, Standing, look, next_version, noted, steps, watch
from pyo3ops.tools.index import Index, Refusal
from tests.unit.release.shelf import FILES, SDIST, WHEEL, Shelf, Ticking, entry

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.tools.simple_page import IndexFile

PLACE = Target("pypi", "", Index("https://ann:secret@index.example/simple/", "x"), "twine", Credentials(Held.NONE))


def listed(*yanked: str) -> tuple[IndexFile, ...]:
    return tuple(entry(name, data, "broken" if name in yanked else None) for name, data in FILES.items())


def test_what_is_public() -> None:
    more = (*listed(WHEEL), entry("spam-1.1.tar.gz", b"x"), entry("spam-0.9.tar.gz", b"x"))
    found = look(Shelf({}, [more]), "spam", "1.0")
    assert [file.name for file in found.files] == list(FILES)
    assert (found.newest, found.withdrawn, found.gone, len(found.left)) == ("1.1", False, False, 2)
    assert look(Shelf({}, [listed(*FILES)]), "spam", "1.0").withdrawn
    assert look(Shelf({}, [more]), "spam", "2.0").gone
    assert look(Shelf({}, [Refusal("no such project", absent=True)]), "spam", "1.0").gone
    broken = look(Shelf({}, [Refusal("HTTP 503")]), "spam", "1.0")
    assert (broken.reason, broken.gone, broken.withdrawn) == ("HTTP 503", False, False)


def test_the_version_that_takes_its_place() -> None:
    assert next_version(Standing(newest="1.4.2"), "1.0") == "1.4.3"
    assert next_version(Standing(), "1.0") == "1.0.1"
    assert next_version(Standing(newest="1.0"), "1.0") == "1.0.1"


def test_what_installers_do_afterwards() -> None:
    older, newer = entry("spam-0.9.tar.gz", b"x"), entry("spam-1.1.tar.gz", b"x")
    found = look(Shelf({}, [(*listed(), older, newer)]), "spam", "1.0")
    assert withdrawing.afterwards(found, "1.0") == "installers then go on with 1.1"
    found = look(Shelf({}, [(*listed(), older, replace(newer, yanked=""))]), "spam", "1.0")
    assert withdrawing.afterwards(found, "1.0") == "then release 1.1.1; until then installers fall back to 0.9"
    assert withdrawing.afterwards(look(Shelf({}, [listed()]), "spam", "1.0"), "1.0") == "then release 1.0.1"


def test_a_watch_ends_when_it_is_seen() -> None:
    said: list[str] = []
    shelf = Shelf({}, [listed(), Refusal("HTTP 503"), listed(WHEEL, SDIST), listed(*FILES)])
    clock = Ticking()
    assert watch(shelf, "spam", "1.0", clock, said.append).withdrawn
    assert clock.slept == [5.0, 10.0, 20.0]
    assert said == ["3 of 3 files are not yanked yet", "HTTP 503", "1 of 3 files are not yanked yet"]


def test_a_watch_ends_with_patience() -> None:
    clock = Ticking()
    found = watch(Shelf({}, [listed()]), "spam", "1.0", clock, patience=Patience(seconds=300.0))
    assert (found.withdrawn, sum(clock.slept), max(clock.slept)) == (False, 300.0, 60.0)


def test_a_watch_ends_with_an_interrupt() -> None:
    class Impatient(Ticking):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) == 2:
                raise KeyboardInterrupt

    shelf = Shelf({}, [listed(), listed(WHEEL)])
    assert len(watch(shelf, "spam", "1.0", Impatient()).left) == 2


def test_the_page_is_at_the_index_itself_and_without_secrets() -> None:
    told = steps(Kind.WAREHOUSE, PLACE, "spam_and_eggs", "1.0", "it crashes")
    assert "https://index.example/manage/project/spam-and-eggs/release/1.0/" in told[0]
    assert "it crashes" in told[1]
    assert not any("secret" in line for line in told)
    other = steps(Kind.OTHER, replace(PLACE, name="", upload="https://ours.example/up"), "spam", "1.0", "")
    assert other[0] == "ask whoever runs https://ours.example/up to yank spam 1.0"
    assert "knows no yank" in steps(Kind.PYPISERVER, PLACE, "spam", "1.0", "")[0]


def test_what_runs_an_index() -> None:
    assert withdrawing.kind_of(replace(PLACE, is_pypi=True), {}) is Kind.WAREHOUSE
    assert withdrawing.kind_of(replace(PLACE, simple=Refusal("unknown")), {}) is Kind.OTHER
    nobody = Index("http://127.0.0.1:9/simple/", "x")
    assert withdrawing.kind_of(replace(PLACE, simple=nobody), {}) is Kind.OTHER


@pytest.mark.parametrize(("public", "said"), [(0, False), (1, True), (2, True), (3, False)])
def test_a_part_of_a_release(public: int, said: bool) -> None:  # noqa: FBT001 - a row of a table
    assert bool(withdrawing.advice_for_part(public, 3)) is said


ALL = Standing(listed(*FILES), "1.0")


def journal(folder: Path, *events: str) -> Journal:
    with Journal.open(folder, Ticking()) as written:
        for event in events:
            written.append(event, manifest="0" * 64, index="there")
    return Journal.open(folder, Ticking())


def test_the_journal_is_told_once_and_only_what_is_so(tmp_path: Path) -> None:
    assert noted(Journal.open(tmp_path), ALL, "there", "") == "this machine has no journal of it"
    written = journal(tmp_path, "planned", "sealed", "checked", "publishing", "published")
    for standing in (Standing(), Standing(listed(WHEEL), "1.0"), replace(ALL, reason="HTTP 503")):
        assert noted(written, standing, "there", "") == "not in the journal: the index does not show every file yanked"
    assert written.state is State.PUBLISHED
    assert noted(written, ALL, "there", "it crashes") == "the journal has it now"
    last = Journal.open(tmp_path).records[-1]
    assert (last.event, dict(last.data)) == ("withdrawn", {"files": 3, "index": "there", "reason": "it crashes"})
    assert noted(Journal.open(tmp_path), ALL, "there", "") == "the journal has it already"


def test_a_release_that_was_given_up_stays_that(tmp_path: Path) -> None:
    written = journal(tmp_path, "planned", "aborted")
    assert noted(written, ALL, "there", "") == "not in the journal, which says aborted"
    (tmp_path / "journal.jsonl").write_text("{}\n")
    with pytest.raises(ConfigError):
        Journal.open(tmp_path)
