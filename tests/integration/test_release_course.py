"""The course of a release where something comes between: kills, damage, commits, other indexes, other machines."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from pyo3ops.core.errors import ConfigError, Pyo3opsError, UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.release import lock, manifest
from pyo3ops.release.journal import Journal
from pyo3ops.release.model import State
from pyo3ops.tasks.release.course import LOCKED
from pyo3ops.tasks.release.shown import THERE, TO_DO
from pyo3ops.tools.pypiserver import Absent, Serving, serving

from .conftest import need
from .release_course import (
    NAME,
    VERSION,
    Place,
    Stage,
    copied,
    index,
    outside,
    problems,
    public,
    stage,
    steps,
    warnings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOCK = lock.ref_of(NAME, VERSION)
TAG = f"refs/tags/v{VERSION}"


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    need("git", "uv")
    return outside(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def first(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Where nothing was begun."""
    return stage(tmp_path_factory.mktemp("größe der welt"), env)


@pytest.fixture(scope="module")
def ready(first: Stage, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """What is built, sealed and checked."""
    done = copied(first, tmp_path_factory.mktemp("ready") / "größe der welt")
    with index() as place:
        report = done.release(index=place.url, until="checked")
    assert report.exit_code == 0, problems(report)
    assert (done.state, done.builds, len(done.sealed)) == (State.CHECKED, 1, 2)
    return done


@pytest.fixture
def fresh(first: Stage, tmp_path: Path) -> Stage:
    return copied(first, tmp_path / "größe der welt")


@pytest.fixture
def checked(ready: Stage, tmp_path: Path) -> Stage:
    return copied(ready, tmp_path / "größe der welt")


@pytest.fixture
def place() -> Iterator[Place]:
    with index() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Place]:
    with index() as found:
        yield found


@contextlib.contextmanager
def refused(of: Stage, kind: type[Pyo3opsError] = UsageError) -> Iterator[pytest.ExceptionInfo[Pyo3opsError]]:
    """An ending with exit code 2, and everything as it was."""
    before = of.everything()
    with pytest.raises(kind) as error:
        yield error
    assert error.value.exit_code is Exit.USAGE
    assert of.everything() == before


def test_a_released_version_goes_to_no_other_index(checked: Stage, place: Place, other: Place) -> None:
    assert checked.release(index=place.url).exit_code == 0
    assert checked.state is State.ANNOUNCED
    with refused(checked) as error:
        checked.release(index=other.url)
    assert place.url.rstrip("/") in str(error.value)
    assert (place.public, other.public) == (checked.sealed, {})


def test_what_was_tried_at_one_index_goes_on_to_another(checked: Stage, env: Mapping[str, str], tmp_path: Path) -> None:
    """Both are real ones."""
    sealed, folders = checked.sealed, (tmp_path / "one", tmp_path / "two")
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(served(folder, env)).url for folder in folders]
        assert checked.release(index=urls[0], until="verified").exit_code == 0
        assert (checked.state, public(folders[0])) == (State.VERIFIED, sealed)
        tried = checked.journal.read_bytes()
        before = {path.name: path.stat().st_mtime_ns for path in folders[0].iterdir()}
        planned = checked.release(index=urls[1], dry_run=True)
        assert (steps(planned)["seal"], steps(planned)["publish"]) == (THERE, TO_DO)
        assert checked.journal.read_bytes() == tried
        assert checked.release(index=urls[1], until="locked").exit_code == 0
        # It stopped before it was sent there, and still goes there.
        report = checked.release(resume=True)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, checked.builds) == (State.ANNOUNCED, 1)
    assert public(folders[0]) == public(folders[1]) == checked.sealed == sealed
    assert {path.name: path.stat().st_mtime_ns for path in folders[0].iterdir()} == before
    assert (checked.folder / "journal.tried-1").read_bytes() == tried
    assert checked.refs[f"{TAG}^{{}}"] == checked.head
    assert LOCK not in checked.refs


@contextlib.contextmanager
def served(folder: Path, env: Mapping[str, str]) -> Iterator[Serving]:
    folder.mkdir()
    with serving(folder, env) as server:
        if isinstance(server, Absent):
            pytest.skip(f"pypiserver cannot be installed here: {server.reason}")
        yield server


