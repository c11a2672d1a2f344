from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.release.announcing import Announced, Announcement, Told, announce, differences, place
from pyo3ops.release.model import SealedFile
from pyo3ops.tools.gh import Asset, Repository

WHEEL = SealedFile("crab-1.0-py3-none-any.whl", 3, "abc", "", ("py3-none-any",))
SDIST = SealedFile("crab-1.0.tar.gz", 4, "def", "")
CRAB = Repository("github.com", "me", "crab")


@pytest.mark.parametrize(
    ("assets", "missing", "more"),
    [
        ((), (WHEEL.name, SDIST.name), ()),
        ((Asset(WHEEL.name, 3, "abc", whole=True), Asset(SDIST.name, 4, "def", whole=True)), (), ()),
        # Where no digest is told, sizes have to do.
        ((Asset(WHEEL.name, 3, "", whole=True), Asset(SDIST.name, 5, "", whole=True)), (SDIST.name,), ()),
        (
            (Asset(WHEEL.name, 3, "xxx", whole=True), Asset(SDIST.name, 4, "def", whole=False)),
            (WHEEL.name, SDIST.name),
            (),
        ),
        (
            (
                Asset(WHEEL.name, 3, "abc", whole=True),
                Asset(SDIST.name, 4, "def", whole=True),
                Asset("crab-0.9.tar.gz", 1, "", whole=True),
                Asset("sbom.json", 1, "", whole=True),
            ),
            (),
            ("crab-0.9.tar.gz",),
        ),
    ],
)
def test_files_beside_the_sealed_ones(
    assets: tuple[Asset, ...], missing: tuple[str, ...], more: tuple[str, ...]
) -> None:
    assert differences((WHEEL, SDIST), assets) == (missing, more)


def told(where: Repository | Announced) -> Told | None:
    return where.told if isinstance(where, Announced) else None


def test_where_to_announce() -> None:
    assert place("auto", "git@github.com:me/crab.git", {}) == CRAB
    assert place("github", "https://hub.corp/me/crab", {"GH_HOST": "hub.corp"}) == Repository("hub.corp", "me", "crab")
    assert told(place("auto", "/a/folder", {})) is Told.NOWHERE
    assert told(place("auto", "", {})) is Told.NOWHERE
    assert told(place("none", "git@github.com:me/crab.git", {})) is Told.NOWHERE
    # Asked for, and nobody knows where.
    assert told(place("github", "https://hub.corp/me/crab", {})) is Told.LATER


def test_without_gh_it_is_announced_later() -> None:
    wanted = Announcement("v1.0", "1.0", "crab 1.0", "", Path(), (WHEEL, SDIST))
    later = announce(wanted, CRAB, {"PATH": ""})
    assert later.told is Told.LATER
    assert later.reason == "gh is not here"
    assert later.fix is not None
