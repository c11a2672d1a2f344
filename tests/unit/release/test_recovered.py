from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.model import State
from pyo3ops.release.recovered import Recovered, recovered
from pyo3ops.tools.index import Refusal
from tests.unit.release.releases import ABSENT, NOW, OTHER, SDIST, WHEEL, as_shown, sealed

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.model import Manifest

ALL = (WHEEL, OTHER, SDIST)
TIME = "2027-01-10T00:00:00Z"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    root: Path = tmp_path_factory.mktemp("release")
    return sealed(root)


def told(manifest: Manifest | None, *names: str, tags: tuple[str, ...] = (), now: float = NOW) -> Recovered:
    listing = tuple(as_shown(name, uploaded=TIME) for name in ("spam-0.9.tar.gz", *names))
    return recovered(manifest, listing, tags, "1.0", now=now)


@pytest.mark.parametrize(
    ("names", "tags", "state"),
    [
        ((), (), State.SEALED),
        ((), ("v0.9",), State.SEALED),
        ((WHEEL,), (), State.PUBLISHING),
        ((WHEEL, OTHER), ("v0.9", "v1.0.1"), State.PUBLISHING),
        (ALL, (), State.PUBLISHED),
        (ALL, ("v0.9", "v10.0"), State.PUBLISHED),
        (ALL, ("v1.0",), State.TAGGED),
        (ALL, ("spam-v1.0.0",), State.TAGGED),
        (ALL, ("1.0",), State.TAGGED),
        (ALL, ("eggs-v1.0",), State.PUBLISHED),
        ((*ALL, "spam-1.0-py3-none-any.whl"), (), State.STUCK),
    ],
)
def test_with_the_sealed_set(manifest: Manifest, names: tuple[str, ...], tags: tuple[str, ...], state: State) -> None:
    found = told(manifest, *names, tags=tags)
    assert found.state is state
    assert found.public == tuple(name for name in names if name in ALL)
    assert found.missing == tuple(name for name in ALL if name not in names)
    assert found.foreign == tuple(name for name in names if name not in ALL)
    assert found.until == ("2027-01-24" if names else "")


@pytest.mark.parametrize(
    ("names", "tags", "state"),
    [
        ((), (), State.PLANNED),
        ((WHEEL,), (), State.STUCK),
        (ALL, (), State.PUBLISHED),
        ((WHEEL,), ("v1.0",), State.TAGGED),
    ],
)
def test_without_it(names: tuple[str, ...], tags: tuple[str, ...], state: State) -> None:
    found = told(None, *names, tags=tags)
    assert found.state is state
    assert found.public == names


def test_the_rest_cannot_follow_after_two_weeks(manifest: Manifest) -> None:
    late = told(manifest, WHEEL, now=NOW + 14 * 86400)
    assert late.state is State.STUCK
    assert late.closed
    assert late.reason == "1 of 3 files are public; PyPI takes no new files of it since 2027-01-24"
    # What is whole has no need to.
    assert told(manifest, *ALL, now=NOW + 14 * 86400).state is State.PUBLISHED
    assert not told(manifest, WHEEL).closed


def test_no_project_is_nothing_public(manifest: Manifest) -> None:
    assert recovered(manifest, ABSENT, (), "1.0").state is State.SEALED
    assert recovered(None, ABSENT, ("v1.0",), "1.0").reason == "nothing is public, though there is a tag v1.0"


def test_no_answer_is_not_known(manifest: Manifest) -> None:
    found = recovered(manifest, Refusal("HTTP 503"), (), "1.0")
    assert found == Recovered(None, "the index does not say what is public: HTTP 503")


def test_other_bytes_are_stuck(manifest: Manifest) -> None:
    found = recovered(manifest, (as_shown(WHEEL), as_shown(SDIST, b"theirs")), (), "1.0")
    assert found.state is State.STUCK
    assert found.foreign == (SDIST,)
    assert found.missing == (OTHER,)


def test_what_is_yanked_is_withdrawn(manifest: Manifest) -> None:
    listing = tuple(as_shown(name, yanked="") for name in ALL)
    assert recovered(manifest, listing, ("v1.0",), "1.0").state is State.WITHDRAWN
    assert recovered(None, listing, (), "1.0").state is State.WITHDRAWN
    partly = recovered(manifest, (*listing[:2], as_shown(SDIST)), ("v1.0",), "1.0")
    assert partly.state is State.TAGGED
    assert partly.yanked == (WHEEL, OTHER)


def test_a_file_without_a_hash_is_unproven(manifest: Manifest) -> None:
    listing = tuple(replace(as_shown(name), hashes=()) for name in ALL)
    found = recovered(manifest, listing, (), "1.0")
    assert found.state is State.PUBLISHED
    assert found.unproven == ALL
    assert found.public == ()