def test_without_an_index_it_is_the_one_of_the_journal(checked: Stage, place: Place, other: Place) -> None:
    assert checked.release(index=place.url, until="published").exit_code == 0
    report = checked.release(resume=True, env={"UV_PUBLISH_URL": other.url})
    assert report.exit_code == 0, problems(report)
    assert (checked.state, place.public, other.public) == (State.ANNOUNCED, checked.sealed, {})


def test_a_commit_while_it_is_built_stops_it(fresh: Stage, place: Place) -> None:
    report = fresh.release(index=place.url, env={"COURSE_COMMITS": str(fresh.root)})
    assert report.exit_code == 1
    assert "changed" in problems(report)["release.step.seal"].detail
    assert fresh.head[:12] in problems(report)["release.step.seal"].detail
    assert not (fresh.folder / "manifest.json").exists()
    assert (fresh.state, place.public) == (State.BUILT, {})
    fresh.git("push", "--quiet", "origin", "main")
    report = fresh.release(index=place.url, until="checked")
    assert report.exit_code == 0, problems(report)
    assert (fresh.state, fresh.builds, len(fresh.sealed)) == (State.CHECKED, 2, 2)
    assert manifest.load(fresh.folder).commit == fresh.head


def test_nobody_says_of_which_commit_a_folder_is(fresh: Stage, checked_files: Path, place: Place) -> None:
    report = fresh.release(index=place.url, source=str(checked_files), until="published")
    assert report.exit_code == 0, problems(report)
    assert "who says of which commit: nobody" in warnings(report)["release.step.build"].detail
    assert (fresh.state, fresh.builds) == (State.PUBLISHED, 0)
    assert place.public == fresh.sealed == public(checked_files)


@pytest.fixture
def checked_files(ready: Stage, tmp_path: Path) -> Path:
    """Built elsewhere, and nothing beside."""
    shutil.copytree(ready.folder / "files", tmp_path / "dist")
    return tmp_path / "dist"


def test_killed_between_the_manifest_and_its_record(checked: Stage, place: Place) -> None:
    sealed = checked.sealed
    checked.without("sealed")
    assert checked.state is State.BUILT
    report = checked.release(index=place.url)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, checked.builds) == (State.ANNOUNCED, 1)
    assert place.public == checked.sealed == sealed


def test_killed_there_and_head_moved(checked: Stage, place: Place) -> None:
    sealed = checked.sealed
    checked.without("sealed")
    head = checked.commit()
    report = checked.release(index=place.url)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, checked.builds, checked.sealed == sealed) == (State.ANNOUNCED, 2, False)
    assert place.public == checked.sealed
    assert manifest.load(checked.folder).commit == checked.refs[f"{TAG}^{{}}"] == head


def test_a_damaged_journal_names_the_way_out(checked: Stage, place: Place) -> None:
    checked.damage()
    with refused(checked, ConfigError) as error:
        checked.release(index=place.url)
    assert "--recover" in error.value.command
    (finding,) = (each for each in checked.status(place.url).findings if each.id == "release.journal")
    assert finding.fix is not None
    assert "--recover" in " ".join((finding.fix.summary, *(finding.fix.argv or ())))
    with refused(checked) as error:
        checked.release(index=place.url, recover=True, dry_run=True)
    sealed = checked.sealed
    report = checked.release(index=place.url, recover=True)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, checked.builds) == (State.ANNOUNCED, 1)
    assert place.public == checked.sealed == sealed
    assert "cheated" in (checked.folder / "journal.damaged-1").read_text(encoding="utf-8")


def test_a_damaged_journal_whose_lock_is_still_there(checked: Stage, place: Place) -> None:
    assert checked.release(index=place.url, until="published").exit_code == 0
    lost = checked.refs[LOCK]
    checked.damage()
    report = checked.release(index=place.url, recover=True)
    # Nobody can tell it from another machine's any more.
    assert (report.exit_code, "release.lock.holder" in problems(report)) == (1, True)
    assert (checked.state, checked.refs[LOCK]) == (State.PUBLISHED, lost)
    report = checked.release(index=place.url, resume=True, break_lock=True)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, LOCK in checked.refs, place.public) == (State.ANNOUNCED, False, checked.sealed)


