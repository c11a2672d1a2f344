from __future__ import annotations

from dataclasses import replace

from pyo3ops.tools.index import Refusal

from .preflight.sound import SDIST, SEALED, SOUND, WHEEL, public


def test_public_are_the_files_of_this_version_alone() -> None:
    listing = tuple(public(name) for name in (WHEEL, "spam-1.2.2.tar.gz", "ham-1.2.3.tar.gz", "spam-1.2.30.tar.gz"))
    found = replace(SOUND, listing=listing).public
    assert found is not None
    assert [file.name for file in found] == [WHEEL]
    assert replace(SOUND, listing=Refusal("no route")).public is None
    assert replace(SOUND, listing=Refusal("new", absent=True)).public == ()


def test_a_release_is_public_when_the_sealed_files_are_or_else_the_expected_ones() -> None:
    both = (public(WHEEL), public(SDIST))
    assert replace(SOUND, listing=both).is_public
    assert not replace(SOUND, listing=both[:1]).is_public
    assert replace(SOUND, listing=both, manifest=SEALED).is_public
    assert not replace(SOUND, listing=both[:1], manifest=SEALED).is_public
    assert not replace(SOUND, listing=both, expected="no Python").is_public


def test_no_secret_is_in_its_text() -> None:
    assert "something" not in repr(SOUND)
