from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.public import name_and_version, of_version, public
from tests.unit.release.releases import NOW, OTHER, SDIST, WHEEL, as_shown, sealed

if TYPE_CHECKING:
    from pathlib import Path


def test_each_file_is_one_of_four(tmp_path: Path) -> None:
    unproven = replace(as_shown(SDIST), hashes=(("md5", "0"), ("sha256", "")))
    listing = (
        as_shown(WHEEL, uploaded="2027-01-15T09:00:00Z"),
        as_shown(OTHER, b"theirs", uploaded="2027-01-15T08:00:00.5Z"),
        unproven,
        as_shown("spam-1.0-1-py3-none-any.whl", yanked=""),
        as_shown("spam-1.1.tar.gz", yanked="", uploaded="2020-01-01T00:00:00Z"),
    )
    found = public(sealed(tmp_path), listing)
    assert found.same == (WHEEL,)
    assert found.other == (OTHER,)
    assert found.unproven == (unproven,)
    assert found.foreign == found.yanked == ("spam-1.0-1-py3-none-any.whl",)
    assert found.since == NOW
    assert found.count == 4


def test_a_hash_in_capitals_is_the_same(tmp_path: Path) -> None:
    shown = as_shown(WHEEL)
    loud = replace(shown, hashes=tuple((key, value.upper()) for key, value in shown.hashes))
    assert public(sealed(tmp_path), [loud]).same == (WHEEL,)


def test_one_name_twice_is_judged_twice(tmp_path: Path) -> None:
    found = public(sealed(tmp_path), [as_shown(WHEEL), as_shown(WHEEL, b"theirs")])
    assert (found.same, found.other) == ((WHEEL,), (WHEEL,))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (WHEEL, ("spam", "1.0")),
        ("Spam_Eggs-1.0-py3-none-any.whl", ("spam-eggs", "1.0")),
        ("spam-1.0rc1.zip", ("spam", "1.0rc1")),
        ("spam-1.0-py3.8.egg", None),
        ("spam-one.tar.gz", None),
        ("spam.whl", None),
    ],
)
def test_names_tell(name: str, told: tuple[str, str] | None) -> None:
    assert name_and_version(name) == told


def test_spelling_of_the_version_does_not_count() -> None:
    listing = [
        as_shown("spam_eggs-1.0rc1.tar.gz"),
        as_shown("Spam.Eggs-1.0rc1-py3.8.egg"),
        as_shown("spam_eggs-1.0.tar.gz"),
    ]
    assert [file.name for file in of_version(listing, "spam_eggs", "1.0rc1")] == [file.name for file in listing[:2]]