def test_recovering_and_breaking_the_lock_at_once(checked: Stage, place: Place) -> None:
    assert checked.release(index=place.url, until="published").exit_code == 0
    checked.damage()
    report = checked.release(index=place.url, recover=True, break_lock=True)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, LOCK in checked.refs, place.public) == (State.ANNOUNCED, False, checked.sealed)


@pytest.mark.parametrize("until", ["checked", "published"])
def test_a_sound_journal_is_not_recovered(checked: Stage, place: Place, until: str) -> None:
    assert checked.release(index=place.url, until=until).exit_code == 0
    for more in ({}, {"dry_run": True}):
        with refused(checked):
            checked.release(index=place.url, recover=True, **more)
    assert not list(checked.folder.glob("journal.damaged*"))


def test_a_damaged_manifest_of_what_is_not_public(checked: Stage, place: Place) -> None:
    path = checked.folder / "manifest.json"
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8").replace('"size": ', '"size":  ', 1), encoding="utf-8")
    report = checked.release(index=place.url, recover=True, until="published")
    assert report.exit_code == 0, problems(report)
    assert (checked.state, place.public) == (State.PUBLISHED, checked.sealed)
    assert len(checked.sealed) == 2


def test_a_damaged_manifest_of_what_is_public(checked: Stage, place: Place, checked_files: Path) -> None:
    assert checked.release(index=place.url, until="published").exit_code == 0
    path = checked.folder / "manifest.json"
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    with refused(checked) as error:
        checked.release(index=place.url, recover=True)
    assert "--from" in error.value.command
    assert place.public == public(checked_files)


def test_a_lock_of_somebody_else(checked: Stage, place: Place) -> None:
    who = lock.Holder("Somebody", "elsewhere", "2026-11-20T00:00:00Z", "0123456789abcdef", checked.head)
    taken = lock.take(checked.root, LOCK, who, "origin", checked.env)
    assert isinstance(taken, lock.Held)
    before = checked.journal.read_bytes()
    report = checked.release(index=place.url)
    assert (report.exit_code, list(problems(report))) == (1, ["release.lock.holder"])
    assert "Somebody on elsewhere" in problems(report)["release.lock.holder"].detail
    assert (checked.refs[LOCK], checked.journal.read_bytes(), place.public) == (taken.object, before, {})
    report = checked.release(index=place.url, break_lock=True)
    assert report.exit_code == 0, problems(report)
    assert "Somebody on elsewhere" in " ".join(checked.told)
    assert (checked.state, LOCK in checked.refs, place.public) == (State.ANNOUNCED, False, checked.sealed)


def test_a_commit_behind_what_is_checked_is_another_set(checked: Stage, place: Place) -> None:
    old, before = checked.sealed, checked.journal.read_bytes()
    head = checked.commit()
    planned = steps(checked.release(index=place.url, dry_run=True))
    assert {planned[name] for name in ("build", "seal", "check", "publish")} == {TO_DO}
    assert checked.journal.read_bytes() == before
    report = checked.release(index=place.url)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, checked.builds, checked.sealed == old) == (State.ANNOUNCED, 2, False)
    assert (place.public, checked.refs[f"{TAG}^{{}}"]) == (checked.sealed, head)
    (kept,) = checked.folder.glob("given-up-*")
    assert {file.name: file.sha256 for file in manifest.load(kept).files} == public(kept / "files") == old


def test_another_set_goes_where_the_first_was_to_go(checked: Stage, place: Place) -> None:
    checked.commit()
    report = checked.release(index=place.url, until="checked")
    assert report.exit_code == 0, problems(report)
    # Nobody says the index again.
    report = checked.release(resume=True)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, checked.builds, place.public) == (State.ANNOUNCED, 2, checked.sealed)


def test_publish_sends_what_is_sealed_whatever_was_committed(checked: Stage, place: Place) -> None:
    old = checked.sealed
    checked.commit()
    report = checked.publish(index=place.url)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, checked.builds) == (State.PUBLISHED, 1)
    assert place.public == checked.sealed == old


def test_a_slip_in_from_costs_nothing(checked: Stage, place: Place) -> None:
    old = checked.sealed
    for asked in (str(checked.root / "dits"), str(checked.root / "README.md")):
        with refused(checked):
            checked.release(index=place.url, source=asked)
    assert (checked.state, checked.sealed, place.public) == (State.CHECKED, old, {})
    assert public(checked.folder / "files") == old


