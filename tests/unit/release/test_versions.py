from __future__ import annotations

import pytest
from packaging.version import Version

from pyo3ops.core.errors import UsageError
from pyo3ops.release.versions import PARTS, for_cargo, next_version, target


@pytest.mark.parametrize(
    ("current", "part", "following"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "micro", "1.2.4"),
        ("1.2.3", "alpha", "1.2.4a1"),
        ("1.2.3", "dev", "1.2.4.dev1"),
        ("1.2.3", "post", "1.2.3.post1"),
        ("1.2.3", "minor,rc", "1.3.0rc1"),
        ("1.2.3", "major, dev", "2.0.0.dev1"),
        # As many numbers as there were.
        ("1.2", "minor", "1.3"),
        ("1.2", "patch", "1.2.1"),
        ("1.2.3.4", "minor", "1.3.0.0"),
        ("1!1.0", "minor", "1!1.1"),
        # A pre-release is finished by what it leads to.
        ("1.3.0rc1", "minor", "1.3.0"),
        ("1.3.0rc1", "patch", "1.3.0"),
        ("1.3.0rc1", "major", "2.0.0"),
        ("2.0.0a2", "major", "2.0.0"),
        ("1.2.4.dev3", "patch", "1.2.4"),
        ("1.3.0rc1", "release", "1.3.0"),
        ("1.3.0-rc.1", "pre", "1.3.0rc2"),
        ("1.3.0a2", "alpha", "1.3.0a3"),
        ("1.3.0a2", "rc", "1.3.0rc1"),
        ("1.3.0rc1.dev2", "rc", "1.3.0rc1"),
        ("1.3.0rc1.dev2", "dev", "1.3.0rc1.dev3"),
        ("1.3.0rc1", "dev", "1.3.0rc2.dev1"),
        ("1.2.3.post1", "post", "1.2.3.post2"),
        ("1.2.3.post1", "patch", "1.2.4"),
    ],
)
def test_next_version(current: str, part: str, following: str) -> None:
    assert next_version(current, part) == following


@pytest.mark.parametrize(
    ("current", "part", "why"),
    [
        ("1.2.3", "tiny", "is no part"),
        ("1.2.3", "rc,minor", "is no part"),
        ("1.2.3", "minor,post", "is no part"),
        ("1.2.3", "pre", "is no pre-release"),
        ("1.2.3", "release", "is a release already"),
        ("1.3.0rc1", "alpha", "not newer"),
        ("1.3.0rc1", "post", "is a pre-release"),
        ("1.3.0rc1", "minor,rc", "not newer"),
        ("weekly", "minor", "is no version"),
    ],
)
def test_what_has_no_next_version(current: str, part: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        next_version(current, part)


@pytest.mark.parametrize(
    "current", ["1", "0.1", "1.2.3", "1.2.3.4", "1.2.3a1", "1.2.3rc4.dev2", "1.2.3.post1", "2026.9"]
)
def test_whatever_is_raised_gets_newer(current: str) -> None:
    for part in PARTS:
        try:
            found = next_version(current, part)
        except UsageError:
            continue
        assert Version(found) > Version(current), part


@pytest.mark.parametrize(("asked", "found"), [("minor", "1.3.0"), ("1.3.0-rc.1", "1.3.0rc1"), ("minor,rc", "1.3.0rc1")])
def test_target(asked: str, found: str) -> None:
    assert target("1.2.3", asked) == found


def test_a_local_version_is_no_target() -> None:
    with pytest.raises(UsageError, match="cannot be released"):
        target("1.2.3", "1.3.0+debug")


@pytest.mark.parametrize(
    ("python", "cargo"),
    [
        ("1.2.0rc1", "1.2.0-rc.1"),
        ("1.2.0a10", "1.2.0-alpha.10"),
        ("1.2b2", "1.2.0-beta.2"),
        ("1.2.3", "1.2.3"),
        ("2", "2.0.0"),
    ],
)
def test_for_cargo(python: str, cargo: str) -> None:
    assert for_cargo(python) == cargo
    assert Version(cargo) == Version(python)


@pytest.mark.parametrize(
    ("python", "why"),
    [
        ("1.2.3.post1", "post-releases"),
        ("1.2.3.dev1", "development"),
        ("1!1.0", "epochs"),
        ("1.2.3.4", "three"),
        ("1+a", "local"),
    ],
)
def test_what_cargo_cannot_write(python: str, why: str) -> None:
    with pytest.raises(UsageError, match="cannot say") as caught:
        for_cargo(python)
    assert why in caught.value.cause
