from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.wheels.workflow_profile import Profile, profile_of

if TYPE_CHECKING:
    from pathlib import Path

LINES = 'debug = "line-tables-only"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Profile("release", symbols=False)),
        ("[profile.release]\nlto = true\n", Profile("release", symbols=False)),
        (f"[profile.release]\n{LINES}", Profile("release", symbols=True)),
        ("[profile.release]\ndebug = 0\n", Profile("release", symbols=False)),
        ("[profile.release]\ndebug = 1\n", Profile("release", symbols=True)),
        ('[profile.release]\ndebug = "none"\n', Profile("release", symbols=False)),
        ("[profile.release]\ndebug = true\nstrip = true\n", Profile("release", symbols=False)),
        (f'[profile.release]\n{LINES}strip = "none"\n', Profile("release", symbols=True)),
        ('[profile.dist]\ninherits = "release"\n', Profile("dist", symbols=False)),
        (f'[profile.release]\n{LINES}[profile.dist]\ninherits = "release"\n', Profile("dist", symbols=True)),
        (
            f'[profile.release]\n{LINES}[profile.dist]\ninherits = "release"\nstrip = "symbols"\n',
            Profile("dist", symbols=False),
        ),
        # What cargo would refuse ends here, too.
        ('[profile.dist]\ninherits = "dist"\n', Profile("dist", symbols=False)),
        ("profile = 3\n", Profile("release", symbols=False)),
        ("[profile]\ndist = 3\n", Profile("release", symbols=False)),
    ],
)
def test_what_is_shipped(text: str, expected: Profile, tmp_path: Path, project_of: Any) -> None:
    (tmp_path / "Cargo.toml").write_text(text)
    assert profile_of(project_of(root=tmp_path)) == expected
    # Profiles of a member do not count.
    member = tmp_path / "member"
    member.mkdir()
    (member / "Cargo.toml").write_text("[profile.dist]\n")
    assert profile_of(project_of(root=member, workspace_root=tmp_path)) == expected


def test_how_maturin_is_asked() -> None:
    assert Profile("release", symbols=False).options == "--release"
    assert Profile("dist", symbols=True).options == "--profile dist"