def test_a_folder_of_nothing_costs_nothing(checked: Stage, place: Place, tmp_path: Path) -> None:
    old = checked.sealed
    (tmp_path / "nothing").mkdir()
    report = checked.release(index=place.url, source=str(tmp_path / "nothing"))
    assert (report.exit_code, list(problems(report))) == (1, ["release.step.build"])
    assert (checked.state, checked.sealed, place.public) == (State.CHECKED, old, {})
    assert public(checked.folder / "files") == old


@pytest.fixture
def halfway(checked: Stage, place: Place) -> Stage:
    """One file of two is public, and there is no room for the other."""
    place.room = 1
    report = checked.release(index=place.url)
    assert (report.exit_code, "release.step.publish" in problems(report)) == (1, True)
    assert (checked.state, len(place.public)) == (State.STUCK, 1)
    assert LOCK in checked.refs
    assert TAG not in checked.refs
    return checked


def test_a_quota_that_is_lifted(halfway: Stage, place: Place) -> None:
    (wheel,) = place.public.items()
    place.room = 2
    report = halfway.release(index=place.url, resume=True)
    assert report.exit_code == 0, problems(report)
    assert (halfway.state, halfway.builds, place.public) == (State.ANNOUNCED, 1, halfway.sealed)
    assert [post.name for post in place.http.posts].count(wheel[0]) == 1


def test_no_other_files_halfway(halfway: Stage, place: Place, checked_files: Path) -> None:
    there = place.public
    altered = checked_files.with_name("altered")
    shutil.copytree(checked_files, altered)
    victim = next(altered.glob("*.tar.gz"))
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes() + b"\0")
    place.room = 2
    for asked in ({"rebuild": True}, {"source": str(altered)}, {"rebuild": True, "source": str(checked_files)}):
        with refused(halfway):
            halfway.release(index=place.url, **asked)
    assert (halfway.state, place.public) == (State.STUCK, there)
    report = halfway.release(index=place.url, source=str(checked_files))
    assert report.exit_code == 0, problems(report)
    assert (halfway.state, halfway.builds, place.public) == (State.ANNOUNCED, 1, halfway.sealed)


def test_nor_where_a_kill_left_it_publishing(halfway: Stage, place: Place, checked_files: Path) -> None:
    halfway.without("stuck")
    place.room = 2
    with refused(halfway):
        halfway.release(index=place.url, rebuild=True)
    assert halfway.state is State.PUBLISHING
    report = halfway.release(index=place.url, source=str(checked_files))
    assert report.exit_code == 0, problems(report)
    assert (halfway.state, place.public) == (State.ANNOUNCED, halfway.sealed)


def test_a_branch_that_is_nobodys_business(checked: Stage, place: Place) -> None:
    assert checked.release(index=place.url, until="verified").exit_code == 0
    released = checked.head
    checked.git("checkout", "--quiet", "-b", "private-experiment")
    checked.commit(push=False)
    report = checked.release(index=place.url, resume=True)
    assert report.exit_code == 0, problems(report)
    assert checked.state is State.ANNOUNCED
    heads = {name: commit for name, commit in checked.refs.items() if name.startswith("refs/heads/")}
    assert heads == {"refs/heads/main": released}
    assert checked.refs[f"{TAG}^{{}}"] == released


def test_refused_before_anything_is_public(checked: Stage, place: Place) -> None:
    place.room = 0
    report = checked.release(index=place.url)
    assert report.exit_code == 1
    fix = problems(report)["release.step.publish"].fix
    assert fix is not None
    assert fix.argv is not None
    assert fix.argv[:2] == ("pyo3ops", "release")
    assert "--resume" not in fix.argv
    assert (checked.state, place.public, LOCK in checked.refs) == (State.ABORTED, {}, False)
    sealed, place.room = checked.sealed, 2
    # As it is typed.
    named = replace(checked, env={**checked.env, "UV_PUBLISH_URL": place.url})
    code, document = cli(named, *fix.argv[1:], "--yes")
    assert code == 0, document["findings"]
    assert (checked.state, checked.builds) == (State.ANNOUNCED, 1)
    assert place.public == checked.sealed == sealed


