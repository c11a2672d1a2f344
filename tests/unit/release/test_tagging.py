from __future__ import annotations

import pytest

from pyo3ops.release.tagging import spelling


@pytest.mark.parametrize(
    ("configured", "tags", "top", "name"),
    [
        ("release-{version}", ("v1.0",), True, "release-2.0rc1"),
        ("", (), True, "v2.0rc1"),
        ("", ("v1.0", "v1.10", "nightly"), True, "v2.0rc1"),
        ("", ("1.0", "v0.9"), True, "2.0rc1"),
        ("", ("v1.0", "1.1.0-rc.1"), True, "2.0rc1"),
        ("", ("crab-v1.0",), True, "crab-v2.0rc1"),
        ("", ("py-1.0.1",), True, "py-2.0rc1"),
        ("", ("release/1.0",), True, "release/2.0rc1"),
        # Tags of what lies beside it are not its own.
        ("", ("v1.0",), False, "crab-v2.0rc1"),
        ("", ("v1.0", "crab/1.0"), False, "crab/2.0rc1"),
    ],
)
def test_spelling(configured: str, tags: tuple[str, ...], name: str, *, top: bool) -> None:
    assert spelling(configured, "2.0rc1", tags, ("crab",), top=top) == name
