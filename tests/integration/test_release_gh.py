"""The real gh against a stand-in for GitHub: drafts, files, what stopped halfway, artifacts of a run."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.release.announcing import Announcement, Told, announce
from pyo3ops.release.artifacts import Found, Refused, Run, from_run
from pyo3ops.release.model import SealedFile
from pyo3ops.tools import gh

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("crab-1.0-py3-none-any.whl", "crab-1.0.tar.gz")


def stand_in() -> Any:
    """The module beside this one; tests are not a package."""
    file = Path(__file__).with_name("github_stand_in.py")
    spec = importlib.util.spec_from_file_location("github_stand_in", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys  # noqa: PLC0415 - dataclasses look their module up there

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


STAND_IN = stand_in()


@pytest.fixture
def hub() -> Iterator[Any]:
    if shutil.which("gh") is None:
        pytest.skip("gh is not here")
    with STAND_IN.github() as there:
        there.tags.add("v1.0")
        yield there


@pytest.fixture
def env(hub: Any, tmp_path: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GH_"))}
    told = {"GH_HOST": STAND_IN.HOST, "GH_TOKEN": STAND_IN.TOKEN, "GH_CONFIG_DIR": str(tmp_path / "gh")}
    return {**kept, **told, "HTTP_PROXY": hub.url, "http_proxy": hub.url, "NO_PROXY": "", "no_proxy": ""}


@pytest.fixture
def where() -> gh.Repository:
    return gh.Repository(STAND_IN.HOST, "me", "crab")


@pytest.fixture
def wanted(tmp_path: Path) -> Announcement:
    for name in NAMES:
        (tmp_path / name).write_bytes(name.encode())
    files = tuple(SealedFile(name, len(name), hashlib.sha256(name.encode()).hexdigest(), "") for name in NAMES)
    return Announcement("v1.0", "1.0", "crab 1.0", "# größer\n\n- x", tmp_path, files)


def changes(hub: Any) -> list[str]:
    """What was asked of GitHub beside looking."""
    return [line for line in hub.asked if not line.startswith(("GET", "HEAD")) and "graphql" not in line]


def test_a_draft_first_and_public_last(
    hub: Any, env: dict[str, str], where: gh.Repository, wanted: Announcement
) -> None:
    done = announce(wanted, where, env)
    assert (done.told, done.url) == (Told.DONE, f"http://{STAND_IN.HOST}/me/crab/releases/tag/v1.0")
    assert [line.split()[0] for line in changes(hub)] == ["POST", "POST", "POST", "PATCH"]
    row = hub.releases[0]
    assert (row["draft"], row["prerelease"], row["name"], row["body"]) == (False, False, "crab 1.0", "# größer\n\n- x")
    assert hub.files[1] == {name: name.encode() for name in NAMES}
    hub.asked.clear()
    assert announce(wanted, where, env).told is Told.DONE
    assert changes(hub) == []


def test_one_that_stopped_goes_on(hub: Any, env: dict[str, str], where: gh.Repository, wanted: Announcement) -> None:
    hub.refuses.add(NAMES[1])
    hub.digests = False
    later = announce(wanted, where, env)
    assert later.told is Told.LATER
    assert later.evidence == (f"{NAMES[1]}: missing, or other bytes",)
    assert hub.releases[0]["draft"] is True
    # Meanwhile somebody put something else in place of the wheel, of the same size.
    hub.refuses.clear()
    hub.digests = True
    hub.files[1] = {NAMES[0]: b"x" * len(NAMES[0])}
    hub.asked.clear()
    assert announce(wanted, where, env).told is Told.DONE
    assert hub.files[1] == {name: name.encode() for name in NAMES}
    assert "POST /repos/me/crab/releases" not in changes(hub)
    assert len(hub.releases) == 1


def test_what_is_public_is_not_replaced(
    hub: Any, env: dict[str, str], where: gh.Repository, wanted: Announcement
) -> None:
    assert announce(wanted, where, env).told is Told.DONE
    hub.files[1][NAMES[0]] = b"other"
    hub.files[1]["crab-0.9.tar.gz"] = b"old"
    hub.asked.clear()
    differs = announce(wanted, where, env)
    assert differs.told is Told.DIFFERS
    assert differs.evidence == (f"{NAMES[0]}: missing, or other bytes", "crab-0.9.tar.gz: not sealed")
    assert differs.fix is not None
    assert changes(hub) == []


def test_a_prerelease_and_a_tag_that_is_not_there(
    hub: Any, env: dict[str, str], where: gh.Repository, wanted: Announcement
) -> None:
    candidate = dataclasses.replace(wanted, tag="v2.0rc1", version="2.0rc1")
    later = announce(candidate, where, env)
    assert later.told is Told.LATER
    assert "v2.0rc1 doesn't exist" in later.reason
    hub.tags.add("v2.0rc1")
    assert announce(candidate, where, env).told is Told.DONE
    assert hub.releases[0]["prerelease"] is True


def test_without_a_login(hub: Any, env: dict[str, str], where: gh.Repository, wanted: Announcement) -> None:
    later = announce(wanted, where, {**env, "GH_TOKEN": "t0p-secret"})
    assert later.told is Told.LATER
    assert later.fix is not None
    assert later.fix.argv == ("gh", "auth", "login", "--hostname", STAND_IN.HOST)
    assert "t0p-secret" not in str(later)
    assert hub.releases == []
    # A network that is not there.
    nowhere = {**env, "HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    assert announce(wanted, where, nowhere).told is Told.LATER


def ended(hub: Any, **other: str) -> None:
    row = {
        "id": 5,
        "conclusion": "success",
        "status": "completed",
        "head_sha": "abc",
        "event": "push",
        "workflow_id": 7,
    }
    hub.runs["5"] = {**row, "html_url": "http://x/5", **other}


def test_files_of_a_run(hub: Any, env: dict[str, str], where: gh.Repository, tmp_path: Path) -> None:
    parts = {f"dist-{name}": STAND_IN.zipped({name: name.encode()}) for name in NAMES}
    hub.artifacts["5"] = {**parts, "logs": STAND_IN.zipped({"log.txt": b""})}
    ended(hub)
    got = tmp_path / "got"
    for _ in range(2):
        found = from_run(Run("5", where), where, ("crab", "1.0", "abc"), got, env)
        assert isinstance(found, Found)
        assert [path.read_bytes().decode() for path in found.files] == sorted(NAMES)
        assert (found.commit, found.source) == ("abc", "run 5 of release")
    hub.artifacts["5"]["release"] = STAND_IN.zipped({NAMES[1]: b"all of it"})
    found = from_run(Run("5", None), where, ("crab", "1.0", ""), got, env)
    assert isinstance(found, Found)
    assert [path.name for path in found.files] == [NAMES[1]]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"conclusion": "failure"}, "ended with failure"),
        ({"conclusion": "", "status": "in_progress"}, "has not ended"),
        ({"event": "pull_request"}, "started by a pull request"),
        ({"head_sha": "def"}, "built def, and the release is of abc"),
        ({}, "has no artifact release or dist-*"),
    ],
)
def test_a_run_that_is_none_to_release_from(
    hub: Any, env: dict[str, str], tmp_path: Path, other: dict[str, str], reason: str
) -> None:
    where = gh.Repository(STAND_IN.HOST, "me", "crab")
    ended(hub, **other)
    refused = from_run(Run("5", None), where, ("crab", "1.0", "abc"), tmp_path / "got", env)
    assert isinstance(refused, Refused)
    assert reason in refused.reason
    assert refused.fix is not None


def test_a_run_that_is_not_there(hub: Any, env: dict[str, str], where: gh.Repository, tmp_path: Path) -> None:
    refused = from_run(Run("6", None), where, ("crab", "1.0", "abc"), tmp_path / "got", env)
    assert isinstance(refused, Refused)
    assert "404" in refused.reason
    assert hub.artifacts == {}