def test_a_version_older_than_the_files(fresh: Stage, place: Place) -> None:
    with refused(fresh):
        fresh.release(index=place.url, version="0.9.0")
    assert not (fresh.root / ".pyo3ops").exists()


def test_the_lock_until_all_is_read_back(checked: Stage, place: Place) -> None:
    assert checked.release(index=place.url, until="published").exit_code == 0
    assert LOCK in checked.refs
    assert checked.release(index=place.url, until="tagged").exit_code == 0
    assert (checked.state, LOCK in checked.refs, TAG in checked.refs) == (State.TAGGED, False, True)


def test_a_copy_beside_the_release_is_none(checked: Stage, place: Place) -> None:
    shutil.copytree(checked.folder, checked.folder.with_name(f"{NAME}-{VERSION}.bak"))
    facts = {fact.name: fact.value for fact in checked.status(place.url).facts}
    assert facts["version"] == VERSION
    report = checked.release(index=place.url, resume=True)
    assert report.exit_code == 0, problems(report)
    assert (checked.state, place.public) == (State.ANNOUNCED, checked.sealed)


def test_handed_on_to_another_machine(checked: Stage, place: Place, tmp_path: Path) -> None:
    """As the jobs of CI do: one may push the ref, another one publishes, a third one tags."""
    assert checked.release(index=place.url, until=LOCKED).exit_code == 0
    held = checked.refs[LOCK]
    assert (checked.state, place.public) == (State.CHECKED, {})
    clone = replace(checked, root=tmp_path / "clone")
    clone.git("clone", "--quiet", str(checked.remote), str(clone.root), cwd=tmp_path)
    shutil.copytree(checked.folder, clone.folder)
    report = clone.release(index=place.url, resume=True, until="published")
    assert report.exit_code == 0, problems(report)
    assert (clone.state, clone.builds, place.public) == (State.PUBLISHED, 1, checked.sealed)
    assert clone.refs[LOCK] == held
    report = clone.release(index=place.url, resume=True)
    assert report.exit_code == 0, problems(report)
    assert (clone.state, LOCK in clone.refs, TAG in clone.refs) == (State.ANNOUNCED, False, True)


def test_a_rehearsal_whose_journal_is_damaged(fresh: Stage) -> None:
    refs, here = fresh.refs, fresh.git("for-each-ref")
    rehearsal = fresh.root / ".pyo3ops/rehearsal"
    report = fresh.release(rehearse=True, until="published")
    assert report.exit_code == 0, problems(report)
    (journal,) = rehearsal.rglob("journal.jsonl")
    text = journal.read_text(encoding="utf-8")
    journal.write_text(text.replace('"event":"checked"', '"event":"cheated"'), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        fresh.release(rehearse=True, resume=True)
    assert "--recover" in error.value.command
    report = fresh.release(rehearse=True, resume=True, recover=True, break_lock=True)
    assert report.exit_code == 0, problems(report)
    assert Journal.open(journal.parent).state is State.ANNOUNCED
    assert public(rehearsal / "served") == {file.name: file.sha256 for file in manifest.load(journal.parent).files}
    assert (fresh.refs, fresh.git("for-each-ref"), fresh.folder.exists()) == (refs, here, False)


def cli(of: Stage, *words: str) -> tuple[int, dict[str, Any]]:
    argv = [sys.executable, "-m", "pyo3ops", *words, "--project", str(of.root), "--json"]
    done = subprocess.run(argv, env=dict(of.env), cwd=of.root, capture_output=True, timeout=120, check=False)
    document = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode
    return done.returncode, document


def test_by_the_command_line(checked: Stage, place: Place) -> None:
    assert checked.release(index=place.url).exit_code == 0
    before = checked.everything()
    with index() as elsewhere:
        code, document = cli(checked, "release", "--yes", "--index", elsewhere.url)
        assert (code, elsewhere.public, checked.everything()) == (2, {}, before)
    assert place.url.rstrip("/") in document["failure"]["message"]
    code, document = cli(checked, "release", "--resume", "--yes")
    assert (code, document["failure"]["command"]) == (2, "pyo3ops release status")
    assert (checked.everything(), place.public) == (before, checked.sealed)
